//! A small pool of connections that answer beside the fold, each answer from one snapshot.

use crate::codes::unsigned;
use crate::error::ViewsError;
use crate::layout;
use crate::rows::AsOf;
use rusqlite::{Connection, Transaction};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many answers are worked out at once; more wait their turn.
const READERS: usize = 4;

/// The pool.
pub(crate) struct Readers {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), turns: Arc::new(Semaphore::new(READERS)), idle: Mutex::default() }
    }

    /// Answers from one snapshot of rows and cursor, on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        answer: impl FnOnce(&Transaction<'_>) -> Result<T, ViewsError> + Send + 'static,
    ) -> Result<AsOf<T>, ViewsError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| ViewsError::Closed)?;
        let readers = Arc::clone(self);
        let answered = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut connection = readers.take()?;
            let answered = snapshot(&mut connection, answer)?;
            readers.put_back(connection);
            Ok(answered)
        });
        answered.await.unwrap_or(Err(ViewsError::Closed))
    }

    /// Waits for those who began, and closes what they read through; nobody begins until what it returns is dropped.
    pub(crate) async fn pause(&self) -> Result<OwnedSemaphorePermit, ViewsError> {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let paused = Arc::clone(&self.turns).acquire_many_owned(all).await.map_err(|_| ViewsError::Closed)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(paused)
    }

    /// Lets nobody begin any more, and waits for those who began.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.turns.acquire_many(u32::try_from(READERS).unwrap_or(u32::MAX)).await {
            self.turns.close();
            drop(all);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take(&self) -> Result<Connection, ViewsError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| layout::reader(&self.path), Ok)
    }

    fn put_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

fn snapshot<T>(
    connection: &mut Connection,
    answer: impl FnOnce(&Transaction<'_>) -> Result<T, ViewsError>,
) -> Result<AsOf<T>, ViewsError> {
    let transaction = connection.transaction()?;
    let next: i64 = transaction.prepare_cached("SELECT next FROM cursor")?.query_row([], |row| row.get(0))?;
    let value = answer(&transaction)?;
    Ok(AsOf { as_of: unsigned(next), value })
}
