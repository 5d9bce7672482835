//! Where an action stands, folded from its events' open parts.

use super::decision::Choice;
use super::event::{ActionEvent, Evidence, Held, PERSON, Proposed, SettledHow};
use super::standing::Standing;
use crate::ids::{PersonId, SigningKeyId};
use crate::ledger::{Entry, LedgerEvent, LedgerName, Reservation};
use crate::money::Money;
use crate::object::{ObjectEvent, Stage};
use crate::time::Timestamp;
use crate::tool::EffectClass;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// The states of the lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Asked, not yet judged.
    Proposed,
    /// Rules let it run.
    Allowed,
    /// Waits for people.
    Held,
    /// Rules forbid it.
    Denied,
    /// Every signature that it needs is there.
    Approved,
    /// Every signature is there, and it can still be taken back.
    Waiting,
    /// A person refused.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// Taken back.
    Withdrawn,
    /// Replaced.
    Superseded,
    /// The tool is being called.
    Started,
    /// Done.
    Succeeded,
    /// Did not happen.
    Failed,
    /// May have happened.
    Unknown,
    /// Unknown before, known now.
    Settled(SettledHow),
}

impl Phase {
    /// Those in which its tool was not called, and still can be.
    pub const UNSTARTED: &[Phase] = &[Phase::Proposed, Phase::Allowed, Phase::Held, Phase::Approved, Phase::Waiting];

    /// Whether it is one of those: what may be taken back.
    pub fn has_not_started(self) -> bool {
        Self::UNSTARTED.contains(&self)
    }

    /// Whether the verdict on it is behind it and was to let it run, or a person refused it: nobody is asked any more, and not
    /// because it ended by itself.
    pub fn is_behind_a_decision(self) -> bool {
        match self {
            Phase::Approved | Phase::Waiting | Phase::Rejected => true,
            Phase::Started | Phase::Succeeded | Phase::Failed | Phase::Unknown | Phase::Settled(_) => true,
            Phase::Proposed | Phase::Allowed | Phase::Held | Phase::Denied => false,
            Phase::Expired | Phase::Withdrawn | Phase::Superseded => false,
        }
    }

    /// Whether nothing can happen to it any more.
    pub fn is_final(self) -> bool {
        !matches!(
            self,
            Phase::Proposed
                | Phase::Allowed
                | Phase::Held
                | Phase::Approved
                | Phase::Waiting
                | Phase::Started
                | Phase::Unknown
        )
    }
}

/// What stands of an action in ledgers and on its object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Footing {
    /// What ledgers hold of it.
    pub reserved: Vec<Reservation>,
    /// Where its object saw it last.
    pub stage: Option<Stage>,
}

/// A signature that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who signed.
    pub person: PersonId,
    /// With which key.
    pub key: SigningKeyId,
    /// Whether they changed arguments.
    pub choice: Choice,
    /// The digest that they signed.
    pub digest: String,
}

/// One action.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The proposal.
    pub proposed: Proposed,
    /// Its position in the log.
    pub proposal: u64,
    /// Where it stands.
    pub phase: Phase,
    /// The verdict in force.
    pub verdict: Option<Verdict>,
    /// How evidence was read last.
    pub evidence: Evidence,
    /// When it expires, while held.
    pub deadline: Option<Timestamp>,
    /// How often people gave it more time, since it is held.
    pub more_time: u8,
    /// Until when it is put off, while held; it is back once that has passed.
    pub snoozed_until: Option<Timestamp>,
    /// Who is to decide it, where it was handed to somebody.
    pub delegate: Option<PersonId>,
    /// Before when it does not start, while it can be taken back.
    pub waits_until: Option<Timestamp>,
    /// Signatures that count towards the hold in force.
    pub approvals: Vec<Approval>,
    /// The digest in force: proposed, or as overridden.
    pub digest: String,
    /// The amount in force.
    pub money: Option<Money>,
    /// What the gate knew when the verdict or decision in force was made.
    pub standing: Standing,
    /// What it has reserved in ledgers and not released.
    pub reserved: Vec<Reservation>,
    /// When the tool was called.
    pub started_at: Option<Timestamp>,
    /// The events taken in: the stream's version.
    pub version: u64,
}

impl Action {
    /// Begins with the proposal; anything else cannot begin an action.
    pub fn begin(event: &ActionEvent, position: u64) -> Option<Self> {
        let ActionEvent::Proposed(proposed) = event else { return None };
        Some(Self {
            proposed: proposed.clone(),
            proposal: position,
            phase: Phase::Proposed,
            verdict: None,
            evidence: Evidence::None,
            deadline: None,
            more_time: 0,
            snoozed_until: None,
            delegate: None,
            waits_until: None,
            approvals: Vec::new(),
            digest: proposed.digest.clone(),
            money: proposed.money.clone(),
            standing: Standing::default(),
            reserved: Vec::new(),
            started_at: None,
            version: 1,
        })
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &ActionEvent) {
        self.version += 1;
        match event {
            ActionEvent::Proposed(_) => {}
            ActionEvent::Allowed(judged) => {
                self.phase = Phase::Allowed;
                self.verdict = Some(judged.verdict.clone());
                self.evidence = judged.evidence.clone();
                self.stands(&judged.standing);
            }
            ActionEvent::Denied(judged) => {
                self.phase = Phase::Denied;
                self.verdict = Some(judged.verdict.clone());
                self.evidence = judged.evidence.clone();
                self.reserved.clear();
                self.stands(&judged.standing);
            }
            ActionEvent::Held(held) => self.hold(held),
            ActionEvent::Voided { held, .. } => {
                self.approvals.clear();
                self.reserved.clear();
                self.digest.clone_from(&self.proposed.digest);
                self.money.clone_from(&self.proposed.money);
                self.hold(held);
            }
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) => {
                let statement = &decided.statement;
                if statement.decision == Choice::Override {
                    // Other bytes: whoever signed the earlier ones must sign again.
                    self.approvals.clear();
                    self.reserved.clear();
                    self.digest.clone_from(&statement.digest_decided);
                    self.money.clone_from(&decided.money);
                    if let Some(verdict) = &decided.verdict {
                        self.verdict = Some(verdict.clone());
                    }
                }
                self.stands(&decided.standing);
                self.snoozed_until = None;
                // Theirs is done; whoever else signs leaves it with them.
                self.delegate.take_if(|to| *to == statement.person);
                self.approvals.push(Approval {
                    person: statement.person.clone(),
                    key: statement.key.clone(),
                    choice: statement.decision,
                    digest: statement.digest_decided.clone(),
                });
                if self.signatures_missing() == 0 {
                    self.phase = Phase::Approved;
                }
            }
            ActionEvent::Waiting { until, .. } => {
                self.phase = Phase::Waiting;
                self.waits_until = Some(*until);
            }
            ActionEvent::Rejected(_) => self.ends(Phase::Rejected),
            ActionEvent::Expired { .. } => self.ends(Phase::Expired),
            ActionEvent::Withdrawn { .. } => self.ends(Phase::Withdrawn),
            ActionEvent::Superseded { .. } => self.ends(Phase::Superseded),
            ActionEvent::DeadlineMoved { deadline, reason } => {
                self.deadline = Some(*deadline);
                self.more_time = self.more_time.saturating_add(u8::from(reason == PERSON));
            }
            ActionEvent::Snoozed { until } => self.snoozed_until = *until,
            ActionEvent::Delegated { to } => {
                self.delegate.clone_from(to);
                self.snoozed_until = None;
            }
            ActionEvent::Started(started) => {
                self.phase = Phase::Started;
                self.started_at = Some(started.at);
            }
            ActionEvent::Succeeded { .. } => self.phase = Phase::Succeeded,
            ActionEvent::Failed { .. } => self.ends(Phase::Failed),
            ActionEvent::Unknown { .. } => self.phase = Phase::Unknown,
            ActionEvent::Settled { how: SettledHow::DidNotHappen, .. } => {
                self.ends(Phase::Settled(SettledHow::DidNotHappen));
            }
            ActionEvent::Settled { how, .. } => self.phase = Phase::Settled(*how),
        }
    }

    fn hold(&mut self, held: &Held) {
        self.phase = Phase::Held;
        self.verdict = Some(held.verdict.clone());
        self.evidence = held.evidence.clone();
        self.deadline = Some(held.deadline);
        self.more_time = 0;
        // What changed is to be looked at.
        self.snoozed_until = None;
        self.waits_until = None;
        self.stands(&held.standing);
    }

    /// Ends without having happened: what was reserved is free again.
    fn ends(&mut self, phase: Phase) {
        self.phase = phase;
        self.reserved.clear();
    }

    fn stands(&mut self, standing: &Standing) {
        self.reserved.extend(standing.reserved.iter().cloned());
        self.standing = standing.clone();
    }

    /// Where it stands on its object; nothing before its verdict, without an object, and for reads.
    pub fn stage(&self) -> Option<Stage> {
        if self.proposed.effect == EffectClass::Read || self.proposed.object.is_none() {
            return None;
        }
        match self.phase {
            Phase::Proposed => None,
            Phase::Held => Some(Stage::Waiting),
            Phase::Allowed | Phase::Approved | Phase::Waiting | Phase::Started | Phase::Unknown => Some(Stage::Running),
            Phase::Rejected => Some(Stage::Refused),
            _ => Some(Stage::Ended),
        }
    }

    /// What its ledgers and its object know of it when they have taken in everything up to here.
    pub fn footing(&self) -> Footing {
        Footing { reserved: self.reserved.clone(), stage: self.stage() }
    }

    /// What its object must take in when this action moves to `after`.
    pub fn object_move(&self, after: &Self) -> Option<ObjectEvent> {
        after.object_move_from(self.stage())
    }

    /// What its object must take in, having seen it at `before` last.
    pub fn object_move_from(&self, before: Option<Stage>) -> Option<ObjectEvent> {
        self.moves_on_its_object(before).map(|stage| ObjectEvent::Moved {
            action: self.proposed.action.clone(),
            conversation: self.proposed.conversation.clone(),
            subject: self.standing.subject.clone(),
            stage,
        })
    }

    /// Where its object must see it, if that is somewhere else than `before`.
    pub fn moves_on_its_object(&self, before: Option<Stage>) -> Option<Stage> {
        let stage = self.stage()?;
        let never_there = before.is_none() && stage == Stage::Ended;
        (before != Some(stage) && !never_there).then_some(stage)
    }

    /// What ledgers must take in when this action moves to `after`: the releases, then the reservations.
    pub fn ledger_moves(&self, after: &Self) -> Vec<(LedgerName, LedgerEvent)> {
        after.ledger_moves_from(&self.reserved)
    }

    /// What ledgers must take in, having `before` of it: the releases, then the reservations.
    pub fn ledger_moves_from(&self, before: &[Reservation]) -> Vec<(LedgerName, LedgerEvent)> {
        let entry = |reservation: &Reservation| Entry {
            action: self.proposed.action.clone(),
            tool: self.proposed.tool.clone(),
            money: reservation.money.clone(),
            at: reservation.at,
        };
        let released = before.iter().filter(|r| !self.reserved.contains(r));
        let reserved = self.reserved.iter().filter(|r| !before.contains(r));
        released
            .map(|r| (r.ledger.clone(), LedgerEvent::Released(entry(r))))
            .chain(reserved.map(|r| (r.ledger.clone(), LedgerEvent::Reserved(entry(r)))))
            .collect()
    }

    /// How many people the hold in force asks for; never fewer than one.
    pub fn signatures_needed(&self) -> u8 {
        self.verdict.as_ref().map_or(1, |v| v.approvers.max(1))
    }

    /// For how many seconds it can be taken back once every signature is there.
    pub fn undo_seconds(&self) -> i64 {
        self.verdict.as_ref().map_or(0, |verdict| i64::from(verdict.undo_seconds))
    }

    /// Whether whoever approves it types their password again.
    pub fn asks_step_up(&self) -> bool {
        self.verdict.as_ref().is_some_and(|verdict| verdict.step_up)
    }

    /// How many signatures are still missing. Where more than one is needed, one must be of somebody who changed
    /// nothing, which follows: the overriding person signs once, and nobody signs twice.
    pub fn signatures_missing(&self) -> u8 {
        let have = self.approvals.iter().filter(|a| a.digest == self.digest).count();
        self.signatures_needed().saturating_sub(u8::try_from(have).unwrap_or(u8::MAX))
    }
}
