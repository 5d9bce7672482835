//! Sentences filled in.

use super::file::Propose;
use crate::dialogue::ActionView;
use countersign_domain::money::Money;
use countersign_domain::wording::fill;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest sentence that is said, in characters: what a tool wrote cannot make it longer.
const LONGEST: usize = 800;

/// The names that are filled in, with what stands for them.
pub(super) type Names = BTreeMap<String, String>;

/// Fills `{name}` in. A name without a value is left out: names and braces were checked when the file was read.
pub(super) fn filled(sentence: &str, names: &Names) -> String {
    let text = fill(sentence, |name| Some(names.get(name).cloned().unwrap_or_default()));
    text.unwrap_or_default().chars().take(LONGEST).collect()
}

/// Fills whole replies in.
pub(super) fn all(sentences: &[String], names: &Names) -> Vec<String> {
    sentences.iter().map(|s| filled(s, names)).collect()
}

/// The scalars of an object, for people.
pub(super) fn scalars(object: Option<&Value>) -> Names {
    let members = object.and_then(Value::as_object).into_iter().flatten();
    members
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((name.clone(), text.clone())),
            Value::Number(number) => Some((name.clone(), number.to_string())),
            _ => None,
        })
        .collect()
}

/// What stands for the names in what is told of an effect.
pub(super) fn of_action(propose: &Propose, view: &ActionView) -> Names {
    let mut names = scalars(view.report.arguments.as_ref().or(view.asked.as_ref()));
    let mut put = |name: &str, money: &Option<Money>| {
        names.extend(money.iter().map(|m| (name.to_owned(), m.to_string())));
    };
    put("money", &view.report.money);
    put("asked", &view.asked_money);
    names.extend(view.report.result.iter().flat_map(|result| at(&propose.shows, result)));
    names
}

/// What stands at these JSON pointers of a record, for people: of a time the day. What is no scalar is left out.
pub(super) fn at(pointers: &Names, record: &Value) -> Names {
    let read = |path: &String| match record.pointer(path)? {
        Value::String(text) => Some(day(text).unwrap_or(text).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    pointers.iter().filter_map(|(name, path)| Some((name.clone(), read(path)?))).collect()
}

/// The day of an RFC 3339 time.
fn day(text: &str) -> Option<&str> {
    let (day, time) = text.split_once('T')?;
    let is_day = day.len() == 10 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (is_day && time.ends_with('Z')).then_some(day)
}
