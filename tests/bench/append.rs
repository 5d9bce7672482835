//! A hundred writers at once: customers' messages, sealed, with a key for every conversation, hashed and in the tree,
//! durable when the append returns. The views follow meanwhile, as they do in a station.

use crate::disk::{Disk, cpu_micros};
use crate::plain::{self, Bytes};
use crate::row::{Goal, Row};
use crate::spread::{median, ms};
use crate::stack::Trail;
use countersign_domain::conversation::{Assurance, Conversation, ConversationEvent};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, ReadLog as _, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use countersign_gate::records::{self, Records};
use countersign_projections::{ToolLabels, Views};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
const WRITERS: usize = 100;
/// Each writer's conversations, one after the other, and the messages in each.
const CONVERSATIONS: usize = 20;
const MESSAGES: usize = 10;
const EVENTS: usize = WRITERS * CONVERSATIONS * (MESSAGES + 1);

/// From this on, an fdatasync is slow enough to hide what the log computes.
const SLOW_SYNC_MS: f64 = 1.0;

struct Round {
    took: Duration,
    cpu: Option<f64>,
    /// From the last append's return until every text is found.
    lag: Duration,
    bytes: Vec<Bytes>,
}

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    println!("100 writers: {ROUNDS} rounds of {EVENTS} events, by turns with a plain table of the same bytes");
    let place = tempfile::tempdir_in(here).unwrap();
    let mut disk = Disk::new(place.path());
    let (mut logged, mut plain, mut ratios, mut lags, mut cpu) = (vec![], vec![], vec![], vec![], vec![]);
    let mut bytes: Vec<Bytes> = Vec::new();
    // The first round fills the caches and is not counted.
    for round in 0..=ROUNDS {
        let store_plain = |rows: &[Bytes]| {
            let folder = tempfile::tempdir_in(place.path()).unwrap();
            EVENTS as f64 / plain::store(folder.path(), rows).as_secs_f64()
        };
        disk.sample(20);
        // The plain table goes before and after: a disk's mood changes, and both sides of a round shall share it.
        let before = (round > 0).then(|| store_plain(&bytes));
        let ours = round_of(place.path()).await;
        bytes = ours.bytes;
        let after = store_plain(&bytes);
        let table = before.map_or(after, |before| (before + after) / 2.0);
        disk.sample(20);
        let log = EVENTS as f64 / ours.took.as_secs_f64();
        println!("  log {log:>7.0}/s, plain {table:>7.0}/s, {:.2}; texts found after {:.0?}", log / table, ours.lag);
        if round > 0 {
            logged.push(log);
            plain.push(table);
            ratios.push(log / table);
            lags.push(ms(ours.lag));
            cpu.extend(ours.cpu.map(|micros| micros / EVENTS as f64));
        }
    }
    let sync = ms(disk.one().median);
    let goal = if sync >= SLOW_SYNC_MS { 0.6 } else { 0.35 };
    // The ratio is the median of the rounds' ratios, so the value shown is what it gives over the plain table's median.
    let plain = median(plain);
    let cpu_row = "append, 100 writers: processor time an event, views included";
    vec![
        Row::new("append, 100 writers, beside a plain table of the same bytes", median(ratios) * plain, "events/s")
            .beside(plain)
            .goal(Goal::RatioAtLeast(goal)),
        Row::new("append, 100 writers: texts found after the last append", median(lags), "ms")
            .goal(Goal::AtMost(2000.0)),
        match cpu.is_empty() {
            true => Row::not_measured(cpu_row, "µs"),
            false => Row::new(cpu_row, median(cpu), "µs"),
        },
        Row::new("append, 100 writers: median of the rounds", median(logged), "events/s"),
        Row::new("one fdatasync on the same folder, median", sync, "ms"),
    ]
}

async fn round_of(place: &Path) -> Round {
    let folder = tempfile::tempdir_in(place).unwrap();
    let trail = Trail::open(folder.path());
    let views = Views::open(folder.path(), trail.log.clone(), trail.sealing.clone(), ToolLabels::new()).await.unwrap();
    let (begun, cpu) = (Instant::now(), cpu_micros());
    let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(write(trail.records.clone(), writer))).collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let took = begun.elapsed();
    let cpu = cpu_micros().zip(cpu).map(|(after, before)| after - before);
    let last = Instant::now();
    views.reached(EVENTS as u64).await.unwrap();
    views.indexed(EVENTS as u64).await.unwrap();
    let lag = last.elapsed();
    views.close().await;
    let stored = trail.log.read_from(0, EVENTS).await.unwrap();
    assert_eq!(stored.len(), EVENTS);
    let bytes = stored
        .iter()
        .map(|e| (e.envelope.to_bytes(), e.sealed.as_ref().and_then(|s| s.bytes.as_ref()).map(|b| b.to_vec())))
        .collect();
    Round { took, cpu, lag, bytes }
}

async fn write(records: Arc<Records>, writer: usize) {
    for nth in 0..CONVERSATIONS {
        let opened = records.open_conversation("chat", Assurance::Claimed, Some("Ana Ruiz"), None, String::new());
        let (id, receipt) = opened.await.unwrap();
        let key = receipt.events()[0].envelope.sealed.as_ref().unwrap().key.clone();
        let (stream, actor) = (StreamName::conversation(&id), Actor::Customer(id.to_string()));
        let mut state = Conversation::default();
        take(&mut state, &receipt);
        for message in 0..MESSAGES {
            let draft = state.receive(&text(writer, nth, message), Some(format!("m{message}"))).unwrap().unwrap();
            let event = records.seal(draft, &stream, &key, &actor, None).unwrap();
            let write = Write { stream: stream.clone(), expected: state.version, events: vec![event] };
            let append = Append { guards: Vec::new(), writes: vec![write] };
            take(&mut state, &records.log().append(append).await.unwrap());
        }
    }
}

fn take(state: &mut Conversation, receipt: &Receipt) {
    for stored in receipt.events() {
        state.apply(&records::read::<ConversationEvent>(stored).unwrap());
    }
}

/// About 200 bytes of what a customer writes.
fn text(writer: usize, conversation: usize, message: usize) -> String {
    format!(
        "Hello, this is about order {} of last month. The hip buckle of my rucksack snapped when I wore it for the \
         {message}th time, and I would like {}.{conversation} euros back, or a new one before our walk starts.",
        1000 + writer,
        20 + message
    )
}
