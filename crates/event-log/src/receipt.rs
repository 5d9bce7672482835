//! The receipt of an append: what was stored, where. A permit is minted from it and from nothing else.

use crate::envelope::StoredEvent;
use std::ops::Range;
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

    /// Some of the events, shared and not copied.
    pub fn run(&self, which: Range<usize>) -> Run {
        Run { events: self.events.clone(), which }
    }
}

/// Events that follow each other, shared with whoever else holds them. It proves nothing.
#[derive(Debug, Clone)]
pub struct Run {
    events: Arc<[StoredEvent]>,
    which: Range<usize>,
}

impl Run {
    /// The events, in the order of their positions.
    pub fn events(&self) -> &[StoredEvent] {
        self.events.get(self.which.clone()).unwrap_or_default()
    }
}

impl From<Vec<StoredEvent>> for Run {
    fn from(events: Vec<StoredEvent>) -> Self {
        Self { which: 0..events.len(), events: events.into() }
    }
}
