//! Cases: who looked at a conversation as evidence, and what left the house. It changes nothing that it is about.

use crate::event::Event;
use crate::ids::{ConversationId, PersonId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An event of a case's stream, which is named by its conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum CaseEvent {
    /// Somebody opened it as evidence. Once an hour for each person, however much of it they read.
    #[serde(rename = "case.opened")]
    Opened {
        /// The conversation.
        conversation: ConversationId,
        /// Who.
        by: PersonId,
        /// When, by the station's clock.
        at: Timestamp,
    },
    /// It was written to a file that verifies without the station.
    #[serde(rename = "case.exported")]
    Exported {
        /// The conversation.
        conversation: ConversationId,
        /// Who asked for it; absent for whoever runs the machine itself.
        by: Option<PersonId>,
        /// How many records the file holds.
        records: u64,
        /// The size of the log under whose checkpoint they stand.
        size: u64,
    },
}

impl Event for CaseEvent {}
