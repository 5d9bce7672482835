//! More time for a held action: whoever may decide it puts its deadline off, by as much as its tool gives, and not for ever.

use crate::error::GateError;
use crate::gate::{Gate, plain};
use countersign_domain::action::{Command as ActionCommand, PERSON};
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;

impl Gate {
    /// Puts the deadline of a held action off; the new one. What has expired stays so.
    pub async fn give_more_time(&self, id: &ActionId, by: &PersonId) -> Result<Timestamp, GateError> {
        loop {
            let (_, guard) = self.allowed(by, Command::MoreTime).await?;
            let action = self.records.action(id).await?.action;
            self.must_be_in_time(&action).await?;
            let seconds = i64::from(self.tool_of(&action)?.settings.hold_seconds);
            let deadline = action.deadline.unwrap_or_else(|| self.records.now()).plus_seconds(seconds);
            let draft = plain(&action, ActionCommand::MoveDeadline { deadline, reason: PERSON.to_owned() })?;
            let actor = Actor::Person(by.to_string());
            match self.append_action(&action, vec![(draft, None)], actor, vec![guard]).await {
                // A decision or somebody else's wish was first: look again.
                Err(GateError::Moved) => {}
                done => return done.map(|_| deadline),
            }
        }
    }
}
