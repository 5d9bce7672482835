//! Escalating from a card: whoever looks at a held action calls for a colleague in its conversation. The action stays held
//! and may still be decided; a colleague who takes the conversation over takes it back.

use crate::error::GateError;
use crate::gate::Gate;
use countersign_domain::action::{ActionError, Phase};
use countersign_domain::authority::Command;
use countersign_domain::conversation::Pulled;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;

/// A person's call for a colleague.
#[derive(Debug, Clone)]
pub struct Escalation {
    /// The held action that they look at.
    pub action: ActionId,
    /// Who calls.
    pub by: PersonId,
    /// Why, for whoever takes it up.
    pub note: String,
}

impl Gate {
    /// Puts the conversation of a held action into the queue of those who wait for a person, as long as it is held when
    /// that is stored. The customer is told by what is stored, and so never before.
    pub async fn escalate(&self, escalation: Escalation) -> Result<Receipt, GateError> {
        let Escalation { action: id, by, note } = escalation;
        loop {
            let (_, guard) = self.allowed(&by, Command::Escalate).await?;
            let action = self.records.action_state(&id).await?;
            if action.phase != Phase::Held {
                return Err(ActionError::WrongPhase { phase: action.phase, needs: "a held action" }.into());
            }
            let of = &action.proposed.conversation;
            let (conversation, _) = self.records.conversation(of).await?;
            let draft = conversation.pull(Pulled { by: by.clone(), action: id.clone() }, &note)?;
            let (stream, actor) = (StreamName::conversation(of), Actor::Person(by.to_string()));
            let key = self.records.conversation_key(of).await?;
            let event = self.records.seal(draft, &stream, &key, &actor, None)?;
            let guards = vec![guard, (StreamName::action(&id), action.version)];
            let writes = vec![Write { stream, expected: conversation.version, events: vec![event] }];
            match self.records.log().append(Append { guards, writes }).await.map_err(GateError::from) {
                // A message, a decision or another call was first: look again.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }
}
