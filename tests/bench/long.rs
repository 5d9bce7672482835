//! A log of five million events: how fast its views are rebuilt, and how soon a station on it shows its queue.

use crate::disk::cpu_nanos;
use crate::quick::{QuickServers, refund};
use crate::row::{Goal, Row};
use crate::spread::{median, ms};
use crate::stack::{Trail, gate_over, wish};
use countersign_domain::conversation::{Assurance, CloseReason, Conversation};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, ReadLog as _, Write};
use countersign_event_log::stream::StreamName;
use countersign_gate::records::Records;
use countersign_projections::{ToolLabels, Views};
use countersign_station::SystemClock;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Its events; fewer where the variable says so, for a first look.
const EVENTS: u64 = 5_000_000;
const FEWER: &str = "COUNTERSIGN_BENCH_EVENTS";
const WRITERS: u64 = 64;
/// Each conversation's, between what opens and what closes it: a long log is for the greatest part one of the past.
const MESSAGES: u64 = 9;
const HELD: usize = 300;
const STARTS: usize = 5;
/// The first start on such a log reads all of it.
const LONGEST_START: Duration = Duration::from_secs(600);

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let events = std::env::var(FEWER).ok().and_then(|n| n.parse().ok()).unwrap_or(EVENTS);
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = place.path().join("data");
    println!("a long log: {events} events, written, its views rebuilt, and {STARTS} starts on it");
    set_up(&folder).await;
    let begun = Instant::now();
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    write_all(&trail, events).await;
    println!("  written after {:.0?}", begun.elapsed());
    let mut rows = rebuilt(&folder, &trail).await;
    hold(&folder, &trail).await;
    drop(trail);
    // An orderly end leaves behind where it was; the first start had to read everything.
    let (first, _) = start(&folder).await;
    println!("  the first start, which read the whole log, took {first:.0?}");
    let (mut starts, mut queues) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (started, queue) = start(&folder).await;
        starts.push(ms(started));
        queues.push(ms(queue));
    }
    let (starts, queues) = (median(starts), median(queues));
    let million = events as f64 / 1e6;
    let name = format!("start on {million} million events with current views, and the first page of the queue");
    rows.push(Row::new(name, starts + queues, "ms").goal(Goal::AtMost(500.0)));
    rows.push(Row::new("of that, the queue's first page", queues, "ms"));
    rows
}

/// Sets the first person up, and ends.
async fn set_up(folder: &Path) {
    let station = Start::on(folder).running().await;
    Desk::at(&station.desk).set_up("Marta Lindqvist").await;
    station.stop().await;
}

/// How long a station takes from its process's start until it says where it is reached, and then the first page of the
/// queue, without the sign-in in between.
async fn start(folder: &Path) -> (Duration, Duration) {
    let begun = Instant::now();
    let station = Start::on(folder).running_within(LONGEST_START).await;
    let started = begun.elapsed();
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let begun = Instant::now();
    let queue = desk.query(json!({ "query": "approvals" })).await.unwrap();
    let shown = begun.elapsed();
    assert_eq!(queue["held"].as_array().unwrap().len(), HELD, "the queue is not current");
    station.stop().await;
    (started, shown)
}

/// Refunds that wait for a person.
async fn hold(folder: &Path, trail: &Trail) {
    let servers = QuickServers::like_the_crm(folder).await;
    let gate = Arc::new(gate_over(trail.records.clone(), Arc::new(servers)).await);
    for nth in 0..HELD {
        let opened = trail.records.open_conversation("chat", Assurance::Claimed, Some("Ana Ruiz"), None, String::new());
        let (id, _) = opened.await.unwrap();
        gate.propose(wish(&trail.records, &id, "issue_refund", &refund(&format!("1-{nth}"))).await).await.unwrap();
    }
}

/// Conversations of one customer's messages each, whole.
async fn write_all(trail: &Trail, events: u64) {
    let conversations = events / (MESSAGES + 2);
    let writers = (0..WRITERS).map(|writer| {
        let records = trail.records.clone();
        let count = conversations / WRITERS + u64::from(writer < conversations % WRITERS);
        tokio::spawn(async move {
            for nth in 0..count {
                talk(&records, writer * conversations + nth).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn talk(records: &Records, nth: u64) {
    let opened = records.open_conversation("chat", Assurance::Claimed, Some("Ana Ruiz"), None, String::new());
    let (id, receipt) = opened.await.unwrap();
    let key = receipt.events()[0].envelope.sealed.as_ref().unwrap().key.clone();
    let (stream, actor) = (StreamName::conversation(&id), Actor::Customer(id.to_string()));
    let mut state = Conversation::default();
    state.apply(&countersign_gate::records::read(&receipt.events()[0]).unwrap());
    let mut messages = Vec::new();
    for message in 0..MESSAGES {
        let text = format!(
            "Hello, this is about order {nth} of last month. The hip buckle of my rucksack snapped when I wore it for \
             the {message}th time, and I would like my money back, or a new one before our walk starts."
        );
        let draft = state.receive(&text, Some(format!("m{message}"))).unwrap().unwrap();
        state.apply(&countersign_domain::event::read(&draft.kind, draft.schema, &draft.open).unwrap());
        messages.push(records.seal(draft, &stream, &key, &actor, None).unwrap());
    }
    let closed = state.close(CloseReason::CustomerDone).unwrap();
    messages.push(records.seal(closed, &stream, &key, &actor, None).unwrap());
    let writes = vec![Write { stream, expected: 1, events: messages }];
    records.log().append(Append { guards: Vec::new(), writes }).await.unwrap();
}

/// The views, from nothing: how fast rows are folded, and how fast texts are indexed behind them.
async fn rebuilt(folder: &Path, trail: &Trail) -> Vec<Row> {
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        let _not_there = std::fs::remove_file(folder.join(file));
    }
    let size = trail.log.size();
    let (begun, cpu) = (Instant::now(), cpu_nanos());
    let views = Views::open(folder, trail.log.clone(), trail.sealing.clone(), ToolLabels::new()).await.unwrap();
    views.reached(size).await.unwrap();
    let (folded, behind) = (begun.elapsed(), size - views.indexed_to());
    let cpu = cpu_nanos().zip(cpu).map(|(after, before)| (after - before) as f64 / 1e9);
    println!("  folded after {folded:.0?}, {:.0}/s by the clock", size as f64 / folded.as_secs_f64());
    let begun = Instant::now();
    views.indexed(size).await.unwrap();
    let indexed = behind as f64 / begun.elapsed().as_secs_f64();
    views.close().await;
    let name = "views rebuilt: events folded in a second of one core";
    vec![
        match cpu {
            Some(cpu) => Row::new(name, size as f64 / cpu, "events/s").beside(50_000.0).goal(Goal::RatioAtLeast(1.0)),
            None => Row::not_measured(name, "events/s"),
        },
        Row::new("texts indexed behind them", indexed, "events/s"),
    ]
}
