//! A restored log on disk: whatever is changed in what it keeps of the log before it is found.

use crate::forger::{at, log};
use crate::tamper::{change, found, looked_at, on_disk, station};
use countersign_domain::ambient::Entropy;
use countersign_domain::station::Restored;
use countersign_event_log::checkpoint::Signer;
use countersign_event_log_sqlite::{SqliteLog, begin_again};
use countersign_testkit::ManualClock;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// Records of the log before the restore; the last append is whole.
const BEFORE: u64 = 18;

/// Draws the id of the log that goes on.
struct Again;
impl Entropy for Again {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0x22);
    }
}

fn open(folder: &Path) -> Result<SqliteLog, countersign_event_log_sqlite::OpenError> {
    SqliteLog::open(folder, Arc::new(ManualClock::new(at(900))), Arc::new(station()), &Again)
}

async fn restored() -> TempDir {
    let folder = on_disk(usize::try_from(BEFORE).unwrap()).await;
    let key = Signer::public_key(&station());
    let before = begin_again(folder.path(), &key, &station(), &Again).unwrap().head;
    assert_eq!((before.log.clone(), before.size), (log(), BEFORE));
    let restored = Restored {
        log: before.log,
        size: before.size,
        root: hex::encode(before.root),
        last_known: None,
        key_before: hex::encode(key),
        key: hex::encode(key),
        erased: 0,
        at: at(900),
    };
    let log = open(folder.path()).unwrap();
    countersign_gate::record_restore(&log, restored, &[]).await.unwrap();
    drop(log);
    folder
}

#[tokio::test]
async fn a_restored_log_on_disk_holds_and_its_old_checkpoints_with_it() {
    let folder = restored().await;
    let report = looked_at(folder.path()).unwrap();
    assert!(report.is_good(), "{:?}", report.finding);
    assert_eq!((report.records, report.before.len(), report.before[0].until), (BEFORE + 2, 1, BEFORE));
    assert!(report.proved.kept >= 1);
    assert!(open(folder.path()).is_ok());
}

#[tokio::test]
async fn whatever_is_changed_in_what_it_keeps_of_the_log_before_names_its_position() {
    let other = format!("log_{}", "3".repeat(32));
    let cases = [
        (format!("UPDATE earlier_logs SET log = '{other}'"), 0, "another log", true),
        ("UPDATE earlier_logs SET until = until + 1".to_owned(), BEFORE, "another log", true),
        ("UPDATE earlier_logs SET until = until - 1".to_owned(), BEFORE - 1, "the restore does not say so", true),
        ("UPDATE earlier_logs SET root = zeroblob(32)".to_owned(), BEFORE, "another root", true),
        (format!("INSERT INTO earlier_logs VALUES (5, '{other}', zeroblob(32))"), 0, "fewer records", true),
        ("DELETE FROM earlier_logs".to_owned(), 0, "another log", false),
        ("PRAGMA user_version = 1".to_owned(), 0, "another log", false),
    ];
    for (sql, position, why, at_opening) in cases {
        let folder = restored().await;
        change(folder.path(), &sql);
        let (found_at, until, what) = found(folder.path());
        assert_eq!((found_at, until), (position, None), "{sql}: {what}");
        assert!(what.contains(why), "{sql}: {what}");
        assert!(!at_opening || open(folder.path()).is_err(), "{sql}: a station opened it");
    }
    let folder = restored().await;
    change(folder.path(), "DROP TABLE earlier_logs");
    assert!(looked_at(folder.path()).is_err());
}

/// A log that nobody restored and that says it was is no log at all.
#[tokio::test]
async fn a_log_without_a_restore_does_not_pass_for_a_restored_one() {
    let folder = on_disk(8).await;
    change(folder.path(), "PRAGMA user_version = 2");
    assert!(looked_at(folder.path()).is_err() && open(folder.path()).is_err());
}
