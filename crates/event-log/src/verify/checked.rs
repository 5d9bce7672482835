//! One record, checked on its own: hash, canonical form, place, sealed part; and read into what it says. Every record can
//! be checked so apart from all others.

use super::happened::Happened;
use super::source::{Depth, Record, Row};
use crate::envelope::Actor;
use crate::tree::{Hash, leaf_hash};
use countersign_domain::canonical::is_canonical;
use countersign_domain::hexadecimal;
use countersign_domain::ids::{KeyId, LogId};
use countersign_domain::station::{Restored, StationEvent};
use countersign_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

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

/// What is known of a sealed part without its key.
pub(crate) struct SealedSeen {
    pub(crate) key: KeyId,
    /// The commitment to its fields, hexadecimal.
    pub(crate) commitment: String,
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
#[serde(deny_unknown_fields)]
struct RawEnvelope<'a> {
    actor: Actor,
    cause: Option<u64>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    log: Cow<'a, str>,
    #[serde(borrow)]
    open: &'a RawValue,
    position: u64,
    recorded_at: Timestamp,
    schema: u32,
    sealed: Option<RawReference<'a>>,
    stream: String,
    team: Cow<'a, str>,
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReference<'a> {
    #[serde(borrow)]
    ciphertext: Cow<'a, str>,
    #[serde(borrow)]
    commitment: Cow<'a, str>,
    key: KeyId,
}

#[derive(Deserialize)]
struct WithStatement<'a> {
    #[serde(borrow)]
    statement: &'a RawValue,
}

/// Looks at a row of a log by itself.
pub(crate) fn look(row: Row, log: &LogId, depth: Depth) -> Looked {
    match row {
        Row::Broken { position, why } => Looked::Wrong { position, leaf: None, why },
        Row::Record(record) => {
            let leaf = leaf_hash(&record.envelope);
            match check(&record, leaf, log, depth) {
                Ok(checked) => Looked::Fine(Box::new(checked)),
                Err(why) => Looked::Wrong { position: record.position, leaf: Some(record.leaf.unwrap_or(leaf)), why },
            }
        }
    }
}

fn check(record: &Record, leaf: Hash, log: &LogId, depth: Depth) -> Result<Checked, String> {
    let wrong = |why: &str| Err(why.to_owned());
    if record.leaf.is_some_and(|kept| kept != leaf) {
        return wrong("its bytes do not have the hash under which they are kept");
    }
    if !is_canonical(&record.envelope) {
        return wrong("its envelope is not in the canonical form");
    }
    let text = std::str::from_utf8(&record.envelope).map_err(|e| e.to_string())?;
    let raw: RawEnvelope<'_> = serde_json::from_str(text).map_err(|e| format!("it is no envelope: {e}"))?;
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
        && (*stream != raw.stream || *version != raw.version)
    {
        return wrong("it is filed under another stream or version than its own");
    }
    let concept = concept(&raw.kind).ok_or_else(|| {
        match countersign_domain::event::known::must_be_known(&raw.kind, raw.schema) {
            Err(unknown) => unknown.to_string(),
            Ok(_) => format!("its kind {:?} belongs to no concept", raw.kind),
        }
    })?;
    let restored = match &*raw.kind {
        "station.restored" => match Happened::read(&raw.kind, raw.schema, raw.open.get())? {
            Happened::Station(StationEvent::Restored(restored)) => Some(Box::new(restored)),
            _ => None,
        },
        _ => None,
    };
    let (happened, statement) = match depth {
        Depth::Bytes => (None, None),
        Depth::Meaning => {
            let open = raw.open.get();
            let signed =
                matches!(&*raw.kind, "action.approved" | "action.overridden" | "action.rejected" | "change.signed");
            // It stands in canonical bytes, so this part of them is what was signed.
            let statement = match signed {
                true => Some(
                    serde_json::from_str::<WithStatement<'_>>(open)
                        .map_err(|e| format!("it holds no statement: {e}"))?,
                ),
                false => None,
            };
            let statement = statement.map(|s| s.statement.get().as_bytes().to_vec());
            (Some(Happened::read(&raw.kind, raw.schema, open)?), statement)
        }
    };
    Ok(Checked {
        position: raw.position,
        leaf,
        recorded_at: raw.recorded_at,
        version: raw.version,
        actor: raw.actor,
        cause: raw.cause,
        sealed: sealed(raw.sealed, record.sealed.as_deref())?,
        happened,
        concept,
        statement,
        restored,
        stream: raw.stream,
    })
}

fn sealed(reference: Option<RawReference<'_>>, bytes: Option<&[u8]>) -> Result<Option<SealedSeen>, String> {
    let Some(reference) = reference else {
        return match bytes {
            None => Ok(None),
            Some(_) => Err("it has a sealed part that its envelope does not know".to_owned()),
        };
    };
    let ciphertext = hexadecimal::bytes(&reference.ciphertext);
    let (Some(ciphertext), Some(_)) = (ciphertext, hexadecimal::bytes::<32>(&reference.commitment)) else {
        return Err("what it says of its sealed part are no hashes".to_owned());
    };
    if bytes.is_some_and(|bytes| <[u8; 32]>::from(Sha256::digest(bytes)) != ciphertext) {
        return Err("its sealed part does not have the hash that its envelope names".to_owned());
    }
    Ok(Some(SealedSeen { key: reference.key, commitment: reference.commitment.into_owned(), there: bytes.is_some() }))
}

fn concept(kind: &str) -> Option<&'static str> {
    let known = countersign_domain::event::known::known(kind)?;
    known.kind.split_once('.').map(|(concept, _)| concept)
}
