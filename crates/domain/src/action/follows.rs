//! What may happen to an action, and when: the one place that says no. Commands ask it before they lead to an event, and
//! whoever replays a log asks it of every event that stands there.

use super::command::ActionError;
use super::decision::{Choice, STATEMENT_TYPE, StepUp};
use super::event::{ActionEvent, BACK_BEFORE_SECONDS, Decided, MOST_MORE_TIME, PERSON, RESTORED, VoidReason};
use super::state::{Action, Phase};
use crate::ids::PersonId;
use crate::person::KeyKind;
use crate::time::Timestamp;
use crate::verdict::{Disposition, Verdict};

pub(super) const PROPOSED: &[Phase] = &[Phase::Proposed];
pub(super) const JUDGED: &[Phase] = &[Phase::Allowed, Phase::Held, Phase::Approved, Phase::Waiting];
const HELD: &[Phase] = &[Phase::Held];
const APPROVED: &[Phase] = &[Phase::Approved];
const WAITING: &[Phase] = &[Phase::Waiting];
const MAY_START: &[Phase] = &[Phase::Allowed, Phase::Approved, Phase::Waiting];
const STARTED: &[Phase] = &[Phase::Started];
const UNKNOWN: &[Phase] = &[Phase::Unknown];
const OPEN: &[Phase] = &[Phase::Proposed, Phase::Allowed, Phase::Held, Phase::Approved, Phase::Waiting, Phase::Started];

impl Action {
    /// Whether this event may come next.
    pub fn may_follow(&self, event: &ActionEvent) -> Result<(), ActionError> {
        match event {
            ActionEvent::Proposed(_) => self.must_be(&[], "an action that nobody proposed yet"),
            ActionEvent::Allowed(judged) => {
                self.must_be(PROPOSED, "an action that was not judged yet")?;
                fits(judged.verdict.disposition == Disposition::Allow, "a verdict that does not allow it")?;
                fits(judged.digest == self.digest, "another digest")
            }
            ActionEvent::Held(held) => {
                self.must_be(PROPOSED, "an action that was not judged yet")?;
                fits(held.verdict.disposition == Disposition::Hold, "a verdict that does not hold it")?;
                fits(held.digest == self.digest, "another digest")
            }
            ActionEvent::Denied(judged) => {
                self.must_be(Phase::UNSTARTED, "an action that has not started")?;
                fits(judged.verdict.disposition == Disposition::Deny, "a verdict that does not deny it")?;
                fits(judged.digest == self.digest, "another digest")
            }
            ActionEvent::Voided { reason: VoidReason::Undone, held } => {
                self.must_be(WAITING, "an approved action that can still be taken back")?;
                fits(held.digest == self.proposed.digest, "another digest")
            }
            ActionEvent::Voided { held, .. } => {
                self.must_be(JUDGED, "an action that was judged and has not started")?;
                fits(held.digest == self.proposed.digest, "another digest")
            }
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                self.must_be(HELD, "a held action")?;
                fits(recorded_as(event) == Some(decided.statement.decision), "another decision than what was signed")?;
                self.may_decide(decided)
            }
            ActionEvent::Waiting { at, until } => {
                self.must_be(APPROVED, "an approved action")?;
                fits(self.undo_seconds() > 0, "a rule that lets it start at once")?;
                fits(*until == at.plus_seconds(self.undo_seconds()), "another time to take it back")
            }
            ActionEvent::Expired { deadline } => {
                self.must_be(HELD, "a held action")?;
                fits(self.deadline == Some(*deadline), "another deadline")
            }
            ActionEvent::DeadlineMoved { deadline, reason } => {
                self.must_be(HELD, "a held action")?;
                fits(self.deadline <= Some(*deadline), "an earlier deadline")?;
                fits(
                    reason != PERSON || self.is_one_wait_later(*deadline),
                    "more time than the rules that hold it give",
                )?;
                match reason == PERSON && self.more_time >= MOST_MORE_TIME {
                    true => Err(ActionError::NoMoreTime),
                    false => Ok(()),
                }
            }
            ActionEvent::Snoozed { until } => {
                self.must_be(HELD, "a held action")?;
                let back =
                    |deadline: Timestamp| until.is_none_or(|at| at.plus_seconds(BACK_BEFORE_SECONDS) <= deadline);
                match until.is_some() || self.snoozed_until.is_some() {
                    false => Err(ActionError::NotSnoozed),
                    true if self.deadline.is_none_or(back) => Ok(()),
                    true => Err(ActionError::BackTooLate),
                }
            }
            ActionEvent::Delegated { to } => {
                self.must_be(HELD, "a held action")?;
                if self.delegate == *to {
                    return Err(ActionError::TheirsAlready);
                }
                match to.as_ref().is_some_and(|to| self.has_signed(to)) {
                    true => Err(ActionError::SignedAlready),
                    false => Ok(()),
                }
            }
            ActionEvent::Withdrawn { .. } | ActionEvent::Superseded { .. } => {
                self.must_be(Phase::UNSTARTED, "an action that has not started")
            }
            ActionEvent::Started(started) => {
                self.must_be(MAY_START, "an allowed or approved action")?;
                let waited = match self.phase {
                    Phase::Waiting => self.waits_until.is_some_and(|until| until <= started.at),
                    phase => phase == Phase::Allowed || self.undo_seconds() == 0,
                };
                fits(waited, "a start before the time to take it back was over")?;
                fits(started.digest == self.digest, "another digest than what was allowed or signed")
            }
            ActionEvent::Unknown { code } if code == RESTORED => self.must_be(OPEN, "an action that is not closed"),
            ActionEvent::Succeeded { .. } | ActionEvent::Failed { .. } | ActionEvent::Unknown { .. } => {
                self.must_be(STARTED, "a started action")
            }
            ActionEvent::Settled { .. } => self.must_be(UNKNOWN, "an action whose outcome is unknown"),
        }
    }

    pub(super) fn must_be(&self, phases: &[Phase], needs: &'static str) -> Result<(), ActionError> {
        if phases.contains(&self.phase) { Ok(()) } else { Err(ActionError::WrongPhase { phase: self.phase, needs }) }
    }

    /// Whether a held action takes this decision.
    fn may_decide(&self, decided: &Decided) -> Result<(), ActionError> {
        let statement = &decided.statement;
        fits(statement.r#type == STATEMENT_TYPE, "another form of statement")?;
        fits(statement.action == self.proposed.action, "another action")?;
        fits(statement.proposal == self.proposal, "another proposal")?;
        fits(statement.digest_proposed == self.proposed.digest, "another proposed digest")?;
        fits(statement.definition == self.proposed.definition, "another tool definition")?;
        let in_force = self.verdict.as_ref().map(|v| v.policy_version.as_str());
        fits(in_force == Some(statement.policy_version.as_str()), "another policy version")?;
        let count = (statement.which, statement.of);
        match statement.decision {
            Choice::Reject => {
                fits(statement.digest_decided == self.digest, "another digest")?;
                fits(count == (self.next_signature(), self.signatures_needed()), "another count of signatures")
            }
            Choice::Override => {
                fits(statement.digest_decided != self.digest, "an override that changes nothing")?;
                let judged = decided.verdict.as_ref();
                let verdict = judged.ok_or(ActionError::DoesNotFit("an override that was not judged"))?;
                if verdict.disposition == Disposition::Deny {
                    return Err(ActionError::Denied);
                }
                stepped_up(verdict, decided)?;
                fits(count == (1, verdict.approvers.max(1)), "another count of signatures")
            }
            Choice::Approve => {
                if self.has_signed(&statement.person) {
                    return Err(ActionError::SignedAlready);
                }
                if let Some(verdict) = &self.verdict {
                    stepped_up(verdict, decided)?;
                }
                fits(statement.digest_decided == self.digest, "another digest")?;
                fits(count == (self.next_signature(), self.signatures_needed()), "another count of signatures")
            }
        }
    }

    /// Whether a deadline is later by as much as the rules that hold it let it wait, where one of them says how long.
    fn is_one_wait_later(&self, deadline: Timestamp) -> bool {
        let seconds = self.verdict.as_ref().map_or(0, |verdict| i64::from(verdict.deadline_seconds));
        seconds == 0 || self.deadline.is_none_or(|before| deadline == before.plus_seconds(seconds))
    }

    fn has_signed(&self, person: &PersonId) -> bool {
        self.approvals.iter().any(|approval| approval.person == *person)
    }

    fn next_signature(&self) -> u8 {
        u8::try_from(self.approvals.len()).unwrap_or(u8::MAX).saturating_add(1)
    }
}

/// Whether whoever approves has typed their password again, at a device of theirs, where the rules ask for that.
fn stepped_up(verdict: &Verdict, decided: &Decided) -> Result<(), ActionError> {
    let again = decided.statement.step_up == Some(StepUp::Password) && decided.signed_by == KeyKind::Device;
    if again || !verdict.step_up { Ok(()) } else { Err(ActionError::StepUpNeeded) }
}

/// The decision that an event says it is.
fn recorded_as(event: &ActionEvent) -> Option<Choice> {
    match event {
        ActionEvent::Approved(_) => Some(Choice::Approve),
        ActionEvent::Overridden(_) => Some(Choice::Override),
        ActionEvent::Rejected(_) => Some(Choice::Reject),
        _ => None,
    }
}

fn fits(holds: bool, what: &'static str) -> Result<(), ActionError> {
    if holds { Ok(()) } else { Err(ActionError::DoesNotFit(what)) }
}
