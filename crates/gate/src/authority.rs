//! Who may do what, asked in the moment: what is stored on the answer is guarded by the person's stream, so a removal that
//! comes first is never overtaken.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::authority::{self, Command};
use countersign_domain::ids::PersonId;
use countersign_domain::person::Person;
use countersign_event_log::stream::{StreamName, Version};

/// A stream that must stand where it was looked at.
pub(crate) type Guard = (StreamName, Version);

impl Gate {
    /// The person, if they may ask for that, and what must not have moved when it is stored.
    pub(crate) async fn allowed(&self, by: &PersonId, command: Command) -> Result<(Person, Guard), GateError> {
        let stream = StreamName::person(by);
        let stored = self.records.stored(&stream, 0).await?;
        let mut person = Person::default();
        for event in &stored {
            person.apply(&read(event)?);
        }
        let staff = self.records.staff().await?;
        match authority::may(&person, command, &staff) {
            Ok(()) => Ok((person, (stream, stored.len() as u64))),
            Err(_) => Err(GateError::NotAllowed(needs(command))),
        }
    }
}

/// What somebody lacks who may not.
fn needs(command: Command) -> &'static str {
    match command {
        Command::Decide => "deciding held actions takes a supervisor",
        Command::TakeOver | Command::HandBack => {
            "taking a conversation over takes a supervisor or an escalation handler"
        }
        Command::Stop => "stopping takes a supervisor, an escalation handler or an administrator",
        Command::Resume | Command::Countersign(_) => "this takes a supervisor or an administrator",
        Command::Propose(_) => "none of your roles proposes this change",
    }
}
