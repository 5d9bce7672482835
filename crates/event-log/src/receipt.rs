//! The receipt of an append: what was stored, where. A permit is minted from it and from nothing else.

use crate::envelope::StoredEvent;
use std::sync::Arc;

/// Proof, inside this process, that events are on disk. Only a log issues one (held by `tests/architecture.rs`).
#[derive(Debug, Clone)]
pub struct Receipt {
    events: Arc<[StoredEvent]>,
}

impl Receipt {
    /// For logs only: called after the events are durable.
    pub fn issued_by_log(events: Vec<StoredEvent>) -> Self {
        Self { events: events.into() }
    }

    /// The stored events, in the order of their positions; at least one.
    pub fn events(&self) -> &[StoredEvent] {
        &self.events
    }
}
