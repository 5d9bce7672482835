//! Rows read back: every record is held against its hash, and every gap in a sequence is found.

use crate::lineage::Lineage;
use countersign_event_log::envelope::{Envelope, SealedPart, StoredEvent};
use countersign_event_log::log::ReadError;
use countersign_event_log::proof::StoredHashes;
use countersign_event_log::stream::{StreamName, Version};
use countersign_event_log::tiles::{Tile, TileAt, WIDTH};
use countersign_event_log::tree::Hash;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A failure of SQLite.
pub(crate) fn unreadable(error: rusqlite::Error) -> ReadError {
    ReadError::Unavailable(error.to_string())
}

/// Positions, versions and counts are far below 2^63.
pub(crate) fn integer(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn damaged(position: u64, why: &str) -> ReadError {
    ReadError::Damaged { position, why: why.to_owned() }
}

/// Events from a position on, at most `limit`.
pub(crate) fn read_from(
    db: &Connection,
    logs: &Lineage,
    from: u64,
    limit: usize,
) -> Result<Vec<StoredEvent>, ReadError> {
    let sql = "SELECT e.position, e.leaf, e.envelope, e.sealed, e.version, s.name
        FROM events e LEFT JOIN streams s ON s.id = e.stream WHERE e.position >= ?1 ORDER BY e.position LIMIT ?2";
    let mut select = db.prepare_cached(sql).map_err(unreadable)?;
    let mut rows = select.query(params![integer(from), integer(limit as u64)]).map_err(unreadable)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(unreadable)? {
        let (event, version, stream) = event(row, logs)?;
        let expected = from + events.len() as u64;
        if event.envelope.position != expected {
            return Err(damaged(expected, "it is missing"));
        }
        if event.envelope.version != version || stream.as_deref() != Some(event.envelope.stream.as_str()) {
            return Err(damaged(expected, "it is filed under another stream or version than its own"));
        }
        events.push(event);
    }
    Ok(events)
}

/// The streams of one concept, by name.
pub(crate) fn streams_of(db: &Connection, concept: &str) -> Result<Vec<StreamName>, ReadError> {
    // Up to what would come behind all of them: '0' follows '/'.
    let sql = "SELECT name FROM streams WHERE name >= ?1 || '/' AND name < ?1 || '0' ORDER BY name";
    let mut select = db.prepare_cached(sql).map_err(unreadable)?;
    let names = select.query_map(params![concept], |row| row.get::<_, String>(0)).map_err(unreadable)?;
    names.map(|name| Ok(StreamName::stored(name.map_err(unreadable)?))).collect()
}

/// A stream's events from a version on, at most `limit`.
pub(crate) fn read_stream(
    db: &Connection,
    logs: &Lineage,
    stream: &StreamName,
    from: Version,
    limit: usize,
) -> Result<Vec<StoredEvent>, ReadError> {
    let Some(id) = stream_id(db, stream).map_err(unreadable)? else { return Ok(Vec::new()) };
    let sql = "SELECT position, leaf, envelope, sealed, version, NULL FROM events
        WHERE stream = ?1 AND version >= ?2 ORDER BY version LIMIT ?3";
    let mut select = db.prepare_cached(sql).map_err(unreadable)?;
    let mut rows = select.query(params![id, integer(from), integer(limit as u64)]).map_err(unreadable)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(unreadable)? {
        let (event, version, _) = event(row, logs)?;
        let position = event.envelope.position;
        if version != from + events.len() as u64 {
            return Err(damaged(position, "a record of its stream before it is missing"));
        }
        if event.envelope.version != version || event.envelope.stream != *stream {
            return Err(damaged(position, "it is filed under another stream or version than its own"));
        }
        events.push(event);
    }
    Ok(events)
}

fn event(row: &Row<'_>, logs: &Lineage) -> Result<(StoredEvent, Version, Option<String>), ReadError> {
    let position: i64 = row.get(0).map_err(unreadable)?;
    let position = u64::try_from(position).map_err(|_| damaged(0, "a record has a negative position"))?;
    let wrong = |_| damaged(position, "one of its columns has another type");
    let leaf: Hash = row.get(1).map_err(|_| damaged(position, "its hash does not have 32 bytes"))?;
    let bytes = row.get_ref(2).map_err(unreadable)?.as_blob().map_err(|_| damaged(position, "it is no envelope"))?;
    let envelope = Envelope::stored(bytes, &leaf, logs.at(position), position)?;
    let sealed_bytes = row.get_ref(3).map_err(unreadable)?;
    let sealed_bytes =
        sealed_bytes.as_blob_or_null().map_err(|_| damaged(position, "its sealed part is not binary"))?;
    let sealed = match (&envelope.sealed, sealed_bytes) {
        (None, None) => None,
        (None, Some(_)) => return Err(damaged(position, "it has a sealed part that its envelope does not know")),
        (Some(reference), bytes) => {
            let part = SealedPart { reference: reference.clone(), bytes: bytes.map(Into::into) };
            if !part.is_intact() {
                return Err(damaged(position, "its sealed part does not have the hash that the envelope names"));
            }
            Some(part)
        }
    };
    let version: i64 = row.get(4).map_err(wrong)?;
    let version = u64::try_from(version).map_err(|_| damaged(position, "its version is negative"))?;
    Ok((StoredEvent { envelope: envelope.into(), sealed }, version, row.get(5).map_err(wrong)?))
}

/// The number under which a stream's name is kept.
pub(crate) fn stream_id(db: &Connection, stream: &StreamName) -> rusqlite::Result<Option<i64>> {
    let mut select = db.prepare_cached("SELECT id FROM streams WHERE name = ?1")?;
    select.query_row([stream.as_str()], |row| row.get(0)).optional()
}

/// How many events a stream holds.
pub(crate) fn stream_version(db: &Connection, id: i64) -> rusqlite::Result<Version> {
    let mut select = db.prepare_cached("SELECT coalesce(max(version) + 1, 0) FROM events WHERE stream = ?1")?;
    let version: i64 = select.query_row([id], |row| row.get(0))?;
    Ok(version.unsigned_abs())
}

/// The newest checkpoint.
pub(crate) fn checkpoint(db: &Connection) -> Result<String, ReadError> {
    let mut select = db.prepare_cached("SELECT checkpoint FROM head WHERE only = 1").map_err(unreadable)?;
    select.query_row([], |row| row.get(0)).map_err(unreadable)
}

/// The hashes that a connection sees.
pub(crate) struct Hashes<'a>(pub(crate) &'a Connection);

impl StoredHashes for Hashes<'_> {
    type Error = ReadError;

    fn tile(&self, at: TileAt) -> Result<Option<Tile>, ReadError> {
        let sql = "SELECT hashes FROM tiles WHERE level = ?1 AND place = ?2";
        let mut select = self.0.prepare_cached(sql).map_err(unreadable)?;
        let bytes: Option<Vec<u8>> =
            select.query_row(params![at.level, integer(at.index)], |row| row.get(0)).optional().map_err(unreadable)?;
        let width = WIDTH.saturating_pow(u32::from(at.level) + 1);
        let broken = || damaged(at.index.saturating_mul(width), "the tile of hashes over it is not a full one");
        bytes.map(|bytes| Tile::from_bytes(&bytes).ok_or_else(broken)).transpose()
    }

    fn leaves(&self, from: u64, count: u64) -> Result<Vec<Hash>, ReadError> {
        let sql = "SELECT position, leaf FROM events WHERE position >= ?1 ORDER BY position LIMIT ?2";
        let mut select = self.0.prepare_cached(sql).map_err(unreadable)?;
        let mut rows = select.query(params![integer(from), integer(count)]).map_err(unreadable)?;
        let mut leaves = Vec::new();
        while let Some(row) = rows.next().map_err(unreadable)? {
            let expected = from + leaves.len() as u64;
            let position: i64 = row.get(0).map_err(unreadable)?;
            if position != integer(expected) {
                return Err(damaged(expected, "it is missing"));
            }
            leaves.push(row.get(1).map_err(|_| damaged(expected, "its hash does not have 32 bytes"))?);
        }
        match leaves.len() as u64 == count {
            true => Ok(leaves),
            false => Err(damaged(from + leaves.len() as u64, "it is missing")),
        }
    }
}
