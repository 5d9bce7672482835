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
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// The most events in one commit.
const BATCH: usize = 512;
/// While events keep coming, folds begin at least this far apart: a few larger commits cost far less than many small
/// ones, and nobody at a desk sees the difference. What comes after a pause is folded at once.
const BETWEEN_FOLDS: Duration = Duration::from_millis(20);
/// The same for the text index, which costs more and is less pressing.
const BETWEEN_INDEXINGS: Duration = Duration::from_millis(500);
/// The index may fall this many events behind before its turn comes early.
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
        let (mut folds, mut turns) = (paced(BETWEEN_FOLDS), paced(BETWEEN_INDEXINGS));
        // Once it is the index's turn, it goes on until it has caught up, by turns with the fold.
        let mut indexing = false;
        loop {
            let events = tokio::select! {
                biased;
                _ = self.stop.changed() => return Ok(()),
                events = self.log.read_from(self.cursor.next, BATCH) => events?,
            };
            let full = events.len() == BATCH;
            if !events.is_empty() {
                self = self.step(move |this| this.fold(&events)).await?;
            }
            let behind = self.cursor.next - self.cursor.indexed;
            indexing = behind > INDEX_LAG || (indexing && behind > 0);
            if indexing {
                self = self.step(Self::index).await?;
                continue;
            }
            if full {
                continue;
            }
            let grown = async {
                self.log.grown_beyond(self.cursor.next).await;
                folds.tick().await;
            };
            tokio::select! {
                biased;
                _ = self.stop.changed() => return Ok(()),
                _ = turns.tick(), if behind > 0 => indexing = true,
                () = grown => {}
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

/// Ticks at once after a pause, and else no sooner than `apart` after the last tick.
fn paced(apart: Duration) -> Interval {
    let mut ticks = interval(apart);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
