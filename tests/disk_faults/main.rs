//! The log on SQLite over a disk that fails: what returned survives, what failed left nothing or the whole, and a log
//! that was damaged is never read as if it were not.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod disk;
mod vfs;

use countersign_domain::ambient::Entropy;
use countersign_domain::time::Timestamp;
use countersign_event_log::check::CheckLog;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, AppendError, AppendLog, NewEvent, ReadError, ReadLog, Write};
use countersign_event_log::stream::StreamName;
use countersign_event_log::tree::Frontier;
use countersign_event_log_sqlite::SqliteLog;
use countersign_testkit::{ManualClock, SeededEntropy};
use disk::{Disk, Fault};
use ed25519_dalek::SigningKey;
use std::path::Path;
use std::sync::Arc;

/// Choices of one case.
struct Chance(SeededEntropy);

impl Chance {
    fn below(&self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_be_bytes(bytes) % n.max(1)
    }
}

fn open(folder: &Path, disk: &Disk) -> Result<SqliteLog, countersign_event_log_sqlite::OpenError> {
    vfs::mount(folder, disk);
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_795_000_000_000_000).unwrap()));
    let signer = Arc::new(SigningKey::from_bytes(&[1; 32]));
    SqliteLog::open(folder, clock, signer, &SeededEntropy::new(1))
}

/// An append of some events of some sizes, over two streams.
fn append(number: usize, chance: &Chance, largest: u64) -> Append {
    let event = |text: String| NewEvent {
        kind: "conversation.turned".to_owned(),
        schema: 1,
        open: text.into(),
        sealed: None,
        actor: Actor::Station,
        cause: None,
        team: "default".to_owned(),
    };
    let writes = ["a", "b"].map(|stream| Write {
        stream: StreamName::stored(format!("{stream}/{number}")),
        expected: 0,
        events: (0..1 + chance.below(3))
            .map(|n| event(format!("{stream} {number} {n} {}", "x".repeat(chance.below(largest) as usize))))
            .collect(),
    });
    Append { guards: Vec::new(), writes: writes.to_vec() }
}

/// The texts of all events, each read back through its hash; and the root over them is the one that the head says.
async fn read_all(log: &SqliteLog) -> Result<Vec<String>, ReadError> {
    let size = log.size();
    let events = log.read_from(0, usize::MAX).await?;
    assert_eq!(events.len() as u64, size, "every position is there");
    let mut frontier = Frontier::default();
    for leaf in log.leaf_hashes(0, usize::MAX).await? {
        frontier.append(leaf);
    }
    assert_eq!(frontier.root(), log.root_at(size).await?, "the tree is the one over what is stored");
    Ok(events.iter().map(|e| e.envelope.open.as_str().unwrap().to_owned()).collect())
}

fn texts(append: &Append) -> Vec<String> {
    append.writes.iter().flat_map(|w| &w.events).map(|e| e.open.as_str().unwrap().to_owned()).collect()
}

/// One log over one disk that fails at some change; then again after the power came back, several times over.
async fn one(seed: u64, fault: Fault, largest: u64, appends: usize) -> bool {
    let (place, disk, chance) = (tempfile::tempdir().unwrap(), Disk::default(), Chance(SeededEntropy::new(seed)));
    let (mut kept, mut number, mut struck): (Vec<String>, usize, bool) = (Vec::new(), 0, false);
    for life in 0..3 {
        // The first fault may hit while the log is made; whatever is left, the next start must find a log or none.
        disk.fails_at(disk.changes() + chance.below(40 + 20 * life), fault);
        let mut doubtful: Vec<String> = Vec::new();
        if let Ok(log) = open(place.path(), &disk) {
            for _ in 0..appends {
                let next = append(number, &chance, largest);
                number += 1;
                let wanted = texts(&next);
                match log.append(next).await {
                    Ok(_) => kept.extend(wanted),
                    Err(AppendError::Unavailable(_)) => {
                        doubtful = wanted;
                        break;
                    }
                    Err(other) => panic!("seed {seed}: {other}"),
                }
            }
            // What was refused once is refused from then on: nobody knows what the failed commit left.
            if !doubtful.is_empty() {
                let after = log.append(append(number + 1_000, &chance, 10)).await;
                assert!(matches!(after, Err(AppendError::Unavailable(_))), "seed {seed}");
            }
        }
        struck |= disk.has_failed();
        disk.loses_power(|n| chance.below(n));
        let log = open(place.path(), &disk).unwrap_or_else(|e| panic!("seed {seed}, {fault:?}: it does not open: {e}"));
        let found = read_all(&log).await.unwrap_or_else(|e| panic!("seed {seed}, {fault:?}: {e}"));
        let whole = [kept.clone(), doubtful].concat();
        assert!(
            found == kept || found == whole,
            "seed {seed}, {fault:?}, life {life}: {} events of {} are there",
            found.len(),
            kept.len()
        );
        kept = found;
        let next = append(number, &chance, 100);
        number += 1;
        let wanted = texts(&next);
        log.append(next).await.unwrap_or_else(|e| panic!("seed {seed}: the log that was recovered takes nothing: {e}"));
        kept.extend(wanted);
        drop(log);
    }
    struck
}

async fn many(fault: Fault) {
    let mut struck = 0;
    for seed in 0..60 {
        struck += usize::from(one(seed, fault, 2_000, 12).await);
    }
    assert!(struck > 40, "the fault struck in {struck} of 60 logs");
    // Large enough that the write-ahead log is folded back into the file while appends go on.
    for seed in 1_000..1_003 {
        one(seed, fault, 400_000, 30).await;
    }
}

#[tokio::test]
async fn when_the_power_goes_what_returned_survives_and_nothing_is_half_there() {
    many(Fault::Power).await;
}

#[tokio::test]
async fn when_a_sector_is_bad_what_returned_survives_and_nothing_is_half_there() {
    many(Fault::Io).await;
}

#[tokio::test]
async fn when_the_disk_is_full_what_returned_survives_and_nothing_is_half_there() {
    many(Fault::Full).await;
}

#[tokio::test]
async fn a_disk_that_forgets_what_was_synced_is_never_read_as_if_it_did_not() {
    let (place, disk, chance) = (tempfile::tempdir().unwrap(), Disk::default(), Chance(SeededEntropy::new(9)));
    let mut kept = Vec::new();
    {
        let log = open(place.path(), &disk).unwrap();
        for number in 0..12 {
            let next = append(number, &chance, 1_000);
            kept.extend(texts(&next));
            log.append(next).await.unwrap();
        }
    }
    let name = place.path().join("log.db").to_string_lossy().into_owned();
    let length = disk.length(&name) as usize;
    assert!(length > 40_000, "everything was folded back into the file");
    let (mut told, mut same) = (0, 0);
    for at in (0..length).step_by(97) {
        disk.rots(&name, at);
        match open(place.path(), &disk) {
            Err(_) => told += 1,
            Ok(log) => match read_all(&log).await {
                Err(_) => told += 1,
                Ok(found) => {
                    assert_eq!(found, kept, "the byte at {at} changed, and what is read changed with it");
                    same += 1;
                }
            },
        }
        disk.rots(&name, at);
        // What opening may have written goes with the power.
        disk.loses_power(|_| 0);
    }
    assert!(told > 100 && same > 0, "told {told} times, unchanged {same} times");
}
