//! The reasoner port: from a dialogue to the next step. Pure: no clock, no randomness, no I/O, no memory of its own.

use crate::dialogue::Dialogue;
use crate::model::{Calling, ModelAsk};
use countersign_domain::conversation::{self, AskedIn, EscalationReason};
use countersign_domain::ids::ActionId;
use countersign_gate::proposal::{Provenance, Receipt};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The kind of what reasons with a language model.
pub const MODEL: &str = "model";
/// The kind of what reasons without one.
pub const PLAYBOOK: &str = "playbook";

/// What reasons for an agent. The same dialogue always gives the same step: that is how a restart resumes.
pub trait Reasoner: Send + Sync {
    /// The agent's name, under which policy knows it.
    fn agent(&self) -> &str;
    /// What reasons, with its version: recorded with every turn.
    fn identity(&self) -> conversation::Reasoner;
    /// Of these tools, by full name, those that it asks for: what it would be granted if it were somebody else's.
    fn tools(&self, known: &BTreeSet<String>) -> BTreeSet<String>;
    /// The models that it asks, and how; a playbook asks none.
    fn calling(&self) -> Option<Calling> {
        None
    }
    /// What to do now.
    fn next(&self, dialogue: &Dialogue) -> Step;
    /// What it would make of these words if a person whispered them, in a few plain words; `None` if nothing.
    fn would_do(&self, whisper: &str) -> Option<String>;
}

/// One step of an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing to do before something happens.
    Wait,
    /// Say something and end the turn.
    Say(Say),
    /// Propose an action and look again.
    Propose(Wish),
    /// Say what it made of whispers by which it does nothing, and look again; and what made it of them, where that is not
    /// what reasons as a rule.
    Receipt(Vec<Receipt>, Option<conversation::Reasoner>),
    /// Ask a language model, store what it answers, and look again.
    Ask(ModelAsk),
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Say {
    /// The sentences, in order; at least one, at most 16.
    pub segments: Vec<String>,
    /// The actions whose effect it claims.
    pub claims: Vec<ActionId>,
    /// The actions whose end it tells or uses.
    pub told: Vec<ActionId>,
    /// The class of intent.
    pub intent: String,
    /// How sure that is, in thousandths.
    pub confidence_permille: u32,
    /// A person is asked for: why, and a note for them.
    pub escalate: Option<(EscalationReason, String)>,
    /// What it made of whispers: of those that are followed, this is how.
    pub receipts: Vec<Receipt>,
    /// What worded it, where that is not what reasons as a rule.
    pub by: Option<conversation::Reasoner>,
}

/// A tool call that an agent wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// `server.tool`.
    pub tool: String,
    /// The arguments, an object.
    pub arguments: Value,
    /// The agent's own account, for the card.
    pub claim: Option<String>,
    /// Where each argument came from.
    pub provenance: BTreeMap<String, Provenance>,
    /// The whisper by which it is wanted, by number; the customer may not have asked for it.
    pub whisper: Option<u32>,
    /// By which call of a model it is wanted.
    pub asked_in: Option<AskedIn>,
    /// What wants it, where that is not what reasons as a rule.
    pub by: Option<conversation::Reasoner>,
    /// What it made of whispers: of those that are followed, this is how.
    pub receipts: Vec<Receipt>,
}
