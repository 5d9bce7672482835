//! Settings, Tools: what a tool is, what people say of it, and what it did.

use crate::wire::people::DifferenceView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The answer to `tools`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ToolsView {
    /// The log position up to which records are counted.
    #[ts(type = "number")]
    pub as_of: u64,
    /// The tools, by name.
    pub tools: Vec<ToolView>,
    /// The servers, by name.
    pub servers: Vec<ServerView>,
    /// Why the person at this desk may not propose how a tool is treated; absent if they may.
    pub may_not_propose: Option<String>,
}

/// A tool server, as it was when it was last asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ServerView {
    /// Its name.
    pub name: String,
    /// Where it is: `started here`, or `at ADDRESS`.
    pub place: String,
    /// Whether it answers.
    pub state: ServerState,
    /// Why it does not, or why what it says could not be taken in.
    pub why: Option<String>,
    /// How often in a row it did not.
    pub failed: u32,
    /// How many tools it defines.
    pub tools: u32,
    /// How long it took to say so, in milliseconds.
    pub took_ms: u32,
    /// What people signed of it; absent where whoever starts the station says that it is there.
    pub added: Option<Vec<DifferenceView>>,
}

/// Whether a tool server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ServerState {
    /// Nobody has asked yet.
    NotAsked,
    /// It does.
    Answers,
    /// It does not, and is asked again by itself.
    Down,
}

/// A tool as it was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ToolView {
    /// What people say of it; where nobody has said anything yet, what a form begins with.
    pub settings: ToolSettings,
    /// Whether people have said anything of it. Until then nothing proposes or calls it.
    pub is_set: bool,
    /// When people last signed how it is treated; absent where the operator's files say so.
    pub signed_at: Option<String>,
    /// Its server, by the operator's name.
    pub server: String,
    /// Its title, as its server gives it.
    pub title: Option<String>,
    /// Its description, in its server's words.
    pub description: Option<String>,
    /// Hash of the definition that was accepted, or that is to be accepted first, hexadecimal.
    pub definition: String,
    /// What its server offers instead of what was accepted: until people have looked at it, nothing of the tool runs.
    pub offered: Option<ToolOffered>,
    /// Its arguments, as its server defines them.
    pub arguments: Vec<ToolArgument>,
    /// Arguments that rules do not see.
    pub unseen: Vec<UnseenArgument>,
    /// The rules that are about it, by name.
    pub rules: Vec<String>,
    /// How many records there are since the moment that was asked for.
    pub did: Vec<RecordCount>,
}

/// What a server offers instead of a tool that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ToolOffered {
    /// Hash of the other definition, hexadecimal; absent where it offers nothing of that name any more, or does not answer.
    pub definition: Option<String>,
    /// Whether it does not answer, and offered something else when it last did.
    pub noted: bool,
    /// What is different, part by part.
    pub differences: Vec<DifferenceView>,
    /// The arguments as it defines them now.
    pub arguments: Vec<ToolArgument>,
}

/// An argument of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ToolArgument {
    /// Its name.
    pub name: String,
    /// Its type in the schema, such as `string` or `integer`; `any` where the schema names none.
    pub kind: String,
    /// Whether a call needs it.
    pub required: bool,
    /// What its server says of it.
    pub description: Option<String>,
}

/// A part of a tool's arguments that rules do not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct UnseenArgument {
    /// Which.
    pub path: String,
    /// Why.
    pub why: String,
}

/// How many records there are of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct RecordCount {
    /// The kind, such as `action.held`.
    pub kind: String,
    /// How many.
    #[ts(type = "number")]
    pub count: u64,
}

/// What people say of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts", optional_fields)]
pub struct ToolSettings {
    /// The tool, by full name: `server.tool`.
    pub tool: String,
    /// `read`, `reversible` or `irreversible`.
    pub effect: String,
    /// Seconds after which a call without an answer counts as unknown.
    pub timeout_seconds: u32,
    /// The argument with the idempotency key, which agents cannot see or set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_argument: Option<String>,
    /// The money argument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<ToolMoney>,
    /// The argument that names the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<ToolSubject>,
    /// The arguments that its server itself checks against each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>")]
    pub proof: Vec<String>,
    /// A read for card and rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ToolEvidence>,
    /// The bar on the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bar: Option<ToolBar>,
    /// The words on the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<ToolWording>,
    /// How an unknown outcome is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ToolProbe>,
    /// How long the tool may still carry a call out, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_seconds: Option<u32>,
    /// Seconds that a held action waits for people.
    pub hold_seconds: u32,
}

/// Where the money stands in a tool's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub struct ToolMoney {
    /// The argument with the amount in minor units.
    pub amount_minor: String,
    /// The argument with the currency.
    pub currency: String,
}

/// Where it stands whom a call is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ToolSubject {
    /// In this argument.
    Argument(String),
    /// In this fact of the evidence.
    Evidence(String),
    /// At this JSON pointer into the result of a read.
    Result(String),
}

/// A read whose result goes onto the card and into rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub struct ToolEvidence {
    /// The tool to read with.
    pub tool: String,
    /// Its arguments, each taken from the named argument of the action.
    pub arguments: BTreeMap<String, String>,
    /// The fields that count: a change in one of them voids an approval.
    pub facts: Vec<ToolFact>,
    /// The fact that is the name of the customer whom it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub customer_name: Option<String>,
}

/// One field of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts", optional_fields)]
pub struct ToolFact {
    /// Its name for rules.
    pub name: String,
    /// What the card calls it.
    pub label: String,
    /// JSON pointer into the result.
    pub path: String,
    /// JSON pointer to its currency, where it is an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What cannot be so where it has this value: topics of the second look.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, Vec<String>>>")]
    pub contradicts: BTreeMap<String, Vec<String>>,
}

/// Already done, this, and what is left of a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub struct ToolBar {
    /// The fact that is the whole.
    pub total: String,
    /// The fact that is already used.
    pub already: String,
}

/// What a card's headline and sentence are built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub struct ToolWording {
    /// The headline.
    pub headline: String,
    /// The sentence.
    pub effect: String,
    /// One word for lists.
    pub noun: String,
    /// What is offered as guidance to whoever rejects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub guidance: Vec<String>,
}

/// How a tool settles a call that may have happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub struct ToolProbe {
    /// The tool that claims the key, by its name on the same server.
    pub tool: String,
    /// Its argument that takes the key.
    pub key_argument: String,
    /// JSON pointer to the answer in its result.
    pub state: String,
    /// The value there that says that it happened.
    pub happened: String,
    /// The value there that says that it did not and now never can.
    pub claimed: String,
}
