//! How a tool server was when it was last asked, and whoever keeps asking.

use crate::servers::McpServers;
use countersign_domain::tool::ToolDefinition;
use countersign_gate::tools::ToolServers;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// After that long a server is asked again that has said nothing by itself: one over HTTP tells nobody.
const AGAIN: Duration = Duration::from_secs(30);
/// How long after a failure it is asked again: twice as long each time, up to the longest.
const SOONEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// One that went away, or says that something changed, sooner after it had answered counts as one that did not answer.
const STEADY: Duration = Duration::from_secs(60);

/// How a server was when it was last asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reached {
    /// Nobody has asked yet.
    #[default]
    NotAsked,
    /// It answers.
    Answers {
        /// How many tools it defines.
        tools: usize,
        /// How long it took to say so.
        took: Duration,
    },
    /// It does not.
    Down {
        /// What went wrong.
        why: String,
        /// How often in a row.
        times: u32,
    },
}

/// What is known of one server.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Reached>);

impl Health {
    pub(crate) fn now(&self) -> Reached {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_known(&self) -> bool {
        self.now() != Reached::NotAsked
    }

    pub(crate) fn answered(&self, tools: usize, took: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Reached::Answers { tools, took };
    }

    pub(crate) fn failed(&self, why: String) {
        let mut reached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if let Reached::Down { times, .. } = *reached { times } else { 0 };
        *reached = Reached::Down { why, times: before.saturating_add(1) };
    }
}

impl McpServers {
    /// Keeps asking one server what it defines, and starts one of ours again that has ended: at once, then ever more slowly
    /// while it fails. Each answer is told, until nobody listens.
    pub async fn keep_asking(self: Arc<Self>, server: String, told: mpsc::Sender<(String, Vec<ToolDefinition>)>) {
        let mut failed: u32 = 0;
        loop {
            if !self.has(&server) {
                return;
            }
            let wait = match self.test(&server).await {
                Ok(now) => {
                    if told.send((server.clone(), now)).await.is_err() {
                        return;
                    }
                    let answered = Instant::now();
                    let stirred = timeout(AGAIN, self.stirred(&server)).await.is_ok();
                    self.note_if_gone(&server).await;
                    let steady = !stirred || answered.elapsed() >= STEADY;
                    failed = if steady { 0 } else { failed.saturating_add(1) };
                    // The first time it is asked at once: it has said that something changed, or has gone.
                    if failed <= 1 { Duration::ZERO } else { backoff(failed - 1) }
                }
                Err(why) => {
                    failed = failed.saturating_add(1);
                    tracing::warn!(server, %why, failed, "a tool server does not answer");
                    backoff(failed)
                }
            };
            if told.is_closed() {
                return;
            }
            // Whatever stirs meanwhile is heard with the next answer.
            let _ = timeout(wait, told.closed()).await;
        }
    }
}

fn backoff(failed: u32) -> Duration {
    SOONEST.saturating_mul(1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_fails_is_asked_ever_more_slowly_and_never_given_up() {
        let waits: Vec<u64> = [1, 2, 3, 6, 7, 40, u32::MAX].map(|failed| backoff(failed).as_secs()).to_vec();
        assert_eq!(waits, [1, 2, 4, 32, 60, 60, 60]);
        let health = Health::default();
        health.failed("gone".into());
        health.failed("gone".into());
        assert_eq!(health.now(), Reached::Down { why: "gone".into(), times: 2 });
        health.answered(3, SOONEST);
        health.failed("gone again".into());
        assert_eq!(health.now(), Reached::Down { why: "gone again".into(), times: 1 });
    }
}
