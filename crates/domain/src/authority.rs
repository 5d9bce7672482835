//! What a role may do at most. Rules of an operator's files can narrow this and never widen it, and whoever reads the log
//! can check it without them.

use crate::action::Proposed;
use crate::change::ChangeKind;
use crate::ids::PersonId;
use crate::person::{Person, Role};
use crate::station::Staff;

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// To approve, override or reject a held action.
    Decide,
    /// To take a conversation over.
    TakeOver,
    /// To hand a conversation back that they have.
    HandBack,
    /// To write to the customer in a conversation that they have.
    Reply,
    /// To take down what they promise the customer in a conversation that they have.
    Promise,
    /// To give a held action more time.
    MoreTime,
    /// To put a held action off, or bring it back.
    Snooze,
    /// To hand a held action to somebody who may decide it.
    Delegate,
    /// To take the approval of an action back before it starts.
    Undo,
    /// To put the conversation of a held action into the queue of those who wait for a person.
    Escalate,
    /// To ask for a tool call in a conversation that they have.
    UseTool,
    /// To whisper to the agent in a conversation that it has.
    Whisper,
    /// To say that a promise was kept.
    KeepPromise,
    /// To end a conversation that they have.
    Resolve,
    /// To stop everything.
    Stop,
    /// To end a stop that asks for one person only.
    Resume,
    /// To take a conversation out of the house as a file that proves itself.
    ExportCase,
    /// To propose a change, and sign it first.
    Propose(ChangeKind),
    /// To sign a change that somebody else proposed, or to refuse it.
    Countersign(ChangeKind),
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// They are not, or no longer, on the staff.
    #[error("this person is not on the staff")]
    NotHere,
    /// None of their roles does this.
    #[error("none of this person's roles does this")]
    NoRole,
    /// They asked for it.
    #[error("whoever asked for it does not decide on it")]
    Own,
}

const SUPERVISOR: &[Role] = &[Role::Supervisor];
const ADMINISTRATOR: &[Role] = &[Role::Administrator];
const COMPLIANCE: &[Role] = &[Role::Compliance];
const WORD: &[Role] = &[Role::Supervisor, Role::EscalationHandler];
const HANDS: &[Role] = &[Role::Supervisor, Role::EscalationHandler, Role::Administrator];
/// The roles that sign for others: a second person is one of them.
const SIGNERS: &[Role] = &[Role::Supervisor, Role::Administrator];

impl Command {
    /// Everything that there is to ask for.
    pub fn all() -> Vec<Self> {
        let word = [
            Self::TakeOver,
            Self::HandBack,
            Self::Reply,
            Self::UseTool,
            Self::Promise,
            Self::KeepPromise,
            Self::Resolve,
            Self::Whisper,
        ];
        let plain = [
            Self::Decide,
            Self::MoreTime,
            Self::Snooze,
            Self::Delegate,
            Self::Undo,
            Self::Escalate,
            Self::Stop,
            Self::Resume,
            Self::ExportCase,
        ]
        .into_iter()
        .chain(word);
        let changes = ChangeKind::ALL.into_iter().flat_map(|kind| [Self::Propose(kind), Self::Countersign(kind)]);
        plain.chain(changes).collect()
    }

    /// The command as rules name it.
    pub fn name(self) -> String {
        match self {
            Self::Decide => "decide".to_owned(),
            Self::MoreTime => "more_time".to_owned(),
            Self::Snooze => "snooze".to_owned(),
            Self::Delegate => "delegate".to_owned(),
            Self::Undo => "undo".to_owned(),
            Self::Escalate => "escalate".to_owned(),
            Self::TakeOver => "take_over".to_owned(),
            Self::HandBack => "hand_back".to_owned(),
            Self::Reply => "reply".to_owned(),
            Self::UseTool => "use_tool".to_owned(),
            Self::Promise => "promise".to_owned(),
            Self::Whisper => "whisper".to_owned(),
            Self::KeepPromise => "keep_promise".to_owned(),
            Self::Resolve => "resolve".to_owned(),
            Self::Stop => "stop".to_owned(),
            Self::Resume => "resume".to_owned(),
            Self::ExportCase => "export_case".to_owned(),
            Self::Propose(kind) => format!("propose:{}", kind.name()),
            Self::Countersign(kind) => format!("countersign:{}", kind.name()),
        }
    }

    /// The roles of which one is needed.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Decide | Self::MoreTime | Self::Snooze | Self::Delegate | Self::Undo | Self::Escalate => SUPERVISOR,
            Self::TakeOver
            | Self::HandBack
            | Self::Reply
            | Self::UseTool
            | Self::Promise
            | Self::KeepPromise
            | Self::Whisper
            | Self::Resolve => WORD,
            Self::Stop => HANDS,
            Self::ExportCase => COMPLIANCE,
            Self::Resume | Self::Countersign(_) => SIGNERS,
            Self::Propose(kind) => match kind {
                ChangeKind::EnrolKey => &Role::ALL,
                ChangeKind::Resume => SIGNERS,
                ChangeKind::Settle => SUPERVISOR,
                ChangeKind::EraseCustomer | ChangeKind::PlaceHold | ChangeKind::LiftHold => COMPLIANCE,
                ChangeKind::EnrolPerson
                | ChangeKind::SetRoles
                | ChangeKind::SetLimits
                | ChangeKind::RemovePerson
                | ChangeKind::RevokeKey
                | ChangeKind::ResetKey
                | ChangeKind::SetTool
                | ChangeKind::SetChat
                | ChangeKind::GrantAgent
                | ChangeKind::RevokeAgent
                | ChangeKind::AddServer
                | ChangeKind::RemoveServer => ADMINISTRATOR,
            },
        }
    }
}

/// Whether a person may ask for that. As long as one person decides everything, that person may, whatever their role.
pub fn may(person: &Person, command: Command, staff: &Staff) -> Result<(), NotAllowed> {
    if !person.is_here() {
        return Err(NotAllowed::NotHere);
    }
    let alone = person.id.as_ref().is_some_and(|id| staff.is_alone(id));
    if alone || person.has(command.roles()) { Ok(()) } else { Err(NotAllowed::NoRole) }
}

/// Whether a person may decide on a proposal: nobody does on their own, or on what they whispered for, but for whoever
/// decides everything.
pub fn may_decide_on(proposed: &Proposed, person: &PersonId, staff: &Staff) -> Result<(), NotAllowed> {
    let whispered = proposed.whisper.as_ref().map(|whisper| &whisper.by);
    let own = is_own(proposed.by.as_ref(), person, staff) || is_own(whispered, person, staff);
    if own { Err(NotAllowed::Own) } else { Ok(()) }
}

/// Whether what somebody wished for is a person's own, so that another decides on it.
pub fn is_own(by: Option<&PersonId>, person: &PersonId, staff: &Staff) -> bool {
    by == Some(person) && !staff.is_alone(person)
}

/// Whether these people, with the roles that they then have, can still change anything: an administrator proposes, and
/// somebody else signs.
pub fn can_go_on(people: &[Person], one_person_mode: bool) -> bool {
    let able: Vec<&Person> = people.iter().filter(|person| person.keys.iter().any(|key| !key.revoked)).collect();
    let signers = able.iter().filter(|person| person.has(SIGNERS)).count();
    let administrators = able.iter().filter(|person| person.has(ADMINISTRATOR)).count();
    if one_person_mode { able.iter().any(|person| person.is_here()) } else { administrators >= 1 && signers >= 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::{KeyKind, PersonEvent};
    use crate::station::StationEvent;

    fn person(n: u8, roles: &[Role]) -> Person {
        let mut state = Person::default();
        let id: PersonId = format!("per_{n:032x}").parse().unwrap();
        state.apply(&PersonEvent::Enrolled { person: PersonId::clone(&id), roles: roles.to_vec() });
        let key = format!("sig_{n:032x}").parse().unwrap();
        let (held, public) = (KeyKind::Device, "ab".repeat(32));
        state.apply(&PersonEvent::KeyEnrolled { person: id, key, held, public });
        state
    }

    #[test]
    fn compliance_decides_nothing_exports_cases_and_proposes_only_holds_erasures_and_a_key_of_its_own() {
        let reader = person(1, &[Role::Compliance]);
        for command in Command::all() {
            let allowed = may(&reader, command, &Staff::default()).is_ok();
            let own = [ChangeKind::EnrolKey, ChangeKind::EraseCustomer, ChangeKind::PlaceHold, ChangeKind::LiftHold];
            let proposes = own.into_iter().any(|kind| command == Command::Propose(kind));
            assert_eq!(allowed, proposes || command == Command::ExportCase, "{command:?}");
        }
    }

    #[test]
    fn whoever_left_may_nothing_in_one_person_mode_too() {
        let mut gone = person(1, &Role::ALL);
        let id = gone.id.clone().unwrap();
        let mut alone = Staff::default();
        alone.apply(&StationEvent::SetUp { one_person_mode: true, sample_shop: false });
        alone.apply(&StationEvent::PersonJoined { person: id.clone() });
        assert!(Command::all().into_iter().all(|command| may(&gone, command, &alone).is_ok()));
        gone.apply(&PersonEvent::Removed { person: id });
        assert!(Command::all().into_iter().all(|command| may(&gone, command, &alone).is_err()));
    }

    #[test]
    fn a_staff_that_can_change_nothing_any_more_is_known_as_such() {
        let (admin, supervisor) = (person(1, &[Role::Administrator]), person(2, &[Role::Supervisor]));
        let reader = person(3, &[Role::Compliance]);
        assert!(can_go_on(&[admin.clone(), supervisor.clone()], false));
        assert!(!can_go_on(&[admin.clone(), reader], false));
        assert!(!can_go_on(&[supervisor.clone(), supervisor.clone()], false));
        assert!(can_go_on(&[supervisor], true));
    }
}
