//! The trail: what a search finds, and one record whole.

use crate::wire::queue::{Money, Rule};
use countersign_gate::card::Card;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What to look for in the trail. Everything must hold of one and the same record; nothing given finds every record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export_to = "wire.ts", optional_fields)]
pub struct TrailSearch {
    /// Words of what was said or asked for, or of a customer's name; the last one also as a beginning.
    pub words: Option<String>,
    /// Part of a person's name: whoever did it, or it is about.
    pub person: Option<String>,
    /// Part of an agent's name.
    pub agent: Option<String>,
    /// Part of a tool's name.
    pub tool: Option<String>,
    /// Part of a rule's name.
    pub rule: Option<String>,
    /// `approve`, `override` or `reject`, or the beginning of one.
    pub decision: Option<String>,
    /// Part of an event's kind.
    pub kind: Option<String>,
    /// Words of the customer's name, or the site's id of them.
    pub customer: Option<String>,
    /// What the action is about, such as an order number.
    pub order: Option<String>,
    /// The smallest amount, in thousandths of a currency's unit.
    #[ts(as = "Option<u32>")]
    pub least: Option<i64>,
    /// The largest amount, in thousandths of a currency's unit.
    #[ts(as = "Option<u32>")]
    pub most: Option<i64>,
    /// The currency of the amount, ISO 4217.
    pub currency: Option<String>,
    /// From this moment on.
    pub from: Option<String>,
    /// Before this moment.
    pub until: Option<String>,
    /// In this conversation.
    pub conversation: Option<String>,
    /// Records before this position: the `next` of the answer before.
    #[ts(as = "Option<u32>")]
    pub before: Option<u64>,
    /// How many at most; 100 if absent, and never more than 200.
    pub limit: Option<u32>,
}

/// The answer to `trail`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct TrailView {
    /// The log position up to which this is folded.
    #[ts(type = "number")]
    pub as_of: u64,
    /// Up to which position words and filters find records (exclusive).
    #[ts(type = "number")]
    pub indexed: u64,
    /// The records.
    pub rows: Vec<TrailRow>,
    /// Where to look on; absent at the beginning of the trail.
    #[ts(type = "number | null")]
    pub next: Option<u64>,
    /// Filters to which no value of the trail answers: `person`, `agent`, `tool`, `rule`, `decision`, `kind`.
    pub unknown: Vec<String>,
}

/// One record in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct TrailRow {
    /// Its position in the log.
    #[ts(type = "number")]
    pub position: u64,
    /// When it was stored.
    pub at: String,
    /// Its kind, such as `action.held`.
    pub kind: String,
    /// Who did it.
    pub who: TrailWho,
    /// The name of the person whom it is about.
    pub about: Option<String>,
    /// Its conversation.
    pub conversation: Option<String>,
    /// The customer's name as far as known; absent if erased or never said.
    pub customer: Option<String>,
    /// Whether the customer is erased: names, words and arguments are gone for good.
    pub erased: bool,
    /// The action.
    pub action: Option<String>,
    /// `server.tool`.
    pub tool: Option<String>,
    /// One word for the action, such as "Refund".
    pub noun: Option<String>,
    /// The object, for people, such as "order 1042".
    pub object: Option<String>,
    /// The amount at that time.
    pub money: Option<Money>,
    /// The amount that an override changed.
    pub money_before: Option<Money>,
    /// A code of what happened, or why, in the words of the log.
    pub code: Option<String>,
    /// What was said, noted or named.
    pub text: Option<String>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum TrailWho {
    /// The customer.
    Customer,
    /// An agent.
    Agent {
        /// Its name.
        name: String,
    },
    /// A person of the staff.
    Person {
        /// Their name; absent once erased.
        name: Option<String>,
    },
    /// The gate, or the station around it.
    Gate,
}

/// The answer to `trail_choices`: what filters can be set to, as far as the trail knows values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct TrailChoices {
    /// Names of people who did something.
    pub people: Vec<String>,
    /// Agents.
    pub agents: Vec<String>,
    /// Tools.
    pub tools: Vec<String>,
    /// Rules.
    pub rules: Vec<String>,
    /// Decisions.
    pub decisions: Vec<String>,
    /// Kinds of events.
    pub kinds: Vec<String>,
}

/// The answer to `record`: one record whole, read from the log itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct RecordView {
    /// The record in a list.
    pub row: TrailRow,
    /// The stream that it stands in.
    pub stream: String,
    /// The position of the record that it answers.
    #[ts(type = "number | null")]
    pub cause: Option<u64>,
    /// Whether something is sealed in it, and can be read.
    pub sealed: SealedState,
    /// What was sealed in it, by name, in plain text.
    pub fields: Vec<SealedField>,
    /// The rules that judged.
    pub rules: Vec<Rule>,
    /// Version of the policy that judged, hexadecimal.
    pub policy_version: Option<String>,
    /// Set for a person's decision.
    pub decision: Option<RecordDecision>,
    /// Whether the trail says that the person at this desk read it: of a conversation's records it does.
    pub reading_recorded: bool,
    /// The canonical bytes of its envelope, as text.
    pub bytes: String,
    /// Their leaf hash, hexadecimal.
    pub hash: String,
}

/// The answer to `case_file`: a conversation as a file that verifies without the station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CaseFile {
    /// What to call it.
    pub name: String,
    /// What stands in it.
    pub text: String,
    /// How many records it holds.
    #[ts(type = "number")]
    pub records: u64,
}

/// Whether a sealed part can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum SealedState {
    /// Nothing is sealed in it.
    None,
    /// It can be read.
    Open,
    /// Its key is destroyed: it can never be read again.
    Erased,
}

/// One sealed field in plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct SealedField {
    /// Its name in the record.
    pub name: String,
    /// Its value: a text as it is, anything else as JSON.
    pub value: String,
}

/// What a decision's record says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct RecordDecision {
    /// How long the card was on screen, in milliseconds.
    #[ts(type = "number")]
    pub looked_ms: u64,
    /// `device` or `station`: which key signed.
    pub signed_by: String,
    /// Whether the person typed their password again for it.
    pub step_up: bool,
    /// The key.
    pub key: String,
    /// Which signature it is, from 1.
    pub which: u8,
    /// Of how many.
    pub of: u8,
    /// When the person signed, by the signing side's clock.
    pub signed_at: String,
    /// The card that was on screen, as it was sealed with the decision; absent once erased.
    pub card: Option<Card>,
    /// The digest that the person signed, hexadecimal.
    pub card_digest: String,
    /// Whether the sealed card has that digest; absent once erased.
    pub card_is_what_was_signed: Option<bool>,
}
