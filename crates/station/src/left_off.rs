//! Where an earlier run left off, kept in a file so that a start need not read the whole log. The file follows from the
//! log: one that is missing, damaged, or of another log or another past of it is passed over.

use crate::private;
use countersign_agents::{Agents, LeftOff};
use countersign_domain::ids::LogId;
use countersign_event_log::check::CheckLog as _;
use countersign_event_log::log::ReadLog as _;
use countersign_event_log_sqlite::SqliteLog;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// The file in the data folder.
pub(crate) const FILE: &str = "left-off.json";
/// How often it is brought up to date, and behind how many events at least: a start reads so many more.
const EVERY: Duration = Duration::from_secs(60);
const WORTH_IT: u64 = 4_096;

/// What the file says, behind the line with its SHA-256.
#[derive(Serialize, Deserialize)]
struct Kept {
    log: LogId,
    /// The hash of the last record below its position, hexadecimal: a log that was rolled back and went on otherwise has
    /// another one there.
    record: Option<String>,
    left: LeftOff,
}

/// The file and the log that it is about.
pub(crate) struct LeftOffFile {
    path: PathBuf,
    log: Arc<SqliteLog>,
    last: LeftOff,
}

impl LeftOffFile {
    /// Reads what an earlier run has left, which is nothing where it cannot be used.
    pub(crate) async fn read(folder: &Path, log: Arc<SqliteLog>) -> Self {
        let mut file = Self { path: folder.join(FILE), log, last: LeftOff::default() };
        if let Some(kept) = file.kept()
            && kept.log == file.log.id()
            && kept.record.is_some()
            && kept.record == file.record_below(kept.left.open.position()).await
        {
            file.last = kept.left;
        }
        file
    }

    /// Where the earlier run left off.
    pub(crate) fn last(&self) -> LeftOff {
        self.last.clone()
    }

    /// Takes in what a start has read, so that it is not read once more.
    pub(crate) fn has_read(&mut self, open: countersign_gate::open_at::OpenAt) {
        self.last.open = open;
    }

    fn kept(&self) -> Option<Kept> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        let (digest, kept) = text.split_once('\n')?;
        (hex::encode(Sha256::digest(kept)) == digest).then(|| serde_json::from_str(kept).ok())?
    }

    async fn record_below(&self, position: u64) -> Option<String> {
        let hashes = self.log.leaf_hashes(position.checked_sub(1)?, 1).await.ok()?;
        hashes.first().map(hex::encode)
    }

    /// Keeps the file up to date until `end` resolves; gives it back for the last time.
    pub(crate) async fn keep(mut self, agents: Arc<Agents>, end: impl Future<Output = ()>) -> Self {
        tokio::pin!(end);
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            tokio::select! {
                () = &mut end => return self,
                _ = ticks.tick() => {
                    if self.log.size() >= self.last.open.position() + WORTH_IT {
                        self.write(&agents).await;
                    }
                }
            }
        }
    }

    /// Writes where agents and gate are now. What cannot be written costs the next start some time, and nothing else.
    pub(crate) async fn write(&mut self, agents: &Agents) {
        match agents.left_off(self.last.clone()).await {
            Ok(left) => self.last = left,
            Err(error) => {
                return tracing::warn!(%error, "where agents are could not be read; the next start reads more");
            }
        }
        let record = self.record_below(self.last.open.position()).await;
        let kept = Kept { log: self.log.id(), record, left: self.last.clone() };
        let written = serde_json::to_string(&kept).map_err(std::io::Error::other).and_then(|kept| {
            private::replace(&self.path, format!("{}\n{kept}", hex::encode(Sha256::digest(&kept))).as_bytes())
        });
        if let Err(error) = written {
            tracing::warn!(%error, "where agents are could not be written; the next start reads more of the log");
        }
    }
}
