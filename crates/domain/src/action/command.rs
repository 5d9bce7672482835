//! What may be done to an action, and when: the one place that says no.

use super::decision::{Choice, STATEMENT_TYPE};
use super::event::{ActionEvent, Decided, Evidence, Held, Judged, SettledHow, Started, VoidReason};
use super::standing::Standing;
use super::state::{Action, Phase};
use crate::event::{Draft, Fields};
use crate::time::Timestamp;
use crate::verdict::{Disposition, Verdict};

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Conclusion {
    /// The tool did it.
    Succeeded,
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
    /// Record that the tool is about to be called.
    Start {
        /// The position of the decision or verdict; absent in the same append.
        permitted_at: Option<u64>,
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
    /// Policy denies it, whoever signs.
    #[error("policy denies it, and no signature changes that")]
    Denied,
    /// Not yet.
    #[error("its deadline has not passed")]
    NotDue,
}

const UNSTARTED: &[Phase] = &[Phase::Allowed, Phase::Held, Phase::Approved];

impl Action {
    /// What a command leads to.
    pub fn decide(&self, command: Command, sealed: Fields) -> Result<Draft, ActionError> {
        let event = match command {
            Command::Judge { verdict, evidence, deadline, standing } => {
                self.must_be(&[Phase::Proposed], "an action that was not judged yet")?;
                let digest = self.digest.clone();
                match verdict.disposition {
                    Disposition::Allow => ActionEvent::Allowed(Judged { digest, verdict, evidence, standing }),
                    Disposition::Hold => ActionEvent::Held(Held { digest, verdict, deadline, evidence, standing }),
                    Disposition::Deny => ActionEvent::Denied(Judged { digest, verdict, evidence, standing }),
                }
            }
            Command::Decide(decided) => self.decided(*decided)?,
            Command::Void { reason, verdict, evidence, deadline, standing } => {
                self.must_be(UNSTARTED, "an action that was judged and has not started")?;
                let held = Held { digest: self.proposed.digest.clone(), verdict, deadline, evidence, standing };
                ActionEvent::Voided { reason, held }
            }
            Command::Deny { verdict, evidence } => {
                self.must_be(UNSTARTED, "an action that was judged and has not started")?;
                let standing = Standing::default();
                ActionEvent::Denied(Judged { digest: self.digest.clone(), verdict, evidence, standing })
            }
            Command::Start { permitted_at, at } => {
                self.must_be(&[Phase::Allowed, Phase::Approved], "an allowed or approved action")?;
                ActionEvent::Started(Started { digest: self.digest.clone(), permitted_at, at })
            }
            Command::Conclude { conclusion, at } => {
                self.must_be(&[Phase::Started], "a started action")?;
                let took_ms = self.started_at.map_or(0, |start| at.millis_since(start).max(0));
                match conclusion {
                    Conclusion::Succeeded => ActionEvent::Succeeded { took_ms },
                    Conclusion::Failed(code) => ActionEvent::Failed { code, took_ms },
                    Conclusion::Unknown(code) => ActionEvent::Unknown { code },
                }
            }
            Command::Settle { how, by } => {
                self.must_be(&[Phase::Unknown], "an action whose outcome is unknown")?;
                ActionEvent::Settled { how, by }
            }
            Command::Expire { at } => {
                self.must_be(&[Phase::Held], "a held action")?;
                let deadline = self.deadline.unwrap_or(at);
                if at < deadline {
                    return Err(ActionError::NotDue);
                }
                ActionEvent::Expired { deadline }
            }
            Command::Withdraw { reason } => {
                self.must_be(
                    &[Phase::Proposed, Phase::Allowed, Phase::Held, Phase::Approved],
                    "an action that has not started",
                )?;
                ActionEvent::Withdrawn { reason }
            }
            Command::MoveDeadline { deadline, reason } => {
                self.must_be(&[Phase::Held], "a held action")?;
                ActionEvent::DeadlineMoved { deadline, reason }
            }
        };
        Ok(Draft::with(&event, sealed))
    }

    fn must_be(&self, phases: &[Phase], needs: &'static str) -> Result<(), ActionError> {
        if phases.contains(&self.phase) { Ok(()) } else { Err(ActionError::WrongPhase { phase: self.phase, needs }) }
    }

    fn decided(&self, decided: Decided) -> Result<ActionEvent, ActionError> {
        self.must_be(&[Phase::Held], "a held action")?;
        let statement = &decided.statement;
        let fits = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(ActionError::DoesNotFit(what)) };
        fits(statement.r#type == STATEMENT_TYPE, "another form of statement")?;
        fits(statement.action == self.proposed.action, "another action")?;
        fits(statement.proposal == self.proposal, "another proposal")?;
        fits(statement.digest_proposed == self.proposed.digest, "another proposed digest")?;
        fits(statement.definition == self.proposed.definition, "another tool definition")?;
        let in_force = self.verdict.as_ref().map(|v| v.policy_version.as_str());
        fits(in_force == Some(statement.policy_version.as_str()), "another policy version")?;
        if statement.decision == Choice::Reject {
            fits(statement.digest_decided == self.digest, "another digest")?;
            let count = (self.next_signature(), self.signatures_needed());
            fits((statement.which, statement.of) == count, "another count of signatures")?;
            return Ok(ActionEvent::Rejected(decided));
        }
        if statement.decision == Choice::Override {
            fits(statement.digest_decided != self.digest, "an override that changes nothing")?;
            let verdict = decided.verdict.as_ref().ok_or(ActionError::DoesNotFit("an override that was not judged"))?;
            if verdict.disposition == Disposition::Deny {
                return Err(ActionError::Denied);
            }
            fits((statement.which, statement.of) == (1, verdict.approvers.max(1)), "another count of signatures")?;
            return Ok(ActionEvent::Overridden(decided));
        }
        if self.approvals.iter().any(|a| a.person == statement.person) {
            return Err(ActionError::SignedAlready);
        }
        fits(statement.digest_decided == self.digest, "another digest")?;
        let count = (self.next_signature(), self.signatures_needed());
        fits((statement.which, statement.of) == count, "another count of signatures")?;
        Ok(ActionEvent::Approved(decided))
    }

    fn next_signature(&self) -> u8 {
        u8::try_from(self.approvals.len()).unwrap_or(u8::MAX).saturating_add(1)
    }
}
