//! An append made ready outside of the writer: bounds checked, open parts in canonical bytes, sealed parts matched
//! with their hashes. What is left for the writer is to compare versions and to number.

use crate::envelope::{Envelope, Known, StoredEvent, Unplaced};
use crate::log::{Append, AppendError, Cause, LARGEST_PART, MOST_EVENTS, NewEvent};
use crate::stream::{StreamName, Version};
use crate::tree::{Hash, leaf_hash};
use countersign_domain::canonical;
use countersign_domain::ids::LogId;
use countersign_domain::strict::LARGEST_INTEGER;
use countersign_domain::time::Timestamp;
use serde_json::Value;
use std::collections::HashMap;

/// The most streams that one append may guard.
pub const MOST_GUARDS: usize = 256;
/// The most bytes that all parts of one append may take.
pub const LARGEST_APPEND: usize = 16 * 1024 * 1024;
const LONGEST_NAME: usize = 512;
const DEEPEST: usize = 64;

struct PreparedWrite {
    stream: StreamName,
    expected: Version,
    events: Vec<(NewEvent, Unplaced)>,
}

/// An append within bounds.
pub struct Prepared {
    guards: Vec<(StreamName, Version)>,
    writes: Vec<PreparedWrite>,
    bytes: usize,
}

/// An event with its place in the log, ready to be stored.
pub struct Composed {
    /// What the receipt will show.
    pub event: StoredEvent,
    /// The canonical envelope.
    pub envelope: Vec<u8>,
    /// Its leaf hash.
    pub leaf: Hash,
}

impl Prepared {
    /// Refuses what is out of bounds.
    pub fn new(append: Append) -> Result<Self, AppendError> {
        let refuse = |why: String| Err(AppendError::OutOfBounds(why));
        let count: usize = append.writes.iter().map(|write| write.events.len()).sum();
        if count == 0 || append.writes.iter().any(|write| write.events.is_empty()) {
            return refuse("there is no event in it, or in one of its writes".to_owned());
        }
        if count > MOST_EVENTS {
            return refuse(format!("it has {count} events, and {MOST_EVENTS} are the most"));
        }
        if append.guards.len() > MOST_GUARDS {
            return refuse(format!("it has {} guards, and {MOST_GUARDS} are the most", append.guards.len()));
        }
        let mut bytes = 0;
        let mut index = 0;
        let mut writes = Vec::with_capacity(append.writes.len());
        for write in append.writes {
            named("stream", write.stream.as_str())?;
            let mut events = Vec::with_capacity(write.events.len());
            for (version, event) in (write.expected..).zip(write.events) {
                let open = prepare(&event, index)?;
                bytes += open.len() + event.sealed.as_ref().and_then(|s| s.bytes.as_ref()).map_or(0, |b| b.len());
                index += 1;
                let unplaced = Unplaced::new(&Known {
                    actor: &event.actor,
                    kind: &event.kind,
                    open: &open,
                    schema: event.schema,
                    sealed: event.sealed.as_ref().map(|part| &part.reference),
                    stream: &write.stream,
                    team: &event.team,
                    version,
                });
                events.push((event, unplaced));
            }
            writes.push(PreparedWrite { stream: write.stream, expected: write.expected, events });
        }
        if bytes > LARGEST_APPEND {
            return refuse(format!("it has {bytes} bytes, and {LARGEST_APPEND} are the most"));
        }
        Ok(Self { guards: append.guards, writes, bytes })
    }

    /// How many bytes its parts take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether every guard, expected version and cause holds, in a log of `size` records whose streams stand at
    /// `version_of`.
    pub fn check(
        &self,
        size: u64,
        mut version_of: impl FnMut(&StreamName) -> Result<Version, AppendError>,
    ) -> Result<(), AppendError> {
        let conflict = |stream: &StreamName, expected, actual| match expected == actual {
            true => Ok(()),
            false => Err(AppendError::Conflict { stream: stream.clone(), expected, actual }),
        };
        for (stream, expected) in &self.guards {
            conflict(stream, *expected, version_of(stream)?)?;
        }
        let mut written: HashMap<&StreamName, Version> = HashMap::new();
        for write in &self.writes {
            let actual = match written.get(&write.stream) {
                Some(version) => *version,
                None => version_of(&write.stream)?,
            };
            conflict(&write.stream, write.expected, actual)?;
            written.insert(&write.stream, actual + write.events.len() as u64);
            for (event, _) in &write.events {
                if let Some(Cause::Position(position)) = event.cause
                    && position >= size
                {
                    let why = format!("an event answers position {position}, and the log holds {size} records");
                    return Err(AppendError::OutOfBounds(why));
                }
            }
        }
        Ok(())
    }

    /// Gives every event its place. Only after [`Self::check`].
    pub fn compose(self, log: &LogId, first: u64, at: Timestamp) -> Vec<Composed> {
        let mut composed = Vec::with_capacity(self.writes.iter().map(|write| write.events.len()).sum());
        let written_at = at.to_string();
        for write in self.writes {
            for (version, (event, unplaced)) in (write.expected..).zip(write.events) {
                let position = first + composed.len() as u64;
                let envelope = Envelope {
                    actor: event.actor,
                    cause: event.cause.map(|cause| match cause {
                        Cause::Position(position) => position,
                        Cause::Earlier(nth) => first + nth as u64,
                    }),
                    kind: event.kind,
                    log: log.clone(),
                    open: event.open,
                    position,
                    recorded_at: at,
                    schema: event.schema,
                    sealed: event.sealed.as_ref().map(|part| part.reference.clone()),
                    stream: write.stream.clone(),
                    team: event.team,
                    version,
                };
                let bytes = unplaced.placed(envelope.cause, log, position, &written_at);
                let leaf = leaf_hash(&bytes);
                composed.push(Composed {
                    event: StoredEvent { envelope: envelope.into(), sealed: event.sealed },
                    envelope: bytes,
                    leaf,
                });
            }
        }
        composed
    }
}

/// The canonical bytes of the open part of the `index`th event, if the event is within bounds.
fn prepare(event: &NewEvent, index: usize) -> Result<Vec<u8>, AppendError> {
    let refuse = |why: String| Err(AppendError::OutOfBounds(why));
    named("kind", &event.kind)?;
    named("team", &event.team)?;
    if let Some(Cause::Earlier(nth)) = event.cause
        && nth >= index
    {
        return refuse(format!("event {index} answers event {nth} of the same append, which is not an earlier one"));
    }
    readable(&event.open, DEEPEST)?;
    let open = canonical::to_bytes(&event.open);
    if open.len() > LARGEST_PART {
        return refuse(format!("an open part has {} bytes, and {LARGEST_PART} are the most", open.len()));
    }
    if let Some(part) = &event.sealed {
        let Some(bytes) = &part.bytes else {
            return refuse("a sealed part has no bytes".to_owned());
        };
        if bytes.len() > LARGEST_PART {
            return refuse(format!("a sealed part has {} bytes, and {LARGEST_PART} are the most", bytes.len()));
        }
        if !part.is_intact() {
            return refuse("a sealed part does not have the hash that its reference names".to_owned());
        }
    }
    Ok(open)
}

fn named(what: &str, name: &str) -> Result<(), AppendError> {
    match name.is_empty() || name.len() > LONGEST_NAME {
        true => Err(AppendError::OutOfBounds(format!("a {what} is named by 1 to {LONGEST_NAME} bytes"))),
        false => Ok(()),
    }
}

/// What was stored must read back as the same value: not too deep for the parser, no integer beyond 2^53-1.
fn readable(value: &Value, deeper: usize) -> Result<(), AppendError> {
    let refuse = |why: &str| Err(AppendError::OutOfBounds(format!("an open part {why}")));
    match value {
        _ if deeper == 0 => refuse("is nested deeper than 64 levels"),
        Value::Number(n) if n.as_i64().map(i64::unsigned_abs).or(n.as_u64()).is_some_and(|n| n > LARGEST_INTEGER) => {
            refuse("has an integer beyond 2^53-1; write it as text")
        }
        Value::Array(items) => items.iter().try_for_each(|item| readable(item, deeper - 1)),
        Value::Object(members) => members.values().try_for_each(|member| readable(member, deeper - 1)),
        _ => Ok(()),
    }
}
