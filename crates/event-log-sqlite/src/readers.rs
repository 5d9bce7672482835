//! A few connections for readers, used on threads that may block.

use crate::layout;
use crate::rows::unreadable;
use countersign_event_log::log::ReadError;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reads at one time; further ones wait.
const MOST: usize = 4;

pub(crate) struct Readers {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, turns: Arc::new(Semaphore::new(MOST)), idle: Mutex::default() }
    }

    /// Runs a read on a connection of its own.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let closed = |why: &str| ReadError::Unavailable(why.to_owned());
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| closed("it was closed"))?;
        let readers = Arc::clone(self);
        let reading = tokio::task::spawn_blocking(move || {
            let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let db = idle.map_or_else(|| layout::open_reader(&readers.path), Ok).map_err(unreadable)?;
            let result = read(&db);
            // One that failed is closed rather than kept.
            if result.is_ok() {
                readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            }
            drop(turn);
            result
        });
        reading.await.map_err(|_| closed("the reading thread ended early"))?
    }
}
