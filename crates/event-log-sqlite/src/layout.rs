//! The layout of log.db. It is never migrated, only added to.

use crate::error::OpenError;
use crate::folder;
use countersign_domain::ids::LogId;
use countersign_event_log::checkpoint::{Signer, TreeHead};
use countersign_event_log::tree::Frontier;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use std::path::{Path, PathBuf};

pub(crate) const APPLICATION: i64 = 0x4353_6c67;
pub(crate) const LAYOUT: i64 = 1;
/// The same, with records of logs that came before: an older version must not open it.
pub(crate) const RESTORED: i64 = 2;

/// `leaf` stands before `envelope`, so that reading hashes never touches the pages of a large record. A stream's
/// version is not stored twice: it is what the index says.
const TABLES: &str = "
CREATE TABLE head (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    log TEXT NOT NULL,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    recorded_at INTEGER,
    checkpoint TEXT NOT NULL
) STRICT;
CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    envelope BLOB NOT NULL,
    sealed BLOB,
    UNIQUE (stream, version)
) STRICT;
CREATE TABLE tiles (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    UNIQUE (level, place)
) STRICT;
CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
";

/// The log's file in a data folder.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("log.db")
}

/// Opens the file for the writer; a new one gets its tables, the id and a checkpoint over nothing.
pub(crate) fn open(
    folder: &Path,
    signer: &dyn Signer,
    new_id: impl FnOnce() -> LogId,
) -> Result<Connection, OpenError> {
    let path = file(folder);
    // Made by us first, so that it (and the files that SQLite puts beside it) is never readable by others.
    folder::private_file(&path).map_err(|source| OpenError::File { path: path.clone(), source })?;
    let mut db =
        Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.set_prepared_statement_cache_capacity(64);
    // Looked at before anything is changed: a foreign or newer file stays as it is.
    if must_be_ours(&db, &path)? {
        settings(&db)?;
    } else {
        settings(&db)?;
        begin(&mut db, signer, new_id())?;
    }
    Ok(db)
}

/// Whether the file holds a log that this version reads; `false` where it holds nothing yet.
pub(crate) fn must_be_ours(db: &Connection, path: &Path) -> Result<bool, OpenError> {
    let foreign = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign(path.to_owned()),
        _ => OpenError::Store(error),
    };
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(foreign)?;
    let layout = layout(db)?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, layout) {
        (APPLICATION, LAYOUT | RESTORED) => Ok(true),
        (APPLICATION, newer) if newer > RESTORED => Err(OpenError::Newer(newer)),
        (0, 0) if tables == 0 => Ok(false),
        _ => Err(OpenError::Foreign(path.to_owned())),
    }
}

/// The layout of the file.
pub(crate) fn layout(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn settings(db: &Connection) -> rusqlite::Result<()> {
    // Whatever comes free is overwritten: sealed bytes that are dropped, and what stood in a page that is used otherwise.
    // fullfsync matters on macOS only, where fsync alone does not reach the disk.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;",
    )
}

fn begin(db: &mut Connection, signer: &dyn Signer, log: LogId) -> rusqlite::Result<()> {
    let note = TreeHead { log: log.clone(), size: 0, root: Frontier::default().root() }.sign(signer);
    let tx = db.transaction()?;
    tx.execute_batch(TABLES)?;
    tx.execute(
        "INSERT INTO head (only, log, size, frontier, checkpoint) VALUES (1, ?1, 0, x'', ?2)",
        params![log.as_str(), note],
    )?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.pragma_update(None, "user_version", LAYOUT)?;
    tx.commit()
}

/// Opens the file for reading beside the writer.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8000; PRAGMA trusted_schema = OFF;")?;
    Ok(db)
}
