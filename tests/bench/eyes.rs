//! What is seen of a page from within and of its process from without: when it draws, when a word stands there, how long
//! its main thread works for each frame.

use crate::memory::{family, name};
use crate::window::Window;
use countersign_domain::ambient::Clock as _;
use countersign_station::SystemClock;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the main thread's account is read: as often as the system brings it up to date while it works.
const EVERY: Duration = Duration::from_millis(4);

/// Notes each frame, and when what was said with a mark, such as `(p17)`, has been drawn at the transcript's end: a message
/// that is posted before a frame is drawn comes when it has been. Somebody sits there, so the desk does not lock itself.
const OPEN: &str = r"
    const seen = { frames: [], marks: {} };
    window.benchEyes = seen;
    const drawn = new MessageChannel();
    drawn.port1.onmessage = ({ data }) => { for (const mark of data) seen.marks[mark] ??= Date.now(); };
    const frame = () => {
        seen.frames.push(Date.now());
        const last = [...document.querySelectorAll('section ol > li')].slice(-8);
        const marks = last.flatMap((li) => [...li.textContent.matchAll(/\(p(\d+)\)/g)].map((found) => found[1]));
        const fresh = marks.filter((mark) => !(mark in seen.marks));
        if (fresh.length > 0) drawn.port2.postMessage(fresh);
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    setInterval(() => window.dispatchEvent(new Event('pointermove')), 30000);
    return true";

/// What was seen, in milliseconds of the system's clock.
#[derive(Deserialize)]
pub(crate) struct Seen {
    /// When each frame began.
    pub(crate) frames: Vec<f64>,
    /// When what was said with a mark had been drawn.
    pub(crate) marks: HashMap<u64, f64>,
}

/// Opens them in the page.
pub(crate) async fn open(window: &Window) {
    assert_eq!(window.run(OPEN).await, true, "the page does not let itself be watched");
}

/// What they have seen so far.
pub(crate) async fn tell(window: &Window) -> Seen {
    let told = window.run("return JSON.stringify(window.benchEyes)").await;
    serde_json::from_str(told.as_str().unwrap_or_else(|| panic!("the page told {told:?}"))).unwrap()
}

/// The account that the system keeps of the page's main thread, read while it works.
pub(crate) struct Account {
    end: Sender<()>,
    reading: JoinHandle<Vec<(f64, f64)>>,
}

impl Account {
    /// Of the page of the application with this process.
    pub(crate) fn of(application: u32) -> Self {
        let is_page = |id: &u32| name(*id).starts_with("WebKitWebProc");
        let page = family(application).into_iter().find(is_page).expect("the window has a page");
        let (end, ended) = channel();
        let reading = std::thread::spawn(move || {
            let mut account = Vec::new();
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let stat = std::fs::read_to_string(format!("/proc/{page}/task/{page}/schedstat")).unwrap();
                let worked: f64 = stat.split(' ').next().unwrap().parse().unwrap();
                account.push((now(), worked / 1e6));
            }
            account
        });
        Self { end, reading }
    }

    /// How long it worked between each two frames, in milliseconds.
    pub(crate) fn between(self, frames: &[f64]) -> Vec<f64> {
        drop(self.end);
        let account = self.reading.join().unwrap();
        let worked: Vec<f64> = frames.iter().map(|at| worked_until(&account, *at)).collect();
        worked.windows(2).map(|two| two[1] - two[0]).collect()
    }
}

/// Between two readings it is taken to have worked evenly.
fn worked_until(account: &[(f64, f64)], at: f64) -> f64 {
    let after = account.partition_point(|(read, _)| *read < at).clamp(1, account.len() - 1);
    let ((from, before), (to, then)) = (account[after - 1], account[after]);
    before + (then - before) * ((at - from) / (to - from)).clamp(0.0, 1.0)
}

/// In milliseconds of the system's clock.
pub(crate) fn now() -> f64 {
    SystemClock.now().micros() as f64 / 1e3
}
