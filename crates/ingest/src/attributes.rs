//! The names that OpenTelemetry's conventions for generative AI give to what is read here. All of them are in development:
//! a name that changes is changed here.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde_json::{Map, Value, json};

/// What all of them begin with.
pub(crate) const GEN_AI: &str = "gen_ai.";
/// The conversation; the session, where instrumentation tells only that.
pub(crate) const CONVERSATION: [&str; 2] = ["gen_ai.conversation.id", "session.id"];
/// What the span does.
pub(crate) const OPERATION: [&str; 1] = ["gen_ai.operation.name"];
/// Whose model it was; the older name behind it.
pub(crate) const PROVIDER: [&str; 2] = ["gen_ai.provider.name", "gen_ai.system"];
/// The model that answered, else the one that was asked.
pub(crate) const MODEL: [&str; 2] = ["gen_ai.response.model", "gen_ai.request.model"];
/// The tool.
pub(crate) const TOOL: [&str; 1] = ["gen_ai.tool.name"];
/// Tokens in; the older name behind it.
pub(crate) const TOKENS_IN: [&str; 2] = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
/// Tokens out.
pub(crate) const TOKENS_OUT: [&str; 2] = ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
/// What was said before.
pub(crate) const INPUT: [&str; 1] = ["gen_ai.input.messages"];
/// What was answered.
pub(crate) const OUTPUT: [&str; 1] = ["gen_ai.output.messages"];

/// How deep a structured attribute may go.
const DEEPEST: usize = 8;

/// The first of these names that has a value.
pub(crate) fn find<'a>(attributes: &'a [KeyValue], names: &[&str]) -> Option<&'a Any> {
    names.iter().find_map(|name| {
        let attribute = attributes.iter().find(|attribute| attribute.key == *name)?;
        attribute.value.as_ref()?.value.as_ref()
    })
}

/// Its text.
pub(crate) fn text(attributes: &[KeyValue], names: &[&str]) -> Option<String> {
    match find(attributes, names)? {
        Any::StringValue(text) if !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Its count: a number, or the text of one.
pub(crate) fn count(attributes: &[KeyValue], names: &[&str]) -> Option<u64> {
    match find(attributes, names)? {
        Any::IntValue(count) => u64::try_from(*count).ok(),
        Any::StringValue(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Its structure: as one, or as the JSON text of one.
pub(crate) fn structure(attributes: &[KeyValue], names: &[&str]) -> Option<Value> {
    match find(attributes, names)? {
        Any::StringValue(text) => serde_json::from_str(text).ok(),
        value => Some(plain(value, DEEPEST)),
    }
}

fn plain(value: &Any, deep: usize) -> Value {
    let inside = |value: &AnyValue| match (&value.value, deep) {
        (Some(value), 1..) => plain(value, deep - 1),
        _ => Value::Null,
    };
    match value {
        Any::StringValue(text) => json!(text),
        Any::BoolValue(bool) => json!(bool),
        Any::IntValue(number) => json!(number),
        Any::DoubleValue(number) => json!(number),
        Any::ArrayValue(values) => values.values.iter().map(inside).collect(),
        Any::KvlistValue(pairs) => {
            let member = |pair: &KeyValue| (pair.key.clone(), pair.value.as_ref().map_or(Value::Null, inside));
            Value::Object(pairs.values.iter().map(member).collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}
