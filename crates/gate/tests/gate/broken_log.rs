//! A log whose disk fails for some kinds of events, until it is mended.

use async_trait::async_trait;
use countersign_domain::ids::LogId;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::{Append, AppendError, AppendLog, Decide, Log, ReadError, ReadLog};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Which events cannot be stored now, and how often somebody tried.
#[derive(Default)]
pub(crate) struct Disk {
    full_for: Mutex<Option<&'static str>>,
    unreadable: Mutex<Option<StreamName>>,
    untold: AtomicBool,
    held_back: AtomicBool,
    refused: Notify,
    arrived: Notify,
    goes_on: Notify,
}

impl Disk {
    /// From here on no event of this kind can be stored.
    pub(crate) fn fails_for(&self, kind: &'static str) {
        *self.full_for.lock().unwrap() = Some(kind);
    }

    /// From here on this stream cannot be read.
    pub(crate) fn cannot_read(&self, stream: StreamName) {
        *self.unreadable.lock().unwrap() = Some(stream);
    }

    /// The next append is stored, and whoever made it is told that it was not.
    pub(crate) fn tells_nothing_of_the_next(&self) {
        self.untold.store(true, Ordering::Relaxed);
    }

    /// The next append waits until `goes_on` says so; others come in between.
    pub(crate) fn holds_back_the_next(&self) {
        self.held_back.store(true, Ordering::Relaxed);
    }

    /// Resolves when an append is held back.
    pub(crate) async fn holds_back(&self) {
        self.arrived.notified().await;
    }

    /// What is held back goes on.
    pub(crate) fn goes_on(&self) {
        self.goes_on.notify_one();
    }

    /// What comes of it, where something else is stored between its look and its append.
    pub(crate) async fn lets_come_between<T>(
        &self,
        other: impl Future<Output = ()>,
        doing: impl Future<Output = T>,
    ) -> T {
        self.holds_back_the_next();
        let between = async {
            self.holds_back().await;
            other.await;
            self.goes_on();
        };
        tokio::join!(doing, between).0
    }

    async fn before(&self) {
        if self.held_back.swap(false, Ordering::Relaxed) {
            self.arrived.notify_one();
            self.goes_on.notified().await;
        }
    }

    fn after(&self, stored: Result<Receipt, AppendError>) -> Result<Receipt, AppendError> {
        match self.untold.swap(false, Ordering::Relaxed) {
            true => Err(AppendError::Unavailable("the disk failed behind the commit".into())),
            false => stored,
        }
    }

    /// Everything can be stored again.
    pub(crate) fn mend(&self) {
        *self.full_for.lock().unwrap() = None;
    }

    fn takes(&self, append: &Append) -> Result<(), AppendError> {
        let full_for = *self.full_for.lock().unwrap();
        let mut kinds = append.writes.iter().flat_map(|w| &w.events).map(|e| e.kind.as_str());
        if full_for.is_some_and(|full| kinds.any(|kind| kind == full)) {
            self.refused.notify_one();
            return Err(AppendError::Unavailable("no space left".into()));
        }
        Ok(())
    }

    /// Resolves when an event was refused since the last time.
    pub(crate) async fn refused(&self) {
        self.refused.notified().await;
    }
}

pub(crate) struct BrokenLog {
    pub(crate) inner: Arc<dyn Log>,
    pub(crate) disk: Arc<Disk>,
}

#[async_trait]
impl AppendLog for BrokenLog {
    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.disk.takes(&append)?;
        self.disk.before().await;
        self.disk.after(self.inner.append(append).await)
    }

    async fn append_deciding(&self, decide: Decide) -> Result<Receipt, AppendError> {
        let disk = self.disk.clone();
        let decide: Decide = Box::new(move |states| {
            let append = decide(states)?;
            disk.takes(&append)?;
            Ok(append)
        });
        self.disk.before().await;
        self.disk.after(self.inner.append_deciding(decide).await)
    }
}

#[async_trait]
impl ReadLog for BrokenLog {
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
        if self.disk.unreadable.lock().unwrap().as_ref() == Some(stream) {
            return Err(ReadError::Damaged { position: from, why: "a bit rotted".into() });
        }
        self.inner.read_stream(stream, from, limit).await
    }
    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.inner.read_from(position, limit).await
    }
    async fn grown_beyond(&self, size: u64) -> u64 {
        self.inner.grown_beyond(size).await
    }
}
