//! A held action that is put off or delegated, as a desk sees it.

use crate::change_view::name;
use crate::decisions::by_whom;
use crate::desk::Desk;
use crate::office::Office;
use crate::wire::conversation::TakenBy;
use crate::wire::error::Problem;
use crate::wire::queue::{CardAside, Delegate, Delegated, Snoozed, StandIn};
use countersign_domain::action::Phase;
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::person::Away;
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

pub(crate) async fn delegate(
    office: &Office,
    action: &ActionId,
    by: &PersonId,
    to: Option<&PersonId>,
) -> Result<(), Problem> {
    match office.gate.delegate(action, by, to).await {
        Ok(()) => Ok(()),
        Err(why) => Err(by_whom(office, action, why, "It was not delegated.").await),
    }
}

/// Whether a card is put off or delegated, and what the person at this desk may do about it.
pub(crate) async fn of_card(desk: &Desk, record: &ActionRecord) -> Result<Option<CardAside>, Problem> {
    let (gate, action) = (&desk.office.gate, &record.action);
    if action.phase != Phase::Held {
        return Ok(None);
    }
    let everybody = gate.everybody().await?;
    let name_of = |person: &PersonId| name(&everybody, person);
    let last_by = |kind: &str| record.last_by(kind).map(|by| (name_of(&by), by));
    let now = gate.records().now();
    let snoozed = action.snoozed_until.filter(|until| *until > now);
    let able = gate.delegates(action).await?;
    let away = |person: &PersonId| everybody.iter().find(|one| one.id == *person)?.person.away_at(now);
    let taken_by = |person: &PersonId| TakenBy { person: person.to_string(), name: Some(name_of(person)) };
    let stand_in = |person: &PersonId| {
        let Away { until, deputy } = away(person)?;
        let decides = able.contains(deputy) && away(deputy).is_none();
        Some(StandIn { until: until.to_string(), deputy: decides.then(|| taken_by(deputy)) })
    };
    let delegated = action.delegate.as_ref().filter(|to| able.contains(to)).map(|to| {
        let (by_name, by) = last_by("action.delegated").unzip();
        let (name, taken) = (Some(name_of(to)), by.as_ref() == Some(to));
        Delegated { to: to.to_string(), name, taken, by: by_name, away: stand_in(to) }
    });
    let may_not_delegate_reason = desk.may_not(Command::Delegate).await?;
    let one = |person: &PersonId| Delegate {
        person: person.to_string(),
        name: Some(name_of(person)),
        away: stand_in(person),
    };
    let delegates = if may_not_delegate_reason.is_none() { able.iter().map(one).collect() } else { Vec::new() };
    Ok(Some(CardAside {
        snoozed: snoozed
            .map(|until| Snoozed { until: until.to_string(), by: last_by("action.snoozed").map(|(name, _)| name) }),
        delegated,
        may_not_snooze_reason: desk.may_not(Command::Snooze).await?,
        may_not_delegate_reason,
        delegates,
    }))
}
