//! The rules as the log keeps them, and what of a rule is nothing but a limit.

use crate::{ledgers::concerns, policies::Set};
use cedar_policy::Policy;
use countersign_domain::rulebook::{Beside, RuleInForce, RuleLimit};
use serde_json::Value;

/// Every rule, in the order of its name.
pub(crate) fn rules(set: &Set) -> Vec<RuleInForce> {
    let known = set.policies.policies().filter_map(|policy| {
        let view = set.rules.get::<str>(policy.id().as_ref())?;
        let tools = set.surfaces.values().filter(|surface| concerns(policy, surface));
        Some(RuleInForce {
            id: view.id.clone(),
            disposition: view.disposition,
            approvers: view.approvers,
            roles: view.roles.clone(),
            devices: view.devices,
            step_up: view.step_up,
            deadline_seconds: view.deadline_seconds,
            tools: tools.map(|surface| surface.tool.clone()).collect(),
            limit: limit(policy),
        })
    });
    let mut rules: Vec<RuleInForce> = known.collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// The limit of a rule for every agent whose only condition is `when` an amount, perhaps with a sum beside it, is more
/// than a number. Whatever asks for anything else is no mere limit.
fn limit(policy: &Policy) -> Option<RuleLimit> {
    let json = policy.to_json().ok()?;
    let for_everybody = json.pointer("/principal/op").is_some_and(|op| op == "All");
    let [condition] = json.get("conditions")?.as_array()?.as_slice() else { return None };
    if !for_everybody || condition.get("kind")? != "when" {
        return None;
    }
    let mut found = Found::default();
    found.all_of(condition.get("body")?)?;
    let (beside, most) = found.more_than?;
    // Counts of one ledger beside the sum of another are more than a limit.
    let repeated = match found.repeated {
        Some(ledger) if beside.ledger() == Some(ledger.as_str()) => true,
        Some(_) => return None,
        None => false,
    };
    Some(RuleLimit { currency: found.currency, beside, most, repeated })
}

#[derive(Default)]
struct Found {
    currency: Option<countersign_domain::money::Currency>,
    more_than: Option<(Beside, i64)>,
    /// The ledger that must hold an action of the tool already.
    repeated: Option<String>,
}

impl Found {
    /// Reads a conjunction; nothing if a part of it is something else.
    fn all_of(&mut self, expression: &Value) -> Option<()> {
        if let Some(both) = expression.get("&&") {
            self.all_of(both.get("left")?)?;
            return self.all_of(both.get("right")?);
        }
        if let Some(has) = expression.get("has") {
            let path = path(has.get("left")?)?;
            let name = has.get("attr")?.as_str()?;
            let there = (path == "context" && matches!(name, "money" | "ledger"))
                || (path == "context.ledger" && matches!(name, "customer" | "agent" | "object"));
            return there.then_some(());
        }
        if let Some(same) = expression.get("==") {
            if path(same.get("left")?)? != "context.money.currency" || self.currency.is_some() {
                return None;
            }
            self.currency = Some(same.pointer("/right/Value")?.as_str()?.to_owned().try_into().ok()?);
            return Some(());
        }
        let more = expression.get(">")?;
        let counted = path(more.get("left")?).unwrap_or_default();
        if let Some(ledger) = counted.strip_prefix("context.ledger.").and_then(|rest| rest.strip_suffix(".count_30d")) {
            let any = more.pointer("/right/Value")?.as_i64()? == 0 && self.repeated.is_none();
            self.repeated = any.then(|| ledger.to_owned());
            return any.then_some(());
        }
        if self.more_than.is_some() {
            return None;
        }
        self.more_than = Some((beside(more.get("left")?)?, more.pointer("/right/Value")?.as_i64()?));
        Some(())
    }
}

/// What an expression adds to the amount.
fn beside(expression: &Value) -> Option<Beside> {
    const MONEY: &str = "context.money.minor";
    let Some(sum) = expression.get("+") else {
        return (path(expression)? == MONEY).then_some(Beside::Nothing);
    };
    let (left, right) = (path(sum.get("left")?)?, path(sum.get("right")?)?);
    let other = match (left == MONEY, right == MONEY) {
        (true, false) => right,
        (false, true) => left,
        _ => return None,
    };
    match other.as_str() {
        "context.ledger.customer.minor_today" => Some(Beside::CustomerToday),
        "context.ledger.customer.minor_30d" => Some(Beside::Customer30d),
        "context.ledger.agent.minor_today" => Some(Beside::AgentToday),
        "context.ledger.agent.minor_30d" => Some(Beside::Agent30d),
        "context.ledger.object.minor_today" => Some(Beside::ObjectToday),
        "context.ledger.object.minor_30d" => Some(Beside::Object30d),
        _ => None,
    }
}

/// `context.money.minor` of the expression that reads it.
fn path(expression: &Value) -> Option<String> {
    if expression.get("Var").is_some_and(|variable| variable == "context") {
        return Some("context".to_owned());
    }
    let access = expression.get(".")?;
    Some(format!("{}.{}", path(access.get("left")?)?, access.get("attr")?.as_str()?))
}
