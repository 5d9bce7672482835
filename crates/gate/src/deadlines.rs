//! Expiry: a held action whose deadline passed closes, and nothing runs. Nobody's no is recorded.

use crate::commit::{Commit, Plan};
use crate::error::GateError;
use crate::folds::current;
use crate::gate::{Gate, plain};
use countersign_domain::action::{ActionError, Command, Phase};
use countersign_domain::fleet::Fleet;
use countersign_domain::ids::ActionId;
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How long an outcome stays unknown before its tool is asked again, and anything else that was left behind lies.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// The most unknown outcomes that are asked after at once: a dead server must not take every line to the tools.
const MOST_ASKED: usize = 8;
/// Where something lies that a failure has left there.
const LEFT_BEHIND: [Phase; 5] = [Phase::Proposed, Phase::Allowed, Phase::Approved, Phase::Waiting, Phase::Started];

/// How long to wait for the next thing that is due.
fn until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let ms = next.map(|at| at.millis_since(now).max(1));
    ms.and_then(|ms| u64::try_from(ms).ok()).map_or(ASK_AGAIN, Duration::from_millis).min(ASK_AGAIN)
}

impl Gate {
    /// Closes what is due, asks after unknown outcomes and takes up what was left behind, until `end` resolves.
    pub async fn keep_deadlines(self: Arc<Self>, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        // By its own pace: a busy station, which is woken all the time, asks as well.
        let mut ask = tokio::time::interval(ASK_AGAIN);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ask.tick().await;
        loop {
            let wait = match self.expire_due().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(%error, "deadlines could not be kept; trying again");
                    ASK_AGAIN
                }
            };
            let wait = wait.min(self.start_what_waited_out());
            tokio::select! {
                // In this order, so that a seed replays what is done first when several are due.
                biased;
                () = &mut end => return,
                _ = ask.tick() => {
                    self.try_erasures_again();
                    if let Err(error) = self.expire_changes().await {
                        tracing::warn!(%error, "changes whose time is over could not be closed; trying again");
                    }
                    for id in self.open.left_behind(&[Phase::Unknown]).into_iter().take(MOST_ASKED) {
                        self.settle_in_background(id);
                    }
                    self.take_up_left_behind(&LEFT_BEHIND);
                }
                () = self.due.notified() => self.carry_out_in_background(),
                _ = tokio::time::timeout(wait, std::future::pending::<()>()) => {}
            }
        }
    }

    /// Starts, in the background, what nobody has taken back in time; how long until the next look. What does not start
    /// now, for a stop or for want of room, is taken up like anything else that was left behind.
    pub fn start_what_waited_out(self: &Arc<Self>) -> Duration {
        let now = self.records.now();
        for id in self.open.waited_out(now) {
            self.start_in_background(id);
        }
        until(self.open.next_start(), now)
    }

    /// Expires what is due now; how long until the next look.
    pub async fn expire_due(&self) -> Result<Duration, GateError> {
        let fleet = self.records.fleet().await?.0;
        // While everything is stopped deadlines freeze.
        if fleet.stopped.is_some() {
            return Ok(ASK_AGAIN);
        }
        let now = self.records.now();
        let mut failed = None;
        // Those of an agent or a tool that is stopped freeze too: nothing is read of them each time that this looks.
        for id in self.open.due(now, |action| fleet.frozen_since(&action.agent, &action.tool).is_none()) {
            match self.expire(&id).await {
                Ok(()) | Err(GateError::Moved | GateError::Action(_) | GateError::Stopped) => {}
                // One that cannot be read must not keep the others open.
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        // What is due and still here is frozen with its agent or its tool: it is looked at again when that goes on.
        Ok(until(self.open.next_deadline(now), now))
    }

    async fn expire(&self, id: &ActionId) -> Result<(), GateError> {
        let action = self.records.action_state(id).await?;
        match plain(&action, Command::Expire { at: self.records.now() }) {
            Err(GateError::Action(ActionError::NotDue | ActionError::WrongPhase { .. })) => {
                self.open.put(&action);
                Ok(())
            }
            Err(error) => Err(error),
            Ok(draft) => {
                // Somebody may have pressed Stop since: then its time does not run.
                let proposed = action.proposed.clone();
                let plan: Plan = Box::new(move |states| {
                    let fleet = current::<Fleet>(states, &StreamName::fleet())?;
                    match fleet.frozen_since(&proposed.agent, &proposed.tool) {
                        Some(_) => Err(GateError::Stopped),
                        None => Ok(vec![(draft, None)]),
                    }
                });
                self.commit(Commit::of(&action, plan, Actor::Station)).await.map(drop)
            }
        }
    }
}
