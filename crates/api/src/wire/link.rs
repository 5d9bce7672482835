//! What a `countersign://` link asks the desk to open. A link goes somewhere and does nothing else.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "to", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Link {
    /// One of the desk's views.
    View {
        /// Which.
        view: LinkedView,
    },
    /// A conversation, on the Floor.
    Conversation {
        /// Its id.
        conversation: String,
    },
    /// An action's card, in Approvals.
    Action {
        /// Its id.
        action: String,
    },
    /// A search of the trail.
    Trail {
        /// As it would be written.
        search: String,
    },
    /// One record of the trail.
    Record {
        /// Its position.
        #[ts(type = "number")]
        position: u64,
    },
    /// Nowhere: it is none of these.
    Nowhere {
        /// Why, in a sentence.
        why: String,
    },
}

/// The views that a link can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum LinkedView {
    /// Live conversations.
    Floor,
    /// Held actions.
    Approvals,
    /// Customers who wait for a person.
    Escalations,
    /// The trail.
    Audit,
    /// The six figures.
    Metrics,
    /// Agents and tools, and what is stopped.
    Agents,
    /// People, and what waits for a second signature.
    Settings,
}
