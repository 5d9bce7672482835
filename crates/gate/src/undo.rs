//! Taking an approval back before its action starts. It waits for people again, as at first; nobody's no is recorded.

use crate::draw;
use crate::error::GateError;
use crate::gate::Gate;
use crate::question::About;
use countersign_domain::action::{ActionError, Phase, VoidReason};
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_event_log::envelope::Actor;

impl Gate {
    /// Holds an approved action again that waits for its start. Whoever may decide may take back, also what others have
    /// signed: it keeps something from happening. Where it stands then: denied, where rules deny it by now.
    pub async fn undo(&self, id: &ActionId, by: &PersonId) -> Result<Phase, GateError> {
        loop {
            let (_, guard) = self.allowed(by, Command::Undo).await?;
            let record = self.records.action(id).await?;
            let action = &record.action;
            if action.phase != Phase::Waiting {
                return Err(ActionError::WrongPhase { phase: action.phase, needs: "one that has not started" }.into());
            }
            let (tool, sealed) = (self.tool_of(action)?, draw::gather(&record)?);
            let (conversation, _) = self.records.conversation(&action.proposed.conversation).await?;
            let about = About::of(&conversation);
            let question = self.question(&tool, action, &sealed.arguments, &about, &sealed.last);
            let standing = self.look(&question.warned(action.standing.contradictions), action).await?;
            let draft = self.held_again(&record, &tool, &about, &sealed.last, standing, VoidReason::Undone)?;
            // Where rules deny it by now, it is they who say so.
            let denied = draft.kind == "action.denied";
            let actor = if denied { Actor::Station } else { Actor::Person(by.to_string()) };
            match self.append_action(action, vec![(draft, None)], actor, vec![guard]).await {
                // It started, or somebody else was first: look again.
                Err(GateError::Moved) => {}
                done => return done.map(|(_, after)| after.phase),
            }
        }
    }
}
