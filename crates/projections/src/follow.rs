//! The follower: one thread that takes the log's events into the file, batch by batch, and the text index behind them.

use crate::error::ViewsError;
use crate::fold;
use crate::forget;
use crate::layout::Cursor;
use crate::opening::OpenParts;
use crate::readers::Readers;
use crate::text_index;
use countersign_domain::ids::ConversationId;
use countersign_event_log::log::ReadLog;
use countersign_event_log::receipt::Run;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// The most events in one commit.
const BATCH: usize = 2048;
/// While events keep coming, folds begin at least this far apart: a few larger commits cost far less than many small
/// ones, and nobody at a desk sees the difference. What comes after a pause is folded at once.
const BETWEEN_FOLDS: Duration = Duration::from_millis(20);
/// The text index costs more and is less pressing: behind what it has just taken in, it waits until nothing has come for
/// this long.
const PAUSE: Duration = Duration::from_millis(50);
/// While events keep coming, the index's turns begin this far apart.
const BETWEEN_INDEXINGS: Duration = Duration::from_secs(1);
/// The index may fall this many events behind before its turn comes early.
const INDEX_LAG: u64 = 64 * 1024;

/// Added to the thread's nice value: about a tenth of an ordinary thread's weight.
#[cfg(target_os = "linux")]
const GIVES_WAY: i32 = 10;

/// Conversations whose words are to leave every file, and who waits for it.
pub(crate) struct Forget {
    pub(crate) conversations: Vec<ConversationId>,
    pub(crate) done: oneshot::Sender<Result<(), ViewsError>>,
}

/// What the follower needs.
pub(crate) struct Follower {
    pub(crate) path: PathBuf,
    pub(crate) readers: Arc<Readers>,
    pub(crate) forgets: mpsc::Receiver<Forget>,
    pub(crate) log: Arc<dyn ReadLog>,
    pub(crate) parts: Arc<dyn OpenParts>,
    pub(crate) connection: Connection,
    pub(crate) cursor: Cursor,
    /// Where the fold and the index stand.
    pub(crate) folded: watch::Sender<u64>,
    pub(crate) indexed: watch::Sender<u64>,
    /// Where the fold last took in something else than somebody's reading.
    pub(crate) moved: watch::Sender<u64>,
    /// Ends the follower between two commits, as does dropping its sender.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Follower {
    /// Follows until told to stop, or until something cannot be folded. Blocks its thread while it commits.
    pub(crate) async fn run(mut self) -> Result<(), ViewsError> {
        let (mut folds, mut turns, mut pause) = (paced(BETWEEN_FOLDS), paced(BETWEEN_INDEXINGS), paced(PAUSE));
        // Where the index's turn ends, once it has one: it goes on by turns with the fold, and does not run after it.
        let mut turn: Option<u64> = None;
        loop {
            if let Ok(forget) = self.forgets.try_recv() {
                self.forget(forget).await;
            }
            let runs = tokio::select! {
                biased;
                _ = self.stop.changed() => return Ok(()),
                runs = self.log.read_runs(self.cursor.next, BATCH) => runs?,
            };
            let read: usize = runs.iter().map(|run| run.events().len()).sum();
            let full = read == BATCH;
            if read > 0 {
                self.fold(&runs)?;
            }
            // Where the fold itself is far behind, lists come first: a rebuild shows rows before it finds words.
            if full {
                continue;
            }
            let behind = self.cursor.next - self.cursor.indexed;
            turn = turn.filter(|end| self.cursor.indexed < *end);
            if behind > INDEX_LAG {
                turn = Some(self.cursor.next);
            }
            if turn.is_some() {
                self.index()?;
                continue;
            }
            let grown = async {
                self.log.grown_beyond(self.cursor.next).await;
                folds.tick().await;
            };
            pause.reset();
            tokio::select! {
                biased;
                _ = self.stop.changed() => return Ok(()),
                Some(forget) = self.forgets.recv() => self.forget(forget).await,
                _ = turns.tick(), if behind > 0 => turn = Some(self.cursor.next),
                () = grown => {}
                _ = pause.tick(), if behind > 0 => turn = Some(self.cursor.next),
            }
        }
    }

    /// Lists stand still meanwhile, for as long as it takes to write the file anew.
    async fn forget(&mut self, forget: Forget) {
        let done = self.try_forget(&forget.conversations).await;
        // Whoever shows what was there looks again, though nothing was folded.
        self.folded.send_replace(self.cursor.next);
        self.moved.send_replace(self.cursor.next);
        let _gone = forget.done.send(done);
    }

    async fn try_forget(&mut self, conversations: &[ConversationId]) -> Result<(), ViewsError> {
        for id in conversations {
            let (log, parts) = (self.log.as_ref(), self.parts.as_ref());
            forget::fold_again(&mut self.connection, self.cursor, log, parts, id).await?;
        }
        forget::write_anew(&mut self.connection, &self.path, &self.readers).await
    }

    fn fold(&mut self, runs: &[Run]) -> Result<(), ViewsError> {
        let mut events = runs.iter().flat_map(Run::events);
        self.cursor.next = fold::fold(&mut self.connection, self.cursor.next, events.clone(), self.parts.as_ref())?;
        self.folded.send_replace(self.cursor.next);
        if events.any(|event| !fold::is_reading(&event.envelope.kind)) {
            self.moved.send_replace(self.cursor.next);
        }
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

/// Gives way: where the processors are busy, whoever waits for an append goes before whoever looks at a list, and a list
/// is a moment later. Only Linux can say that of one thread.
pub(crate) fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(GIVES_WAY) {
        tracing::warn!(%error, "the views' thread keeps its priority");
    }
}
