//! The follower: one task that takes the log's events into the file, batch by batch, and the text index behind them.

use crate::error::ViewsError;
use crate::fold;
use crate::layout::Cursor;
use crate::opening::OpenParts;
use crate::text_index;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::ReadLog;
use rusqlite::Connection;
use std::sync::Arc;
use tokio::sync::watch;

/// The most events in one commit.
const BATCH: usize = 512;
/// The index may fall this many events behind a busy fold before it takes turns with it.
const INDEX_LAG: u64 = 16 * 1024;

/// What the follower needs.
pub(crate) struct Follower {
    pub(crate) log: Arc<dyn ReadLog>,
    pub(crate) parts: Arc<dyn OpenParts>,
    pub(crate) connection: Connection,
    pub(crate) cursor: Cursor,
    /// Where the fold and the index stand.
    pub(crate) folded: watch::Sender<u64>,
    pub(crate) indexed: watch::Sender<u64>,
    /// Ends the follower between two commits, as does dropping its sender.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Follower {
    /// Follows until told to stop, or until something cannot be folded.
    pub(crate) async fn run(mut self) -> Result<(), ViewsError> {
        loop {
            let next = self.cursor.next;
            let events = tokio::select! {
                biased;
                _ = self.stop.changed() => return Ok(()),
                events = self.log.read_from(next, BATCH) => events?,
            };
            let behind = self.cursor.next - self.cursor.indexed;
            if !events.is_empty() {
                self = self.step(move |this| this.fold(&events)).await?;
                if behind > INDEX_LAG {
                    self = self.step(Self::index).await?;
                }
            } else if behind > 0 {
                self = self.step(Self::index).await?;
            } else {
                tokio::select! {
                    biased;
                    _ = self.stop.changed() => return Ok(()),
                    _ = self.log.grown_beyond(next) => {}
                }
            }
        }
    }

    /// One commit, on a thread that may block.
    async fn step(
        mut self,
        commit: impl FnOnce(&mut Self) -> Result<(), ViewsError> + Send + 'static,
    ) -> Result<Self, ViewsError> {
        let stepped = tokio::task::spawn_blocking(move || commit(&mut self).map(|()| self));
        stepped.await.unwrap_or(Err(ViewsError::Closed))
    }

    fn fold(&mut self, events: &[StoredEvent]) -> Result<(), ViewsError> {
        self.cursor.next = fold::fold(&mut self.connection, self.cursor.next, events, self.parts.as_ref())?;
        self.folded.send_replace(self.cursor.next);
        Ok(())
    }

    fn index(&mut self) -> Result<(), ViewsError> {
        self.cursor.indexed = text_index::index_some(&mut self.connection, self.cursor)?;
        self.indexed.send_replace(self.cursor.indexed);
        Ok(())
    }
}
