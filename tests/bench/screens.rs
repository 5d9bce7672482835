//! What a desk waits for over a log of a million events: the first content of every screen, a search as it is typed, words
//! with filters. Asked of a real station over HTTP; drawing is not in it.

use crate::past::{self, HELD, LONGEST_START};
use crate::row::{Goal, Row};
use crate::spread::{Spread, ms};
use crate::stack::Trail;
use countersign_domain::ambient::Clock as _;
use countersign_event_log::log::ReadLog as _;
use countersign_projections::{ToolLabels, Views};
use countersign_station::SystemClock;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EVENTS: u64 = 1_000_000;
/// Each screen is asked for so often.
const LOOKS: usize = 20;
/// Searches that are typed letter by letter, and searches with filters.
const TYPED: u64 = 40;
const FILTERED: u64 = 200;
/// A page of the trail.
const PAGE: u32 = 50;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let events = past::events(EVENTS);
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = place.path().join("data");
    println!("screens and searches over {events} events");
    past::set_up(&folder).await;
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    past::write_all(&trail, events).await;
    past::hold(&folder, &trail, HELD).await;
    let views = Views::open(&folder, trail.log.clone(), trail.sealing.clone(), ToolLabels::new()).await.unwrap();
    views.indexed(trail.log.size()).await.unwrap();
    views.close().await;
    drop(trail);
    let station = Start::on(&folder).running_within(LONGEST_START).await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let queue = ask(&mut desk, &json!({ "query": "approvals" })).await.1;
    assert_eq!(queue["held"].as_array().unwrap().len(), HELD);
    let rows = vec![slowest_screen(&mut desk, &queue).await, typed(&mut desk).await, filtered(&mut desk).await];
    station.stop().await;
    rows
}

async fn ask(desk: &mut Desk, query: &Value) -> (Duration, Value) {
    let begun = Instant::now();
    let answer = desk.query(query.clone()).await.unwrap();
    (begun.elapsed(), answer)
}

/// The screen whose slowest first content comes last.
async fn slowest_screen(desk: &mut Desk, queue: &Value) -> Row {
    let now = SystemClock.now();
    let day = |days: i64| now.plus_seconds(days * 86_400).to_string();
    let held = &queue["held"][0];
    let (action, conversation) = (&held["action"], &held["conversation"]);
    assert!(action.is_string() && conversation.is_string(), "{held}");
    let screens = [
        ("Approvals", json!({ "query": "approvals" })),
        ("a card", json!({ "query": "card", "action": action })),
        ("Floor", json!({ "query": "conversations", "search": {} })),
        ("a conversation", json!({ "query": "conversation", "conversation": conversation })),
        ("Escalations", json!({ "query": "escalations" })),
        ("Audit", trail(json!({}))),
        ("Metrics", json!({ "query": "metrics", "from": day(-29), "to": day(1), "offset_minutes": 0 })),
        ("People", json!({ "query": "people" })),
        ("Tools", json!({ "query": "tools", "from": day(-29) })),
        ("Policies", json!({ "query": "policies", "from": day(-29) })),
        ("Channels", json!({ "query": "channels" })),
    ];
    let mut slowest = ("", Duration::ZERO);
    for (name, query) in screens {
        let mut longest = Duration::ZERO;
        for _ in 0..LOOKS {
            longest = longest.max(ask(desk, &query).await.0);
        }
        println!("  {name}: {:.1} ms", ms(longest));
        if longest > slowest.1 {
            slowest = (name, longest);
        }
    }
    let name = format!("the slowest screen's first content ({}), the slowest of {LOOKS}, not drawn", slowest.0);
    Row::new(name, ms(slowest.1), "ms").goal(Goal::AtMost(150.0))
}

fn trail(mut search: Value) -> Value {
    search["limit"] = json!(PAGE);
    json!({ "query": "trail", "search": search })
}

/// Two words that somebody has said, one of them often, typed from the second letter on.
async fn typed(desk: &mut Desk) -> Row {
    let mut took = Vec::new();
    for nth in 0..TYPED {
        let words = format!("{} {}", past::word(nth % 7), past::word(past::mixed(nth) % 4_000));
        for end in 2..=words.len() {
            let text = words[..end].trim_end();
            took.push(ask(desk, &trail(json!({ "words": text }))).await.0);
        }
    }
    let name = format!("search as you type, {} letters of {TYPED} searches: p95", took.len());
    Row::new(name, ms(Spread::of(took).p95), "ms").goal(Goal::AtMost(50.0))
}

/// A word with a kind that nearly every record has, and a customer.
async fn filtered(desk: &mut Desk) -> Row {
    let (mut took, mut found) = (Vec::new(), 0);
    for nth in 0..FILTERED {
        let name = past::name(past::mixed(nth) % 1_000);
        let search = json!({ "words": past::word(nth % 20), "kind": "received", "customer": name });
        let (asked, answer) = ask(desk, &trail(search)).await;
        found += answer["rows"].as_array().unwrap().len();
        took.push(asked);
    }
    assert!(found > 0, "no search found anything");
    Row::new("a word with two filters: p99", ms(Spread::of(took).p99), "ms").goal(Goal::AtMost(20.0))
}
