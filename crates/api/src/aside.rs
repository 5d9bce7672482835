//! A held action that is put off or delegated, as a desk sees it.

use crate::change_view::name;
use crate::decisions::by_whom;
use crate::desk::Desk;
use crate::office::Office;
use crate::wire::conversation::TakenBy;
use crate::wire::error::Problem;
use crate::wire::queue::{CardAside, Delegated, Snoozed};
use countersign_domain::action::{BACK_BEFORE_SECONDS, Phase};
use countersign_domain::authority::Command;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::time::Timestamp;
use countersign_gate::records::ActionRecord;
use countersign_projections as views;
use std::collections::HashMap;

/// So long before its deadline what is one person's to decide waits for everybody again, in seconds: they may be away.
const EVERYBODYS_BEFORE_SECONDS: i64 = 2 * BACK_BEFORE_SECONDS;

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
    let snoozed = action.snoozed_until.filter(|until| *until > gate.records().now());
    let able = gate.delegates(action).await?;
    let delegated = action.delegate.as_ref().filter(|to| able.contains(to)).map(|to| {
        let (by_name, by) = last_by("action.delegated").unzip();
        Delegated { to: to.to_string(), name: Some(name_of(to)), taken: by.as_ref() == Some(to), by: by_name }
    });
    let may_not_delegate_reason = desk.may_not(Command::Delegate).await?;
    let one = |person: &PersonId| TakenBy { person: person.to_string(), name: Some(name_of(person)) };
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

/// The held actions as they stand now: those that are back or waiting, those that are put off, and in how many milliseconds
/// one of them waits for more people by itself.
pub(crate) struct Held {
    pub(crate) held: Vec<views::ActionRow>,
    pub(crate) snoozed: Vec<views::ActionRow>,
    pub(crate) next_in_ms: Option<u64>,
}

impl Held {
    pub(crate) async fn now(office: &Office, held: Vec<views::ActionRow>) -> Result<Self, Problem> {
        let now = office.gate.records().now();
        let asleep = |row: &views::ActionRow| row.snoozed.as_ref().is_some_and(|snoozed| snoozed.until > now);
        let (mut snoozed, mut held): (Vec<_>, Vec<_>) = held.into_iter().partition(asleep);
        snoozed.sort_by_key(|row| row.snoozed.as_ref().map(|snoozed| snoozed.until));
        // What is back is like any other.
        held.iter_mut().for_each(|row| row.snoozed = None);
        let mut able = HashMap::new();
        let staff = office.gate.records().staff().await?;
        for row in held.iter_mut().chain(&mut snoozed) {
            let Some(delegated) = &row.delegated else { continue };
            if !able.contains_key(&delegated.to) {
                able.insert(delegated.to.clone(), office.gate.decides(&delegated.to, &staff).await);
            }
            // What was handed to somebody who has left, or decides nothing any more, is everybody's again.
            row.delegated.take_if(|delegated| able.get(&delegated.to) != Some(&true));
        }
        let back = snoozed.iter().filter_map(|row| row.snoozed.as_ref().map(|snoozed| snoozed.until));
        let alone = held.iter().filter(|row| row.delegated.is_some()).filter_map(everybodys_from);
        let next = back.chain(alone).filter(|at| *at > now).min();
        let next_in_ms = next.map(|at| u64::try_from(at.millis_since(now)).unwrap_or(0));
        Ok(Self { held, snoozed, next_in_ms })
    }
}

/// When a delegated action waits for everybody, whoever it is with.
fn everybodys_from(row: &views::ActionRow) -> Option<Timestamp> {
    row.deadline.map(|deadline| deadline.plus_seconds(-EVERYBODYS_BEFORE_SECONDS))
}

/// Whether it waits for somebody else, and not for this person: as long as one signature is missing, and time is left.
pub(crate) fn is_anothers(row: &views::ActionRow, person: &PersonId, now: Timestamp) -> bool {
    let another = row.delegated.as_ref().is_some_and(|delegated| delegated.to != *person);
    let last = usize::from(row.needed).saturating_sub(row.signers.len()) <= 1;
    another && last && everybodys_from(row).is_none_or(|from| now < from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_projections::{ActionState, Delegated as With, Signer};

    fn at(second: i64) -> Timestamp {
        "2026-11-23T09:00:00.000000Z".parse::<Timestamp>().unwrap().plus_seconds(second)
    }

    fn person(n: u8) -> PersonId {
        format!("per_{n:032x}").parse().unwrap()
    }

    /// With person 2, until second 900.
    fn row(needed: u8, signed: u8) -> views::ActionRow {
        let choice = countersign_domain::action::Choice::Approve;
        let signer = |n: u8| Signer { person: person(n), name: None, choice, at: at(1) };
        views::ActionRow {
            action: format!("act_{:032x}", 1).parse().unwrap(),
            position: 1,
            conversation: format!("cnv_{:032x}", 1).parse().unwrap(),
            channel: "chat".into(),
            agent: "clerk".into(),
            asker: None,
            whisperer: None,
            asked_by: None,
            tool: "crm.refund".into(),
            effect: countersign_domain::tool::EffectClass::Reversible,
            noun: "Refund".into(),
            headline: None,
            money: None,
            customer: None,
            erased: false,
            object: None,
            state: ActionState::Held,
            proposed_at: at(0),
            deadline: Some(at(900)),
            snoozed: None,
            delegated: Some(With { to: person(2), name: None, by: None, by_name: None }),
            changed_at: at(0),
            needed,
            contradictions: 0,
            signers: (10..10 + signed).map(signer).collect(),
            remark: None,
            took_ms: None,
        }
    }

    #[test]
    fn what_is_somebody_elses_waits_for_everybody_near_its_deadline_and_while_another_must_sign_too() {
        let (mine, other) = (person(2), person(1));
        assert!(is_anothers(&row(1, 0), &other, at(779)));
        assert!(!is_anothers(&row(1, 0), &mine, at(779)), "it is theirs");
        assert!(!is_anothers(&row(1, 0), &other, at(780)), "whom it is with may be away");
        assert!(!is_anothers(&row(2, 0), &other, at(0)), "another must sign too");
        assert!(is_anothers(&row(2, 1), &other, at(0)));
        assert!(!is_anothers(&views::ActionRow { delegated: None, ..row(1, 0) }, &other, at(0)));
    }
}
