//! The trail read back record by record, for whoever looks at it as evidence.

use crate::error::GateError;
use crate::records::{OpenedEvent, Records};
use countersign_event_log::tree::leaf_hash;

/// One record with what identifies it.
#[derive(Debug, Clone)]
pub struct TrailRecord {
    /// The record, its sealed part opened.
    pub opened: OpenedEvent,
    /// The envelope's canonical bytes, as text.
    pub bytes: String,
    /// The leaf hash of these bytes, hexadecimal: RFC 6962.
    pub hash: String,
}

impl Records {
    /// The record at a position.
    pub async fn at(&self, position: u64) -> Result<TrailRecord, GateError> {
        let stored = self.log().read_from(position, 1).await?.into_iter().next();
        let stored = stored.filter(|stored| stored.envelope.position == position);
        let opened = self.open(stored.ok_or(GateError::NotFound("record"))?)?;
        let bytes = opened.stored.envelope.to_bytes();
        let hash = hex::encode(leaf_hash(&bytes));
        // Canonical JSON is UTF-8 by its definition.
        Ok(TrailRecord { opened, bytes: String::from_utf8_lossy(&bytes).into_owned(), hash })
    }
}
