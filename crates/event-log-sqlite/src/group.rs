//! One group of appends: one transaction, one commit, one checkpoint. Each append in it is atomic on its own: it is
//! checked before a byte of it is written, so a refused one leaves nothing behind.

use crate::head::{self, Head};
use crate::kinds::Kinds;
use crate::lineage::Lineage;
use crate::recent::Recent;
use crate::rows::{self, integer};
use countersign_domain::ambient::Clock;
use countersign_event_log::checkpoint::{Signer, TreeHead};
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::folds::FoldCache;
use countersign_event_log::log::{AppendError, Decide, ReadError, StreamStates};
use countersign_event_log::prepared::Prepared;
use countersign_event_log::stream::{StreamName, Version};
use rusqlite::{Connection, params};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Streams whose number and version the writer remembers; beyond it, it begins anew.
const MOST_STREAMS: usize = 16_384;

/// What is to be stored.
pub(crate) enum Work {
    Append(Prepared),
    Decide(Decide),
}

/// What became of one append.
pub(crate) type Stored = Result<Written, AppendError>;

/// The events of one append, as they are stored.
pub(crate) struct Written {
    pub(crate) events: Vec<StoredEvent>,
    /// What their envelopes and sealed parts take on disk.
    pub(crate) bytes: usize,
}

#[derive(Clone, Copy)]
struct Stream {
    /// `None` while no event of it is stored.
    id: Option<i64>,
    version: Version,
}

/// The writer's state. What it says of the tree is ahead of the disk only inside of a group; after a failed group it
/// is of no use any more.
pub(crate) struct Group {
    db: Connection,
    head: Head,
    clock: Arc<dyn Clock>,
    signer: Arc<dyn Signer>,
    recent: Arc<Recent>,
    streams: HashMap<StreamName, Stream>,
    folds: FoldCache,
    kinds: Kinds,
    commit_took: Duration,
}

struct States<'a> {
    db: &'a Connection,
    logs: &'a Lineage,
    recent: &'a Recent,
    streams: &'a mut HashMap<StreamName, Stream>,
    folds: &'a mut FoldCache,
}

impl StreamStates for States<'_> {
    fn version(&mut self, stream: &StreamName) -> Result<Version, ReadError> {
        Ok(look_up(self.db, self.streams, stream).map_err(rows::unreadable)?.version)
    }
    fn events(&mut self, stream: &StreamName, from: Version) -> Result<Vec<StoredEvent>, ReadError> {
        let at = self.version(stream)?;
        // The common case of a hot stream whose fold is up to date costs no query.
        if from >= at {
            return Ok(Vec::new());
        }
        // What is stored may be in memory; what this group has written and not stored is not.
        let mut events = self.recent.read(stream, from, usize::MAX).unwrap_or_default();
        let stored = from + events.len() as u64;
        if stored < at {
            events.extend(rows::read_stream(self.db, self.logs, stream, stored, usize::MAX)?);
        }
        Ok(events)
    }
    fn slot(&mut self, stream: &StreamName, fold: TypeId) -> Option<(Version, Box<dyn Any + Send>)> {
        self.folds.take(stream, fold)
    }
    fn keep(&mut self, stream: &StreamName, fold: TypeId, at: Version, state: Box<dyn Any + Send>) {
        self.folds.keep(stream, fold, at, state);
    }
}

impl Group {
    pub(crate) fn new(
        db: Connection,
        head: Head,
        kinds: Kinds,
        clock: Arc<dyn Clock>,
        signer: Arc<dyn Signer>,
        recent: Arc<Recent>,
    ) -> Self {
        let (streams, folds) = (HashMap::new(), FoldCache::default());
        Self { db, head, clock, signer, recent, streams, folds, kinds, commit_took: Duration::ZERO }
    }

    pub(crate) fn size(&self) -> u64 {
        self.head.frontier.size()
    }

    /// How long the latest commit took to reach the disk.
    pub(crate) fn commit_took(&self) -> Duration {
        self.commit_took
    }

    /// The newest checkpoint note.
    pub(crate) fn note(&self) -> &str {
        &self.head.note
    }

    /// Stores work in one commit, as much as `next` has: what comes while the first of it is being written joins it. An
    /// error means that nothing is known to be stored and the log must end.
    pub(crate) fn store(&mut self, next: impl FnMut() -> Option<Work>) -> rusqlite::Result<Vec<Stored>> {
        self.execute("BEGIN IMMEDIATE")?;
        let stored = self.fill(next);
        if stored.is_err() {
            self.folds.clear();
            // The transaction may have ended by itself; the connection is not used again in either case.
            let _ended = self.execute("ROLLBACK");
        }
        stored
    }

    /// Drops sealed bytes in one commit; how many there were. A failure changes nothing, and the log goes on.
    pub(crate) fn drop_sealed(&self, positions: &[u64]) -> rusqlite::Result<u64> {
        self.execute("BEGIN IMMEDIATE")?;
        let dropped = (|| {
            let mut dropped = 0;
            // Overwritten where they stand first: a row that becomes shorter may be moved, and leave a copy behind.
            for sql in [
                "UPDATE events SET sealed = zeroblob(length(sealed)) WHERE position = ?1 AND sealed IS NOT NULL",
                "UPDATE events SET sealed = NULL WHERE position = ?1 AND sealed IS NOT NULL",
            ] {
                let mut update = self.db.prepare_cached(sql)?;
                dropped = 0;
                for position in positions {
                    dropped += update.execute([integer(*position)])? as u64;
                }
            }
            self.execute("COMMIT")?;
            Ok(dropped)
        })();
        if dropped.is_err() {
            // The transaction may have ended by itself.
            let _ended = self.execute("ROLLBACK");
        }
        dropped
    }

    /// Brings the file up to date and empties the WAL, in which every page lives on as it was.
    pub(crate) fn empty_wal(&self) -> rusqlite::Result<()> {
        let busy: bool = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        let busy_error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        if busy {
            Err(rusqlite::Error::SqliteFailure(busy_error, Some("the WAL is being read".to_owned())))
        } else {
            Ok(())
        }
    }

    fn fill(&mut self, mut next: impl FnMut() -> Option<Work>) -> rusqlite::Result<Vec<Stored>> {
        let before = self.size();
        let mut results = Vec::new();
        while let Some(one) = next() {
            let prepared = match one {
                Work::Append(prepared) => Ok(prepared),
                Work::Decide(decide) => self.decide(decide).and_then(Prepared::new),
            };
            results.push(match prepared {
                Ok(prepared) => self.append(prepared)?,
                Err(refused) => Err(refused),
            });
        }
        if self.size() == before {
            self.execute("ROLLBACK")?;
        } else {
            self.seal_head()?;
            let begun = Instant::now();
            self.execute("COMMIT")?;
            self.commit_took = begun.elapsed();
        }
        Ok(results)
    }

    fn decide(&mut self, decide: Decide) -> Result<countersign_event_log::log::Append, AppendError> {
        let (db, logs, recent) = (&self.db, &self.head.lineage, self.recent.as_ref());
        let mut states = States { db, logs, recent, streams: &mut self.streams, folds: &mut self.folds };
        catch_unwind(AssertUnwindSafe(|| decide(&mut states))).unwrap_or_else(|_| {
            // Whatever it left in the cache is not trusted.
            self.folds.clear();
            Err(AppendError::Refused("the deciding function panicked".to_owned()))
        })
    }

    fn append(&mut self, prepared: Prepared) -> rusqlite::Result<Stored> {
        let first = self.size();
        let mut failed = None;
        let checked = prepared.check(first, |stream| {
            look_up(&self.db, &mut self.streams, stream).map(|stream| stream.version).map_err(|error| {
                let why = AppendError::Unavailable(error.to_string());
                failed = Some(error);
                why
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        if let Err(refused) = checked {
            return Ok(Err(refused));
        }
        let now = self.clock.now();
        let at = self.head.last.map_or(now, |last| last.max(now));
        self.head.last = Some(at);
        let mut written = Written { events: Vec::new(), bytes: 0 };
        for composed in prepared.compose(self.head.lineage.now(), first, at) {
            let stream = self.interned(&composed.event.envelope.stream)?;
            let sealed = composed.event.sealed.as_ref().and_then(|part| part.bytes.as_deref());
            let envelope = &composed.event.envelope;
            self.db
                .prepare_cached(
                    "INSERT INTO events (position, stream, version, leaf, envelope, sealed)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    integer(envelope.position),
                    stream,
                    integer(envelope.version),
                    composed.leaf,
                    composed.envelope,
                    sealed
                ])?;
            self.kinds.met(&self.db, &envelope.kind, envelope.schema, envelope.position)?;
            self.head.frontier.append(composed.leaf);
            for (at, tile) in self.head.filling.append(composed.leaf) {
                let sql = "INSERT INTO tiles (level, place, hashes) VALUES (?1, ?2, ?3)";
                self.db.prepare_cached(sql)?.execute(params![at.level, integer(at.index), tile.to_bytes()])?;
            }
            written.bytes += composed.envelope.len() + sealed.map_or(0, <[u8]>::len);
            written.events.push(composed.event);
        }
        Ok(Ok(written))
    }

    /// The number of a stream that gets one more event.
    fn interned(&mut self, name: &StreamName) -> rusqlite::Result<i64> {
        let stream = look_up(&self.db, &mut self.streams, name)?;
        let id = match stream.id {
            Some(id) => id,
            None => {
                self.db.prepare_cached("INSERT INTO streams (name) VALUES (?1)")?.execute([name.as_str()])?;
                self.db.last_insert_rowid()
            }
        };
        if let Some(known) = self.streams.get_mut(name) {
            *known = Stream { id: Some(id), version: stream.version + 1 };
        }
        Ok(id)
    }

    fn seal_head(&mut self) -> rusqlite::Result<()> {
        let Head { lineage, frontier, .. } = &self.head;
        let note = TreeHead { log: lineage.now().clone(), size: frontier.size(), root: frontier.root() }
            .sign(self.signer.as_ref());
        let at = self.head.last.map(countersign_domain::time::Timestamp::micros);
        self.db
            .prepare_cached(
                "UPDATE head SET size = ?1, frontier = ?2, recorded_at = ?3, checkpoint = ?4 WHERE only = 1",
            )?
            .execute(params![integer(frontier.size()), frontier.to_bytes(), at, note])?;
        let minute = at.map_or(i64::MIN, head::minute);
        if minute > self.head.kept_minute {
            let sql = "INSERT INTO checkpoints (size, recorded_at, note) VALUES (?1, ?2, ?3)";
            self.db.prepare_cached(sql)?.execute(params![integer(frontier.size()), at, note])?;
            self.head.kept_minute = minute;
        }
        self.head.note = note;
        Ok(())
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}

fn look_up(db: &Connection, streams: &mut HashMap<StreamName, Stream>, name: &StreamName) -> rusqlite::Result<Stream> {
    if let Some(stream) = streams.get(name) {
        return Ok(*stream);
    }
    let id = rows::stream_id(db, name)?;
    let version = id.map_or(Ok(0), |id| rows::stream_version(db, id))?;
    let stream = Stream { id, version };
    if streams.len() >= MOST_STREAMS {
        streams.clear();
    }
    streams.insert(name.clone(), stream);
    Ok(stream)
}
