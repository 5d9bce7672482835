//! One card for a desk: drawn while it is held, replayed as it was seen once decided.

use crate::answers::KEY_WAITS;
use crate::aside;
use crate::change_view;
use crate::decisions::Handed;
use crate::desk::Desk;
use crate::escalating;
use crate::more_time;
use crate::office::Office;
use crate::people::SignedIn;
use crate::problems::{beyond_limit, capital, sentence};
use crate::settling;
use crate::undoing;
use crate::wire::error::Problem;
use crate::wire::queue::{
    ActionState, ApproverDay, CardView, ChangeView, DecisionView, FieldProblem, Money, OverridePreview,
};
use countersign_domain::action::{ActionEvent, Choice, Phase, SettledHow};
use countersign_domain::authority::may_decide_on;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::person::{KeyKind, Role};
use countersign_domain::verdict::{Disposition, Verdict};
use countersign_gate::card::Card;
use countersign_gate::error::GateError;
use countersign_gate::records::ActionRecord;
use countersign_gate::report::{Change, DecisionReport};
use serde_json::Value;

/// Where an action stands, on the wire.
pub(crate) fn state(phase: Phase) -> ActionState {
    match phase {
        Phase::Proposed => ActionState::Proposed,
        Phase::Allowed => ActionState::Allowed,
        Phase::Held => ActionState::Held,
        Phase::Denied => ActionState::Denied,
        Phase::Approved => ActionState::Approved,
        Phase::Waiting => ActionState::Waiting,
        Phase::Rejected => ActionState::Rejected,
        Phase::Expired => ActionState::Expired,
        Phase::Withdrawn | Phase::Superseded => ActionState::Withdrawn,
        Phase::Started => ActionState::Started,
        Phase::Succeeded => ActionState::Succeeded,
        Phase::Failed => ActionState::Failed,
        Phase::Unknown => ActionState::Unknown,
        Phase::Settled(SettledHow::DidNotHappen) => ActionState::SettledDidNotHappen,
        Phase::Settled(SettledHow::Happened) => ActionState::SettledHappened,
        Phase::Settled(SettledHow::Compensated) => ActionState::SettledCompensated,
    }
}

pub(crate) async fn card(desk: &Desk, id: &ActionId) -> Result<CardView, Problem> {
    let office = &desk.office;
    let signer = desk.signer()?;
    let record = office.gate.records().action(id).await?;
    let phase = record.action.phase;
    let card = if phase == Phase::Held {
        let (card, material) = office.gate.card_to_sign(id).await?;
        desk.hand_out(id.clone(), Handed { card: card.clone(), material, since: office.gate.records().now() });
        card
    } else {
        match replayed(&record)? {
            Some(card) => card,
            None => office.gate.card(id).await?.0,
        }
    };
    let reason = may_not(office, &record, &signer).await?;
    let step_up = phase == Phase::Held && record.action.asks_step_up();
    let (day, beyond) = day_of(office, &record, &signer.person).await?.unzip();
    Ok(CardView {
        card_digest: card.digest(),
        shortest_look_ms: office.gate.shortest_look_ms(&card),
        card,
        state: state(phase),
        decision: decision(office, &record).await?,
        outcome: match settled_by(office, &record).await? {
            Some(people) => Some(settled(&people, phase)),
            None => outcome(&record),
        },
        settling: settling::view(desk, &record).await?,
        escalation: escalating::of_card(desk, &record).await?,
        may_decide: reason.is_none(),
        may_not_reason: reason,
        may_not_approve_reason: signed_already(&record, &signer.person)
            .or_else(|| not_accepted(office, &record))
            .or(beyond.flatten())
            .or_else(|| elsewhere(desk, step_up).map(str::to_owned)),
        step_up,
        day,
        may_not_more_time_reason: more_time::may_not(desk, &record).await?,
        aside: aside::of_card(desk, &record).await?,
        starts_at: record.action.waits_until.filter(|_| phase == Phase::Waiting).map(|at| at.to_string()),
        may_not_undo_reason: undoing::may_not(desk, &record).await?,
        guidance: guidance(office, &record),
        may_take_back: phase == Phase::Held && record.action.proposed.by.as_ref() == Some(&signer.person),
    })
}

/// What the tool's settings offer, while there is something to reject.
fn guidance(office: &Office, record: &ActionRecord) -> Vec<String> {
    let tools = office.gate.toolbox();
    let tool = tools.get(&record.action.proposed.tool).filter(|_| record.action.phase == Phase::Held);
    tool.and_then(|tool| tool.settings.wording.as_ref()).map(|wording| wording.guidance.clone()).unwrap_or_default()
}

/// The card that the last person saw who decided, as stored.
fn replayed(record: &ActionRecord) -> Result<Option<Card>, Problem> {
    let seen = record.events.iter().rev().find(|e| {
        matches!(e.stored.envelope.kind.as_str(), "action.approved" | "action.overridden" | "action.rejected")
    });
    let Some(seen) = seen else { return Ok(None) };
    let stored = seen.field("card").ok_or(GateError::Erased)?;
    Ok(serde_json::from_value(stored.clone()).ok())
}

async fn may_not(office: &Office, record: &ActionRecord, signer: &SignedIn) -> Result<Option<String>, Problem> {
    if record.action.phase != Phase::Held {
        return Ok(Some("This is no longer waiting for a decision.".to_owned()));
    }
    let (person, _) = office.gate.records().person(&signer.person).await?;
    let Some(key) = person.signing_key(signer.signs.key()) else {
        return Ok(Some(KEY_WAITS.to_owned()));
    };
    Ok(match office.gate.may_decide(&person, key).await {
        Ok(()) => {
            let staff = office.gate.records().staff().await?;
            let own = may_decide_on(&record.action.proposed, &signer.person, &staff).is_err();
            let asked = record.action.proposed.by.is_some();
            let did = if asked { "asked for this yourself" } else { "whispered for this" };
            own.then(|| format!("You {did}, so somebody else decides."))
        }
        Err(GateError::NotAllowed(_)) => Some("Your role does not decide held actions.".to_owned()),
        Err(why) => Some(sentence(&why)),
    })
}

/// Nobody signs twice; to take it back, or to sign less, is open to whoever signed.
fn signed_already(record: &ActionRecord, person: &PersonId) -> Option<String> {
    let action = &record.action;
    let signed = action.phase == Phase::Held && action.approvals.iter().any(|a| a.person == *person);
    signed.then(|| "You have signed this. Another person must sign too.".to_owned())
}

/// A tool whose server has changed is called by nobody: the call would be refused after the signature.
fn not_accepted(office: &Office, record: &ActionRecord) -> Option<String> {
    let held = record.action.phase == Phase::Held;
    let why = office.gate.must_be_accepted(&record.action.proposed.tool).err().filter(|_| held)?;
    Some(format!("{}.", capital(&why.to_string())))
}

/// What asks for the password again is signed in the application's own window.
fn elsewhere(desk: &Desk, step_up: bool) -> Option<&'static str> {
    let why = "Approving this asks for your password again, in the application's own window; this is a browser.";
    (step_up && desk.held == KeyKind::Station).then_some(why)
}

/// What a person has approved today in a held action's currency, where they have limits; and why not this as well.
async fn day_of(
    office: &Office,
    record: &ActionRecord,
    id: &PersonId,
) -> Result<Option<(ApproverDay, Option<String>)>, Problem> {
    let gate = &office.gate;
    let amount = record.action.money.as_ref().filter(|_| record.action.phase == Phase::Held);
    let limits = gate.records().person(id).await?.0.limits;
    let (Some(amount), Some(limits)) = (amount, limits) else { return Ok(None) };
    let currency = &amount.currency;
    let minor = gate.approved_today(id, currency).await?;
    let limit = limits.iter().find(|limit| limit.currency == *currency).cloned().map(money);
    let beyond = match gate.within_limits(id, &limits, amount).await {
        Ok(()) => None,
        Err(GateError::BeyondLimit { with_this, limit }) => {
            Some(format!("{} Somebody else must sign it.", beyond_limit(&with_this, limit.as_ref())))
        }
        Err(why) => return Err(why.into()),
    };
    let approved = Money { minor, currency: currency.clone().into() };
    Ok(Some((ApproverDay { approved, limit }, beyond)))
}

pub(crate) async fn decision(office: &Office, record: &ActionRecord) -> Result<Option<DecisionView>, Problem> {
    for opened in record.events.iter().rev() {
        let decided = match opened.event::<ActionEvent>()? {
            ActionEvent::Approved(d) | ActionEvent::Overridden(d) | ActionEvent::Rejected(d) => d,
            ActionEvent::Voided { .. } => return Ok(None),
            _ => continue,
        };
        let (_, name) = office.gate.records().person(decided.person()).await?;
        let changes: Option<Vec<Change>> =
            opened.field("changes").and_then(|value| serde_json::from_value(value.clone()).ok());
        let decision = match decided.statement.decision {
            Choice::Approve => "approve",
            Choice::Override => "override",
            Choice::Reject => "reject",
        };
        return Ok(Some(DecisionView {
            decision: decision.to_owned(),
            person: name.unwrap_or_else(|| "Erased".to_owned()),
            at: opened.stored.envelope.recorded_at.to_string(),
            words: opened.text("words").map(str::to_owned),
            changes: changes.unwrap_or_default().into_iter().map(change).collect(),
            signed_by: match decided.signed_by {
                KeyKind::Device => "device",
                KeyKind::Station => "station",
            }
            .to_owned(),
            step_up: decided.statement.step_up.is_some(),
            key: decided.statement.key.to_string(),
        }));
    }
    Ok(None)
}

fn change(change: Change) -> ChangeView {
    ChangeView { label: change.label, from: change.from, to: change.to }
}

/// The people who settled it, by name; `None` if a probe did, or nobody.
async fn settled_by(office: &Office, record: &ActionRecord) -> Result<Option<Vec<String>>, Problem> {
    let Some(last) = record.events.last() else { return Ok(None) };
    let ActionEvent::Settled { .. } = last.event()? else { return Ok(None) };
    let mut names = Vec::new();
    for person in office.gate.signers_of(last.stored.envelope.cause).await? {
        names.push(change_view::name_of(office, &person).await?);
    }
    Ok((!names.is_empty()).then_some(names))
}

fn settled(people: &[String], phase: Phase) -> String {
    let what = match phase {
        Phase::Settled(SettledHow::Happened) => "it happened, once",
        Phase::Settled(SettledHow::DidNotHappen) => "it did not happen",
        _ => "it happened and was made good",
    };
    format!("Settled by {}: {what}.", people.join(" and "))
}

pub(crate) fn outcome(record: &ActionRecord) -> Option<String> {
    let message = || {
        let told = record.events.iter().rev().find_map(|e| e.text("message"));
        told.map(|m| format!(" {m}")).unwrap_or_default()
    };
    Some(match record.action.phase {
        Phase::Succeeded => "It happened, once.".to_owned(),
        Phase::Failed => format!("It did not happen.{}", message()),
        Phase::Unknown => format!(
            "It may have happened.{} It was not tried again, and it stays open until what became of it is known.",
            message()
        ),
        Phase::Settled(SettledHow::Happened) => "It was asked for afterwards: it happened, once.".to_owned(),
        Phase::Settled(SettledHow::DidNotHappen) => {
            "It was asked for afterwards: it did not happen, and now never will.".to_owned()
        }
        Phase::Settled(SettledHow::Compensated) => "It happened and was made good.".to_owned(),
        Phase::Expired => "Nobody decided in time. Nothing ran, and nobody said no.".to_owned(),
        Phase::Rejected => "Nothing ran.".to_owned(),
        Phase::Denied => "A rule denies it. Nothing ran.".to_owned(),
        Phase::Withdrawn | Phase::Superseded => "It was taken back. Nothing ran.".to_owned(),
        Phase::Started => "The tool is being called.".to_owned(),
        Phase::Waiting => "Nothing has run yet, and it can still be taken back.".to_owned(),
        Phase::Approved | Phase::Allowed => "It has not started yet.".to_owned(),
        Phase::Proposed | Phase::Held => return None,
    })
}

pub(crate) async fn preview(desk: &Desk, id: &ActionId, arguments: &Value) -> Result<OverridePreview, Problem> {
    let judged = desk.office.gate.judge_override(id, arguments).await?;
    let denied = judged.verdict.as_ref().is_some_and(|v| v.disposition == Disposition::Deny);
    let step_up = judged.verdict.as_ref().is_some_and(|v| v.step_up);
    let elsewhere = elsewhere(desk, step_up);
    let unchanged = judged.changes.is_empty();
    let told = DecisionReport {
        choice: Choice::Override,
        role: Role::Supervisor.name().to_owned(),
        words: None,
        changes: judged.changes.clone(),
    };
    Ok(OverridePreview {
        headline: judged.headline,
        effect: judged.effect,
        bar: judged.bar,
        money: judged.money.map(money),
        signable: judged.problems.is_empty() && !denied && !unchanged && elsewhere.is_none(),
        step_up,
        problems: judged.problems.into_iter().map(|(name, message)| FieldProblem { name, message }).collect(),
        verdict: match (&judged.verdict, elsewhere) {
            (_, Some(why)) => why.to_owned(),
            (Some(verdict), None) => verdict_in_words(verdict),
            (None, None) => String::new(),
        },
        agent_is_told: told.in_words(),
        changes: judged.changes.into_iter().map(change).collect(),
    })
}

fn verdict_in_words(verdict: &Verdict) -> String {
    let who = match (verdict.disposition, verdict.approvers) {
        (Disposition::Deny, _) => "a rule denies it, whoever signs".to_owned(),
        (Disposition::Allow, _) => "your signature is enough".to_owned(),
        (Disposition::Hold, 0 | 1) => format!("one {}", verdict.roles.first().map_or("person", String::as_str)),
        (Disposition::Hold, n) => format!("{n} different people, you and another"),
    };
    let again = if verdict.step_up { ", and your password again" } else { "" };
    format!("Policy read again with your values: {who}{again}")
}

/// Money on the wire.
pub(crate) fn money(money: countersign_domain::money::Money) -> Money {
    Money { minor: money.minor, currency: money.currency.into() }
}
