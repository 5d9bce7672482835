//! Verification of a log on disk: bytes and tree, meaning and signatures, one thread and two; and one proof.

use crate::forger::{Forger, Line};
use crate::row::{Goal, Row};
use crate::spread::{median, ms};
use countersign_domain::ambient::Entropy;
use countersign_event_log::check::CheckLog;
use countersign_event_log::checkpoint::Signer;
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::log::{Append, AppendLog, Cause, NewEvent, ReadLog, Write};
use countersign_event_log::stream::StreamName;
use countersign_event_log::verify::{Against, Depth, verify};
use countersign_event_log_sqlite::{LogFile, SqliteLog};
use countersign_testkit::ManualClock;
use ed25519_dalek::SigningKey;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Conversations, each with three actions, two decisions, replies, a stop and a takeover.
const CONVERSATIONS: usize = 6_000;
const ROUNDS: usize = 3;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let folder = tempfile::tempdir_in(here).unwrap();
    let events = written();
    println!("verification: a log of {} events, {ROUNDS} rounds", events.len());
    let log = store(folder.path(), events).await;
    let mut proofs = Vec::new();
    let size = log.size();
    for nth in 0..200 {
        let begun = Instant::now();
        log.inclusion(size * nth / 200, size).await.unwrap();
        proofs.push(begun.elapsed());
    }
    drop(log);
    let file = LogFile::open(folder.path()).unwrap();
    let rate = |depth, threads| {
        let key = Some(Signer::public_key(&station()));
        let against = Against { key, depth, threads, ..Against::default() };
        let rounds = (0..ROUNDS).map(|_| {
            let begun = Instant::now();
            let report = verify(&file, &against).unwrap();
            assert!(report.is_good(), "{}", report.in_words().join("\n"));
            size as f64 / begun.elapsed().as_secs_f64()
        });
        median(rounds.collect())
    };
    let (bytes, one, two) = (rate(Depth::Bytes, 1), rate(Depth::Meaning, 1), rate(Depth::Meaning, 2));
    let proof = median(proofs.into_iter().map(|took: Duration| ms(took)).collect());
    vec![
        Row::new("verification of bytes and tree, one thread", bytes, "events/s")
            .beside(800_000.0)
            .goal(Goal::RatioAtLeast(1.0)),
        Row::new("verification with meaning and signatures, one thread", one, "events/s")
            .beside(300_000.0)
            .goal(Goal::RatioAtLeast(1.0)),
        Row::new("verification with meaning and signatures, two threads", two, "events/s")
            .beside(one)
            .goal(Goal::RatioAtLeast(1.8)),
        Row::new("proof that a record stands in the log, median", proof, "ms").goal(Goal::AtMost(1.0)),
    ]
}

fn station() -> SigningKey {
    SigningKey::from_bytes(&[99; 32])
}

/// The true log of the tests, its conversation many times over with ids of its own.
fn written() -> Vec<StoredEvent> {
    let honest = Forger::honest();
    let concept = |line: &Line| line.stream.as_str().split('/').next().unwrap_or_default().to_owned();
    let staff = ["station", "person", "change"];
    let mut log = Forger::new();
    log.lines = honest.lines.iter().filter(|line| staff.contains(&concept(line).as_str())).cloned().collect();
    log.lines.retain(|line| concept(line) != "change" && line.name != "roles");
    let talk: Vec<&Line> = honest.lines.iter().filter(|line| !staff.contains(&concept(line).as_str())).collect();
    for nth in 1..=CONVERSATIONS {
        for line in &talk {
            log.lines.push(again(line, nth));
        }
    }
    log.write()
}

/// A line with the ids of the nth conversation.
fn again(line: &Line, nth: usize) -> Line {
    let change = |text: &str| {
        // Customers' names and objects' are of one form and must not meet.
        let customer = format!("{:064x}", (1_u64 << 62) + nth as u64);
        let mut text = text.replace(&"c".repeat(32), &format!("{nth:032x}")).replace(&"6".repeat(64), &customer);
        for n in [1, 2, 3, 200, 201] {
            text = text.replace(&format!("act_{n:032x}"), &format!("act_{:032x}", nth * 1_000 + n));
            text = text.replace(&format!("\"{n:064x}\""), &format!("\"{:064x}\"", (nth << 32) + n));
            text = text.replace(&format!("object/{n:064x}"), &format!("object/{:064x}", (nth << 32) + n));
        }
        text
    };
    let name = |name: &'static str| -> &'static str { Box::leak(format!("{name}{nth}").into_boxed_str()) };
    Line {
        name: name(line.name),
        stream: StreamName::stored(change(line.stream.as_str())),
        actor: match &line.actor {
            Actor::Customer(id) => Actor::Customer(change(id)),
            other => other.clone(),
        },
        open: serde_json::from_str(&change(&line.open.to_string())).unwrap(),
        cause: line.cause.map(name),
        permit: line.permit.map(name),
        proposal: line.proposal.map(name),
        second: 60,
        ..line.clone()
    }
}

struct Fixed;
impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0x11);
    }
}

async fn store(folder: &Path, events: Vec<StoredEvent>) -> SqliteLog {
    let clock = Arc::new(ManualClock::new(crate::forger::at(60)));
    let log = SqliteLog::open(folder, clock, Arc::new(station()), &Fixed).unwrap();
    for some in events.chunks(64) {
        let writes = some.iter().cloned().map(|StoredEvent { envelope, sealed }| {
            let envelope = Arc::unwrap_or_clone(envelope);
            let cause = envelope.cause.map(|cause| match cause.checked_sub(some[0].envelope.position) {
                Some(nth) => Cause::Earlier(nth as usize),
                None => Cause::Position(cause),
            });
            let (kind, schema, open) = (envelope.kind, envelope.schema, envelope.open);
            let event = NewEvent { kind, schema, open, sealed, actor: envelope.actor, cause, team: envelope.team };
            Write { stream: envelope.stream, expected: envelope.version, events: vec![event] }
        });
        log.append(Append { guards: Vec::new(), writes: writes.collect() }).await.unwrap();
    }
    log
}
