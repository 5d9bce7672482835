//! From the start of the application's process until its first screen is drawn: the sign-in, ready for a password.

use crate::at_the_desk::set_up;
use crate::row::{Goal, Row};
use crate::spread::median;
use crate::window::Window;
use countersign_domain::ambient::Clock as _;
use countersign_station::SystemClock;
use std::path::Path;

const STARTS: usize = 7;
/// Of the system's clock in which it tells when a process began.
const TICKS_A_SECOND: f64 = 100.0;
/// Nothing is drawn before the station has said who may sign in: the first content is the first usable screen.
const DRAWN: &str = "const [drawn] = performance.getEntriesByName('first-contentful-paint');
    return drawn && document.activeElement.type === 'password' ? performance.timeOrigin + drawn.startTime : null";

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    println!("start: {STARTS} starts of the application");
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = place.path().join("data");
    let window = Window::open(&folder, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    window.quit().await;
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let window = Window::open(&folder, &[]).await;
        window.wait_until("the sign-in is ready", &format!("return (() => {{ {DRAWN} }})() !== null")).await;
        let drawn = window.run(DRAWN).await;
        took.push(drawn.as_f64().unwrap_or_else(|| panic!("no time but {drawn:?}")) - began(window.process()));
        println!("  {:.0} ms", took[took.len() - 1]);
        window.quit().await;
    }
    let name = format!("from the application's start to its first usable screen, drawn: median of {STARTS}");
    vec![Row::new(name, median(took), "ms").goal(Goal::AtMost(1_000.0))]
}

/// When a process began, in milliseconds of the system's clock, a tick more or less.
fn began(process: u32) -> f64 {
    let first = |path: &str| std::fs::read_to_string(path).unwrap();
    let stat = first(&format!("/proc/{process}/stat"));
    let ticks: f64 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().parse().unwrap();
    let up: f64 = first("/proc/uptime").split(' ').next().unwrap().parse().unwrap();
    let now = SystemClock.now().micros() as f64 / 1e3;
    now - (up - ticks / TICKS_A_SECOND) * 1e3
}
