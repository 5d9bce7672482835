//! Expiry: a held action whose deadline passed closes, and nothing runs. Nobody's no is recorded.

use crate::error::GateError;
use crate::gate::{Gate, plain};
use countersign_domain::action::{ActionError, Command, Phase};
use countersign_domain::ids::ActionId;
use countersign_event_log::envelope::Actor;
use std::sync::Arc;
use std::time::Duration;

/// How long an outcome stays unknown before its tool is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(30);

impl Gate {
    /// Closes what is due and asks after unknown outcomes, until `end` resolves.
    pub async fn keep_deadlines(self: Arc<Self>, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            let wait = match self.expire_due().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(%error, "deadlines could not be kept; trying again");
                    ASK_AGAIN
                }
            };
            tokio::select! {
                () = &mut end => return,
                () = self.due.notified() => {}
                _ = tokio::time::timeout(wait, std::future::pending::<()>()) => {
                    for id in self.open.in_phase(&[Phase::Unknown]) {
                        self.settle_in_background(id);
                    }
                }
            }
        }
    }

    /// Expires what is due now; how long until the next look.
    pub async fn expire_due(&self) -> Result<Duration, GateError> {
        let stopped = self.records.fleet().await?.0.stopped.is_some();
        // While everything is stopped deadlines freeze.
        if stopped {
            return Ok(ASK_AGAIN);
        }
        let now = self.records.now();
        for id in self.open.due(now) {
            match self.expire(&id).await {
                Ok(()) | Err(GateError::Moved | GateError::Action(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let next = self.open.next_deadline().map(|at| at.millis_since(now).max(1));
        Ok(next.and_then(|ms| u64::try_from(ms).ok()).map_or(ASK_AGAIN, Duration::from_millis).min(ASK_AGAIN))
    }

    async fn expire(&self, id: &ActionId) -> Result<(), GateError> {
        let action = self.records.action(id).await?.action;
        match plain(&action, Command::Expire { at: self.records.now() }) {
            Err(GateError::Action(ActionError::NotDue | ActionError::WrongPhase { .. })) => {
                self.open.put(&action);
                Ok(())
            }
            Err(error) => Err(error),
            Ok(draft) => {
                self.append_action(&action, vec![(draft, None)], Actor::Station, Vec::new()).await?;
                Ok(())
            }
        }
    }
}
