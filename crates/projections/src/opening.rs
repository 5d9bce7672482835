//! How the fold reads sealed parts. Only the few that a view shows are opened.

use countersign_domain::event::Fields;
use countersign_event_log::envelope::{SealedPart, StoredEvent};
use countersign_sealing::{Opened, SealContext, Sealing};

/// A sealed part that is neither readable nor erased, in words that hold nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PartUnreadable(pub String);

/// Opens sealed parts. [`Sealing`] does; a simulation may bring another.
pub trait OpenParts: Send + Sync {
    /// The sealed fields of an event: none where nothing was sealed, `None` once erased.
    fn fields(&self, event: &StoredEvent) -> Result<Option<Fields>, PartUnreadable>;
}

impl OpenParts for Sealing {
    fn fields(&self, event: &StoredEvent) -> Result<Option<Fields>, PartUnreadable> {
        let (reference, bytes) = match &event.sealed {
            None => return Ok(Some(Fields::new())),
            Some(SealedPart { bytes: None, .. }) => return Ok(None),
            Some(SealedPart { reference, bytes: Some(bytes) }) => (reference, bytes),
        };
        let envelope = &event.envelope;
        let context = SealContext {
            log: envelope.log.clone(),
            stream: envelope.stream.as_str().to_owned(),
            kind: envelope.kind.clone(),
        };
        match self.open_part(&reference.key, &context, bytes) {
            Ok(Opened::Fields(fields)) => Ok(Some(fields)),
            Ok(Opened::Erased) => Ok(None),
            Err(error) => Err(PartUnreadable(error.to_string())),
        }
    }
}
