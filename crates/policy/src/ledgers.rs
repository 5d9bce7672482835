//! Which ledgers the rules on a tool read: only those are kept and guarded.

use crate::{
    schema::{LEDGERS, group},
    surface::Surface,
};
use cedar_policy::{ActionConstraint, EntityUid, Policy, PolicySet};
use serde_json::Value;
use std::collections::BTreeMap;

/// Which ledgers some rules read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgersRead {
    /// `context.ledger.customer`.
    pub customer: bool,
    /// `context.ledger.agent`.
    pub agent: bool,
    /// `context.ledger.object`.
    pub object: bool,
}

impl LedgersRead {
    const ALL: Self = Self { customer: true, agent: true, object: true };

    fn with(self, other: Self) -> Self {
        Self {
            customer: self.customer || other.customer,
            agent: self.agent || other.agent,
            object: self.object || other.object,
        }
    }
}

/// By tool.
pub(crate) fn read(policies: &PolicySet, surfaces: &BTreeMap<String, Surface>) -> BTreeMap<String, LedgersRead> {
    let by_rule: Vec<(&Policy, LedgersRead)> = policies.policies().map(|p| (p, by(p))).collect();
    let of = |surface: &Surface| {
        let on_it = by_rule.iter().filter(|(policy, _)| concerns(policy, surface));
        on_it.fold(LedgersRead::default(), |all, (_, read)| all.with(*read))
    };
    surfaces.values().filter(|s| s.has_ledgers()).map(|s| (s.tool.clone(), of(s))).collect()
}

/// Whether a rule is about a tool.
pub(crate) fn concerns(policy: &Policy, surface: &Surface) -> bool {
    let is = |action: &EntityUid| {
        let name: &str = action.id().as_ref();
        name == surface.tool || name == group(surface.effect)
    };
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(action) => is(&action),
        ActionConstraint::In(actions) => actions.iter().any(is),
    }
}

/// What cannot be told is taken for a rule that reads everything: a ledger too many costs a little, one too few a limit.
fn by(policy: &Policy) -> LedgersRead {
    let Ok(json) = policy.to_json() else { return LedgersRead::ALL };
    found(json.get("conditions").unwrap_or(&Value::Null))
}

fn found(expression: &Value) -> LedgersRead {
    match expression {
        Value::Array(parts) => parts.iter().fold(LedgersRead::default(), |all, part| all.with(found(part))),
        Value::Object(members) => {
            if is_ledger(expression) {
                return LedgersRead::ALL;
            }
            let of_ledger = [".", "has"]
                .iter()
                .filter_map(|operator| members.get(*operator))
                .find(|operation| operation.get("left").is_some_and(is_ledger));
            match of_ledger {
                Some(operation) => {
                    let attribute = operation.get("attr").and_then(Value::as_str);
                    LedgersRead {
                        customer: attribute.is_none_or(|a| a == LEDGERS[0]),
                        agent: attribute.is_none_or(|a| a == LEDGERS[1]),
                        object: attribute.is_none_or(|a| a == LEDGERS[2]),
                    }
                }
                None => members.values().fold(LedgersRead::default(), |all, part| all.with(found(part))),
            }
        }
        _ => LedgersRead::default(),
    }
}

/// Whether this is `context.ledger`.
fn is_ledger(expression: &Value) -> bool {
    let Some(access) = expression.get(".") else { return false };
    let of_context = access.pointer("/left/Var").is_some_and(|variable| variable == "context");
    of_context && access.get("attr").is_some_and(|attribute| attribute == "ledger")
}
