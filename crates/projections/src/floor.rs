//! What a floor is asked for and answers: the most urgent conversations of those that are wanted, out of however many live.

use crate::rows::{ConversationRow, ConversationState};
use countersign_domain::ids::ConversationId;

/// Which conversations are wanted. What is empty or absent wants everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FloorSearch {
    /// What they wait for.
    pub states: Vec<ConversationState>,
    /// What they are about.
    pub intent: Option<String>,
    /// How they came.
    pub channel: Option<String>,
    /// The agent that last had the word in them.
    pub agent: Option<String>,
    /// The team whose they are.
    pub team: Option<String>,
    /// At most so many.
    pub first: u32,
    /// Those that are told too, whether wanted or not: somebody has them before their eyes.
    pub besides: Vec<ConversationId>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor {
    /// How many live at all.
    pub live: u32,
    /// How many of them need a person.
    pub needing: u32,
    /// How many live ones of each state are wanted; `rows` may hold fewer.
    pub found: Vec<(ConversationState, u32)>,
    /// Intents of live ones.
    pub intents: Vec<String>,
    /// Channels of live ones.
    pub channels: Vec<String>,
    /// Agents of live ones.
    pub agents: Vec<String>,
    /// Teams of live ones.
    pub teams: Vec<String>,
    /// The most urgent first; behind all live ones, those that ended lately.
    pub rows: Vec<ConversationRow>,
    /// Of [`FloorSearch::besides`], those that are not in `rows`.
    pub besides: Vec<ConversationRow>,
}
