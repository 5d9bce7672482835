//! The trail as it is read: what somebody searched for and settled on. Reading changes nothing that it is about.

use crate::event::Event;
use crate::ids::PersonId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An event of the stream of a person's searches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum TrailEvent {
    /// A search that somebody stayed with. The same one once an hour. Sealed, under the person's key: `search`, as they
    /// wrote it, for it may name a customer.
    #[serde(rename = "trail.searched")]
    Searched {
        /// Who.
        by: PersonId,
        /// Its length in characters.
        characters: u32,
        /// When, by the station's clock.
        at: Timestamp,
    },
}

impl Event for TrailEvent {}
