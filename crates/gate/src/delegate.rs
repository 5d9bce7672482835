//! Delegating a held action: it is one person's to decide, who is told of it; everybody else who may decide it still may.

use crate::authority::{Guard, may};
use crate::error::GateError;
use crate::gate::{Gate, plain};
use countersign_domain::action::{Action, ActionError, Command as ActionCommand};
use countersign_domain::authority::{Command, may_decide_on};
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::person::{KeyKind, Person};
use countersign_domain::station::Staff;
use countersign_event_log::envelope::Actor;
use countersign_policy::Policies;

/// Somebody who decides held actions, and what must not have moved when that is relied on.
struct Able {
    person: Person,
    guard: Guard,
}

/// Whether one of somebody's keys signs decisions under these rules; of those on devices, where `at_device` says so.
pub(crate) fn can_sign_decisions(policies: &Policies, person: &Person, staff: &Staff, at_device: bool) -> bool {
    let mut keys = person.keys.iter().filter(|key| !key.revoked && (!at_device || key.held == KeyKind::Device));
    keys.any(|key| may(policies, person, Command::Decide, Some(key.held), staff).is_ok())
}

impl Gate {
    /// Hands a held action to somebody who can decide it, or to everybody again; to take it upon oneself is the same.
    pub async fn delegate(&self, id: &ActionId, by: &PersonId, to: Option<&PersonId>) -> Result<(), GateError> {
        loop {
            let (_, guard) = self.allowed(by, Command::Delegate).await?;
            let action = self.records.action_state(id).await?;
            self.must_be_in_time(&action).await?;
            let mut guards = vec![guard];
            if let Some(to) = to {
                let theirs = self.could_decide(&action, to, &self.records.staff().await?).await?;
                guards.extend((to != by).then_some(theirs));
            }
            let draft = plain(&action, ActionCommand::Delegate { to: to.cloned() })?;
            match self.append_action(&action, vec![(draft, None)], Actor::Person(by.to_string()), guards).await {
                // A decision or somebody else's wish was first, or one of them has left: look again.
                Err(GateError::Moved) => {}
                done => return done.map(drop),
            }
        }
    }

    /// Whose a held action may be to decide: whoever has not signed it and could.
    pub async fn delegates(&self, action: &Action) -> Result<Vec<PersonId>, GateError> {
        let staff = self.records.staff().await?;
        let mut able = Vec::new();
        for person in &staff.people {
            let signed = action.approvals.iter().any(|approval| approval.person == *person);
            if !signed && self.could_decide(action, person, &staff).await.is_ok() {
                able.push(person.clone());
            }
        }
        Ok(able)
    }

    /// Whether somebody is here and decides held actions, as things stand now.
    pub async fn decides(&self, person: &PersonId, staff: &Staff) -> bool {
        self.can_decide(person, staff).await.is_ok()
    }

    /// Whether somebody is here, not away, and decides held actions, as things stand now.
    pub async fn is_at_work(&self, person: &PersonId, staff: &Staff) -> bool {
        let now = self.records.now();
        self.can_decide(person, staff).await.is_ok_and(|able| able.person.away_at(now).is_none())
    }

    /// Who decides an action in the place of somebody who is away: their deputy, who must be able to, and at work. There is
    /// one step and no further one: where a deputy is away too, nobody stands in.
    pub async fn stands_in(&self, action: &Action, deputy: &PersonId, staff: &Staff) -> bool {
        let signed = action.approvals.iter().any(|approval| approval.person == *deputy);
        !signed && self.is_at_work(deputy, staff).await && self.could_decide(action, deputy, staff).await.is_ok()
    }

    async fn can_decide(&self, person: &PersonId, staff: &Staff) -> Result<Able, GateError> {
        let (person, guard) = self.here(person).await?;
        match can_sign_decisions(&self.policies(), &person, staff, false) {
            true => Ok(Able { person, guard }),
            false => Err(ActionError::CannotDecide.into()),
        }
    }

    /// Whether somebody could decide this action, and what must not have moved when that is relied on.
    async fn could_decide(&self, action: &Action, person: &PersonId, staff: &Staff) -> Result<Guard, GateError> {
        let Able { person: known, guard } = self.can_decide(person, staff).await?;
        may_decide_on(&action.proposed, person, staff).map_err(|_| ActionError::CannotDecide)?;
        let asked = action.verdict.as_ref().map(|verdict| verdict.roles.as_slice()).unwrap_or_default();
        let has_role =
            asked.is_empty() || known.roles.iter().any(|role| asked.iter().any(|asked| asked == role.name()));
        // A password is typed again at a device.
        let can_sign = !action.asks_step_up() || can_sign_decisions(&self.policies(), &known, staff, true);
        if has_role && can_sign { Ok(guard) } else { Err(ActionError::CannotDecide.into()) }
    }
}
