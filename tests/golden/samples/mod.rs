//! One event of every kind as it is written today. A sample changes only together with its version.

mod actions;
mod changes;
mod conversations;
mod customers;
mod others;

use countersign_domain::event::Draft;
use countersign_domain::ids::{ActionId, ConversationId, PersonId, SigningKeyId};
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;

/// A stream, who causes the event, and the event.
pub(crate) type Sample = (StreamName, Actor, Draft);

pub(crate) fn all() -> Vec<Sample> {
    [actions::all(), changes::all(), conversations::all(), customers::all(), others::all()].concat()
}

fn action() -> ActionId {
    format!("act_{}", "a".repeat(32)).parse().unwrap()
}

fn conversation() -> ConversationId {
    format!("cnv_{}", "c".repeat(32)).parse().unwrap()
}

fn person() -> PersonId {
    format!("per_{}", "e".repeat(32)).parse().unwrap()
}

fn key() -> SigningKeyId {
    format!("sig_{}", "8".repeat(32)).parse().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
}
