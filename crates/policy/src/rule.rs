//! One rule, as people read it.

use countersign_domain::{
    money::Money,
    verdict::{Disposition, Rule, Verdict},
    wording,
};
use serde::Serialize;

/// One rule of the policy files, as the Policies view shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// Its `@id`.
    pub id: String,
    /// Its `@reason`, with `{money}` and `{currency}` not yet filled in.
    pub reason: String,
    /// What it does where it matches.
    pub disposition: Disposition,
    /// How many different people a hold asks for; 0 for allow and deny.
    pub approvers: u8,
    /// The roles that a hold asks for; empty for allow and deny.
    pub roles: Vec<String>,
    /// How many of them must sign with a key on a device of theirs.
    pub devices: u8,
    /// Whether whoever approves what it holds types their password again, at a device of theirs.
    pub step_up: bool,
    /// For how many seconds what they approved can be taken back before it starts.
    pub undo_seconds: u16,
    /// For how many seconds what it holds waits for people; 0 where it gives no time of its own.
    pub deadline_seconds: u32,
    /// The rule as it stands in its file.
    pub source: String,
    /// The name of its file.
    pub file: String,
    /// The line of that file on which it begins, from 1.
    pub line: u32,
}

impl RuleView {
    /// The verdict of this rule alone, where it matches.
    pub(crate) fn verdict(&self, money: Option<&Money>, policy_version: &str) -> Verdict {
        Verdict {
            disposition: self.disposition,
            rules: vec![Rule { id: self.id.clone(), reason: fill(&self.reason, money) }],
            approvers: self.approvers,
            roles: self.roles.clone(),
            devices: self.devices,
            step_up: self.step_up,
            undo_seconds: self.undo_seconds,
            deadline_seconds: self.deadline_seconds,
            policy_version: policy_version.to_owned(),
        }
    }
}

/// The words that a reason may leave to the action.
pub(crate) const PLACEHOLDERS: [&str; 2] = ["money", "currency"];

fn fill(reason: &str, money: Option<&Money>) -> String {
    let known = |name: &str| match name {
        "money" => Some(money.map_or_else(|| "an unknown amount".to_owned(), Money::to_string)),
        "currency" => Some(money.map_or("an unknown currency", |money| money.currency.as_str()).to_owned()),
        _ => None,
    };
    // Which placeholders there may be was checked when the rule was read.
    wording::fill(reason, known).unwrap_or_else(|| reason.to_owned())
}
