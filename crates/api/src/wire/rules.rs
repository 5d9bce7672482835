//! Settings, Policies: the rules in force, since when, and what each of them did.

use super::tools::RecordCount;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `policies`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PoliciesView {
    /// The log position up to which records are counted.
    #[ts(type = "number")]
    pub as_of: u64,
    /// The versions that were put in force, newest first, at most 20; the first one is in force.
    pub versions: Vec<PolicyVersion>,
    /// How many there were in all.
    #[ts(type = "number")]
    pub versions_in_all: u64,
    /// The rules over actions, in the order of their files.
    pub rules: Vec<RuleInForce>,
    /// What judged as well: the gate's own reasons to hold, and rules that are no longer in force.
    pub others: Vec<OtherRule>,
    /// The file of rules over people, if there is one.
    pub people: Option<PolicyText>,
    /// A file that was not taken, with the rules before it still in force.
    pub problem: Option<String>,
    /// Rules that nobody enrolled can satisfy, each in one sentence.
    pub unmet_rules: Vec<String>,
}

/// A version of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PolicyVersion {
    /// Its digest, hexadecimal.
    pub version: String,
    /// Since when.
    pub at: String,
    /// Where the trail says so.
    #[ts(type = "number")]
    pub position: u64,
    /// The files that differ from the version before it.
    pub changed: Vec<String>,
}

/// A rule over actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct RuleInForce {
    /// Its name.
    pub id: String,
    /// What it says, in plain words; `{money}` and `{currency}` stand for those of the action.
    pub reason: String,
    /// `allow`, `hold` or `deny`.
    pub disposition: String,
    /// How many different people a hold asks for.
    pub approvers: u8,
    /// The roles that a hold asks for.
    pub roles: Vec<String>,
    /// How many of the people sign at a device of their own.
    pub devices: u8,
    /// Whether whoever approves what it holds types their password again, in the application's own window.
    pub step_up: bool,
    /// For how many seconds what they approved can be taken back before it starts.
    pub undo_seconds: u16,
    /// For how many seconds what it holds waits for people; 0 where it gives no time of its own.
    pub deadline_seconds: u32,
    /// The tools that it is about.
    pub tools: Vec<String>,
    /// The limit that it is, where it is nothing but a limit.
    pub limit: Option<RuleLimit>,
    /// The rule as it stands in its file.
    pub source: String,
    /// Its file.
    pub file: String,
    /// The line on which it begins.
    pub line: u32,
    /// Since when its file is as it is.
    pub since: Option<String>,
    /// How many records there are since the moment that was asked for.
    pub did: Vec<RecordCount>,
}

/// A limit that stands in a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct RuleLimit {
    /// The currency; every one, if absent.
    pub currency: Option<String>,
    /// What an amount is added to: `nothing`, `customer_today`, `customer_30d`, `agent_today`, `agent_30d`,
    /// `object_today`, `object_30d`.
    pub beside: String,
    /// The most that the rule lets pass, in minor units.
    #[ts(type = "number")]
    pub most: i64,
    /// Whether it counts only from the second action of the same tool within 30 days on.
    pub repeated: bool,
}

/// Something that judged and is no rule in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct OtherRule {
    /// Its name.
    pub id: String,
    /// How many records there are since the moment that was asked for.
    pub did: Vec<RecordCount>,
}

/// A file of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PolicyText {
    /// Its name.
    pub file: String,
    /// Its whole text.
    pub text: String,
    /// Since when it is as it is.
    pub since: Option<String>,
}
