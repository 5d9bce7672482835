//! The envelope: what is known of an event without any key, stored once as canonical JSON and hashed whole.

use crate::log::ReadError;
use crate::stream::{StreamName, Version};
use crate::tree::{Hash, leaf_hash};
use countersign_domain::canonical;
use countersign_domain::ids::{KeyId, LogId};
use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The sealed part of an event, as the log keeps it: bytes that only the key opens, in a column beside the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPart {
    /// What the envelope says of these bytes.
    pub reference: SealedReference,
    /// Nonce and ciphertext. `None` once an erasure dropped it.
    pub bytes: Option<Arc<[u8]>>,
}

/// What an envelope says of its sealed part. It stays when the bytes and the key are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedReference {
    /// SHA-256 of nonce and ciphertext, hexadecimal.
    pub ciphertext: String,
    /// The commitment to the fields, each under its own salt, hexadecimal.
    pub commitment: String,
    /// The key that opens it.
    pub key: KeyId,
}

/// Who caused an event. A random id or a name of ours, never a person's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case", try_from = "WrittenActor")]
pub enum Actor {
    /// The station itself: expiry, recovery, set-up.
    Station,
    /// A customer, named by the conversation.
    Customer(String),
    /// An agent, by its name.
    Agent(String),
    /// A person of the staff, by id.
    Person(String),
}

/// An actor as it is written. Canonical form has the id first, which serde's own reading of [`Actor`] would have to set
/// aside until it knows what it is of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenActor {
    #[serde(default)]
    id: Option<String>,
    kind: ActorKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActorKind {
    Station,
    Customer,
    Agent,
    Person,
}

impl TryFrom<WrittenActor> for Actor {
    type Error = &'static str;
    fn try_from(written: WrittenActor) -> Result<Self, &'static str> {
        match (written.kind, written.id) {
            (ActorKind::Station, None) => Ok(Self::Station),
            (ActorKind::Customer, Some(id)) => Ok(Self::Customer(id)),
            (ActorKind::Agent, Some(id)) => Ok(Self::Agent(id)),
            (ActorKind::Person, Some(id)) => Ok(Self::Person(id)),
            (ActorKind::Station, Some(_)) => Err("the station has no id"),
            (_, None) => Err("an actor other than the station has an id"),
        }
    }
}

/// Everything about an event but its sealed bytes. [`Envelope::to_bytes`] writes the canonical form by hand, for an
/// append's speed; a property test holds it equal to RFC 8785 of the derived serialisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Who caused it.
    pub actor: Actor,
    /// The position of the event that it answers, in the same log.
    pub cause: Option<u64>,
    /// `concept.what_happened`.
    pub kind: String,
    /// The log that it stands in.
    pub log: LogId,
    /// The open part.
    pub open: Value,
    /// Gap-free from 0: the leaf index in the Merkle tree.
    pub position: u64,
    /// UTC, microseconds; never earlier than that of the position before.
    pub recorded_at: Timestamp,
    /// Version of the open part's schema.
    pub schema: u32,
    /// What is known of the sealed part.
    pub sealed: Option<SealedReference>,
    /// The stream.
    pub stream: StreamName,
    /// The team that it is scoped to.
    pub team: String,
    /// Its index in the stream, from 0.
    pub version: Version,
}

impl Envelope {
    /// The canonical bytes: stored, hashed, verified.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { actor, kind, schema, sealed, stream, team, version, .. } = self;
        let open = &canonical::to_bytes(&self.open);
        let sealed = sealed.as_ref();
        let known = Known { actor, kind, open, schema: *schema, sealed, stream, team, version: *version };
        let unplaced = Unplaced::new(&known);
        unplaced.placed(self.cause, &self.log, self.position, &self.recorded_at.to_string())
    }

    /// Reads a stored record: its bytes must have the leaf hash, and be the envelope of that position of that log.
    pub fn stored(bytes: &[u8], leaf: &Hash, log: &LogId, position: u64) -> Result<Self, ReadError> {
        let damaged = |why: &str| ReadError::Damaged { position, why: why.to_owned() };
        if leaf_hash(bytes) != *leaf {
            return Err(damaged("its bytes do not have the hash under which they were stored"));
        }
        let envelope: Self = serde_json::from_slice(bytes).map_err(|e| damaged(&format!("it is no envelope: {e}")))?;
        match envelope.position == position && envelope.log == *log {
            true => Ok(envelope),
            false => Err(damaged("it is the envelope of another position or log")),
        }
    }
}

/// What is known of an envelope before it has its place in the log; the open part in canonical bytes.
pub(crate) struct Known<'a> {
    pub(crate) actor: &'a Actor,
    pub(crate) kind: &'a str,
    pub(crate) open: &'a [u8],
    pub(crate) schema: u32,
    pub(crate) sealed: Option<&'a SealedReference>,
    pub(crate) stream: &'a StreamName,
    pub(crate) team: &'a str,
    pub(crate) version: Version,
}

/// The canonical bytes of an envelope but for its place, with gaps for it: whoever appends writes them, so that the one
/// thread that gives out places has only these to write.
pub(crate) struct Unplaced {
    bytes: Vec<u8>,
    /// Where the cause goes, then the log, then position and time.
    gaps: [usize; 3],
}

impl Unplaced {
    pub(crate) fn new(known: &Known<'_>) -> Self {
        let mut out = Vec::with_capacity(known.open.len() + 640);
        let (kind, id) = known.actor.parts();
        out.extend_from_slice(b"{\"actor\":{");
        if let Some(id) = id {
            out.extend_from_slice(b"\"id\":");
            text(id, &mut out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"kind\":");
        text(kind, &mut out);
        out.extend_from_slice(b"},\"cause\":");
        let cause = out.len();
        member("kind", known.kind, &mut out);
        out.extend_from_slice(b",\"log\":");
        let log = out.len();
        out.extend_from_slice(b",\"open\":");
        out.extend_from_slice(known.open);
        let place = out.len();
        out.extend_from_slice(b",\"schema\":");
        number(known.schema.into(), &mut out);
        match known.sealed {
            None => out.extend_from_slice(b",\"sealed\":null"),
            Some(sealed) => {
                out.extend_from_slice(b",\"sealed\":{\"ciphertext\":");
                text(&sealed.ciphertext, &mut out);
                member("commitment", &sealed.commitment, &mut out);
                member("key", sealed.key.as_str(), &mut out);
                out.push(b'}');
            }
        }
        member("stream", known.stream.as_str(), &mut out);
        member("team", known.team, &mut out);
        out.extend_from_slice(b",\"version\":");
        number(known.version, &mut out);
        out.push(b'}');
        Self { bytes: out, gaps: [cause, log, place] }
    }

    /// The canonical bytes of the envelope in this place; `at` is written as a moment is.
    pub(crate) fn placed(&self, cause: Option<u64>, log: &LogId, position: u64, at: &str) -> Vec<u8> {
        let [to_cause, to_log, to_place] = self.gaps;
        let (before, rest) = self.bytes.split_at(to_cause);
        let (kind, rest) = rest.split_at(to_log - to_cause);
        let (open, rest) = rest.split_at(to_place - to_log);
        let mut out = Vec::with_capacity(self.bytes.len() + 160);
        out.extend_from_slice(before);
        match cause {
            Some(position) => number(position, &mut out),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(kind);
        text(log.as_str(), &mut out);
        out.extend_from_slice(open);
        out.extend_from_slice(b",\"position\":");
        number(position, &mut out);
        member("recorded_at", at, &mut out);
        out.extend_from_slice(rest);
        out
    }
}

impl Actor {
    fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Station => ("station", None),
            Self::Customer(id) => ("customer", Some(id)),
            Self::Agent(id) => ("agent", Some(id)),
            Self::Person(id) => ("person", Some(id)),
        }
    }
}

impl SealedPart {
    /// Whether the bytes, if still there, are those that the reference names.
    pub fn is_intact(&self) -> bool {
        let matches = |bytes: &Arc<[u8]>| hex::encode(Sha256::digest(bytes)) == self.reference.ciphertext;
        self.bytes.as_ref().is_none_or(matches)
    }
}

fn member(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    text(value, out);
}

fn number(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
}

fn text(value: &str, out: &mut Vec<u8>) {
    if value.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push(b'"');
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(&canonical::to_bytes(&Value::from(value)));
    }
}

/// An event as the log gives it back.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The envelope: shared, as the same event is read again and again.
    pub envelope: Arc<Envelope>,
    /// The sealed part, if it has one.
    pub sealed: Option<SealedPart>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn envelope() -> impl Strategy<Value = Envelope> {
        let actor = prop_oneof![
            Just(Actor::Station),
            any::<String>().prop_map(Actor::Customer),
            any::<String>().prop_map(Actor::Agent),
            any::<String>().prop_map(Actor::Person),
        ];
        let sealed = any::<Option<([u8; 32], [u8; 32], [u8; 16])>>().prop_map(|parts| {
            parts.map(|(ciphertext, commitment, key)| SealedReference {
                ciphertext: hex::encode(ciphertext),
                commitment: hex::encode(commitment),
                key: format!("key_{}", hex::encode(key)).parse().unwrap(),
            })
        });
        let open = prop::collection::btree_map(any::<String>(), any::<(String, i32, bool)>(), 0..5);
        let safe = 0_u64..=9_007_199_254_740_991;
        let numbers = (prop::option::of(safe.clone()), safe.clone(), safe, any::<u32>(), 0_i64..4_102_444_800_000_000);
        let texts = (any::<String>(), any::<String>(), any::<String>(), any::<[u8; 16]>());
        (actor, sealed, open, numbers, texts).prop_map(|(actor, sealed, open, numbers, texts)| Envelope {
            actor,
            cause: numbers.0,
            kind: texts.0,
            log: format!("log_{}", hex::encode(texts.3)).parse().unwrap(),
            open: serde_json::to_value(open).unwrap(),
            position: numbers.1,
            recorded_at: Timestamp::from_micros(numbers.4).unwrap(),
            schema: numbers.3,
            sealed,
            stream: StreamName::stored(texts.1),
            team: texts.2,
            version: numbers.2,
        })
    }

    proptest! {
        #[test]
        fn the_bytes_written_by_hand_are_rfc_8785_and_read_back(envelope in envelope()) {
            let bytes = envelope.to_bytes();
            prop_assert_eq!(std::str::from_utf8(&bytes).unwrap(), serde_jcs::to_string(&envelope).unwrap());
            let read = Envelope::stored(&bytes, &leaf_hash(&bytes), &envelope.log, envelope.position);
            prop_assert_eq!(read.unwrap(), envelope);
        }
    }
}
