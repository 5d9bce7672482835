//! What only a log on disk can promise: it is there again after a restart, its files are private, one station has it,
//! and whatever was changed in the file is found with its position.

use crate::events::{append, event, reserve, sealed, stream};
use crate::logs::{Fresh, Kind, Sqlite, clock, open};
use countersign_event_log::check::CheckLog;
use countersign_event_log::checkpoint::TreeHead;
use countersign_event_log::log::{AppendLog, NewEvent, ReadError, ReadLog};
use countersign_event_log_sqlite::OpenError;
use rusqlite::Connection;
use std::path::Path;
use tempfile::TempDir;

/// A closed log of twenty records, every one with a sealed part.
async fn closed() -> TempDir {
    let Fresh { log, folder, .. } = Sqlite::fresh();
    for version in 0..20 {
        log.append(append("a", version, vec![sealed(format!("words {version}").as_bytes())])).await.unwrap();
    }
    folder
}

fn change(folder: &Path, sql: &str) {
    Connection::open(folder.join("log/log.db")).unwrap().execute_batch(sql).unwrap();
}

fn position(error: ReadError) -> u64 {
    match error {
        ReadError::Damaged { position, .. } => position,
        other => panic!("{other}"),
    }
}

fn refused(folder: &Path) -> OpenError {
    open(folder, clock()).err().expect("it was opened")
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let Fresh { log, clock, folder, .. } = Sqlite::fresh();
    log.append(append("a", 0, vec![event(1), sealed(b"words")])).await.unwrap();
    log.append_deciding(reserve("ledger", 7, 10)).await.unwrap();
    let (id, before) = (log.id(), log.read_from(0, 10).await.unwrap());
    drop(log);
    clock.advance(-86_400);
    let log = open(folder.path(), clock).unwrap();
    assert_eq!((log.id(), log.size()), (id, 3));
    assert_eq!(log.read_from(0, 10).await.unwrap(), before);
    assert!(log.append_deciding(reserve("ledger", 7, 10)).await.is_err(), "the ledger is remembered");
    let receipt = log.append(append("a", 2, vec![event(1)])).await.unwrap();
    let recorded = &receipt.events()[0].envelope;
    assert_eq!(recorded.position, 3);
    assert!(recorded.recorded_at >= before[2].envelope.recorded_at, "not even over a restart");
}

#[tokio::test]
async fn what_is_read_from_memory_is_what_is_on_disk() {
    // More than is kept in memory, in appends of different sizes, with a refused one in between.
    let Fresh { log, clock, folder, .. } = Sqlite::fresh();
    let mut size = 0;
    for nth in 0..300 {
        let events: Vec<_> =
            (0..nth % 64 + 1).map(|n| if n % 3 == 0 { sealed(&[7; 12 * 1024]) } else { event(n) }).collect();
        assert!(log.append(append("a", size + 1, vec![event(1)])).await.is_err());
        size += log.append(append("a", size, events)).await.unwrap().events().len() as u64;
    }
    let mut read = Vec::new();
    for position in [0, 1, size - 8_300, size - 8_000, size - 512, size - 1, size, size + 1] {
        read.push((position, log.read_from(position, 700).await.unwrap()));
    }
    drop(log);
    let log = open(folder.path(), clock).unwrap();
    for (position, events) in read {
        assert!(events == log.read_from(position, 700).await.unwrap(), "from {position} of {size}");
        assert_eq!(events.len() as u64, size.saturating_sub(position).min(700));
    }
}

#[tokio::test]
async fn a_second_station_is_refused_while_the_first_runs() {
    let Fresh { log, folder, .. } = Sqlite::fresh();
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::Locked(_)));
    assert!(error.to_string().contains("another station is running on this folder"), "{error}");
    log.append(append("a", 0, vec![event(1)])).await.unwrap();
    drop(log);
    assert_eq!(open(folder.path(), clock()).unwrap().size(), 1);
}

#[tokio::test]
async fn a_newer_layout_and_a_foreign_file_are_refused_and_left_alone() {
    let folder = closed().await;
    change(folder.path(), "PRAGMA user_version = 3");
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::Newer(3)), "{error}");
    assert!(error.to_string().contains("newer Countersign"));

    let file = folder.path().join("log/log.db");
    for content in [b"a letter to my aunt, long enough to be no database at all".to_vec(), {
        let other = folder.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE aunts (name TEXT)").unwrap();
        std::fs::read(other).unwrap()
    }] {
        std::fs::write(&file, &content).unwrap();
        assert!(matches!(refused(folder.path()), OpenError::Foreign(_)));
        assert_eq!(std::fs::read(&file).unwrap(), content);
    }
}

#[tokio::test]
async fn a_kind_or_version_from_the_future_is_refused_with_what_to_do() {
    for (kind, schema) in [("ledger.teleported", 1), ("ledger.reserved", 2)] {
        let Fresh { log, folder, .. } = Sqlite::fresh();
        let later = NewEvent { kind: kind.to_owned(), schema, ..event(1) };
        log.append(append("a", 0, vec![event(1), later])).await.unwrap();
        drop(log);
        for begun_before_kinds_were_listed in [false, true] {
            if begun_before_kinds_were_listed {
                change(folder.path(), "DROP TABLE kinds");
            }
            let error = refused(folder.path());
            assert!(matches!(error, OpenError::Unknown { position: 1, .. }), "{error}");
            let told = error.to_string();
            assert!(told.contains(kind) && told.contains("update to open this log"), "{told}");
        }
    }
}

#[tokio::test]
async fn kinds_are_listed_once_for_a_log_that_was_begun_before() {
    let folder = closed().await;
    change(folder.path(), "DROP TABLE kinds");
    drop(open(folder.path(), clock()).unwrap());
    let db = Connection::open(folder.path().join("log/log.db")).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let listed: (String, u32, i64) = db.query_row("SELECT kind, schema, first FROM kinds", [], row).unwrap();
    assert_eq!(listed, ("ledger.reserved".to_owned(), 1, 0));
}

#[tokio::test]
async fn a_changed_byte_of_any_part_names_its_position() {
    for column in ["envelope", "leaf", "sealed"] {
        let folder = closed().await;
        let flip = format!(
            "UPDATE events SET {column} = unhex(printf('%02x', 1) || substr(hex({column}), 3)) WHERE position = 7"
        );
        change(folder.path(), &flip);
        let log = match open(folder.path(), clock()) {
            Ok(log) => log,
            // A changed hash no longer leads to the signed root, which a start finds already.
            Err(OpenError::Damaged { position: 7, .. }) if column == "leaf" => continue,
            Err(other) => panic!("{column}: {other}"),
        };
        assert_eq!(position(log.read_from(0, 100).await.unwrap_err()), 7, "{column}");
        assert_eq!(position(log.read_stream(&stream("a"), 0, 100).await.unwrap_err()), 7, "{column}");
        assert_eq!(log.read_from(8, 100).await.unwrap().len(), 12, "the others can be read");
    }
}

#[tokio::test]
async fn a_rewritten_record_with_a_hash_that_fits_is_found_at_the_start() {
    let folder = closed().await;
    let db = Connection::open(folder.path().join("log/log.db")).unwrap();
    let envelope: Vec<u8> = db.query_row("SELECT envelope FROM events WHERE position = 7", [], |r| r.get(0)).unwrap();
    let forged = String::from_utf8(envelope).unwrap().replace("\"amount\":1", "\"amount\":9").into_bytes();
    let leaf = countersign_event_log::tree::leaf_hash(&forged);
    db.execute("UPDATE events SET envelope = ?1, leaf = ?2 WHERE position = 7", (forged, leaf)).unwrap();
    drop(db);
    assert!(matches!(refused(folder.path()), OpenError::Damaged { .. }));
}

#[tokio::test]
async fn a_record_that_was_removed_or_refiled_names_its_position() {
    let folder = closed().await;
    change(folder.path(), "DELETE FROM events WHERE position = 19");
    assert!(matches!(refused(folder.path()), OpenError::Damaged { position: 19, .. }));

    let folder = closed().await;
    change(folder.path(), "DELETE FROM events WHERE position = 4");
    assert!(matches!(refused(folder.path()), OpenError::Damaged { position: 4, .. }));

    let folder = closed().await;
    change(folder.path(), "INSERT INTO streams (name) VALUES ('b'); UPDATE events SET stream = 2 WHERE position = 19");
    let log = open(folder.path(), clock()).err().expect("the last record is read at the start");
    assert!(matches!(log, OpenError::Damaged { position: 19, .. }), "{log}");
}

#[tokio::test]
async fn a_head_that_was_changed_does_not_open() {
    for sql in [
        "UPDATE head SET size = 19",
        "UPDATE head SET frontier = zeroblob(64)",
        "UPDATE head SET frontier = x''",
        "UPDATE head SET checkpoint = replace(checkpoint, '20', '21')",
        "UPDATE head SET log = 'log_00000000000000000000000000000000'",
    ] {
        let folder = closed().await;
        change(folder.path(), sql);
        assert!(matches!(refused(folder.path()), OpenError::Damaged { .. } | OpenError::Checkpoint(_)), "{sql}");
    }
}

#[tokio::test]
async fn a_log_of_another_station_key_does_not_open() {
    let folder = closed().await;
    std::fs::write(folder.path().join("keys/station.key"), [1; 32]).unwrap();
    assert!(matches!(refused(folder.path()), OpenError::Checkpoint(_)));
}

#[tokio::test]
async fn a_dropped_sealed_part_is_no_damage() {
    let folder = closed().await;
    change(folder.path(), "UPDATE events SET sealed = NULL WHERE position = 7");
    let log = open(folder.path(), clock()).unwrap();
    let events = log.read_from(0, 100).await.unwrap();
    assert!(events[7].sealed.as_ref().unwrap().bytes.is_none(), "erased, and the trail still verifies");
}

#[tokio::test]
async fn the_newest_checkpoint_lies_beside_the_log_and_one_a_minute_is_kept() {
    let Fresh { log, clock, public_key, folder } = Sqlite::fresh();
    for version in 0..6 {
        log.append(append("a", version, vec![event(1)])).await.unwrap();
        clock.advance(20);
    }
    let newest = log.checkpoint().await.unwrap();
    drop(log);
    let beside = std::fs::read_to_string(folder.path().join("log/checkpoint")).unwrap();
    assert_eq!(beside, newest);
    assert_eq!(TreeHead::verify(&beside, &public_key).unwrap().size, 6);
    let db = Connection::open(folder.path().join("log/log.db")).unwrap();
    let mut notes = db.prepare("SELECT note FROM checkpoints ORDER BY size").unwrap();
    let notes: Vec<String> = notes.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(notes.len(), 2);
    assert!(notes.iter().all(|note| TreeHead::verify(note, &public_key).is_ok()));
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let Fresh { log, folder, .. } = Sqlite::fresh();
    log.append(append("a", 0, vec![event(1)])).await.unwrap();
    log.read_from(0, 1).await.unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("log")).unwrap() {
        let entry = entry.unwrap();
        // The checkpoint's thread may be renaming just now.
        let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    assert!(["log.db", "log.db-wal", "log.db-shm", "station.lock"].iter().all(|name| names.iter().any(|n| n == name)));
}
