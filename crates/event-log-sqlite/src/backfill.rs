//! Moves what the write-ahead log holds into the database file (SQLite calls it a checkpoint) on a thread of its own:
//! the writer, whose commits callers wait for, is spared the copying.

use crate::layout;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The writer asks for it each time that its events took so many bytes. Should this thread fall behind all the same, the
/// writer moves the rest itself: see the limit in [`layout`].
pub(crate) const AFTER_BYTES: usize = 8 * 1024 * 1024;

/// The thread. Dropping it ends it after what it is about.
pub(crate) struct Backfill {
    asked: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Backfill {
    /// Over the log's file, which is there.
    pub(crate) fn begin(path: PathBuf) -> std::io::Result<Self> {
        let (asked, asks) = sync_channel(1);
        let thread = std::thread::Builder::new().name("log-backfill".to_owned()).spawn(move || run(path, &asks))?;
        Ok(Self { asked: Some(asked), thread: Some(thread) })
    }

    /// Asks for a pass; one that waits already is enough.
    pub(crate) fn ask(&self) {
        if let Some(asked) = &self.asked {
            let _waits_already = asked.try_send(());
        }
    }
}

impl Drop for Backfill {
    fn drop(&mut self) {
        self.asked = None;
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn run(path: PathBuf, asks: &Receiver<()>) {
    let mut db: Option<Connection> = None;
    while asks.recv().is_ok() {
        if let Err(error) = pass(&mut db, &path) {
            // Nothing is lost: what was not moved stays in the write-ahead log, and the writer moves it in the end.
            tracing::warn!(%error, "the log's database file was not brought up to date");
            db = None;
        }
    }
}

/// One pass. It waits for nobody and makes nobody wait: what a reader still needs is left for the next one.
fn pass(db: &mut Option<Connection>, path: &std::path::Path) -> rusqlite::Result<()> {
    let db = match db {
        Some(db) => db,
        None => db.insert(layout::open_mover(path)?),
    };
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
