//! One record, checked on its own: hash, canonical form, place, sealed part; and read into what it says. Every record can
//! be checked so apart from all others.

use super::happened::Happened;
use super::map::Map;
use super::raw::{RawEnvelope, RawReference};
use super::source::{Depth, Record, Row};
use crate::envelope::Actor;
use crate::tree::{Hash, leaf_hash};
use countersign_domain::event::known::{self, Known};
use countersign_domain::hexadecimal;
use countersign_domain::ids::{KeyId, LogId};
use countersign_domain::station::{Restored, StationEvent};
use countersign_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A record that is well formed by itself.
pub(crate) struct Checked {
    pub(crate) position: u64,
    pub(crate) leaf: Hash,
    pub(crate) recorded_at: Timestamp,
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) actor: Actor,
    pub(crate) cause: Option<u64>,
    pub(crate) sealed: Option<SealedSeen>,
    /// Absent where meaning is not looked at.
    pub(crate) happened: Option<Happened>,
    /// The kind's concept: `action` of `action.held`.
    pub(crate) concept: &'static str,
    /// The canonical bytes of a signed statement in it.
    pub(crate) statement: Option<Vec<u8>>,
    /// What a restore says, at whatever depth.
    pub(crate) restored: Option<Box<Restored>>,
}

/// The known kinds by their names, which every event is looked up by.
static KNOWN: LazyLock<Map<&str, &Known>> = LazyLock::new(|| known::KNOWN.iter().map(|k| (k.kind, k)).collect());

/// The kind of the first record behind a backup.
const RESTORED: &str = "station.restored";

/// What is known of a sealed part without its key.
pub(crate) struct SealedSeen {
    pub(crate) key: KeyId,
    /// The commitment to its fields.
    pub(crate) commitment: Hash,
    /// Whether its bytes are still there.
    pub(crate) there: bool,
}

/// A row, looked at by itself.
pub(crate) enum Looked {
    Fine(Box<Checked>),
    /// What is wrong with it, and the hash that counts for the tree, if there is one.
    Wrong {
        position: u64,
        leaf: Option<Hash>,
        why: String,
    },
}

impl Looked {
    /// Where it is kept.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Fine(checked) => checked.position,
            Self::Wrong { position, .. } => *position,
        }
    }
}

#[derive(Deserialize)]
struct WithStatement<'a> {
    #[serde(borrow)]
    statement: &'a RawValue,
}

/// Looks at a row of a log by itself.
pub(crate) fn look(row: &Row<'_>, log: &LogId, depth: Depth) -> Looked {
    match row {
        Row::Broken { position, why } => Looked::Wrong { position: *position, leaf: None, why: why.clone() },
        Row::Record(record) => {
            let leaf = leaf_hash(record.envelope);
            match check(record, leaf, log, depth) {
                Ok(checked) => Looked::Fine(Box::new(checked)),
                Err(why) => Looked::Wrong { position: record.position, leaf: Some(record.leaf.unwrap_or(leaf)), why },
            }
        }
    }
}

fn check(record: &Record<'_>, leaf: Hash, log: &LogId, depth: Depth) -> Result<Checked, String> {
    let wrong = |why: &str| Err(why.to_owned());
    if record.leaf.is_some_and(|kept| kept != leaf) {
        return wrong("its bytes do not have the hash under which they are kept");
    }
    let raw = RawEnvelope::read(record.envelope)?;
    if raw.log != log.as_str() {
        return Err(format!("it is a record of another log, {}", raw.log));
    }
    if raw.position != record.position {
        return Err(format!("its envelope is that of position {}", raw.position));
    }
    if raw.team.is_empty() {
        return wrong("it belongs to no team");
    }
    if let Some((stream, version)) = &record.filed
        && (**stream != *raw.stream || *version != raw.version)
    {
        return wrong("it is filed under another stream or version than its own");
    }
    let known = KNOWN.get(&*raw.kind).ok_or_else(|| match known::must_be_known(&raw.kind, raw.schema) {
        Err(unknown) => unknown.to_string(),
        Ok(_) => format!("its kind {:?} is not known", raw.kind),
    })?;
    let read = || Happened::read(known, raw.schema, raw.open);
    let (happened, statement) = match depth {
        Depth::Bytes => (None, None),
        Depth::Meaning => (Some(read()?), statement(known.kind, raw.open)?),
    };
    let restored = match known.kind {
        RESTORED => match read()? {
            Happened::Station(event) => restored(*event),
            _ => None,
        },
        _ => None,
    };
    Ok(Checked {
        position: raw.position,
        leaf,
        recorded_at: raw.recorded_at,
        version: raw.version,
        actor: raw.actor,
        cause: raw.cause,
        sealed: sealed(raw.sealed, record.sealed)?,
        happened,
        concept: known.kind.split_once('.').map_or(known.kind, |(concept, _)| concept),
        statement,
        restored,
        stream: raw.stream.into_owned(),
    })
}

fn sealed(reference: Option<RawReference<'_>>, bytes: Option<&[u8]>) -> Result<Option<SealedSeen>, String> {
    let Some(reference) = reference else {
        return match bytes {
            None => Ok(None),
            Some(_) => Err("it has a sealed part that its envelope does not know".to_owned()),
        };
    };
    let hashes = hexadecimal::bytes(&reference.ciphertext).zip(hexadecimal::bytes(&reference.commitment));
    let Some((ciphertext, commitment)) = hashes else {
        return Err("what it says of its sealed part are no hashes".to_owned());
    };
    if bytes.is_some_and(|bytes| <[u8; 32]>::from(Sha256::digest(bytes)) != ciphertext) {
        return Err("its sealed part does not have the hash that its envelope names".to_owned());
    }
    Ok(Some(SealedSeen { key: reference.key, commitment, there: bytes.is_some() }))
}

fn restored(event: StationEvent) -> Option<Box<Restored>> {
    match event {
        StationEvent::Restored(restored) => Some(Box::new(restored)),
        _ => None,
    }
}

/// The canonical bytes of the statement that an event of this kind holds, if it is one that people sign.
fn statement(kind: &str, open: &str) -> Result<Option<Vec<u8>>, String> {
    if !matches!(kind, "action.approved" | "action.overridden" | "action.rejected" | "change.signed") {
        return Ok(None);
    }
    // It stands in canonical bytes, so this part of them is what was signed.
    let with: WithStatement<'_> = serde_json::from_str(open).map_err(|e| format!("it holds no statement: {e}"))?;
    Ok(Some(with.statement.get().as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = concat!(
        r#"{"actor":{"kind":"station"},"cause":null,"kind":"station.clock_jumped","log":"log_00000000000000000000000000000001","#,
        r#""open":{"at":"2026-11-23T05:39:00.123456Z"},"position":7,"recorded_at":"2026-11-23T05:39:00.123456Z","schema":1,"#,
        r#""sealed":null,"stream":"station","team":"all","version":3}"#
    );

    fn wrong(envelope: &str) -> Option<String> {
        let envelope = envelope.as_bytes();
        let row = Row::Record(Record { position: 7, filed: None, leaf: None, envelope, sealed: None });
        let log = "log_00000000000000000000000000000001".parse().unwrap();
        match look(&row, &log, Depth::Bytes) {
            Looked::Fine(_) => None,
            Looked::Wrong { why, .. } => Some(why),
        }
    }

    #[test]
    fn an_envelope_has_its_members_and_no_others() {
        assert_eq!(wrong(ENVELOPE), None);
        for (member, instead, why) in [
            (r#""cause":null,"#, "", r#"where "cause" belongs stands something else"#),
            (r#","version":3"#, "", r#"where "version" belongs stands something else"#),
            (r#""kind":"station.c"#, r#""extra":1,"kind":"station.c"#, r#"where "kind" belongs stands something else"#),
            (r#""version":3"#, r#""version":3,"w":1"#, r#"it has a member "w""#),
            (r#""position":7"#, r#""position":"7""#, "its position: "),
            (r#""kind":"station"}"#, r#""id":"x","kind":"station"}"#, "the station has no id"),
            (r#""kind":"station"}"#, r#""kind":"person"}"#, "an actor other than the station has an id"),
            (r#""kind":"station"}"#, r#""kind":"station","of":1}"#, "its actor: "),
            (r#"{"actor""#, r#"[{"actor""#, "not in the canonical form"),
            (r#""cause":null"#, r#""cause": null"#, "not in the canonical form"),
        ] {
            let changed = ENVELOPE.replacen(member, instead, 1);
            assert_ne!(changed, ENVELOPE);
            assert!(wrong(&changed).is_some_and(|told| told.contains(why)), "{changed}: {:?}", wrong(&changed));
        }
        assert!(wrong("[]").is_some_and(|told| told.contains("not in the canonical form")));
    }
}
