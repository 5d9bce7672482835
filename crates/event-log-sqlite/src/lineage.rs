//! The logs that one file holds: a restored log goes on, under a new id, behind the records of the one that was backed
//! up. Which id a record has to carry follows from its position.

use crate::error::OpenError;
use crate::rows::{self, Hashes, integer};
use countersign_domain::event;
use countersign_domain::ids::LogId;
use countersign_domain::station::StationEvent;
use countersign_event_log::proof;
use countersign_event_log::tree::Hash;
use rusqlite::{Connection, params};

/// Where a restored log's file says which logs its records come from. A file that was never restored has no such table.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS earlier_logs (
    until INTEGER PRIMARY KEY, log TEXT NOT NULL, root BLOB NOT NULL
) STRICT";

/// A log that ended in a backup.
#[derive(Debug, Clone)]
struct Earlier {
    log: LogId,
    /// Its records lie before this position.
    until: u64,
    /// The root over all records before that position.
    root: Hash,
}

/// The logs of one file, in order.
#[derive(Debug, Clone)]
pub(crate) struct Lineage {
    earlier: Vec<Earlier>,
    now: LogId,
}

impl Lineage {
    /// Reads which logs came before `now`.
    pub(crate) fn read(db: &Connection, now: LogId, restored: bool) -> Result<Self, OpenError> {
        let mut earlier = Vec::new();
        if restored {
            let mut select = db.prepare("SELECT until, log, root FROM earlier_logs ORDER BY until")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let (until, log): (i64, String) = (row.get(0)?, row.get(1)?);
                let until = until.unsigned_abs();
                let damaged = |why: String| OpenError::Damaged { position: until, why };
                let log = log.parse().map_err(|e| damaged(format!("{e}")))?;
                earlier.push(Earlier { log, until, root: row.get(2)? });
            }
        }
        Ok(Self { earlier, now })
    }

    /// The log that this file is now.
    pub(crate) fn now(&self) -> &LogId {
        &self.now
    }

    /// The log whose record stands at a position.
    pub(crate) fn at(&self, position: u64) -> &LogId {
        self.earlier.iter().find(|earlier| position < earlier.until).map_or(&self.now, |earlier| &earlier.log)
    }

    /// Holds what the table says against the log itself: the first record of each further log says which log it goes on
    /// from, with its size and root.
    pub(crate) fn check(&self, db: &Connection, size: u64) -> Result<(), OpenError> {
        for earlier in self.earlier.iter().filter(|earlier| earlier.until < size) {
            let damaged = |why: &str| OpenError::Damaged { position: earlier.until, why: why.to_owned() };
            let first = rows::read_from(db, self, earlier.until, 1)?;
            let Some(envelope) = first.first().map(|stored| &stored.envelope) else {
                return Err(damaged("it is missing"));
            };
            let said = event::read::<StationEvent>(&envelope.kind, envelope.schema, &envelope.open);
            let Ok(StationEvent::Restored(restored)) = said else {
                return Err(damaged("another log's records end before it, and it does not say so"));
            };
            let same = restored.log == earlier.log
                && restored.size == earlier.until
                && restored.root == hex::encode(earlier.root)
                && proof::root_at(&Hashes(db), earlier.until)? == earlier.root;
            if !same {
                return Err(damaged("what it says of the log that it goes on from is not what stands before it"));
            }
        }
        if self.earlier.iter().any(|earlier| earlier.until > size) {
            let why = "records of the log that was restored are missing".to_owned();
            return Err(OpenError::Damaged { position: size, why });
        }
        Ok(())
    }

    /// Writes down that the log ends here and another one goes on.
    pub(crate) fn end(db: &Connection, log: &LogId, until: u64, root: &Hash) -> rusqlite::Result<()> {
        db.execute_batch(TABLE)?;
        let sql = "INSERT INTO earlier_logs (until, log, root) VALUES (?1, ?2, ?3)";
        db.execute(sql, params![integer(until), log.as_str(), root]).map(|_| ())
    }
}
