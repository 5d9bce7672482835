//! More time for a held action, as a desk sees it.

use crate::decisions::by_whom;
use crate::desk::Desk;
use crate::office::Office;
use crate::problems::sentence;
use crate::wire::error::{Problem, ProblemCode};
use countersign_domain::action::{ActionError, MOST_MORE_TIME, Phase};
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::time::Timestamp;
use countersign_gate::error::GateError;
use countersign_gate::records::ActionRecord;

pub(crate) async fn give(office: &Office, action: &ActionId, by: &PersonId, saw: &str) -> Result<(), Problem> {
    let Ok(saw) = saw.parse::<Timestamp>() else {
        return Err(Problem::new(ProblemCode::Invalid, "No deadline is named that could be put off."));
    };
    match office.gate.give_more_time(action, by, saw).await {
        Ok(_) => Ok(()),
        Err(GateError::CardChanged) => {
            let message = "Its deadline is another one by now: somebody was first. It was not moved again.";
            Err(Problem::new(ProblemCode::CardChanged, message))
        }
        Err(why) => Err(by_whom(office, action, why, "Its deadline was not moved.").await),
    }
}

/// Why somebody may not give it more time; nothing where it is not held.
pub(crate) async fn may_not(desk: &Desk, record: &ActionRecord) -> Result<Option<String>, Problem> {
    if record.action.phase != Phase::Held {
        return Ok(None);
    }
    if record.action.more_time >= MOST_MORE_TIME {
        return Ok(Some(sentence(&GateError::from(ActionError::NoMoreTime))));
    }
    desk.may_not(Command::MoreTime).await
}
