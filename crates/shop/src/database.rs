//! The CRM's own SQLite file: how it is opened, created and filled on first start.
//!
//! Every call opens its own connection, so that a call which hangs (see [`crate::Faults`]) holds up only what it
//! has locked. Two server processes may share one file; writes are `BEGIN IMMEDIATE`.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{CrmError, sample};

/// What leads from each version of the tables to the next; a new file takes all steps.
const STEPS: [&str; 2] = [include_str!("schema.sql"), include_str!("schema_2.sql")];
const SCHEMA_VERSION: i64 = 2;
/// How long a call waits for another process's write before it answers that the database is busy.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The present moment as SQLite writes it into this database.
pub(crate) const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/// The CRM's database file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    file: PathBuf,
}

impl Database {
    /// Opens the file, creating it with the sample shop on first start. `sample_day` (`YYYY-MM-DD`) is the day that
    /// the sample orders count back from; without it, today.
    pub fn open(file: &Path, sample_day: Option<&str>) -> Result<Self, CrmError> {
        let database = Self { file: file.to_owned() };
        // Two processes may start on one new file at once. Switching to WAL does not wait for the busy timeout,
        // so the set-up is guarded by a lock file of its own.
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(file.with_extension("setup-lock"))
            .map_err(CrmError::Open)?;
        lock.lock().map_err(CrmError::Open)?;
        let mut connection = database.connect()?;
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(CrmError::Open(std::io::Error::other("its folder does not support write-ahead logging")));
        }
        let write = begin(&mut connection)?;
        let version: i64 = write.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let missing = usize::try_from(version).ok().and_then(|done| STEPS.get(done..));
        let missing = missing.ok_or(CrmError::Damaged { what: "the schema version" })?;
        if !missing.is_empty() {
            missing.iter().try_for_each(|step| write.execute_batch(step))?;
            sample::fill(&write, sample_day)?;
            write.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            write.commit()?;
        }
        Ok(database)
    }

    /// A connection for one call.
    pub(crate) fn connect(&self) -> Result<Connection, CrmError> {
        let connection = Connection::open(&self.file)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    }
}

/// Begins a transaction that holds the write lock from its first moment, so that what it reads cannot change.
pub(crate) fn begin(connection: &mut Connection) -> Result<Transaction<'_>, CrmError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}
