//! The Cedar schema, derived from the known tools: rules are checked against it, and so is every request.

use crate::{
    shape::{Field, Record, Shape},
    surface::Surface,
};
use countersign_domain::tool::EffectClass;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Who proposes.
pub(crate) const AGENT: &str = "Agent";
/// Where it is proposed.
pub(crate) const CONVERSATION: &str = "Conversation";

/// The ledgers that rules can read, under `context.ledger`.
pub(crate) const LEDGERS: [&str; 3] = ["customer", "agent", "object"];

/// The group that a tool's action is in by its effect class: `action in Action::"effect:irreversible"`.
/// No tool can have such a name, for a full name has a point in it.
pub(crate) fn group(effect: EffectClass) -> &'static str {
    match effect {
        EffectClass::Read => "effect:read",
        EffectClass::Reversible => "effect:reversible",
        EffectClass::Irreversible => "effect:irreversible",
    }
}

/// The record that a rule reads as `context`, for one tool.
pub(crate) fn context(surface: &Surface) -> Record {
    let customer = Record::of([("assurance", Shape::Text, true), ("verified", Shape::Flag, true)]);
    let mut context = Record::of([
        ("customer", Shape::Record(customer), true),
        ("channel", Shape::Text, true),
        ("arguments", Shape::Record(surface.arguments.clone()), true),
        ("repeats", Shape::Integer, true),
        ("contradictions", Shape::Integer, true),
        ("co_author", Shape::Text, false),
    ]);
    if surface.has_ledgers() {
        let refusals = Field { shape: Shape::Integer, required: true };
        context.fields.insert("earlier_refusals".to_owned(), refusals);
    }
    let mut add = |name: &str, shape: Record, required: bool| {
        context.fields.insert(name.to_owned(), Field { shape: Shape::Record(shape), required });
    };
    if surface.money {
        add("money", Record::of([("minor", Shape::Integer, true), ("currency", Shape::Text, true)]), false);
    }
    if surface.has_ledgers() {
        let mut sums = Record::of([("count_today", Shape::Integer, true), ("count_30d", Shape::Integer, true)]);
        if surface.money {
            let minor = || Field { shape: Shape::Integer, required: true };
            sums.fields.extend([("minor_today".to_owned(), minor()), ("minor_30d".to_owned(), minor())]);
        }
        add("ledger", Record::of(LEDGERS.map(|name| (name, Shape::Record(sums.clone()), false))), true);
    }
    if let Some(facts) = &surface.evidence {
        let fields =
            facts.iter().map(|(name, kind)| (name.clone(), Field { shape: kind.shape(), required: false })).collect();
        add("evidence", Record { fields, ..Record::default() }, false);
    }
    if surface.reply {
        let claims = Shape::List(Box::new(Shape::Text));
        add("reply", Record::of([("claims", claims, true)]), true);
    }
    context
}

/// The schema in Cedar's JSON form.
pub(crate) fn derive(surfaces: &BTreeMap<String, Surface>) -> Value {
    let mut actions = Map::new();
    for effect in [EffectClass::Read, EffectClass::Reversible, EffectClass::Irreversible] {
        actions.insert(group(effect).to_owned(), json!({}));
    }
    for surface in surfaces.values() {
        let action = json!({
            "memberOf": [{"id": group(surface.effect)}],
            "appliesTo": {
                "principalTypes": [AGENT],
                "resourceTypes": [CONVERSATION],
                "context": context(surface).cedar(),
            },
        });
        actions.insert(surface.tool.clone(), action);
    }
    json!({"": {"entityTypes": {AGENT: {}, CONVERSATION: {}}, "actions": actions}})
}
