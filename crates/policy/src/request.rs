//! What is judged: one action, as the gate sees it.

use countersign_domain::{conversation::Assurance, ledger::Sums, money::Money};
use serde_json::Value;
use std::collections::BTreeMap;

/// One action to be judged.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The tool, by full name, or [`crate::REPLY_TOOL`].
    pub tool: &'a str,
    /// Who proposes it: the agent's registered name.
    pub agent: &'a str,
    /// The canonical arguments. They are read here and never changed.
    pub arguments: &'a Value,
    /// The money argument, in minor units, where the tool's settings name one.
    pub money: Option<&'a Money>,
    /// How the customer talks to us: `chat`.
    pub channel: &'a str,
    /// How sure we are who the customer is.
    pub assurance: Assurance,
    /// The evidence facts by name, each a JSON scalar. `None`: not read, or the reading failed. A fact that is null was
    /// read and is empty; a fact that is absent could not be read.
    pub evidence: Option<&'a BTreeMap<String, Value>>,
    /// What the gate itself knows.
    pub facts: GateFacts,
}

/// Whether an action is about the customer whom its conversation is with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum About {
    /// The tool is declared to be about nobody, or it was proved by its arguments.
    #[default]
    Nobody,
    /// About the verified customer of the conversation.
    TheCustomer,
    /// About another customer.
    SomebodyElse,
    /// The customer of the conversation is not verified.
    Unverified,
    /// Nobody could find out whom.
    Unresolved,
}

/// What people have decided in the same conversation before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing that this is about.
    #[default]
    Nothing,
    /// The very same, or what they changed on the same object; something has moved since.
    Decided,
    /// The very same, and nothing about it has changed.
    Answered,
}

/// What the gate knows of an action besides its arguments and its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GateFacts {
    /// The effects that a reply says have happened. Each has a succeeded outcome behind it: the gate asks about no other.
    pub claims: Vec<String>,
    /// The role of the person who changed the arguments, in an override.
    pub co_author: Option<String>,
    /// Whether it has an effect, and the agent proposes it by a person's whisper: the customer may not have asked for it.
    pub whispered: bool,
    /// Whom it is about.
    pub about: About,
    /// Whether another action is open on the same object.
    pub object_open: bool,
    /// How often people refused an action on the same object, about the same customer, in other conversations.
    pub earlier_refusals: u32,
    /// The ledger of the customer whom the action is about; absent if nobody knows who that is, or no rule reads it.
    pub customer_ledger: Option<Sums>,
    /// The ledger of the agent that proposes it; absent if no rule reads it.
    pub agent_ledger: Option<Sums>,
    /// The ledger of the object that it is about; absent if the tool names none, or no rule reads it.
    pub object_ledger: Option<Sums>,
    /// How often people refused an action on the same object in this conversation.
    pub refused_here: u32,
    /// How many contradictions there are between the customer's words, the arguments and the facts.
    pub contradictions: u32,
    /// What people have decided before.
    pub remembered: Remembered,
    /// How often this same action was proposed before in the conversation.
    pub repeats: u32,
}
