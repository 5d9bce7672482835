//! Out of office: somebody says that they are away, and who decides meanwhile what was handed to them; or that they are back.
//! Whoever manages people says it for somebody who cannot. No authority moves by it, so that it needs no signature and no
//! permission of its own: who must be told is all that follows from it.

use crate::authority::may;
use crate::delegate::can_sign_decisions;
use crate::error::GateError;
use crate::folds::current;
use crate::gate::Gate;
use crate::people::unsealed;
use countersign_domain::authority::Command;
use countersign_domain::change::ChangeKind;
use countersign_domain::event::Draft;
use countersign_domain::ids::PersonId;
use countersign_domain::person::{AwayError, Person, PersonEvent};
use countersign_domain::station::Staff;
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, StreamStates, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use countersign_policy::Policies;

/// What somebody lacks who says it of another.
const OF_OTHERS: &str = "saying of somebody else that they are away, or back, takes an administrator";

impl Gate {
    /// Somebody is away until a time, and their deputy decides meanwhile what was handed to them.
    pub async fn go_away(
        &self,
        by: &PersonId,
        person: &PersonId,
        until: Timestamp,
        deputy: &PersonId,
    ) -> Result<Receipt, GateError> {
        let (policies, deputy) = (self.policies(), deputy.clone());
        self.say_of(by, person, move |states, person, staff, now| {
            let deputy: Person = current(states, &StreamName::person(&deputy))?;
            let event = person.go_away(until, &deputy, staff, now)?;
            match can_sign_decisions(&policies, &deputy, staff, false) {
                true => Ok(event),
                false => Err(AwayError::DeputyDecidesNothing.into()),
            }
        })
        .await
    }

    /// They are back before that time.
    pub async fn come_back(&self, by: &PersonId, person: &PersonId) -> Result<Receipt, GateError> {
        self.say_of(by, person, |_, person, _, now| Ok(person.come_back(now)?)).await
    }

    /// Whether somebody may say this of others.
    pub async fn may_say_of_others(&self, by: &Person) -> Result<(), GateError> {
        may_say_of_others(&self.policies(), by, &self.records.staff().await?)
    }

    /// Stores what somebody says of a person, looked at where nothing can come in between.
    async fn say_of(
        &self,
        by: &PersonId,
        person: &PersonId,
        event: impl FnOnce(&mut dyn StreamStates, &Person, &Staff, Timestamp) -> Result<PersonEvent, GateError>
        + Send
        + 'static,
    ) -> Result<Receipt, GateError> {
        let (policies, clock) = (self.policies(), self.records.clock());
        let (by, stream) = (by.clone(), StreamName::person(person));
        let own = by == *person;
        self.deciding(move |states| {
            let staff: Staff = current(states, &StreamName::station())?;
            let who: Person = current(states, &StreamName::person(&by))?;
            if !who.is_here() {
                return Err(GateError::NotAllowed("this person is not on the staff"));
            }
            if !own {
                may_say_of_others(&policies, &who, &staff)?;
            }
            let person: Person = current(states, &stream)?;
            let event = event(states, &person, &staff, clock.now())?;
            let expected = states.version(&stream)?;
            let events = vec![unsealed(Draft::open(&event), Actor::Person(by.to_string()))];
            Ok(Append { guards: Vec::new(), writes: vec![Write { stream, expected, events }] })
        })
        .await
    }
}

/// Whoever may propose what others may do, manages people.
fn may_say_of_others(policies: &Policies, by: &Person, staff: &Staff) -> Result<(), GateError> {
    may(policies, by, Command::Propose(ChangeKind::SetRoles), None, staff).map_err(|why| match why {
        GateError::NotAllowed(_) => GateError::NotAllowed(OF_OTHERS),
        why => why,
    })
}
