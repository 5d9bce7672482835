//! Small events and appends, and the fold that counts them.

use countersign_event_log::envelope::{Actor, SealedPart, SealedReference, StoredEvent};
use countersign_event_log::log::{Append, AppendError, Cause, Decide, Fold, NewEvent, Write, fold};
use countersign_event_log::stream::{StreamName, Version};
use serde_json::json;
use sha2::{Digest, Sha256};

pub(crate) fn stream(name: &str) -> StreamName {
    StreamName::stored(name.to_owned())
}

pub(crate) fn event(amount: u64) -> NewEvent {
    NewEvent {
        kind: "ledger.reserved".to_owned(),
        schema: 1,
        open: json!({ "amount": amount, "currency": "EUR" }),
        sealed: None,
        actor: Actor::Agent("refunds".to_owned()),
        cause: None,
        team: "default".to_owned(),
    }
}

pub(crate) fn sealed(bytes: &[u8]) -> NewEvent {
    let reference = SealedReference {
        ciphertext: hex::encode(Sha256::digest(bytes)),
        commitment: "0".repeat(64),
        key: format!("key_{}", "1".repeat(32)).parse().unwrap(),
    };
    NewEvent { sealed: Some(SealedPart { reference, bytes: Some(bytes.into()) }), ..event(1) }
}

pub(crate) fn answering(cause: Cause) -> NewEvent {
    NewEvent { cause: Some(cause), ..event(1) }
}

pub(crate) fn write(name: &str, expected: Version, events: Vec<NewEvent>) -> Write {
    Write { stream: stream(name), expected, events }
}

pub(crate) fn append(name: &str, expected: Version, events: Vec<NewEvent>) -> Append {
    Append { guards: Vec::new(), writes: vec![write(name, expected, events)] }
}

/// The sum and number of a ledger's events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) sum: u64,
    pub(crate) count: u64,
}

impl Fold for Ledger {
    fn apply(&mut self, event: &StoredEvent) {
        self.sum += event.envelope.open["amount"].as_u64().unwrap();
        self.count += 1;
    }
}

/// Adds to a ledger unless the sum would pass a limit.
pub(crate) fn reserve(name: &str, amount: u64, limit: u64) -> Decide {
    let name = name.to_owned();
    Box::new(move |states| {
        let unreadable = |e: countersign_event_log::log::ReadError| AppendError::Refused(e.to_string());
        let ledger: Ledger = fold(states, &stream(&name)).map_err(unreadable)?;
        let at = states.version(&stream(&name)).map_err(unreadable)?;
        assert_eq!(ledger.count, at, "the fold stands where the stream does");
        if ledger.sum + amount > limit {
            return Err(AppendError::Refused("over the limit".to_owned()));
        }
        Ok(append(&name, at, vec![event(amount)]))
    })
}
