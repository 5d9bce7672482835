//! More time for a held action: whoever may decide it puts its deadline off, by as much as it waits for people,
//! and not for ever.

use crate::error::GateError;
use crate::gate::{Gate, plain};
use countersign_domain::action::{Command as ActionCommand, PERSON};
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;

impl Gate {
    /// Puts the deadline of a held action off that somebody `saw`; the new one. What has expired stays so, and who presses
    /// twice, or second, puts nothing off again.
    pub async fn give_more_time(&self, id: &ActionId, by: &PersonId, saw: Timestamp) -> Result<Timestamp, GateError> {
        loop {
            let (_, guard) = self.allowed(by, Command::MoreTime).await?;
            let action = self.records.action_state(id).await?;
            self.must_be_in_time(&action).await?;
            if action.deadline.is_some_and(|deadline| deadline != saw) {
                return Err(GateError::CardChanged);
            }
            let house = self.tool_of(&action)?.settings.hold_seconds;
            let seconds = action.verdict.as_ref().map_or(i64::from(house), |verdict| verdict.waits_seconds(house));
            let deadline = saw.plus_seconds(seconds);
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
