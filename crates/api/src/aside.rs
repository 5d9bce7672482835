//! A held action that is put off or delegated, as a desk sees it.

use crate::change_view::name_of;
use crate::decisions::by_whom;
use crate::desk::Desk;
use crate::office::Office;
use crate::wire::conversation::TakenBy;
use crate::wire::error::Problem;
use crate::wire::queue::{CardAside, Delegated, Snoozed};
use countersign_domain::action::Phase;
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_gate::records::ActionRecord;

/// Puts it off for so many minutes, or brings it back.
pub(crate) async fn snooze(
    office: &Office,
    action: &ActionId,
    by: &PersonId,
    minutes: Option<u32>,
) -> Result<(), Problem> {
    let seconds = minutes.map(|minutes| minutes.saturating_mul(60));
    match office.gate.snooze(action, by, seconds).await {
        Ok(()) => Ok(()),
        Err(why) => Err(by_whom(office, action, why, "It was not put off.").await),
    }
}

pub(crate) async fn delegate(office: &Office, action: &ActionId, by: &PersonId, to: &PersonId) -> Result<(), Problem> {
    match office.gate.delegate(action, by, to).await {
        Ok(()) => Ok(()),
        Err(why) => Err(by_whom(office, action, why, "It was not delegated.").await),
    }
}

/// Whether a card is put off or delegated, and what the person at this desk may do about it.
pub(crate) async fn of_card(desk: &Desk, record: &ActionRecord) -> Result<Option<CardAside>, Problem> {
    let (office, action) = (&desk.office, &record.action);
    if action.phase != Phase::Held {
        return Ok(None);
    }
    let mut snoozed = None;
    if let Some(until) = action.snoozed_until.filter(|until| *until > office.gate.records().now()) {
        let by = record.last_by("action.snoozed");
        snoozed = Some(Snoozed { until: until.to_string(), by: name(office, by).await? });
    }
    let mut delegated = None;
    if let Some(to) = &action.delegate {
        let by = record.last_by("action.delegated");
        delegated = Some(Delegated {
            to: to.to_string(),
            name: Some(name_of(office, to).await?),
            taken: by.as_ref() == Some(to),
            by: name(office, by).await?,
        });
    }
    let mut delegates = Vec::new();
    let may_not_delegate_reason = desk.may_not(Command::Delegate).await?;
    if may_not_delegate_reason.is_none() {
        for person in office.gate.delegates(action).await? {
            let name = Some(name_of(office, &person).await?);
            delegates.push(TakenBy { person: person.to_string(), name });
        }
    }
    let may_not_snooze_reason = desk.may_not(Command::Snooze).await?;
    Ok(Some(CardAside { snoozed, delegated, may_not_snooze_reason, may_not_delegate_reason, delegates }))
}

async fn name(office: &Office, person: Option<PersonId>) -> Result<Option<String>, Problem> {
    match person {
        Some(person) => Ok(Some(name_of(office, &person).await?)),
        None => Ok(None),
    }
}
