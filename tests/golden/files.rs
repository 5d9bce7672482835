//! The golden files: `KIND.vVERSION.json` holds the canonical envelope, byte for byte as it was stored, and
//! `KIND.vVERSION.sealed.json` the plaintext of its sealed part. They are written once and never changed.

use countersign_domain::commitment::SaltedFields;
use countersign_domain::event::Draft;
use countersign_domain::ids::LogId;
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::{Actor, Envelope, SealedReference};
use countersign_event_log::stream::StreamName;
use countersign_testkit::SeededEntropy;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// A golden event as it lies on disk.
pub(crate) struct Golden {
    pub(crate) envelope: Vec<u8>,
    pub(crate) sealed: Option<Vec<u8>>,
}

pub(crate) fn log() -> LogId {
    format!("log_{}", "1".repeat(32)).parse().unwrap()
}

pub(crate) const POSITION: u64 = 7;

fn path(kind: &str, schema: u32, ending: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/written");
    PathBuf::from(format!("{folder}/{kind}.v{schema}.{ending}"))
}

/// What lies on disk of a kind in a version.
pub(crate) fn read(kind: &str, schema: u32) -> Option<Golden> {
    let envelope = std::fs::read(path(kind, schema, "json")).ok()?;
    Some(Golden { envelope, sealed: std::fs::read(path(kind, schema, "sealed.json")).ok() })
}

/// A draft as a log would store it today.
pub(crate) fn stored(stream: StreamName, actor: Actor, draft: &Draft) -> Golden {
    let salted = SaltedFields::new(&draft.sealed, &SeededEntropy::new(1));
    let plain = (!draft.sealed.is_empty()).then(|| salted.to_plaintext());
    let envelope = Envelope {
        actor,
        cause: Some(POSITION - 1),
        kind: draft.kind.clone(),
        log: log(),
        open: draft.open.clone(),
        position: POSITION,
        recorded_at: Timestamp::from_micros(1_795_000_000_123_456).unwrap(),
        schema: draft.schema,
        sealed: plain.as_ref().map(|plain| SealedReference {
            // Of no ciphertext that exists: what encrypts is not what evolves here.
            ciphertext: hex::encode(Sha256::digest(plain)),
            commitment: salted.commitment(),
            key: format!("key_{}", "2".repeat(32)).parse().unwrap(),
        }),
        stream,
        team: "default".to_owned(),
        version: 3,
    };
    Golden { envelope: envelope.to_bytes(), sealed: plain }
}

/// Writes the files of a kind that has none yet.
pub(crate) fn write(kind: &str, schema: u32, golden: &Golden) {
    std::fs::write(path(kind, schema, "json"), &golden.envelope).unwrap();
    if let Some(sealed) = &golden.sealed {
        std::fs::write(path(kind, schema, "sealed.json"), sealed).unwrap();
    }
}
