//! The shape of every event: a kind and an open part that anyone may read, and a sealed part with everything personal.

pub mod known;

use serde::Serialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
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
    let open = known::must_be_known(kind, schema)?.lift(schema, open)?;
    let unknown = |why: String| UnknownEvent { kind: kind.to_owned(), schema, why };
    E::deserialize(Tagged::new(kind, &*open)).map_err(|e| unknown(e.to_string()))
}

/// Reads an event from the JSON text of its open part, which must be in today's form.
pub fn read_text<E: DeserializeOwned>(kind: &str, open: &str) -> Result<E, serde_json::Error> {
    let mut text = serde_json::Deserializer::from_str(open);
    let event = E::deserialize(Tagged::new(kind, &mut text))?;
    text.end().map(|()| event)
}

/// `{"kind": …, "open": …}` as a deserialiser reads it, without a copy of the open part.
struct Tagged<'a, O> {
    kind: &'a str,
    open: Option<O>,
    next: Member,
}

impl<'a, O> Tagged<'a, O> {
    fn new(kind: &'a str, open: O) -> Self {
        Self { kind, open: Some(open), next: Member::Kind }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Member {
    Kind,
    Open,
    End,
}

impl<'de, O: Deserializer<'de, Error = serde_json::Error>> Deserializer<'de> for Tagged<'de, O> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, O: Deserializer<'de, Error = serde_json::Error>> MapAccess<'de> for Tagged<'de, O> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let name = match self.next {
            Member::Kind => "kind",
            Member::Open => "open",
            Member::End => return Ok(None),
        };
        seed.deserialize(BorrowedStrDeserializer::<Self::Error>::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Self::Error> {
        match std::mem::replace(&mut self.next, Member::End) {
            Member::Kind => {
                self.next = Member::Open;
                seed.deserialize(BorrowedStrDeserializer::<Self::Error>::new(self.kind))
            }
            _ => {
                let open =
                    self.open.take().ok_or_else(|| serde_json::Error::custom("the open part was read before"))?;
                seed.deserialize(open)
            }
        }
    }
}

/// Builds [`Fields`] from pairs.
pub fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
