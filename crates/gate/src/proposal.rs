//! What an agent hands to the gate.

use countersign_domain::conversation::{AskedIn, EscalationReason, Reasoner, Turned};
use countersign_domain::ids::{ActionId, ConversationId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One tool call that an agent proposes.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The conversation that it comes from.
    pub conversation: ConversationId,
    /// The conversation's version that the agent saw; if somebody wrote since, the agent must look again.
    pub seen: u64,
    /// The agent's name.
    pub agent: String,
    /// What reasoned.
    pub reasoner: Reasoner,
    /// `server.tool`.
    pub tool: String,
    /// The arguments as JSON text: parsed once, strictly, here.
    pub arguments: String,
    /// The agent's own account, for the card; a claim.
    pub claim: Option<String>,
    /// Where each argument came from. What is not named was found nowhere.
    pub provenance: BTreeMap<String, Provenance>,
    /// The whisper by which the agent proposes it, by number.
    pub whisper: Option<u32>,
    /// By which call of a model the agent proposes it.
    pub asked_in: Option<AskedIn>,
    /// What it made of whispers.
    pub receipts: Vec<Receipt>,
}

/// What an agent made of a whisper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The whisper's number.
    pub number: u32,
    /// Whether it is followed, by the step that this comes with.
    pub followed: bool,
    /// The class of intent that it is followed to.
    pub intent: Option<String>,
    /// How sure that is, in thousandths.
    pub confidence_permille: u32,
    /// How it is followed, or why not, for people.
    pub note: String,
}

/// Where an argument came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Provenance {
    /// The customer's message of that number.
    Customer {
        /// From 1.
        message: u32,
    },
    /// The result of an earlier action, at a JSON pointer.
    Record {
        /// The action that read it.
        action: ActionId,
        /// The pointer into its result.
        path: String,
        /// What it is for people, such as `Order 1042, total`.
        what: String,
    },
}

/// What an agent says at the end of a turn, stored and thereby sent.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The conversation.
    pub conversation: ConversationId,
    /// The conversation's version that the agent saw.
    pub seen: u64,
    /// The agent's name.
    pub agent: String,
    /// The segments, each a sentence or two; at most [`crate::MOST_SEGMENTS`].
    pub segments: Vec<String>,
    /// The effects that it claims, by action. Each must have succeeded, or the reply is not sent.
    pub claims: Vec<ActionId>,
    /// The facts of the turn that it ends; the gate fills in the times of the segments, and what calls of models came to.
    pub turn: Turned,
    /// Notes that a person is asked for, in the same append.
    pub escalate: Option<(EscalationReason, String)>,
    /// What the agent made of whispers.
    pub receipts: Vec<Receipt>,
}
