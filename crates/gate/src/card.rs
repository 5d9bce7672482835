//! The card: what a person sees of a held action, as canonical data. The person signs its digest; a replay renders it.
//!
//! It is a function of what the log holds and of nothing else (no present time), so that the station builds it again
//! at the decision and compares.

use countersign_domain::action::Choice;
use countersign_domain::canonical;
use countersign_domain::conversation::Assurance;
use countersign_domain::money::Money;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::Rule;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The version of the card's form.
pub const CARD_FORM: u32 = 1;

/// Everything that a person sees of one held action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Card {
    /// Version of this form.
    pub form: u32,
    /// The language of the words that the station wrote, BCP 47.
    pub locale: String,
    /// The build that drew it.
    pub interface: String,
    /// The action.
    pub action: String,
    /// The conversation that it comes from.
    pub conversation: String,
    /// What would be called.
    pub tool: CardTool,
    /// Digest of the proposed action, hexadecimal.
    pub digest: String,
    /// Verb, amount, to whom, for what. Built by us from the arguments.
    pub headline: String,
    /// One word for lists, such as "Refund".
    pub noun: String,
    /// What it does, in one sentence.
    pub effect: Option<String>,
    /// How the amount stands to its whole.
    pub bar: Option<CardBar>,
    /// The amount, where the tool has a money argument.
    #[ts(type = "Money | null")]
    pub money: Option<Money>,
    /// When the agent proposed it.
    #[ts(type = "string")]
    pub proposed_at: Timestamp,
    /// When it expires.
    #[ts(type = "string")]
    pub deadline: Timestamp,
    /// Who proposed it.
    pub requester: CardRequester,
    /// Whom it is about, as far as known.
    pub customer: CardCustomer,
    /// Every argument, in the schema's order.
    pub arguments: Vec<CardArgument>,
    /// The canonical bytes that would be sent, as text.
    pub canonical_arguments: String,
    /// The tool's JSON schema without hidden arguments: the form of an override.
    #[ts(type = "unknown")]
    pub schema: Value,
    /// The rules that hold it.
    #[ts(type = "Array<Rule>")]
    pub rules: Vec<Rule>,
    /// Version of the policy that judged, hexadecimal.
    pub policy_version: String,
    /// How many different people must sign.
    pub approvers: u8,
    /// The roles that they need.
    pub roles: Vec<String>,
    /// Facts that the shop's systems gave.
    pub facts: Vec<CardFact>,
    /// When the facts were read.
    #[ts(type = "string | null")]
    pub facts_read_at: Option<Timestamp>,
    /// Why there are no facts, if reading them failed.
    pub facts_problem: Option<String>,
    /// What the customer said, quoted; the newest last.
    pub words: Vec<CardWords>,
    /// What the customer said, as the agent relays it from elsewhere: the agent's word, which nobody here has heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub relayed: Option<CardRelayed>,
    /// The agent's own account, a claim; or why the person asks.
    pub claim: Option<String>,
    /// What people decided on the same thing in the conversation before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<CardBefore>>")]
    pub before: Vec<CardBefore>,
    /// What does not go together: words, arguments and facts, held against each other by the gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<CardContradiction>>")]
    pub contradictions: Vec<CardContradiction>,
    /// What a reader must know before deciding: two people needed, facts missing, repeated proposal.
    pub notices: Vec<String>,
}

impl Card {
    /// SHA-256 of the canonical card, hexadecimal: what the person signs.
    pub fn digest(&self) -> String {
        canonical::digest(&canonical::value_of(self))
    }
}

/// What would be called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardTool {
    /// `server.tool`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Hash of the pinned definition, hexadecimal.
    pub definition: String,
    /// What it does to the world.
    #[ts(type = "\"read\" | \"reversible\" | \"irreversible\"")]
    pub effect: EffectClass,
}

/// Already used, this, and what is left, of a whole; all minor units of one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardBar {
    /// ISO 4217.
    pub currency: String,
    /// The whole.
    #[ts(type = "number")]
    pub total: i64,
    /// Used before.
    #[ts(type = "number")]
    pub already: i64,
    /// This action.
    #[ts(type = "number")]
    pub this: i64,
    /// The name of the argument that `this` follows in an override.
    pub argument: String,
}

/// Who proposed an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardRequester {
    /// The agent's name; where a person asks, their id.
    pub agent: String,
    /// What it reasons with, such as `playbook refund 1`, or `person`.
    pub reasoner: String,
    /// The person who asks in the agent's place, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub person: Option<String>,
    /// The whisper by which an agent asks: then the customer may not have asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub whisper: Option<CardWhisper>,
}

/// A whisper of a person to the agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardWhisper {
    /// Who whispered, by name.
    pub person: String,
    /// The words, masked as stored.
    pub text: String,
}

/// Whom an action is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardCustomer {
    /// The name that was claimed or verified.
    pub name: Option<String>,
    /// How sure we are.
    #[ts(type = "\"anonymous\" | \"claimed\" | \"verified\"")]
    pub assurance: Assurance,
}

/// One argument, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardArgument {
    /// Its name in the arguments.
    pub name: String,
    /// Its name for people, from the schema's title.
    pub label: String,
    /// The value that would be sent.
    #[ts(type = "unknown")]
    pub value: Value,
    /// The value for people: money with its currency, text with hidden characters boxed as code points.
    pub shown: String,
    /// Whether an override may not change it (subject, object).
    pub fixed: bool,
    /// Where it came from.
    pub source: CardSource,
}

/// Where an argument came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum CardSource {
    /// It stands in the customer's words, in the message with this number.
    Customer {
        /// Its number in the conversation, from 1.
        message: u32,
        /// When it was stored.
        #[ts(type = "string")]
        at: Timestamp,
    },
    /// The agent says that the customer meant it in this message; the words themselves do not hold it.
    Understood {
        /// Its number in the conversation, from 1.
        message: u32,
        /// When it was stored.
        #[ts(type = "string")]
        at: Timestamp,
    },
    /// It stands in a record that a tool returned, or among the facts.
    Record {
        /// What was read and where in it, such as "Find order: total minor"; or what the fact is called.
        what: String,
    },
    /// The agent says that it worked it out from this; the record does not hold it.
    WorkedOut {
        /// What the agent calls it.
        what: String,
    },
    /// Found nowhere: the agent's own.
    Agent,
    /// Typed by the person who asks, or by one who changed it.
    Person,
}

/// A fact that the shop's systems gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardFact {
    /// Its short name.
    pub name: String,
    /// What the card calls it.
    pub label: String,
    /// The value for people.
    pub shown: String,
    /// The value before, if it changed since the action was proposed.
    pub was: Option<String>,
}

/// An earlier decision on the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardBefore {
    /// The action that was decided.
    pub action: String,
    /// What was proposed then, for people.
    pub headline: String,
    /// What the person said.
    #[ts(type = "\"approve\" | \"override\" | \"reject\"")]
    pub decision: Choice,
    /// Who, by name.
    pub person: String,
    /// When the decision was stored.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Their words to the agent.
    pub words: Option<String>,
    /// What came of it, in words.
    pub outcome: String,
    /// How often an agent proposed the same since and got the same answer.
    pub repeats: u32,
}

/// Two things that cannot both be so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardContradiction {
    /// Of which kind.
    pub kind: ContradictionKind,
    /// The one: "The customer says that it never arrived".
    pub says: String,
    /// The customer's own words for it, and the number of the message in which they stand.
    pub quote: Option<CardQuote>,
    /// The other: "Order status: delivered".
    pub against: String,
}

/// What a contradiction is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ContradictionKind {
    /// What is said to have happened, and a fact.
    Said,
    /// An argument, and what the customer says.
    Argument,
    /// The amount that is asked for, and that of the action.
    Amount,
    /// The amount, and what is left.
    Over,
    /// The object that the customer names, and that of the action.
    Object,
    /// The name of whoever writes, and that on the record.
    Name,
}

/// Some words of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardQuote {
    /// The message's number in the conversation, from 1.
    pub message: u32,
    /// The words.
    pub text: String,
}

/// What an agent relays of the conversation that it asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardRelayed {
    /// The conversation, as it is called here.
    pub conversation: String,
    /// The customer's words in it that were relayed before this was asked for; the newest last.
    pub words: Vec<CardWords>,
}

/// A quoted message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardWords {
    /// Its number in the conversation, from 1.
    pub message: u32,
    /// The words, masked as stored.
    pub text: String,
    /// When it was stored.
    #[ts(type = "string")]
    pub at: Timestamp,
}
