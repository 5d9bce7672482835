//! Tools: what an operator says of them, and what their server defines. The server's own annotations count for nothing.

pub mod check;
pub mod difference;

use crate::canonical;
use crate::event::Event;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What running a tool does to the world. Set by an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Changes nothing.
    Read,
    /// Changes something that a further call can put back.
    Reversible,
    /// Changes something for good.
    Irreversible,
}

impl EffectClass {
    /// The word for it on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Reversible => "reversible",
            Self::Irreversible => "irreversible",
        }
    }
}

/// A tool as its server defines it. Pinned by its hash: another description or schema is another tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// The server, by the operator's name for it.
    pub server: String,
    /// The tool's name on that server.
    pub name: String,
    /// Title for people.
    pub title: Option<String>,
    /// The server's description.
    pub description: Option<String>,
    /// JSON schema of the arguments. Stored as text: a schema may hold numbers that no log keeps, and its order is its
    /// server's.
    #[serde(with = "as_text")]
    pub input_schema: Value,
}

/// JSON inside of a text.
mod as_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.to_string())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        serde_json::from_str(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl ToolDefinition {
    /// `server.tool`: how policies, playbooks and cards name it.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.server, self.name)
    }

    /// Whether both are one and the same: as they are hashed, for 1.0 and 1 are one number.
    pub fn is(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }

    /// SHA-256 of the canonical definition, hexadecimal.
    pub fn hash(&self) -> String {
        canonical::digest(&json!({
            "server": self.server,
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "input_schema": self.input_schema,
        }))
    }
}

/// Where the money stands in a tool's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyArgument {
    /// The argument with the amount in minor units.
    pub amount_minor: String,
    /// The argument with the currency code.
    pub currency: String,
}

/// A read whose result goes onto the card and into policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRead {
    /// The tool to read with, by full name. Its effect class must be read.
    pub tool: String,
    /// Its arguments, each taken from the named argument of the action.
    pub arguments: BTreeMap<String, String>,
    /// The fields that count: a change in one of them voids an approval.
    pub facts: Vec<EvidenceFact>,
    /// The fact that is the name of the customer whom it belongs to, held against the name of whoever writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
}

/// One field of an evidence result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFact {
    /// Short name, under which policy sees it: `context.evidence.NAME`.
    pub name: String,
    /// What the card calls it.
    pub label: String,
    /// JSON pointer into the result, such as `/total_minor`.
    pub path: String,
    /// JSON pointer to the currency, where the field is an amount in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What cannot be so where the field has this value: topics of the second look, such as
    /// `{ delivered = ["never_arrived"] }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contradicts: BTreeMap<String, Vec<String>>,
}

/// How a refund-like effect is drawn: already done, this, and what is left of a total, all in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectBar {
    /// The evidence fact that is the whole.
    pub total: String,
    /// The evidence fact that is already used.
    pub already: String,
}

/// What the headline and the sentence of a card are built from. `{argument}` and `{evidence.NAME}` are filled in;
/// `{money}` is the money argument, `{customer}` the customer's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardWording {
    /// Verb, amount, to whom, for what: "Refund {money} to {customer} for order {order_number}".
    pub headline: String,
    /// What it does to the customer, in one sentence.
    pub effect: String,
    /// One word for lists: "Refund".
    pub noun: String,
    /// What people often tell the agent when they reject: offered as words to begin with, at most
    /// [`check::MOST_GUIDANCE`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guidance: Vec<String>,
}

/// How a tool settles a call that may have happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The tool that claims the key, by its name on the same server.
    pub tool: String,
    /// The probe's argument that takes the key.
    pub key_argument: String,
    /// JSON pointer to the answer in its result.
    pub state: String,
    /// The value there that says that it happened.
    pub happened: String,
    /// The value there that says that it did not and now never can.
    pub claimed: String,
}

/// Where it stands whom a call is about: the id under which the embedding site signs the customer in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// In this argument.
    Argument(String),
    /// In this fact of the evidence, by its name.
    Evidence(String),
    /// At this JSON pointer into the result of a read, which is withheld from the agent unless it matches.
    Result(String),
}

/// What an operator says of one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSettings {
    /// The tool, by full name.
    pub tool: String,
    /// Its effect class.
    pub effect: EffectClass,
    /// Seconds after which a call without an answer counts as unknown.
    pub timeout_seconds: u32,
    /// The argument with the idempotency key, which agents cannot see or set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_argument: Option<String>,
    /// The money argument, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<MoneyArgument>,
    /// The argument that names the object: one open action per object, and it is fixed in an override.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Whom it is about. Anybody but the conversation's verified customer: a person decides, on reads too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The arguments of a read that its server itself checks against each other, such as order number and postcode:
    /// whoever knows all of them may know the rest, verified or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<String>,
    /// A read for card and policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceRead>,
    /// The bar on the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bar: Option<EffectBar>,
    /// The words on the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<CardWording>,
    /// How an unknown outcome is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// How long after it was sent the tool may still carry a call out, in seconds, as its maker says: people settle an
    /// unknown outcome only after that. Absent where nothing goes on once a call has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_seconds: Option<u32>,
    /// Seconds that a held action waits for people before it expires.
    pub hold_seconds: u32,
}

impl ToolSettings {
    /// Where a form begins for a tool of which nobody has said anything: as careful as can be. Nothing is treated so until
    /// people have signed it.
    pub fn beginning(tool: String) -> Self {
        Self {
            tool,
            effect: EffectClass::Irreversible,
            timeout_seconds: 30,
            key_argument: None,
            money: None,
            object: None,
            subject: None,
            proof: Vec::new(),
            evidence: None,
            bar: None,
            wording: None,
            probe: None,
            longest_seconds: None,
            hold_seconds: 900,
        }
    }

    /// Whether an action that was proposed under one of these is about the same under the other: its effect, whom and
    /// what it is about, its amount, and how a repeated call is told. All else is judged again before a call starts.
    pub fn means_the_same(&self, other: &Self) -> bool {
        let meant = |of: &Self| {
            (
                of.effect,
                of.money.clone(),
                of.object.clone(),
                of.subject.clone(),
                of.proof.clone(),
                of.key_argument.clone(),
            )
        };
        meant(self) == meant(other)
    }

    /// Whether what was proposed before ends when these hold in place of `before`; absent where nothing held. What was
    /// proposed under another definition does in any case.
    pub fn ends_open(&self, before: Option<&Self>, redefined: bool) -> bool {
        redefined || before.is_none_or(|before| !before.means_the_same(self))
    }
}

/// What happens to a tool: its stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum ToolEvent {
    /// This definition is what may be called from here on, and no other. The first is as the station saw it when it first
    /// met the tool; each later one follows from a change that people signed.
    #[serde(rename = "tool.pinned")]
    Pinned {
        /// What its server defines.
        definition: ToolDefinition,
    },
    /// Its server offers something else than what may be called, so nothing of it runs; or what may be called, again.
    #[serde(rename = "tool.offered")]
    Offered {
        /// The hash of what it offers, hexadecimal; absent where it offers nothing of that name.
        definition: Option<String>,
    },
    /// It is treated in this way from here on, whatever the operator's files say. Follows from a change that people
    /// signed; the rules that were made for it stand in the same append.
    #[serde(rename = "tool.settings_set")]
    SettingsSet {
        /// All of them.
        settings: Box<ToolSettings>,
        /// Whether actions that had not started mean something else by it: those end.
        ends_open: bool,
    },
}

impl Event for ToolEvent {}

/// How often what holds of a tool was signed, or taken down: not what its server offered meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToolStands {
    /// How often.
    pub signed: u64,
}

impl ToolStands {
    /// Takes an event in.
    pub fn apply(&mut self, event: &ToolEvent) {
        self.signed += u64::from(!matches!(event, ToolEvent::Offered { .. }));
    }
}
