//! The desk in its real window, on the Floor of ten thousand live conversations, while customers come back to them at the
//! chat, so that the log grows by a thousand events a second.
//!
//! They come over the chat's own WebSocket: the application's station holds the log, and nobody else can write to it. The
//! window stands on a display without a graphics card, so that the processor draws every frame, and the customers, the
//! agents, the tools, the log and the window share the machine's processors with whatever draws.

use crate::at_the_desk::{chat, go, set_up, sign_in};
use crate::crowd::{self, Load, Member};
use crate::eyes::{self, Account, Seen};
use crate::memory::megabytes;
use crate::row::{Goal, Row};
use crate::spread::median;
use crate::stack::Trail;
use crate::window::Window;
use countersign_event_log::log::ReadLog as _;
use countersign_station::SystemClock;
use countersign_tests::customer::Customer;
use serde_json::json;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CONVERSATIONS: usize = 10_000;
const EVENTS_A_SECOND: f64 = 1_000.0;
const SECONDS: u64 = 600;
const FEWER: &str = "COUNTERSIGN_BENCH_SECONDS";
/// The load's first seconds, which are not counted.
const WARMS_UP: u64 = 10;
/// So often in one conversation is it looked at when a message is seen, once a second; then the next is opened.
const IN_ONE: u64 = 5;
/// So often, for looking at it makes a process wait.
const MEMORY_LOOKS: u64 = 20;
const LATE_MS: f64 = 33.0;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let seconds = std::env::var(FEWER).ok().and_then(|n| n.parse().ok()).unwrap_or(SECONDS);
    println!("live: {CONVERSATIONS} conversations, {EVENTS_A_SECOND} events a second, {seconds} seconds");
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = place.path().join("data");
    let window = Window::open(&folder, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    window.quit().await;
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    let members = crowd::gather(&trail, CONVERSATIONS).await;
    crowd::settle(&folder, trail).await;
    let watched = watch(&folder, members, seconds).await;
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    let mut visible = Vec::new();
    for (mark, position) in &watched.said {
        let stored = trail.log.read_from(*position, 1).await.unwrap();
        let stored = stored[0].envelope.recorded_at.micros() as f64 / 1e3;
        // What was never drawn counts as drawn at the end.
        visible.push(watched.seen.marks.get(mark).unwrap_or(&watched.ended) - stored);
    }
    rows(watched, visible, seconds)
}

struct Watched {
    seen: Seen,
    /// The position of what was said with each mark.
    said: HashMap<u64, u64>,
    /// How long the main thread worked for each frame.
    worked: Vec<f64>,
    memory: Vec<f64>,
    events_a_second: f64,
    ended: f64,
}

async fn watch(folder: &Path, members: Vec<Member>, seconds: u64) -> Watched {
    let window = Window::open(folder, &["--idle", "86400"]).await;
    sign_in(&window).await;
    go(&window, "f", "Floor").await;
    window.wait_for("[id^=floor-]").await;
    let shown = window.run("return [...document.querySelectorAll('[id^=floor-]')].map((row) => row.id.slice(6))").await;
    let shown: Vec<String> = serde_json::from_value(shown).unwrap();
    // Those that the load comes to as well stand among them.
    let opened = &shown[..shown.len() / 2];
    let (opened, others): (Vec<_>, Vec<_>) =
        members.into_iter().map(Arc::new).partition(|member| opened.contains(&member.conversation));
    let chat = chat(&window).await;
    let load = Load::begin(others, &chat, EVENTS_A_SECOND);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.tick().await;
    for _ in 0..WARMS_UP {
        second.tick().await;
    }
    let at_first = load.so_far();
    eyes::open(&window).await;
    let account = Account::of(window.process());
    let (mut said, mut memory, mut customer) = (HashMap::new(), Vec::new(), None::<Customer>);
    for mark in 0..seconds {
        second.tick().await;
        if mark % IN_ONE == 0 {
            let member = &opened[(mark / IN_ONE) as usize % opened.len()];
            let row = json!(format!("floor-{}", member.conversation));
            assert_eq!(
                window.run(&format!("document.getElementById({row}).click(); return true")).await,
                true,
                "a row that stood still is gone"
            );
            customer = Some(member.come(&chat).await);
        }
        if mark % (seconds / MEMORY_LOOKS).max(1) == 0 {
            memory.push(megabytes(window.process()));
        }
        let words = format!("Thank you! (p{mark})");
        said.insert(mark, customer.as_mut().unwrap().say(&words).await);
    }
    second.tick().await;
    let (events, elapsed) = load.so_far();
    let seen = eyes::tell(&window).await;
    let worked = account.between(&seen.frames);
    let ended = eyes::now();
    window.screenshot("bench-live").await;
    load.end().await;
    window.quit().await;
    let events_a_second = (events - at_first.0) / (elapsed - at_first.1);
    Watched { seen, said, worked, memory, events_a_second, ended }
}

fn rows(watched: Watched, visible: Vec<f64>, seconds: u64) -> Vec<Row> {
    let intervals: Vec<f64> = watched.seen.frames.windows(2).map(|two| two[1] - two[0]).collect();
    let late = intervals.iter().filter(|interval| **interval > LATE_MS).count() as f64 / intervals.len() as f64;
    let seconds_watched = intervals.iter().sum::<f64>() / 1e3;
    let fifth = watched.memory.len().div_ceil(5);
    let (early, lately) = (&watched.memory[..2 * fifth][fifth..], &watched.memory[watched.memory.len() - fifth..]);
    let row = |name: &str, value, unit| {
        Row::new(format!("the desk live, no graphics card, {seconds} s: {name}"), value, unit)
    };
    vec![
        row("events that came", watched.events_a_second, "events/s")
            .beside(EVENTS_A_SECOND)
            .goal(Goal::RatioAtLeast(0.99)),
        row("frames later than 33 ms", late * 100.0, "%").goal(Goal::AtMost(1.0)),
        row("frames", intervals.len() as f64 / seconds_watched, "frames/s"),
        row("main thread's work in a second", watched.worked.iter().sum::<f64>() / seconds_watched, "ms"),
        row("main thread's work for a frame: p99", nth(watched.worked, 99), "ms").goal(Goal::AtMost(12.0)),
        row("a message stored to drawn: p99", nth(visible.clone(), 99), "ms").goal(Goal::AtMost(100.0)),
        row("a message stored to drawn: median", nth(visible, 50), "ms"),
        row("memory in the last fifth, beside the second", median(lately.to_vec()), "MB")
            .beside(median(early.to_vec()))
            .goal(Goal::RatioAtMost(1.05)),
    ]
}

fn nth(mut all: Vec<f64>, percent: usize) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all[((all.len() - 1) * percent).div_ceil(100)]
}
