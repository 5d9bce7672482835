//! The moment in which a signature is stored: the ledgers are looked at once more where nothing can come in between,
//! and what is let through is reserved in the same append.

use crate::authority::OWN;
use crate::commit::Plan;
use crate::error::GateError;
use crate::execute::{asks_again, co_author, gives_longer};
use crate::folds::current;
use crate::gate::{Gate, ahead, plain};
use crate::question::{About, Question};
use crate::records::ActionRecord;
use crate::tools::PinnedTool;
use countersign_domain::action::{Action, ActionError, Choice, Command, Decided, Phase};
use countersign_domain::authority::may_decide_on;
use countersign_domain::change::ChangeError;
use countersign_domain::fleet::Fleet;
use countersign_domain::ids::PersonId;
use countersign_domain::ledger::{Ledger, LedgerName, Reservation};
use countersign_domain::money::Money;
use countersign_domain::object::Object;
use countersign_domain::person::{Person, Role, sign_together};
use countersign_domain::station::Staff;
use countersign_domain::time::Timestamp;
use countersign_event_log::log::{Cause, StreamStates};
use countersign_event_log::stream::StreamName;
use serde_json::Value;

impl Gate {
    /// What is asked of the rules when somebody signs these arguments; nothing for a rejection.
    pub(crate) async fn signing_question(
        &self,
        record: &ActionRecord,
        tool: &PinnedTool,
        reading: &crate::evidence::Reading,
        choice: Choice,
        values: &Value,
    ) -> Result<Option<Question>, GateError> {
        let action = &record.action;
        let author = match choice {
            Choice::Reject => return Ok(None),
            Choice::Approve => co_author(action),
            Choice::Override => Some(Role::Supervisor.name()),
        };
        let (conversation, _) = self.records.conversation_state(&action.proposed.conversation).await?;
        Ok(Some(self.question(tool, action, values, &About::of(&conversation), reading).by(author)))
    }

    /// Stores a decision, unless the rules ask for more by then than the signer has seen, or it is beyond their limit, or
    /// one of the signers is not there any more.
    pub(crate) fn decision_plan(
        &self,
        action: &Action,
        mut decided: Decided,
        question: Option<Question>,
        person: Person,
    ) -> Plan {
        let (action, clock) = (action.clone(), self.records.clock());
        Box::new(move |states| {
            let now = clock.now();
            if action.deadline.is_some_and(|deadline| deadline <= now)
                && current::<Fleet>(states, &StreamName::fleet())?
                    .frozen_since(&action.proposed.agent, &action.proposed.tool)
                    .is_none()
            {
                return Err(ActionError::WrongPhase { phase: Phase::Expired, needs: "a held action" }.into());
            }
            signer_stands(states, &person, &action, &decided, now)?;
            if let Some(question) = question {
                // The customer has signed in behind the card.
                question.must_still_hold(states).map_err(|error| match error {
                    GateError::Moved => GateError::CardChanged,
                    other => other,
                })?;
                if let Some(stream) = question.object()
                    && current::<Object>(states, stream)?.is_busy_beside(&action.proposed.action)
                {
                    return Err(GateError::ObjectBusy);
                }
                let looked = question.look(states, &action.reserved, now)?;
                let verdict = question.verdict(&looked.standing);
                let seen = decided.verdict.as_ref().or(action.verdict.as_ref());
                if seen.is_none_or(|seen| asks_again(&verdict, seen) || gives_longer(&verdict, seen)) {
                    return Err(GateError::CardChanged);
                }
                decided.standing = looked.standing;
                if decided.statement.which == decided.statement.of {
                    decided.standing.reserved = looked.reserves;
                }
                let by_signer = of_signer(states, &action, &decided, person.limits.as_deref(), now)?;
                decided.standing.reserved.extend(by_signer);
            }
            let cause = Some(Cause::Position(action.proposal));
            let signed = plain(&action, Command::Decide(Box::new(decided)))?;
            let next = ahead(&action, &signed)?;
            let mut drafts = vec![(signed, cause)];
            if next.phase == Phase::Approved && next.undo_seconds() > 0 {
                drafts.push((plain(&next, Command::Wait { at: now })?, Some(Cause::Earlier(0))));
            }
            Ok(drafts)
        })
    }
}

/// Why nobody signs beside whoever asked for it, and signed it while they decided everything alone.
const SIGNED_ALONE: &str =
    "whoever asked for it has signed it, alone then, and there are two now; reject it, and it can be asked for anew";

/// Whoever signs is still as they were when it was asked whether they may, and signs beside nobody who signed before and
/// has left, or with whom their key does not sign for now.
fn signer_stands(
    states: &mut dyn StreamStates,
    person: &Person,
    action: &Action,
    decided: &Decided,
    now: Timestamp,
) -> Result<(), GateError> {
    let statement = &decided.statement;
    if current::<Person>(states, &StreamName::person(&statement.person))? != *person {
        return Err(GateError::Moved);
    }
    let own = |who: &PersonId, staff: &Staff| may_decide_on(&action.proposed, who, staff).is_err();
    if action.proposed.by.is_some() || action.proposed.whisper.is_some() {
        let staff: Staff = current(states, &StreamName::station())?;
        if own(&statement.person, &staff) {
            return Err(GateError::NotAllowed(OWN));
        }
        let beside = statement.decision == Choice::Approve;
        if beside && action.approvals.iter().any(|earlier| own(&earlier.person, &staff)) {
            return Err(GateError::NotAllowed(SIGNED_ALONE));
        }
    }
    // A rejection and an override begin anew: nobody signs beside them.
    if statement.decision == Choice::Approve {
        for earlier in &action.approvals {
            let other: Person = current(states, &StreamName::person(&earlier.person))?;
            if !other.is_here() {
                return Err(GateError::CardChanged);
            }
            if !sign_together((person, &statement.key), (&other, &earlier.key), now) {
                return Err(ChangeError::TooSoonAfterReset.into());
            }
        }
    }
    Ok(())
}

/// What a signer's own ledger takes in, if they have limits and it is within them.
fn of_signer(
    states: &mut dyn StreamStates,
    action: &Action,
    decided: &Decided,
    limits: Option<&[Money]>,
    now: Timestamp,
) -> Result<Option<Reservation>, GateError> {
    let (Some(limits), Some(money)) = (limits, &decided.money) else { return Ok(None) };
    let name = LedgerName::approver(decided.person());
    let ledger: Ledger = current(states, &StreamName::ledger(&name))?;
    let own = action.reserved.iter().find(|reservation| reservation.ledger == name);
    let before = ledger.sums(&action.proposed.tool, Some(&money.currency), now, own).minor_today;
    within(limits, before, money)?;
    Ok(Some(Reservation { at: ledger.moment(now), ledger: name, money: Some(money.clone()) }))
}

/// Whether somebody with these limits, who approved so much today before, may approve this.
pub(crate) fn within(limits: &[Money], before: i64, money: &Money) -> Result<(), GateError> {
    let with_this = Money { minor: before.saturating_add(money.minor.max(0)), currency: money.currency.clone() };
    match limits.iter().find(|limit| limit.currency == money.currency) {
        Some(limit) if with_this.minor <= limit.minor => Ok(()),
        limit => Err(GateError::BeyondLimit { with_this, limit: limit.cloned() }),
    }
}
