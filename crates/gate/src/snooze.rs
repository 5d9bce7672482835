//! Putting a held action off: nobody is told of it until it is back, in time to be decided, and whoever opens it decides
//! it all the same.

use crate::error::GateError;
use crate::gate::{Gate, plain};
use countersign_domain::action::Command as ActionCommand;
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_event_log::envelope::Actor;

impl Gate {
    /// Puts a held action off for so many seconds from now; for none, it is brought back.
    pub async fn snooze(&self, id: &ActionId, by: &PersonId, seconds: Option<u32>) -> Result<(), GateError> {
        loop {
            let (_, guard) = self.allowed(by, Command::Snooze).await?;
            let action = self.records.action_state(id).await?;
            self.must_be_in_time(&action).await?;
            let until = seconds
                .filter(|seconds| *seconds > 0)
                .map(|seconds| self.records.now().plus_seconds(i64::from(seconds)));
            let draft = plain(&action, ActionCommand::Snooze { until })?;
            match self.append_action(&action, vec![(draft, None)], Actor::Person(by.to_string()), vec![guard]).await {
                // A decision or somebody else's wish was first: look again.
                Err(GateError::Moved) => {}
                done => return done.map(drop),
            }
        }
    }
}
