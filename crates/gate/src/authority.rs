//! Who may do what, asked in the moment: what a role may do at all, and what the rules over people leave of it. What is
//! stored on the answer is guarded by the person's stream, so a removal that comes first is never overtaken.

use crate::approval::within;
use crate::error::GateError;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::authority::{self, Command, NotAllowed};
use countersign_domain::ids::PersonId;
use countersign_domain::ledger::LedgerName;
use countersign_domain::money::{Currency, Money};
use countersign_domain::person::{EnrolledKey, KeyKind, Person};
use countersign_domain::station::Staff;
use countersign_event_log::stream::{StreamName, Version};
use countersign_policy::{Asked, Policies};

/// A stream that must stand where it was looked at.
pub(crate) type Guard = (StreamName, Version);

/// Whether a person may ask for that, with a signature by such a key if it needs one.
pub(crate) fn may(
    policies: &Policies,
    person: &Person,
    command: Command,
    signature: Option<KeyKind>,
    staff: &Staff,
) -> Result<(), GateError> {
    authority::may(person, command, staff).map_err(|why| {
        GateError::NotAllowed(match why {
            NotAllowed::NotHere => "this person is not on the staff",
            NotAllowed::NoRole => needs(command),
            NotAllowed::Own => OWN,
        })
    })?;
    let id = person.id.as_ref().map(PersonId::as_str).unwrap_or_default();
    let one_person_mode = staff.one_person_mode && staff.people.iter().any(|here| here.as_str() == id);
    let asked = Asked { person: id, roles: &person.roles, command, signature, one_person_mode };
    Ok(policies.may(&asked)?)
}

impl Gate {
    /// Whether a person may ask for that, as things stand now; why not, if not. Nothing is decided on it.
    pub async fn may(&self, person: &Person, command: Command) -> Result<(), GateError> {
        may(&self.policies(), person, command, None, &self.records.staff().await?)
    }

    /// Whether a person may decide on held actions with this key of theirs, as things stand now.
    pub async fn may_decide(&self, person: &Person, key: &EnrolledKey) -> Result<(), GateError> {
        may(&self.policies(), person, Command::Decide, Some(key.held), &self.records.staff().await?)
    }

    /// What a person has approved today in a currency, as far as they have limits.
    pub async fn approved_today(&self, person: &PersonId, currency: &Currency) -> Result<i64, GateError> {
        let ledger = self.ledgers.read(&self.records, &LedgerName::approver(person)).await?;
        Ok(ledger.sums("", Some(currency), self.records.now(), None).minor_today)
    }

    /// Whether somebody with these limits could approve this as well today.
    pub async fn within_limits(&self, person: &PersonId, limits: &[Money], money: &Money) -> Result<(), GateError> {
        within(limits, self.approved_today(person, &money.currency).await?, money)
    }

    /// Whoever is on the staff, and what must not have moved when what they do is stored.
    pub(crate) async fn here(&self, by: &PersonId) -> Result<(Person, Guard), GateError> {
        let stream = StreamName::person(by);
        let stored = self.records.stored(&stream, 0).await?;
        let mut person = Person::default();
        for event in &stored {
            person.apply(&read(event)?);
        }
        match person.is_here() {
            true => Ok((person, (stream, stored.len() as u64))),
            false => Err(GateError::NotAllowed("this person is not on the staff")),
        }
    }

    /// The person, if they may ask for that, and what must not have moved when it is stored.
    pub(crate) async fn allowed(&self, by: &PersonId, command: Command) -> Result<(Person, Guard), GateError> {
        let (person, guard) = self.here(by).await?;
        may(&self.policies(), &person, command, None, &self.records.staff().await?)?;
        Ok((person, guard))
    }
}

/// Why nobody decides on their own proposal.
pub(crate) const OWN: &str = "you asked or whispered for it yourself, so somebody else decides on it";

/// What somebody lacks who may not.
fn needs(command: Command) -> &'static str {
    match command {
        Command::Escalate => "escalating from a card takes a supervisor",
        Command::MoreTime => "giving a held action more time takes a supervisor",
        Command::Snooze => "putting a held action off takes a supervisor",
        Command::Delegate => "delegating a held action takes a supervisor",
        Command::Undo => "taking an approval back takes a supervisor",
        Command::Decide => "deciding held actions takes a supervisor",
        Command::TakeOver | Command::HandBack | Command::Resolve => {
            "taking a conversation over takes a supervisor or an escalation handler"
        }
        Command::Whisper => "whispering to the agent takes a supervisor or an escalation handler",
        Command::Promise | Command::KeepPromise => "promising something takes a supervisor or an escalation handler",
        Command::UseTool => "using a tool takes a supervisor or an escalation handler",
        Command::Reply => "writing to a customer takes a supervisor or an escalation handler",
        Command::ExportCase => "taking a case out of the house takes compliance",
        Command::Stop => "stopping takes a supervisor, an escalation handler or an administrator",
        Command::Resume | Command::Countersign(_) => "this takes a supervisor or an administrator",
        Command::Propose(_) => "none of your roles proposes this change",
    }
}
