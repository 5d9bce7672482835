//! The verifier, which knows nothing of the gate, finds nothing wrong with the log.

use crate::checks::record::Record;
use crate::checks::{Violation, must};
use crate::world::{STATION_KEY, World};
use countersign_event_log::check::CheckLog;
use countersign_event_log::log::ReadLog;
use countersign_event_log::verify::verify_events;
use ed25519_dalek::SigningKey;
use futures::FutureExt;

pub(super) fn check(world: &World, record: &Record, found: &mut Vec<Violation>) {
    let note = world.log.checkpoint().now_or_never().expect("the log in memory never waits").unwrap();
    let key = SigningKey::from_bytes(&STATION_KEY).verifying_key().to_bytes();
    let report = verify_events(world.log.id(), &record.events, Some(&note), Some(key)).unwrap();
    must(found, "verifier", report.finding.is_none(), || format!("{:?}", report.finding));
}
