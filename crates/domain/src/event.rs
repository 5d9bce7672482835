//! The shape of every event: a kind and an open part that anyone may read, and a sealed part with everything personal.

pub mod known;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;

/// The named fields of a sealed part, before sealing: words, names, arguments, evidence.
pub type Fields = BTreeMap<String, Value>;

/// An event's type: an enum whose variants are its kinds, serialised as `{"kind": …, "open": …}`. Every kind stands in
/// [`known::KNOWN`].
pub trait Event: Serialize + DeserializeOwned + Clone {}

/// An event about to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// `concept.what_happened`, such as `action.held`.
    pub kind: String,
    /// Version of the open part's schema.
    pub schema: u32,
    /// Ids, kinds, codes, amounts, times, counts. Never a word that somebody said.
    pub open: Value,
    /// Everything said or personal; empty if there is nothing of the kind.
    pub sealed: Fields,
}

/// A stored event that this code cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event kind {kind:?}, schema {schema}, is not known to this version: {why}")]
pub struct UnknownEvent {
    /// The kind as stored.
    pub kind: String,
    /// The schema version as stored.
    pub schema: u32,
    /// What did not fit.
    pub why: String,
}

impl Draft {
    /// An event without a sealed part.
    pub fn open<E: Event>(event: &E) -> Self {
        Self::with(event, Fields::new())
    }

    /// An event with its sealed fields.
    pub fn with<E: Event>(event: &E, sealed: Fields) -> Self {
        let mut tagged = serde_json::to_value(event).unwrap_or(Value::Null);
        let kind = tagged.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        let open = tagged.get_mut("open").map(Value::take).unwrap_or(Value::Null);
        let schema = known::known(&kind).map_or(1, known::Known::schema);
        Self { kind, schema, open, sealed }
    }
}

/// Reads a stored event's kind and open part back, lifted to today's form.
pub fn read<E: Event>(kind: &str, schema: u32, open: &Value) -> Result<E, UnknownEvent> {
    let open = known::must_be_known(kind, schema)?.lift(schema, open.clone())?;
    let unknown = |why: String| UnknownEvent { kind: kind.to_owned(), schema, why };
    let tagged = [("kind".to_owned(), Value::from(kind)), ("open".to_owned(), open)];
    serde_json::from_value(Value::Object(tagged.into_iter().collect())).map_err(|e| unknown(e.to_string()))
}

/// Builds [`Fields`] from pairs.
pub fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
