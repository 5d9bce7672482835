//! Where a change stands, and what may be done to it: the one place that says no.

use super::event::{ChangeEvent, ProposedChange, SignedChange};
use super::statement::{CHANGE_STATEMENT_TYPE, ChangeStatement, change_digest};
use crate::authority::{self, Command, NotAllowed};
use crate::event::{Draft, Fields};
use crate::ids::{LogId, PersonId, SigningKeyId};
use crate::person::{Person, sign_together};
use crate::station::Staff;
use crate::time::Timestamp;

/// How long a change waits for its second person.
pub const LASTS_SECONDS: i64 = 7 * 24 * 60 * 60;

/// The states of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangePhase {
    /// Waits for signatures.
    Proposed,
    /// It took effect.
    InEffect,
    /// A second person refused it.
    Refused,
    /// Taken back.
    Withdrawn,
    /// Nobody signed in time.
    Expired,
}

/// A signature that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who signed.
    pub person: PersonId,
    /// With which key.
    pub key: SigningKeyId,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeState {
    /// The proposal.
    pub proposed: ProposedChange,
    /// Its position in the log.
    pub proposal: u64,
    /// What its signatures cover, hexadecimal.
    pub digest: String,
    /// Where it stands.
    pub phase: ChangePhase,
    /// Signatures so far.
    pub signatures: Vec<Signature>,
    /// The events taken in: the stream's version.
    pub version: u64,
}

/// Why a command to a change does nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// It took effect, was refused or taken back, or expired.
    #[error("this change is not waiting any more")]
    NotWaiting,
    /// Its time is over.
    #[error("the time for this change is over; propose it anew")]
    Late,
    /// Not yet.
    #[error("its time is not over")]
    NotDue,
    /// The statement is one of another change, log, digest or count.
    #[error("the signature does not fit the change: {0}")]
    DoesNotFit(&'static str),
    /// Nobody signs twice.
    #[error("this person has signed it already; another person must sign too")]
    SignedAlready,
    /// Whoever proposed it signs first.
    #[error("whoever proposed it signs it first")]
    NotFirst,
    /// Their role does not allow it.
    #[error("{0}")]
    NotAllowed(#[from] NotAllowed),
    /// A reset key beside its resetter.
    #[error("for seven days after a password reset, the new key signs nothing together with whoever reset it")]
    TooSoonAfterReset,
    /// Proposed when one person decided everything; two must sign by now.
    #[error("it was proposed when one person decided everything; by now two people must sign, so propose it anew")]
    OnePersonModeEnded,
    /// What it would change is not as it was when it was proposed.
    #[error("what it would change has changed since it was proposed; look again and propose it anew")]
    Outdated,
    /// It would have no effect, or one that may not be.
    #[error("{0}")]
    Impossible(&'static str),
}

impl ChangeState {
    /// Begins with the proposal, its position and the commitment to what was sealed with it.
    pub fn begin(event: &ChangeEvent, position: u64, commitment: Option<&str>) -> Option<Self> {
        let ChangeEvent::Proposed(proposed) = event else { return None };
        Some(Self {
            proposed: proposed.clone(),
            proposal: position,
            digest: change_digest(proposed, commitment),
            phase: ChangePhase::Proposed,
            signatures: Vec::new(),
            version: 1,
        })
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &ChangeEvent) {
        self.version += 1;
        match event {
            ChangeEvent::Proposed(_) => {}
            ChangeEvent::Signed(signed) => self
                .signatures
                .push(Signature { person: signed.statement.person.clone(), key: signed.statement.key.clone() }),
            ChangeEvent::TookEffect { .. } => self.phase = ChangePhase::InEffect,
            ChangeEvent::Refused { .. } => self.phase = ChangePhase::Refused,
            ChangeEvent::Withdrawn { .. } => self.phase = ChangePhase::Withdrawn,
            ChangeEvent::Expired { .. } => self.phase = ChangePhase::Expired,
        }
    }

    /// Which signature the next one is, from 1.
    pub fn next_signature(&self) -> u8 {
        u8::try_from(self.signatures.len()).unwrap_or(u8::MAX).saturating_add(1)
    }

    /// What the next one signs, with this key.
    pub fn to_sign(&self, log: LogId, person: PersonId, key: SigningKeyId, at: Timestamp) -> ChangeStatement {
        ChangeStatement {
            r#type: CHANGE_STATEMENT_TYPE.to_owned(),
            log,
            change: self.proposed.id.clone(),
            proposal: self.proposal,
            digest: self.digest.clone(),
            which: self.next_signature(),
            of: self.proposed.of,
            person,
            key,
            at,
        }
    }

    /// What a person would ask for who signs now.
    pub fn asks(&self, person: &PersonId) -> Command {
        let kind = self.proposed.what.kind();
        if *person == self.proposed.by { Command::Propose(kind) } else { Command::Countersign(kind) }
    }

    /// Takes a signature whose bytes were verified: what is stored then; with the last one, that it took effect.
    /// `people` are the signer, and then whoever signed before, in order.
    pub fn sign(
        &self,
        signed: SignedChange,
        people: &[Person],
        staff: &Staff,
        now: Timestamp,
    ) -> Result<Vec<Draft>, ChangeError> {
        self.must_wait(now)?;
        let statement = &signed.statement;
        let fits = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(ChangeError::DoesNotFit(what)) };
        fits(statement.r#type == CHANGE_STATEMENT_TYPE, "another form of statement")?;
        fits(statement.change == self.proposed.id, "another change")?;
        fits(statement.proposal == self.proposal, "another proposal")?;
        fits(statement.digest == self.digest, "another digest")?;
        if self.signatures.iter().any(|signature| signature.person == statement.person) {
            return Err(ChangeError::SignedAlready);
        }
        if (self.signatures.is_empty()) != (statement.person == self.proposed.by) {
            return Err(ChangeError::NotFirst);
        }
        fits((statement.which, statement.of) == (self.next_signature(), self.proposed.of), "another count")?;
        if self.proposed.of < staff.signatures_needed() {
            return Err(ChangeError::OnePersonModeEnded);
        }
        self.signers_may(&signed, people, staff, now)?;
        let last = statement.which == statement.of;
        let mut drafts = vec![Draft::open(&ChangeEvent::Signed(signed))];
        if last {
            drafts.push(Draft::open(&ChangeEvent::TookEffect { at: now }));
        }
        Ok(drafts)
    }

    /// Whoever signs may, and whoever signed before still may.
    fn signers_may(
        &self,
        signed: &SignedChange,
        people: &[Person],
        staff: &Staff,
        now: Timestamp,
    ) -> Result<(), ChangeError> {
        let new = Signature { person: signed.statement.person.clone(), key: signed.statement.key.clone() };
        let all: Vec<&Signature> = std::iter::once(&new).chain(&self.signatures).collect();
        for (index, signature) in all.iter().enumerate() {
            let person = people.get(index).ok_or(NotAllowed::NotHere)?;
            if person.id.as_ref() != Some(&signature.person) {
                return Err(NotAllowed::NotHere.into());
            }
            authority::may(person, self.asks(&signature.person), staff)?;
            let offered = self.proposed.what.offered().is_some_and(|offer| offer.key == signature.key);
            if !offered && person.signing_key(&signature.key).is_none() {
                return Err(ChangeError::DoesNotFit("a key that signs nothing any more"));
            }
        }
        let (Some(first), Some(signer)) = (all.first(), people.first()) else { return Err(NotAllowed::NotHere.into()) };
        let apart =
            |(other, person): (&&Signature, &Person)| sign_together((signer, &first.key), (person, &other.key), now);
        match all.iter().zip(people).skip(1).all(apart) {
            true => Ok(()),
            false => Err(ChangeError::TooSoonAfterReset),
        }
    }

    /// Takes it back.
    pub fn withdraw(&self, by: &PersonId, now: Timestamp) -> Result<Draft, ChangeError> {
        self.must_wait(now)?;
        match *by == self.proposed.by {
            true => Ok(Draft::open(&ChangeEvent::Withdrawn { by: by.clone() })),
            false => Err(ChangeError::Impossible("only whoever proposed it takes it back; others refuse it")),
        }
    }

    /// Refuses it.
    pub fn refuse(&self, by: &Person, staff: &Staff, words: Fields, now: Timestamp) -> Result<Draft, ChangeError> {
        self.must_wait(now)?;
        let id = by.id.clone().ok_or(NotAllowed::NotHere)?;
        authority::may(by, self.asks(&id), staff)?;
        match id == self.proposed.by {
            true => Err(ChangeError::Impossible("whoever proposed it takes it back")),
            false => Ok(Draft::with(&ChangeEvent::Refused { by: id }, words)),
        }
    }

    /// Closes it once its time is over.
    pub fn expire(&self, now: Timestamp) -> Result<Draft, ChangeError> {
        if self.phase != ChangePhase::Proposed {
            return Err(ChangeError::NotWaiting);
        }
        match now >= self.proposed.expires {
            true => Ok(Draft::open(&ChangeEvent::Expired { expires: self.proposed.expires })),
            false => Err(ChangeError::NotDue),
        }
    }

    fn must_wait(&self, now: Timestamp) -> Result<(), ChangeError> {
        match (self.phase == ChangePhase::Proposed, now < self.proposed.expires) {
            (false, _) => Err(ChangeError::NotWaiting),
            (true, false) => Err(ChangeError::Late),
            (true, true) => Ok(()),
        }
    }
}
