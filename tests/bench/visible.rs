//! From a stored proposal to its row in the window: customers at the chat ask for the sample's refund one after the other, the
//! agent looks their order up and proposes it, a rule holds it, and Approvals is open at a desk.
//!
//! The window stands on a display without a graphics card, and customers, agents, tools, log and window share the processors.

use crate::at_the_desk::{chat, go, set_up, sign_in};
use crate::crowd;
use crate::eyes;
use crate::row::{Goal, Row};
use crate::spread::{Spread, ms};
use crate::stack::Trail;
use crate::window::Window;
use countersign_event_log::log::ReadLog as _;
use countersign_station::SystemClock;
use countersign_tests::held::WISH;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const PROPOSALS: usize = 200;
/// Those that fill caches and are not counted.
const WARM: usize = 10;
/// No whole number of frames: they come at any time between two.
const EVERY: Duration = Duration::from_millis(307);
const PAGE: usize = 1_000;

/// Notes when each row of the queue has been drawn: a message that is posted before a frame is drawn comes when it has been.
const WATCH: &str = r"
    const drawn = {};
    window.benchRows = drawn;
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => { for (const row of data) drawn[row] ??= Date.now(); };
    const frame = () => {
        const rows = [...document.querySelectorAll('[id^=queue-]')].map((row) => row.id.slice(6));
        const fresh = rows.filter((row) => !(row in drawn));
        if (fresh.length > 0) channel.port2.postMessage(fresh);
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    return true";
/// The order stands still while the focus is in the list.
const AWAY: &str = "document.activeElement?.blur(); return true";

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    println!("visible: {PROPOSALS} refunds proposed while Approvals is open in the window");
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = place.path().join("data");
    let window = Window::open(&folder, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    window.quit().await;
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    let members = crowd::gather(&trail, WARM + PROPOSALS).await;
    drop(trail);
    let window = Window::open(&folder, &["--idle", "86400"]).await;
    sign_in(&window).await;
    go(&window, "a", "Approvals").await;
    assert_eq!(window.run(WATCH).await, true, "the page does not let itself be watched");
    let chat = chat(&window).await;
    let mut ticks = tokio::time::interval(EVERY);
    for member in members {
        ticks.tick().await;
        window.run(AWAY).await;
        let mut customer = member.come(&chat).await;
        customer.say(WISH).await;
        customer.hear("A colleague is checking").await;
    }
    let all = format!("return Object.keys(window.benchRows).length >= {}", WARM + PROPOSALS);
    window.wait_until("every row is drawn", &all).await;
    let drawn = window.run("return window.benchRows").await;
    let ended = eyes::now();
    window.quit().await;
    let drawn: HashMap<String, f64> = serde_json::from_value(drawn).unwrap();
    let proposed = proposed(&Trail::open_at(&folder, Arc::new(SystemClock))).await;
    let took = proposed.into_iter().skip(WARM).map(|(action, stored)| {
        // What was never drawn counts as drawn at the end.
        let took = drawn.get(&action).unwrap_or(&ended) - stored;
        Duration::from_secs_f64(took.max(0.0) / 1e3)
    });
    let took: Vec<_> = took.collect();
    assert_eq!(took.len(), PROPOSALS);
    let took = Spread::of(took);
    let name = format!("{PROPOSALS} refunds proposed one by one, no graphics card: proposal stored to its row drawn");
    vec![
        Row::new(format!("{name}: p99"), ms(took.p99), "ms").goal(Goal::AtMost(100.0)),
        Row::new(format!("{name}: median"), ms(took.median), "ms"),
    ]
}

/// The refunds in the order in which they were proposed, and when each was stored.
async fn proposed(trail: &Trail) -> Vec<(String, f64)> {
    let (mut all, mut from) = (Vec::new(), 0);
    while from < trail.log.size() {
        let page = trail.log.read_from(from, PAGE).await.unwrap();
        from += page.len() as u64;
        for stored in page {
            let envelope = stored.envelope;
            if envelope.kind == "action.proposed" && envelope.open["tool"] == "crm.issue_refund" {
                let action = envelope.open["action"].as_str().unwrap().to_owned();
                all.push((action, envelope.recorded_at.micros() as f64 / 1e3));
            }
        }
    }
    all
}
