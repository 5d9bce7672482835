//! What a desk may ask and say.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Questions. They change nothing. Answer types stand beside each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "query", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Query {
    /// -> `SessionView`; needs no sign-in.
    Session,
    /// -> `ApprovalsView`.
    Approvals,
    /// -> `CardView`.
    Card {
        /// The action.
        action: String,
    },
    /// -> `OverridePreview`.
    PreviewOverride {
        /// The action.
        action: String,
        /// All arguments as changed.
        #[ts(type = "Record<string, unknown>")]
        arguments: Value,
    },
    /// -> `ConversationsView`.
    Conversations,
    /// -> `TranscriptView`.
    Conversation {
        /// The conversation.
        conversation: String,
    },
}

/// Commands that need no card. Each answers with `SessionView`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "command", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Command {
    /// First run: the first person, a password of at least 12 characters, one-person mode.
    SetUp {
        /// The person's name.
        name: String,
        /// Their password.
        password: String,
        /// The one-time token that the console shows; only for a desk over HTTP.
        token: Option<String>,
    },
    /// Signs in and unlocks the signing key.
    SignIn {
        /// The person's id.
        person: String,
        /// Their password.
        password: String,
    },
    /// Wipes the signing key and ends the session.
    SignOut,
    /// Nothing with an effect starts after this, and no agent reply goes out.
    Stop,
    /// Ends a stop.
    Resume,
    /// Gives the person at this desk the word in a conversation: the agent says and starts nothing in it any more.
    TakeOver {
        /// The conversation.
        conversation: String,
    },
    /// Gives the agent the word again.
    HandBack {
        /// The conversation.
        conversation: String,
    },
}

/// What a station tells its desks unasked. A desk refetches what it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "notice", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Notice {
    /// The views stand at this position now.
    Changed {
        /// The log position.
        #[ts(type = "number")]
        as_of: u64,
    },
}
