//! One seeded simulation of a whole shift: the real gate, rules, agents, records and sealing over a log, a clock, tool
//! servers, customers and people that misbehave. A seed replays exactly. Later issues widen it; there is only one.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod agents;
mod broken;
mod chance;
mod checks;
mod clock;
mod crm;
mod customers;
mod desk;
mod faults;
mod people;
mod replay;
mod seeds;
mod shift;
mod shop;
mod trail;
mod world;

use shift::Shift;
use std::time::{Duration, Instant};

/// A shift is thousands of small records read and dropped again: with the system's allocator that is a third of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many shifts `make test` runs.
const SEEDS: u64 = 100;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What every hundred shifts together must have seen: a simulation in which nothing happens proves nothing.
const SEEN: &[&str] = &[
    "action.allowed",
    "action.held",
    "action.approved",
    "action.overridden",
    "action.waiting",
    "action.rejected",
    "action.expired",
    "action.withdrawn",
    "action.voided",
    "action.succeeded",
    "action.failed",
    "action.unknown",
    "action.settled",
    "action.deadline_moved",
    "action.snoozed",
    "action.delegated",
    "conversation.taken_over",
    "conversation.answered",
    "conversation.handed_back",
    "conversation.replied",
    "conversation.escalated",
    "station.clock_jumped",
    "change.signed",
    "person.away",
    "person.back",
    "person.limits_set",
    "fleet.stopped",
    "fleet.resumed",
    "fleet.part_stopped",
    "fleet.part_resumed",
    "ledger.released",
    "approval taken back",
    "put off",
    "killed before an append",
    "killed after an append",
    "append refused",
    "append stored and not told",
    "read failed",
    "disk gone",
    "unreachable",
    "failed before it committed",
    "failed after it committed",
    "hung before it committed",
    "hung after it committed",
    "late effect",
    "late effect refused",
    "answered 100 MB",
    "answered garbage",
    "read on from where one left off",
];

/// `COUNTERSIGN_SEED` runs one shift, `COUNTERSIGN_SEEDS` so many, `COUNTERSIGN_MINUTES` for so long.
#[test]
fn every_shift_keeps_every_invariant() {
    let one = variable("COUNTERSIGN_SEED");
    let minutes = variable("COUNTERSIGN_MINUTES").map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let count = match (one, minutes) {
        (Some(_), _) => 1,
        (None, Some(_)) => u64::MAX,
        (None, None) => variable("COUNTERSIGN_SEEDS").unwrap_or(SEEDS),
    };
    let first = one.unwrap_or_else(|| variable("COUNTERSIGN_FIRST").unwrap_or(1));
    let many = seeds::run(first, count, minutes, Shift::of);
    println!("{}", many.in_words());
    if let Some(broke) = &many.broke {
        panic!("{broke}");
    }
    if many.seeds >= 100 {
        let missing: Vec<_> = SEEN.iter().filter(|what| !many.counts.contains_key(**what)).collect();
        assert!(missing.is_empty(), "in {} shifts nobody saw {missing:?}: {:?}", many.seeds, many.counts);
    }
}
