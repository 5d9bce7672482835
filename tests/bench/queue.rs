//! A hundred thousand refunds that wait, among five million events: how soon a desk has the page of its queue, what the window
//! on it takes of the machine's memory, how soon it shows its screen, and how soon a key moves on it.
//!
//! The window stands on a display without a graphics card. What J and K cost is what the page's main thread has to do, for the
//! key and for the frame that shows it; waiting for that frame is not in it.

use crate::at_the_desk::{go, sign_in};
use crate::memory::{self, megabytes};
use crate::past::{self, HELD, LONGEST_START};
use crate::row::{Goal, Row};
use crate::spread::{Spread, median, ms};
use crate::stack::Trail;
use crate::window::Window;
use countersign_event_log::log::ReadLog as _;
use countersign_projections::{ToolLabels, Views};
use countersign_station::SystemClock;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde::Deserialize;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PENDING: usize = 100_000;
const PAGES: usize = 300;
/// Pages that fill caches and are not counted.
const WARM: usize = 20;
const OPENINGS: usize = 20;
/// J so often, and K.
const MOVES: usize = 50;

/// From a key to the drawn frame that shows what it did: how long that took, and how long the main thread worked for the key
/// and for that frame.
const WATCH: &str = r"
    const after = (then) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = then;
        channel.port2.postMessage(null);
    };
    window.addEventListener('keydown', (event) => {
        const seen = { shown: null, worked: 0, took: 0 };
        window.benchKey = seen;
        const pressed = performance.now();
        after(() => { seen.worked += performance.now() - pressed; });
        const frame = () => {
            const began = performance.now();
            // What is opened may need more than one.
            if (event.key === 'a' && document.querySelector('[id^=queue-]') === null) requestAnimationFrame(frame);
            else after(() => {
                seen.worked += performance.now() - began;
                seen.took = performance.now() - pressed;
                seen.shown = document.querySelector('[id^=queue-][aria-selected=true]')?.id ?? '';
            });
        };
        requestAnimationFrame(frame);
    }, true);
    return true";

/// The rows of this part, over a log of that past in which a few wait already.
pub(crate) async fn measure_on(folder: &Path) -> Vec<Row> {
    println!("the queue: {PENDING} held, {PAGES} pages, {OPENINGS} openings of the screen, J and K {MOVES} times each");
    let few = windowed(folder).await;
    let begun = Instant::now();
    let trail = Trail::open_at(folder, Arc::new(SystemClock));
    past::hold(folder, &trail, PENDING).await;
    println!("  {PENDING} held after {:.0?}", begun.elapsed());
    let views = Views::open(folder, trail.log.clone(), trail.sealing.clone(), ToolLabels::new()).await.unwrap();
    views.indexed(trail.log.size()).await.unwrap();
    views.close().await;
    drop(trail);
    let mut rows = pages(folder).await;
    let many = windowed(folder).await;
    let held = PENDING + HELD;
    let name = |what: &str| format!("{held} held, no graphics card: {what}");
    rows.extend([
        Row::new(name(&format!("Approvals opened, the slowest of {OPENINGS}")), many.opened, "ms")
            .beside(few.opened)
            .goal(Goal::AtMost(200.0)),
        Row::new(name(&format!("J and K, {} times: p99", 2 * MOVES)), many.moved, "ms")
            .beside(few.moved)
            .goal(Goal::AtMost(16.0)),
        Row::new(
            name(&format!("memory of all processes beyond that with {HELD} held")),
            many.memory - few.memory,
            "MB",
        )
        .goal(Goal::AtMost(50.0)),
    ]);
    rows
}

/// What a desk gets when it asks for the queue, whole, over HTTP.
async fn pages(folder: &Path) -> Vec<Row> {
    let station = Start::on(folder).running_within(LONGEST_START).await;
    memory::rests(station.process()).await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let queue = desk.query(json!({ "query": "approvals" })).await.unwrap();
    let rows = queue["held"].as_array().unwrap().len();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for nth in 0..WARM + PAGES {
        let begun = Instant::now();
        bytes = desk.query_unread(json!({ "query": "approvals" })).await;
        if nth >= WARM {
            took.push(begun.elapsed());
        }
    }
    station.stop().await;
    let took = Spread::of(took);
    let name = format!("a page of the queue, {} held: {rows} rows, {} kB, over HTTP", PENDING + HELD, bytes / 1_000);
    vec![
        Row::new(format!("{name}: p99"), ms(took.p99), "ms").goal(Goal::AtMost(5.0)),
        Row::new(format!("{name}: median"), ms(took.median), "ms"),
    ]
}

/// What was seen of the window, in milliseconds and megabytes.
struct Windowed {
    /// The slowest.
    opened: f64,
    /// p99.
    moved: f64,
    memory: f64,
}

async fn windowed(folder: &Path) -> Windowed {
    let window = Window::open(folder, &["--idle", "86400"]).await;
    sign_in(&window).await;
    assert_eq!(window.run(WATCH).await, true, "the page does not let itself be watched");
    let mut opened = Vec::new();
    for _ in 0..OPENINGS {
        go(&window, "f", "Floor").await;
        go(&window, "a", "Approvals").await;
        window.wait_for("[id^=queue-]").await;
        opened.push(last_key(&window).await.took);
    }
    let mut moved = Vec::new();
    for key in ["j", "k"] {
        for _ in 0..MOVES {
            let before = selected(&window).await;
            window.press(key).await;
            let seen = last_key(&window).await;
            assert_ne!(seen.shown, before, "{key} moved nothing by the next frame");
            moved.push(Duration::from_secs_f64(seen.worked / 1e3));
        }
    }
    memory::rests(window.process()).await;
    let mut looks = tokio::time::interval(Duration::from_secs(1));
    let mut taken = Vec::new();
    for _ in 0..5 {
        looks.tick().await;
        taken.push(megabytes(window.process()));
    }
    window.quit().await;
    let windowed = Windowed {
        opened: opened.into_iter().fold(0.0, f64::max),
        moved: ms(Spread::of(moved).p99),
        memory: median(taken),
    };
    println!("  opened {:.0} ms, moved {:.1} ms, {:.0} MB", windowed.opened, windowed.moved, windowed.memory);
    windowed
}

/// What was seen of a key.
#[derive(Deserialize)]
struct Seen {
    /// The row that was open when what the key did had been drawn.
    shown: String,
    worked: f64,
    took: f64,
}

async fn last_key(window: &Window) -> Seen {
    window.wait_until("what the key did is drawn", "return window.benchKey.shown !== null").await;
    serde_json::from_value(window.run("return window.benchKey").await).unwrap()
}

async fn selected(window: &Window) -> String {
    let shown = window.run("return document.querySelector('[id^=queue-][aria-selected=true]')?.id ?? ''").await;
    shown.as_str().unwrap().to_owned()
}
