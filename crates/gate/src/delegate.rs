//! Delegating a held action: it is one person's to decide, who is told of it; everybody else who may decide it still may.

use crate::authority::{Guard, may};
use crate::error::GateError;
use crate::gate::{Gate, plain};
use countersign_domain::action::{Action, ActionError, Command as ActionCommand};
use countersign_domain::authority::{Command, may_decide_on};
use countersign_domain::ids::{ActionId, PersonId};
use countersign_event_log::envelope::Actor;

impl Gate {
    /// Hands a held action to somebody who can decide it; to take it upon oneself is the same.
    pub async fn delegate(&self, id: &ActionId, by: &PersonId, to: &PersonId) -> Result<(), GateError> {
        loop {
            let (_, guard) = self.allowed(by, Command::Delegate).await?;
            let action = self.records.action(id).await?.action;
            self.must_be_in_time(&action).await?;
            let theirs = self.could_decide(&action, to).await?;
            let draft = plain(&action, ActionCommand::Delegate { to: to.clone() })?;
            let guards = if to == by { vec![guard] } else { vec![guard, theirs] };
            match self.append_action(&action, vec![(draft, None)], Actor::Person(by.to_string()), guards).await {
                // A decision or somebody else's wish was first, or one of them has left: look again.
                Err(GateError::Moved) => {}
                done => return done.map(drop),
            }
        }
    }

    /// To whom a held action can be delegated, but for whom it is with.
    pub async fn delegates(&self, action: &Action) -> Result<Vec<PersonId>, GateError> {
        let mut able = Vec::new();
        for person in self.records.staff().await?.people {
            let signed = action.approvals.iter().any(|approval| approval.person == person);
            if !signed && action.delegate.as_ref() != Some(&person) && self.could_decide(action, &person).await.is_ok()
            {
                able.push(person);
            }
        }
        Ok(able)
    }

    /// Whether somebody could decide an action with one of their keys, and what must not have moved when that is relied on.
    async fn could_decide(&self, action: &Action, person: &PersonId) -> Result<Guard, GateError> {
        let (known, guard) = self.here(person).await?;
        let staff = self.records.staff().await?;
        may_decide_on(&action.proposed, person, &staff).map_err(|_| ActionError::CannotDecide)?;
        let policies = self.policies();
        let keys = known.keys.iter().filter(|key| !key.revoked);
        let mut tried = keys.map(|key| may(&policies, &known, Command::Decide, Some(key.held), &staff));
        match tried.any(|may| may.is_ok()) {
            true => Ok(guard),
            false => Err(ActionError::CannotDecide.into()),
        }
    }
}
