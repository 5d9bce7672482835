//! Taking an approval back before its action starts, as a desk sees it.

use crate::decisions::by_whom;
use crate::desk::Desk;
use crate::office::Office;
use crate::wire::error::{Problem, ProblemCode};
use countersign_domain::action::{ActionError, Phase};
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_gate::error::GateError;
use countersign_gate::records::ActionRecord;

pub(crate) async fn undo(office: &Office, action: &ActionId, by: &PersonId) -> Result<(), Problem> {
    match office.gate.undo(action, by).await {
        Ok(Phase::Denied) => {
            let message = "A rule denies it by now, so it does not happen at all. It is not held again.";
            Err(Problem::new(ProblemCode::NoLongerHeld, message))
        }
        Ok(_) => Ok(()),
        Err(GateError::Action(ActionError::WrongPhase { phase: Phase::Held, .. })) => {
            let message = "It is held again already. Nothing was changed.";
            Err(Problem::new(ProblemCode::NoLongerHeld, message))
        }
        Err(why) => Err(by_whom(office, action, why, "It has started, so it cannot be taken back.").await),
    }
}

/// Why somebody may not take back what still can be.
pub(crate) async fn may_not(desk: &Desk, record: &ActionRecord) -> Result<Option<String>, Problem> {
    match record.action.phase {
        Phase::Waiting => desk.may_not(Command::Undo).await,
        _ => Ok(None),
    }
}
