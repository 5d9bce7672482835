//! A log of five million events: how fast its views are rebuilt, how soon a station on it shows its queue, and that queue when
//! a hundred thousand wait in it.

use crate::disk::cpu_nanos;
use crate::past::{self, HELD, LONGEST_START};
use crate::queue;
use crate::row::{Goal, Row};
use crate::spread::{median, ms};
use crate::stack::Trail;
use countersign_event_log::log::ReadLog as _;
use countersign_projections::{ToolLabels, Views};
use countersign_station::SystemClock;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EVENTS: u64 = 5_000_000;
const STARTS: usize = 5;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let events = past::events(EVENTS);
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = place.path().join("data");
    println!("a long log: {events} events, written, its views rebuilt, and {STARTS} starts on it");
    past::set_up(&folder).await;
    let begun = Instant::now();
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    past::write_all(&trail, events).await;
    println!("  written after {:.0?}", begun.elapsed());
    let mut rows = rebuilt(&folder, &trail).await;
    past::hold(&folder, &trail, HELD).await;
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
    rows.extend(queue::measure_on(&folder).await);
    rows
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
