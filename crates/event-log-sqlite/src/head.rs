//! The head of a log: where it ends and what its tree says, checked when a log is opened.

use crate::error::OpenError;
use crate::layout;
use crate::lineage::Lineage;
use crate::rows::{self, Hashes};
use countersign_domain::time::Timestamp;
use countersign_event_log::checkpoint::TreeHead;
use countersign_event_log::log::ReadError;
use countersign_event_log::proof::{self, StoredHashes};
use countersign_event_log::tiles::{Filling, TileAt, WIDTH};
use countersign_event_log::tree::{Frontier, Hash, leaf_hash};
use rusqlite::Connection;

/// What the writer goes on from.
pub(crate) struct Head {
    pub(crate) lineage: Lineage,
    pub(crate) frontier: Frontier,
    pub(crate) filling: Filling,
    pub(crate) last: Option<Timestamp>,
    /// The newest checkpoint note.
    pub(crate) note: String,
    /// The minute since 1970 of the newest checkpoint in the history.
    pub(crate) kept_minute: i64,
}

/// Reads the head and holds it against the checkpoint under the station's public key, the hashes and the last record. It
/// costs a few hundred hashes, whatever the log's size.
pub(crate) fn load(db: &Connection, public_key: &[u8; 32]) -> Result<Head, OpenError> {
    type Row = (String, i64, Vec<u8>, Option<i64>, String);
    let (log, size, peaks, last, note): Row =
        db.query_row("SELECT log, size, frontier, recorded_at, checkpoint FROM head WHERE only = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
    let size = size.unsigned_abs();
    let ends: i64 = db.query_row("SELECT coalesce(max(position) + 1, 0) FROM events", [], |row| row.get(0))?;
    let ends = ends.unsigned_abs();
    let damaged = |position, why: String| OpenError::Damaged { position, why };
    if ends != size {
        let why = format!("the log's head counts {size} records, and {ends} are there");
        return Err(damaged(ends.min(size), why));
    }
    let log = log.parse().map_err(|e| damaged(0, format!("{e}")))?;
    let lineage = Lineage::read(db, log, layout::layout(db)? == layout::RESTORED)?;
    let frontier = Frontier::from_bytes(size, &peaks).map_err(|e| damaged(size.saturating_sub(1), e.to_string()))?;
    let signed = TreeHead::verify(&note, public_key)?;
    if signed != (TreeHead { log: lineage.now().clone(), size, root: frontier.root() }) {
        return Err(damaged(
            size.saturating_sub(1),
            "the newest checkpoint signs another tree than the log's head".to_owned(),
        ));
    }
    if proof::root_at(&Hashes(db), size)? != frontier.root() {
        return Err(first_difference(db, size)?);
    }
    lineage.check(db, size)?;
    rows::read_from(db, &lineage, size.saturating_sub(1), 1)?;
    let filling = Filling::restore(size, |level, count| rest(db, size, level, count))?;
    let kept: Option<i64> = db.query_row("SELECT max(recorded_at) FROM checkpoints", [], |row| row.get(0))?;
    let last = last.and_then(Timestamp::from_micros);
    Ok(Head { lineage, frontier, filling, last, note, kept_minute: kept.map_or(i64::MIN, minute) })
}

/// Minutes since 1970.
pub(crate) fn minute(micros: i64) -> i64 {
    micros.div_euclid(60_000_000)
}

/// The last `count` nodes of a level of tiles.
fn rest(db: &Connection, size: u64, level: u8, count: usize) -> Result<Vec<Hash>, ReadError> {
    let count = count as u64;
    let nodes = (0..level).fold(size, |nodes, _| nodes / WIDTH);
    let Some(below) = level.checked_sub(1) else { return Hashes(db).leaves(nodes - count, count) };
    let root = |index| {
        let tile = Hashes(db).tile(TileAt { level: below, index })?;
        let why = "the tile of hashes over it is missing".to_owned();
        let width = WIDTH.saturating_pow(u32::from(level));
        tile.map(|tile| tile.root()).ok_or(ReadError::Damaged { position: index.saturating_mul(width), why })
    };
    (nodes - count..nodes).map(root).collect()
}

/// Walks all records to say where hashes and records part. Only for a log that is known to be damaged.
fn first_difference(db: &Connection, size: u64) -> Result<OpenError, OpenError> {
    let mut select = db.prepare("SELECT position, leaf, envelope FROM events ORDER BY position")?;
    let mut rows = select.query([])?;
    let mut tile = None;
    while let Some(row) = rows.next()? {
        let position = row.get::<_, i64>(0)?.unsigned_abs();
        let (leaf, envelope): (Hash, Vec<u8>) = (row.get(1)?, row.get(2)?);
        if position.is_multiple_of(WIDTH) {
            tile = Hashes(db).tile(TileAt { level: 0, index: position / WIDTH })?;
        }
        let in_tile = tile.as_ref().and_then(|tile| tile.hashes().get((position % WIDTH) as usize));
        if leaf_hash(&envelope) != leaf || in_tile.is_some_and(|hash| *hash != leaf) {
            let why = "the record and its hashes differ".to_owned();
            return Ok(OpenError::Damaged { position, why });
        }
    }
    let why = "the hashes of the records do not lead to the root that was signed".to_owned();
    Ok(OpenError::Damaged { position: size.saturating_sub(1), why })
}
