//! A log that fails when a test says so: it refuses, it stores and does not tell, or the process ends around an append.

use async_trait::async_trait;
use countersign_domain::ids::LogId;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::{Append, AppendError, AppendLog, Decide, Log, ReadError, ReadLog};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use std::sync::Arc;

/// What becomes of one append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is stored, and its caller is told.
    Told,
    /// It is not stored, and its caller is told so.
    Refused,
    /// It is stored, and its caller is told that it was not: a commit that failed after its bytes were down.
    Untold,
    /// The process ends before it is stored.
    DiesBefore,
    /// The process ends when it is stored and nobody was told.
    DiesAfter,
}

/// Decides what goes wrong, and when.
#[async_trait]
pub trait LogFaults: Send + Sync {
    /// What becomes of the next append. Whatever this waits for, other tasks come in before the append.
    async fn fate(&self) -> Fate;
    /// Waited for between storing and telling.
    async fn tells(&self);
    /// Whether a read fails, and why.
    fn reads(&self) -> Result<(), ReadError>;
    /// The process has ended: whoever drives it drops everything that it held.
    fn died(&self);
}

/// A log, and what goes wrong with it.
pub struct FaultyLog {
    inner: Arc<dyn Log>,
    faults: Arc<dyn LogFaults>,
}

impl FaultyLog {
    /// Over a log that itself keeps every promise.
    pub fn new(inner: Arc<dyn Log>, faults: Arc<dyn LogFaults>) -> Self {
        Self { inner, faults }
    }

    async fn through(
        &self,
        append: impl Future<Output = Result<Receipt, AppendError>> + Send,
    ) -> Result<Receipt, AppendError> {
        let failed = || Err(AppendError::Unavailable("the disk failed".to_owned()));
        match self.faults.fate().await {
            Fate::Refused => failed(),
            Fate::DiesBefore => self.ends().await,
            fate => {
                let stored = append.await;
                match fate {
                    Fate::DiesAfter => self.ends().await,
                    Fate::Untold => failed(),
                    _ => {
                        self.faults.tells().await;
                        stored
                    }
                }
            }
        }
    }

    async fn ends(&self) -> Result<Receipt, AppendError> {
        self.faults.died();
        std::future::pending().await
    }
}

#[async_trait]
impl AppendLog for FaultyLog {
    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.through(self.inner.append(append)).await
    }

    async fn append_deciding(&self, decide: Decide) -> Result<Receipt, AppendError> {
        self.through(self.inner.append_deciding(decide)).await
    }
}

#[async_trait]
impl ReadLog for FaultyLog {
    fn id(&self) -> LogId {
        self.inner.id()
    }

    fn size(&self) -> u64 {
        self.inner.size()
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Version,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        self.faults.reads()?;
        self.inner.read_stream(stream, from, limit).await
    }

    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.faults.reads()?;
        self.inner.read_from(position, limit).await
    }

    async fn grown_beyond(&self, size: u64) -> u64 {
        self.inner.grown_beyond(size).await
    }
}
