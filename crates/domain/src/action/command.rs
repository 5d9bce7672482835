//! What may be done to an action, and what each command leads to.

use super::decision::Choice;
use super::event::{ActionEvent, Decided, Evidence, Held, Judged, MOST_MORE_TIME, SettledHow, Started, VoidReason};
use super::follows::{JUDGED, PROPOSED};
use super::standing::Standing;
use super::state::{Action, Phase};
use crate::event::{Draft, Fields};
use crate::ids::PersonId;
use crate::time::Timestamp;
use crate::verdict::{Disposition, Verdict};

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Conclusion {
    /// The tool did it.
    Succeeded {
        /// Whom the result is about, pseudonymous, where the tool says so.
        subject: Option<String>,
    },
    /// It did not happen; a code.
    Failed(String),
    /// It may have happened; a code.
    Unknown(String),
}

/// A command to an action. Sealed fields come with it; whether the signature is good and the card is the station's
/// own, the gate has checked before.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Record the verdict.
    Judge {
        /// What policy says.
        verdict: Verdict,
        /// How reading evidence went.
        evidence: Evidence,
        /// When a hold would expire.
        deadline: Timestamp,
        /// How limits stood; an allow reserves.
        standing: Standing,
    },
    /// Record a person's decision.
    Decide(Box<Decided>),
    /// Hold again what was signed.
    Void {
        /// Why.
        reason: VoidReason,
        /// What policy says now.
        verdict: Verdict,
        /// How reading evidence went.
        evidence: Evidence,
        /// When the new hold expires.
        deadline: Timestamp,
        /// How limits stood.
        standing: Standing,
    },
    /// Record that policy forbids it now, whoever signed.
    Deny {
        /// What policy says.
        verdict: Verdict,
        /// How reading evidence went.
        evidence: Evidence,
    },
    /// Let it wait for as long as it can be taken back.
    Wait {
        /// By the station's clock.
        at: Timestamp,
    },
    /// Record that the tool is about to be called.
    Start {
        /// The position of the decision or verdict; absent in the same append.
        permitted_at: Option<u64>,
        /// The version of the rules under which it was looked at once more.
        judged: Option<String>,
        /// By the station's clock.
        at: Timestamp,
    },
    /// Record how the call ended.
    Conclude {
        /// How.
        conclusion: Conclusion,
        /// By the station's clock.
        at: Timestamp,
    },
    /// Record what became of an unknown outcome.
    Settle {
        /// What is known now.
        how: SettledHow,
        /// A code.
        by: String,
    },
    /// Close it if its deadline has passed.
    Expire {
        /// By the station's clock.
        at: Timestamp,
    },
    /// Take it back.
    Withdraw {
        /// A code.
        reason: String,
    },
    /// Put it off, or bring it back.
    Snooze {
        /// Until then.
        until: Option<Timestamp>,
    },
    /// Hand it to somebody, or to everybody again.
    Delegate {
        /// Who is to decide it.
        to: Option<PersonId>,
    },
    /// Give it more time.
    MoveDeadline {
        /// The new deadline.
        deadline: Timestamp,
        /// A code.
        reason: String,
    },
}

/// Why a command does nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The action is past that.
    #[error("the action is {phase:?}; that needs {needs}")]
    WrongPhase {
        /// Where it stands.
        phase: Phase,
        /// What the command needs.
        needs: &'static str,
    },
    /// The statement names another action, log position, digest or policy than the one in force.
    #[error("the decision does not fit the action: {0}")]
    DoesNotFit(&'static str),
    /// Nobody signs twice.
    #[error("this person has signed already; another must sign too")]
    SignedAlready,
    /// The rules ask for more than a signature of whoever happens to sit there.
    #[error("approving it asks for the password again, in the application's own window")]
    StepUpNeeded,
    /// Policy denies it, whoever signs.
    #[error("policy denies it, and no signature changes that")]
    Denied,
    /// People have put it off as often as they may.
    #[error("it was given more time {MOST_MORE_TIME} times already; decide it, or call for a colleague")]
    NoMoreTime,
    /// It would come back too late to be decided.
    #[error("it must be back a minute before its deadline; choose an earlier time, or give it more time first")]
    BackTooLate,
    /// Nothing puts it off.
    #[error("it was not put off")]
    NotSnoozed,
    /// It was handed to them before, or to nobody.
    #[error("whose it is to decide is as it was")]
    TheirsAlready,
    /// It was to be handed to somebody who cannot decide it.
    #[error("this person does not decide held actions, or cannot sign; choose somebody else")]
    CannotDecide,
    /// Not yet.
    #[error("its deadline has not passed")]
    NotDue,
}

impl Action {
    /// What a command leads to.
    pub fn decide(&self, command: Command, sealed: Fields) -> Result<Draft, ActionError> {
        let digest = || self.digest.clone();
        let event = match command {
            Command::Judge { verdict, evidence, deadline, standing } => match verdict.disposition {
                Disposition::Allow => ActionEvent::Allowed(Judged { digest: digest(), verdict, evidence, standing }),
                Disposition::Hold => {
                    ActionEvent::Held(Held { digest: digest(), verdict, deadline, evidence, standing })
                }
                Disposition::Deny => {
                    self.must_be(PROPOSED, "an action that was not judged yet")?;
                    ActionEvent::Denied(Judged { digest: digest(), verdict, evidence, standing })
                }
            },
            Command::Decide(decided) => match decided.statement.decision {
                Choice::Approve => ActionEvent::Approved(*decided),
                Choice::Override => ActionEvent::Overridden(*decided),
                Choice::Reject => ActionEvent::Rejected(*decided),
            },
            Command::Void { reason, verdict, evidence, deadline, standing } => {
                let held = Held { digest: self.proposed.digest.clone(), verdict, deadline, evidence, standing };
                ActionEvent::Voided { reason, held }
            }
            Command::Deny { verdict, evidence } => {
                self.must_be(JUDGED, "an action that was judged and has not started")?;
                ActionEvent::Denied(Judged { digest: digest(), verdict, evidence, standing: Standing::default() })
            }
            Command::Wait { at } => ActionEvent::Waiting { at, until: at.plus_seconds(self.undo_seconds()) },
            Command::Start { permitted_at, judged, at } => {
                ActionEvent::Started(Started { digest: digest(), permitted_at, judged, at })
            }
            Command::Conclude { conclusion, at } => {
                let took_ms = self.started_at.map_or(0, |start| at.millis_since(start).max(0));
                match conclusion {
                    Conclusion::Succeeded { subject } => ActionEvent::Succeeded { took_ms, subject },
                    Conclusion::Failed(code) => ActionEvent::Failed { code, took_ms },
                    Conclusion::Unknown(code) => ActionEvent::Unknown { code },
                }
            }
            Command::Settle { how, by } => ActionEvent::Settled { how, by },
            Command::Expire { at } => {
                let event = ActionEvent::Expired { deadline: self.deadline.unwrap_or(at) };
                self.may_follow(&event)?;
                return match self.deadline.is_some_and(|deadline| at < deadline) {
                    true => Err(ActionError::NotDue),
                    false => Ok(Draft::with(&event, sealed)),
                };
            }
            Command::Withdraw { reason } => ActionEvent::Withdrawn { reason },
            Command::Snooze { until } => ActionEvent::Snoozed { until },
            Command::Delegate { to } => ActionEvent::Delegated { to },
            Command::MoveDeadline { deadline, reason } => ActionEvent::DeadlineMoved { deadline, reason },
        };
        self.may_follow(&event)?;
        Ok(Draft::with(&event, sealed))
    }
}
