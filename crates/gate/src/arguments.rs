//! Arguments: parsed once, strictly, and held against the tool's schema. The canonical bytes are what is hashed, shown
//! and sent.

use crate::error::GateError;
use crate::tools::PinnedTool;
use countersign_domain::hidden;
use countersign_domain::money::{Currency, Money};
use countersign_domain::strict;
use countersign_domain::tool::Subject;
use serde_json::Value;

const MOST_PROBLEMS: usize = 8;

/// Parses and checks an agent's arguments.
pub(crate) fn accept(tool: &PinnedTool, text: &str) -> Result<Value, GateError> {
    let value = strict::parse(text)?;
    let problems = problems(tool, &value);
    if problems.is_empty() { Ok(value) } else { Err(GateError::Schema(problems)) }
}

/// Arguments that were parsed elsewhere, in the one form that is hashed, judged and sent: 1.0 is 1. What is not strict
/// stays as it is, to be refused by [`problems`].
pub(crate) fn settled(value: &Value) -> Value {
    strict::parse(&value.to_string()).unwrap_or_else(|_| value.clone())
}

/// What is wrong with arguments, as (argument, why); empty if nothing is.
pub(crate) fn problems(tool: &PinnedTool, value: &Value) -> Vec<(String, String)> {
    if let Err(error) = strict::check(value) {
        return vec![(String::new(), error.to_string())];
    }
    let hidden = tool.settings.key_argument.as_deref();
    if let Some(name) = hidden.filter(|name| value.get(name).is_some()) {
        return vec![(name.to_owned(), "this argument is the station's own".to_owned())];
    }
    let Some(validator) = &tool.validator else {
        return vec![(String::new(), "the tool's schema cannot be read, so nothing fits it".to_owned())];
    };
    validator
        .iter_errors(value)
        .take(MOST_PROBLEMS)
        .map(|error| {
            let place = error.instance_path().to_string();
            (place.trim_start_matches('/').to_owned(), error.to_string())
        })
        .collect()
}

/// The money argument, where the operator names one and the arguments hold it.
pub(crate) fn money(tool: &PinnedTool, arguments: &Value) -> Option<Money> {
    let names = tool.settings.money.as_ref()?;
    let minor = arguments.get(&names.amount_minor)?.as_i64()?;
    let currency: Currency = arguments.get(&names.currency)?.as_str()?.to_owned().try_into().ok()?;
    Some(Money { minor, currency })
}

/// The arguments that an override may not change: to redirect an action, reject it.
pub(crate) fn fixed(tool: &PinnedTool) -> Vec<&str> {
    // A currency is part of the object's own record: another amount may be signed, not another unit.
    let currency = tool.settings.money.as_ref().map(|m| m.currency.as_str());
    let subject = match &tool.settings.subject {
        Some(Subject::Argument(name)) => Some(name.as_str()),
        _ => None,
    };
    let mut fixed: Vec<&str> = tool.settings.object.as_deref().into_iter().chain(currency).collect();
    fixed.extend(subject.filter(|name| Some(*name) != tool.settings.object.as_deref()));
    // What was read for the card was read for these: other values would be judged by somebody else's facts.
    let read_for = tool.settings.evidence.iter().flat_map(|e| e.arguments.values());
    for name in read_for.map(String::as_str) {
        if !fixed.contains(&name) {
            fixed.push(name);
        }
    }
    fixed
}

/// The arguments that differ, by name, in the schema's order: (name, from, to).
pub(crate) fn changes<'a>(
    tool: &PinnedTool,
    from: &'a Value,
    to: &'a Value,
) -> Vec<(String, Option<&'a Value>, Option<&'a Value>)> {
    names(tool, &[from, to])
        .into_iter()
        .filter_map(|name| {
            let (old, new) = (from.get(&name), to.get(&name));
            (old != new).then_some((name, old, new))
        })
        .collect()
}

/// Every argument name: the schema's first (required ones before the others), then whatever else is there.
pub(crate) fn names(tool: &PinnedTool, values: &[&Value]) -> Vec<String> {
    let schema = tool.visible_schema();
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut names: Vec<String> = required.iter().map(|name| (*name).to_owned()).collect();
    let optional = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|p| p.keys());
    let present = values.iter().filter_map(|v| v.as_object()).flat_map(|object| object.keys());
    for name in optional.chain(present) {
        if !names.contains(name) && values.iter().any(|v| v.get(name).is_some()) {
            names.push(name.clone());
        }
    }
    names
}

/// What an argument is called for people: the schema's title, or its name with spaces.
pub(crate) fn label(tool: &PinnedTool, name: &str) -> String {
    let properties = tool.definition.input_schema.get("properties");
    let title = properties.and_then(|all| all.get(name)?.get("title")?.as_str());
    title.map_or_else(|| sentence(name), str::to_owned)
}

fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A value for people: the amount as money, text with its hidden characters boxed, everything else as JSON.
pub(crate) fn shown(tool: &PinnedTool, arguments: &Value, name: &str, value: Option<&Value>) -> String {
    let is_amount = tool.settings.money.as_ref().is_some_and(|m| m.amount_minor == name);
    if is_amount && let Some(money) = money(tool, arguments) {
        return money.to_string();
    }
    match value {
        None => "not set".to_owned(),
        Some(Value::String(text)) => hidden::boxed(text),
        // What stands in a list or an object hides no better than what stands alone.
        Some(other) => hidden::boxed(&countersign_domain::canonical::to_text(other)),
    }
}
