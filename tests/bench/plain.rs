//! What the log is measured against: a plain table of the same bytes, written in batches by one connection.

use rusqlite::{Connection, params};
use std::path::Path;
use std::time::{Duration, Instant};

/// An event's envelope and sealed part.
pub(crate) type Bytes = (Vec<u8>, Option<Vec<u8>>);

/// Rows in one transaction.
const BATCH: usize = 100;

/// How long it takes to store them all, with the log's own settings of the journal and the disk.
pub(crate) fn store(folder: &Path, rows: &[Bytes]) -> Duration {
    let mut db = Connection::open(folder.join("plain.db")).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA wal_autocheckpoint = 4000;
         PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;
         CREATE TABLE plain (position INTEGER PRIMARY KEY, envelope BLOB NOT NULL, sealed BLOB) STRICT;",
    )
    .unwrap();
    let begun = Instant::now();
    for batch in rows.chunks(BATCH) {
        let transaction = db.transaction().unwrap();
        {
            let sql = "INSERT INTO plain (envelope, sealed) VALUES (?1, ?2)";
            let mut insert = transaction.prepare_cached(sql).unwrap();
            for (envelope, sealed) in batch {
                insert.execute(params![envelope, sealed]).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
    begun.elapsed()
}
