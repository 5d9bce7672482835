//! A small log on disk, and somebody with a hand on its file: what they change is found, with its position.

use crate::forger::{Forger, at};
use countersign_event_log::checkpoint::Signer;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::{Append, AppendLog, Cause, NewEvent, Write};
use countersign_event_log::verify::{Against, KeptNote, NoteOrigin, Report, Unreadable, verify};
use countersign_event_log_sqlite::{LogFile, SqliteLog};
use countersign_testkit::ManualClock;
use ed25519_dalek::SigningKey;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) fn station() -> SigningKey {
    SigningKey::from_bytes(&[99; 32])
}

/// The true log on disk, appended record by record with the station's own writer; its id replaced in what was signed.
pub(crate) async fn on_disk(records: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(at(0)));
    let log = SqliteLog::open(folder.path(), clock.clone(), Arc::new(station()), &Fixed).unwrap();
    for event in Forger::honest().write().into_iter().take(records) {
        clock.set(event.envelope.recorded_at);
        log.append(append(event)).await.unwrap();
    }
    drop(log);
    folder
}

/// Draws the id of the forger's log.
struct Fixed;
impl countersign_domain::ambient::Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0x11);
    }
}

fn append(event: StoredEvent) -> Append {
    let StoredEvent { envelope, sealed } = event;
    let envelope = Arc::unwrap_or_clone(envelope);
    let new = NewEvent {
        kind: envelope.kind,
        schema: envelope.schema,
        open: envelope.open,
        sealed,
        actor: envelope.actor,
        cause: envelope.cause.map(Cause::Position),
        team: envelope.team,
    };
    let write = Write { stream: envelope.stream, expected: envelope.version, events: vec![new] };
    Append { guards: Vec::new(), writes: vec![write] }
}

fn against(notes: Vec<KeptNote>) -> Against {
    Against { key: Some(Signer::public_key(&station())), notes, ..Against::default() }
}

fn second_file(folder: &Path) -> Vec<KeptNote> {
    let note = std::fs::read_to_string(folder.join("checkpoint")).unwrap();
    vec![KeptNote { origin: NoteOrigin::SecondFile, size: None, note }]
}

pub(crate) fn looked_at(folder: &Path) -> Result<Report, Unreadable> {
    verify(&LogFile::open(folder)?, &against(second_file(folder)))
}

pub(crate) fn found(folder: &Path) -> (u64, Option<u64>, String) {
    let finding = looked_at(folder).unwrap().finding.expect("it was found");
    (finding.position, finding.until, finding.what)
}

pub(crate) fn change(folder: &Path, sql: &str) {
    Connection::open(folder.join("log.db")).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_true_log_on_disk_holds() {
    let folder = on_disk(usize::MAX).await;
    let report = looked_at(folder.path()).unwrap();
    assert!(report.is_good(), "{:?}", report.finding);
    assert_eq!((report.proved.newest, report.proved.second_file), (1, 1));
    assert!(report.proved.kept >= 1);
}

/// Invariant 6: every byte of every envelope, sealed part and hash, flipped one by one.
#[tokio::test]
async fn every_flipped_byte_of_a_record_names_its_position() {
    let folder = on_disk(12).await;
    let db = Connection::open(folder.path().join("log.db")).unwrap();
    for column in ["envelope", "leaf", "sealed"] {
        let sql = format!("SELECT position, {column} FROM events WHERE {column} IS NOT NULL");
        let mut select = db.prepare(&sql).unwrap();
        let rows = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
        let kept: Vec<(i64, Vec<u8>)> = rows.map(Result::unwrap).collect();
        assert!(kept.len() >= 4, "{column}");
        for (position, bytes) in kept {
            for place in 0..bytes.len() {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << (place % 8);
                let update = format!("UPDATE events SET {column} = ?1 WHERE position = ?2");
                db.execute(&update, (&flipped, position)).unwrap();
                let (at, until, what) = found(folder.path());
                assert_eq!((at, until), (position as u64, None), "byte {place} of {column}: {what}");
                db.execute(&update, (&bytes, position)).unwrap();
            }
        }
    }
    assert!(looked_at(folder.path()).unwrap().is_good(), "everything was put back");
}

/// Invariant 6: every byte of every checkpoint, in the log and beside it, and of the tree's right edge.
#[tokio::test]
async fn every_flipped_byte_of_a_checkpoint_is_found() {
    let folder = on_disk(12).await;
    let db = Connection::open(folder.path().join("log.db")).unwrap();
    for (table, column) in [("head", "checkpoint"), ("checkpoints", "note")] {
        let note: String = db.query_row(&format!("SELECT {column} FROM {table}"), [], |row| row.get(0)).unwrap();
        for place in 0..note.len() - 1 {
            let mut flipped = note.clone().into_bytes();
            flipped[place] ^= 1;
            let Ok(flipped) = String::from_utf8(flipped) else { continue };
            db.execute(&format!("UPDATE {table} SET {column} = ?1"), [&flipped]).unwrap();
            let (at, _, what) = found(folder.path());
            assert!(at < 12 && what.contains("checkpoint"), "byte {place}: {what}");
        }
        db.execute(&format!("UPDATE {table} SET {column} = ?1"), [&note]).unwrap();
    }
    let edge: Vec<u8> = db.query_row("SELECT frontier FROM head", [], |row| row.get(0)).unwrap();
    for place in 0..edge.len() {
        let mut flipped = edge.clone();
        flipped[place] ^= 1;
        db.execute("UPDATE head SET frontier = ?1", [&flipped]).unwrap();
        assert!(found(folder.path()).2.contains("right edge"));
    }
    db.execute("UPDATE head SET frontier = ?1", [&edge]).unwrap();
    let path = folder.path().join("checkpoint");
    let note = std::fs::read(&path).unwrap();
    for place in 0..note.len() - 1 {
        let mut flipped = note.clone();
        flipped[place] ^= 1;
        if String::from_utf8(flipped.clone()).is_err() {
            continue;
        }
        std::fs::write(&path, flipped).unwrap();
        assert!(found(folder.path()).2.contains("second file"), "byte {place}");
    }
    std::fs::write(&path, note).unwrap();
    assert!(looked_at(folder.path()).unwrap().is_good());
}

#[tokio::test]
async fn records_removed_swapped_refiled_and_added_are_found() {
    for (sql, position) in [
        ("DELETE FROM events WHERE position = 4", 4),
        ("DELETE FROM events WHERE position = 0", 0),
        ("DELETE FROM events WHERE position = (SELECT max(position) FROM events)", u64::MAX),
        (
            "UPDATE events SET position = 999 WHERE position = 5; UPDATE events SET position = 5 WHERE position = 6;
          UPDATE events SET position = 6 WHERE position = 999",
            5,
        ),
        ("UPDATE events SET version = 7 WHERE position = 3", 3),
        ("UPDATE events SET stream = stream + 1, version = 77 WHERE position = 3", 3),
        ("UPDATE streams SET name = name || 'x' WHERE id = 1", 0),
        ("DELETE FROM streams WHERE id = 1", 0),
        (
            "INSERT INTO events SELECT position + 100, stream, version + 100, leaf, envelope, sealed FROM events
          WHERE position = 3",
            u64::MAX,
        ),
        ("UPDATE events SET sealed = NULL WHERE position = 3", 3),
        ("UPDATE events SET sealed = x'00' WHERE position = 0", 0),
        ("UPDATE head SET recorded_at = recorded_at + 1", u64::MAX),
        ("INSERT INTO tiles (level, place, hashes) VALUES (0, 0, zeroblob(8192))", u64::MAX),
    ] {
        let folder = on_disk(12).await;
        change(folder.path(), sql);
        let (at, until, what) = found(folder.path());
        let expected = if position == u64::MAX { at >= 11 } else { (at, until) == (position, None) };
        assert!(expected, "{sql}: position {at}: {what}");
    }
}

/// The last records are cut off, and everything in the log is made to fit: only what somebody else holds shows it.
#[tokio::test]
async fn a_rollback_shows_in_the_second_file_and_in_a_checkpoint_from_outside() {
    let (whole, cut) = (on_disk(12).await, on_disk(9).await);
    let witness = second_file(whole.path());
    assert!(
        verify(&LogFile::open(cut.path()).unwrap(), &against(Vec::new())).unwrap().is_good(),
        "it is signed and whole"
    );
    let outside = vec![KeptNote { origin: NoteOrigin::Outside, ..witness[0].clone() }];
    for notes in [witness.clone(), outside] {
        let finding = verify(&LogFile::open(cut.path()).unwrap(), &against(notes)).unwrap().finding.unwrap();
        assert_eq!(finding.position, 9);
        assert!(finding.what.contains("rolled back or cut"), "{finding}");
    }
}

/// Everything is written anew and signed by the station's own key: a checkpoint that somebody else holds shows it.
#[tokio::test]
async fn a_log_that_was_signed_anew_shows_against_a_checkpoint_from_outside() {
    let witness = second_file(on_disk(12).await.path());
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(at(0)));
    let log = SqliteLog::open(folder.path(), clock.clone(), Arc::new(station()), &Fixed).unwrap();
    let mut forged = Forger::honest();
    forged.say("opened", "/resume", serde_json::json!("9".repeat(64)));
    for event in forged.write().into_iter().take(14) {
        clock.set(event.envelope.recorded_at);
        log.append(append(event)).await.unwrap();
    }
    drop(log);
    assert!(looked_at(folder.path()).unwrap().is_good(), "by itself it holds");
    let outside = vec![KeptNote { origin: NoteOrigin::Outside, ..witness[0].clone() }];
    let finding = verify(&LogFile::open(folder.path()).unwrap(), &against(outside)).unwrap().finding.unwrap();
    let place = forged.position("opened");
    assert!(finding.position <= place && finding.until.is_some_and(|until| place <= until), "{finding}");
    assert!(finding.what.contains("the checkpoint from outside"), "{finding}");
}

/// Invariant 6: any other byte of the file. Every byte that holds something is flipped, and one in seven of the zeros that
/// fill the pages up; either the program says so, or every record is as it was.
#[tokio::test]
async fn any_other_damaged_byte_is_a_clear_error_or_changes_no_record() {
    let folder = on_disk(6).await;
    let whole = std::fs::read(folder.path().join("log.db")).unwrap();
    let good = looked_at(folder.path()).unwrap();
    let places: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0 || at % 7 == 0).collect();
    let half = |nth: usize| {
        let copy: PathBuf = folder.path().join(format!("copy{nth}"));
        std::fs::create_dir(&copy).unwrap();
        std::fs::copy(folder.path().join("checkpoint"), copy.join("checkpoint")).unwrap();
        let (mut unreadable, mut wrong, mut unchanged) = (0, 0, 0);
        for at in places.iter().skip(nth).step_by(2) {
            let mut damaged = whole.clone();
            damaged[*at] ^= 1 << (at % 8);
            std::fs::write(copy.join("log.db"), &damaged).unwrap();
            match looked_at(&copy) {
                Err(_) => unreadable += 1,
                Ok(report) if report.is_good() => {
                    assert_eq!((report.records, report.root), (good.records, good.root), "byte {at}");
                    unchanged += 1;
                }
                Ok(_) => wrong += 1,
            }
        }
        assert!(unreadable > 0 && wrong > 0 && unchanged > 0, "{unreadable} {wrong} {unchanged}");
    };
    std::thread::scope(|both| {
        both.spawn(|| half(0));
        half(1);
    });
}

#[tokio::test]
async fn what_is_no_log_or_a_newer_one_is_said_to_be_unreadable() {
    let folder = on_disk(3).await;
    change(folder.path(), "PRAGMA user_version = 3");
    let why = |folder: &Path| LogFile::open(folder).err().expect("it was opened").to_string();
    assert!(why(folder.path()).contains("newer Countersign"));
    std::fs::write(folder.path().join("log.db"), "a letter to my aunt").unwrap();
    assert!(why(folder.path()).contains("could not be read"));
    let nothing = tempfile::tempdir().unwrap();
    assert!(why(nothing.path()).contains("log.db"));
}
