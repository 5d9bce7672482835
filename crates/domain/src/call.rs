//! Calls of external agents: the same call again is the same call, as long as somebody may only be asking once more.

use crate::event::Event;
use crate::ids::ConversationId;
use serde::{Deserialize, Serialize};

/// For how long after its end a call is answered again instead of made again, in seconds, where its caller names no key of
/// their own.
pub const ATTACHES_SECONDS: i64 = 15 * 60;

/// What happens to a call: its stream, whose name is a pseudonym of who calls what, or of their own key for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum CallEvent {
    /// It came, for the first time or after what it came to was long over.
    #[serde(rename = "call.made")]
    Made {
        /// The agent.
        agent: String,
        /// The conversation that holds it, which begins in the same append.
        conversation: ConversationId,
        /// Tool and arguments, pseudonymous: a key that comes again with others is a mistake.
        asked: String,
    },
}

impl Event for CallEvent {}

/// A call, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// Where it was made last, and with what.
    pub last: Option<(ConversationId, String)>,
    /// The events taken in: the stream's version.
    pub version: u64,
}

impl Call {
    /// Takes an event in.
    pub fn apply(&mut self, event: &CallEvent) {
        let CallEvent::Made { conversation, asked, .. } = event;
        self.version += 1;
        self.last = Some((conversation.clone(), asked.clone()));
    }
}
