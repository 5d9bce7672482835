//! Decisions: signed by somebody who was there and might, with a key of theirs, once, in time, by as many people as were
//! asked for.

use super::actions::SLACK_SECONDS;
use super::verdicts::Let;
use super::{At, Case, Meaning, Wrong, caused_by, must, sealed};
use crate::envelope::Actor;
use crate::verify::signatures::{self, Signed};
use countersign_domain::action::{Action, Choice, Decided};
use countersign_domain::authority::{Command, may_decide_on};
use countersign_domain::ledger::{Ledger, LedgerName};
use countersign_domain::person::{KeyKind, Person, sign_together};
use countersign_domain::tool::EffectClass;

impl Meaning {
    pub(super) fn decided(&self, at: &At<'_>, case: &Case, decided: &Decided) -> Wrong {
        let (action, statement) = (&case.action, &decided.statement);
        must(statement.log == *self.lineage.at(at.position), || {
            format!("the decision was signed for another log, {}", statement.log)
        })?;
        let signer = Actor::Person(statement.person.to_string());
        caused_by(at, &signer)?;
        may_decide_on(&action.proposed, &statement.person, &self.staff_list)
            .map_err(|_| "whoever asked for it decided on it".to_owned())?;
        let again = case.signatures.contains(&decided.signature);
        must(!again, || "this very decision was used before".to_owned())?;
        sealed(at)?;
        let staff = self.staff.get(&statement.person);
        let person = staff.ok_or_else(|| format!("{} decides, who was not enrolled then", statement.person))?;
        self.may(&statement.person, Command::Decide)?;
        if statement.decision == Choice::Approve {
            self.signs_beside(at, case, decided, person)?;
        }
        let clock = at.recorded_at.plus_micros(-self.behind);
        let late = action.deadline.is_some_and(|deadline| clock > deadline.plus_seconds(SLACK_SECONDS));
        let frozen = self.fleet.frozen_since(&action.proposed.agent, &action.proposed.tool).is_some();
        must(!late || frozen, || "it was decided after its deadline had passed".to_owned())?;
        if statement.decision == Choice::Reject {
            return must(decided.standing.reserved.is_empty(), || "a rejection reserves".to_owned());
        }
        self.has_roles(case, decided, person)?;
        match &decided.verdict {
            Some(verdict) => self.judged(verdict)?,
            None => must(decided.money == action.money, || "another amount than what was signed".to_owned())?,
        }
        must(decided.standing.subject == action.standing.subject, || {
            "whom the action is about changed with the decision".to_owned()
        })?;
        if let Some(object) = action.proposed.object.as_deref().filter(|_| action.proposed.effect != EffectClass::Read)
        {
            let busy = self.objects.get(object).is_some_and(|o| o.is_busy_beside(&action.proposed.action));
            must(!busy, || "another action on the same object was let through and is not over".to_owned())?;
        }
        let through = Let {
            standing: &decided.standing,
            money: decided.money.as_ref(),
            through: statement.which == statement.of,
            signer: Some(&statement.person),
        };
        self.reserves(at, action, &through)?;
        self.within_their_limit(action, decided, person)
    }

    /// Whoever signed before is still here, and their keys may stand beside each other.
    fn signs_beside(&self, at: &At<'_>, case: &Case, decided: &Decided, person: &Person) -> Wrong {
        for earlier in &case.action.approvals {
            may_decide_on(&case.action.proposed, &earlier.person, &self.staff_list)
                .map_err(|_| "it is signed beside whoever asked for it".to_owned())?;
            let other = self.staff.get(&earlier.person).filter(|other| other.is_here());
            let other = other.ok_or_else(|| format!("it is signed beside {}, who has left", earlier.person))?;
            let together = sign_together((person, &decided.statement.key), (other, &earlier.key), at.recorded_at);
            must(together, || {
                "a key from a password reset signs beside whoever reset it, before seven days are over".to_owned()
            })?;
        }
        Ok(())
    }

    /// With this, what the signer approved today is within what they may approve in a day.
    fn within_their_limit(&self, action: &Action, decided: &Decided, person: &Person) -> Wrong {
        let (Some(limits), Some(money)) = (&person.limits, &decided.money) else { return Ok(()) };
        let name = LedgerName::approver(decided.person());
        let reservation = decided.standing.reserved.iter().find(|reservation| reservation.ledger == name);
        let reservation = reservation.ok_or("it is approved by somebody with limits, and reserves nothing of them")?;
        if !self.whole {
            return Ok(());
        }
        let empty = Ledger::default();
        let ledger = self.ledger_of(&name).unwrap_or(&empty);
        let own = action.reserved.iter().find(|own| own.ledger == name);
        let before = ledger.sums(&action.proposed.tool, Some(&money.currency), reservation.at, own).minor_today;
        let limit = limits.iter().find(|limit| limit.currency == money.currency);
        let limit =
            limit.ok_or_else(|| format!("{} may approve nothing in {}", decided.person(), money.currency.as_str()))?;
        must(before.saturating_add(money.minor.max(0)) <= limit.minor, || {
            format!("with this, {} approved more in one day than their limit", decided.person())
        })
    }

    /// Each signer has one of the roles that are asked for, and with the last one every role is there.
    fn has_roles(&self, case: &Case, decided: &Decided, person: &Person) -> Wrong {
        let statement = &decided.statement;
        let overrides = statement.decision == Choice::Override;
        let in_force = if overrides { decided.verdict.as_ref() } else { case.action.verdict.as_ref() };
        let asked = in_force.map(|verdict| verdict.roles.as_slice()).unwrap_or_default();
        let mut there: Vec<&str> = person.roles.iter().map(|role| role.name()).collect();
        must(asked.is_empty() || asked.iter().any(|role| there.contains(&role.as_str())), || {
            format!("{} has none of the roles that the rules ask for", statement.person)
        })?;
        if statement.which < statement.of {
            return Ok(());
        }
        let earlier = if overrides { &[] } else { case.action.approvals.as_slice() };
        let mut devices = u8::from(decided.signed_by == KeyKind::Device);
        for approval in earlier {
            let Some(signer) = self.staff.get(&approval.person) else { continue };
            devices += u8::from(signer.key(&approval.key).is_some_and(|key| key.held == KeyKind::Device));
            there.extend(signer.roles.iter().map(|role| role.name()));
        }
        must(devices >= in_force.map_or(0, |verdict| verdict.devices), || {
            "the last signature is there, and too few of them were given at a device of one's own".to_owned()
        })?;
        must(asked.iter().all(|role| there.contains(&role.as_str())), || {
            "the last signature is there, and a role that the rules ask for is missing".to_owned()
        })
    }

    /// The key is the signer's, and the signature one that can be verified.
    pub(super) fn countersigned(
        &mut self,
        at: &At<'_>,
        decided: &Decided,
        statement: Option<&[u8]>,
        signed: &mut Vec<Signed>,
    ) -> Wrong {
        let said = &decided.statement;
        let person = self.staff.get(&said.person);
        let Some(key) = person.and_then(|person| person.signing_key(&said.key)) else {
            return Err(match self.signing_keys.get(&said.key) {
                Some(owner) if *owner == said.person => {
                    format!("it is signed with the key {}, which was revoked by then", said.key)
                }
                Some(owner) => format!("it is signed with a key of {owner}"),
                None => format!("it is signed with the key {}, which was not enrolled then", said.key),
            });
        };
        must(key.held == decided.signed_by, || {
            "the record says otherwise than the enrolment where the key is held".to_owned()
        })?;
        let public = self.public_keys.read(&key.public).ok_or("its key is no Ed25519 key that counts")?;
        let signature =
            signatures::signature(&decided.signature).ok_or("its countersignature is no Ed25519 signature")?;
        let message = statement.ok_or("it holds no statement")?.to_vec();
        signed.push(Signed { position: at.position, key: public, message, signature });
        Ok(())
    }
}
