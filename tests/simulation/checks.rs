//! What must hold after every shift, told from the log's stored events, the CRM's record, what people signed and what
//! agents were told. It folds for itself: nothing here asks the gate or the domain's states whether they were right.

mod decisions;
mod kept;
mod limits;
mod once;
mod permits;
mod record;
mod silence;
mod told;
mod verified;

use crate::world::World;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::ReadLog;
use futures::FutureExt;
use record::Record;

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which of the invariants of the README, or what else was promised.
    pub(crate) invariant: &'static str,
    pub(crate) what: String,
}

/// Everything that is stored.
pub(crate) fn stored(world: &World) -> Vec<StoredEvent> {
    world.log.read_from(0, usize::MAX).now_or_never().expect("the log in memory never waits").unwrap()
}

/// Everything that does not hold.
pub(crate) fn all(world: &World) -> Vec<Violation> {
    let record = Record::read(world);
    let mut found = Vec::new();
    permits::check(world, &record, &mut found);
    decisions::check(world, &record, &mut found);
    once::check(world, &record, &mut found);
    limits::check(world, &record, &mut found);
    silence::check(&record, &mut found);
    told::check(world, &record, &mut found);
    kept::check(world, &record, &mut found);
    verified::check(world, &record, &mut found);
    found
}

/// Notes a violation unless it holds.
fn must(found: &mut Vec<Violation>, invariant: &'static str, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(Violation { invariant, what: what() });
    }
}
