//! The logs under test, fresh for every test.

use countersign_domain::ids::LogId;
use countersign_domain::time::Timestamp;
use countersign_event_log::check::CheckLog;
use countersign_event_log::checkpoint::{Signer, SignerFn};
use countersign_event_log::erase::DropSealed;
use countersign_event_log::log::Log;
use countersign_event_log::memory::MemoryLog;
use countersign_event_log_sqlite::{OpenError, SqliteLog};
use countersign_sealing::Sealing;
use countersign_testkit::{ManualClock, SeededEntropy};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// A log with its clock and the key of its checkpoints. Fields drop in this order: the log before its folder.
pub(crate) struct Fresh<L> {
    pub(crate) log: Arc<L>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) public_key: [u8; 32],
    pub(crate) folder: TempDir,
}

/// A way to get a log.
pub(crate) trait Kind: 'static {
    type Log: Log + CheckLog + DropSealed + 'static;
    fn fresh() -> Fresh<Self::Log>;
}

pub(crate) struct Memory;
pub(crate) struct Sqlite;

impl Kind for Memory {
    type Log = MemoryLog;
    fn fresh() -> Fresh<MemoryLog> {
        let folder = tempfile::tempdir().unwrap();
        let clock = clock();
        let signer = signer(folder.path());
        let public_key = signer.public_key();
        let log = Arc::new(MemoryLog::new(LogId::random(&SeededEntropy::new(7)), clock.clone(), signer));
        Fresh { log, clock, public_key, folder }
    }
}

impl Kind for Sqlite {
    type Log = SqliteLog;
    fn fresh() -> Fresh<SqliteLog> {
        let folder = tempfile::tempdir().unwrap();
        let clock = clock();
        let public_key = signer(folder.path()).public_key();
        let log = Arc::new(open(folder.path(), clock.clone()).unwrap());
        Fresh { log, clock, public_key, folder }
    }
}

/// Opens the SQLite log of a folder with the folder's own station key.
pub(crate) fn open(folder: &Path, clock: Arc<ManualClock>) -> Result<SqliteLog, OpenError> {
    SqliteLog::open(&folder.join("log"), clock, signer(folder), &SeededEntropy::new(7))
}

/// The station's key as the station will use it: from the sealing crate's key file.
pub(crate) fn signer(folder: &Path) -> Arc<dyn Signer> {
    let key = Sealing::open(&folder.join("keys"), Arc::new(SeededEntropy::new(3))).unwrap().station_key();
    Arc::new(SignerFn { public_key: key.public_key(), sign: move |message: &[u8]| key.sign(message) })
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_micros(1_800_000_000_000_000).unwrap()))
}
