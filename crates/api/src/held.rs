//! The held actions as they stand now: which are put off, and whose each is to decide.

use crate::office::Office;
use crate::wire::error::Problem;
use countersign_domain::action::BACK_BEFORE_SECONDS;
use countersign_domain::ids::PersonId;
use countersign_domain::station::Staff;
use countersign_domain::time::Timestamp;
use countersign_projections as views;
use std::collections::HashMap;

/// So long before its deadline what is one person's to decide waits for everybody again, in seconds: they may be away.
const EVERYBODYS_BEFORE_SECONDS: i64 = 2 * BACK_BEFORE_SECONDS;

/// The held actions as they stand now: those that are back or waiting, those that are put off, and in how many milliseconds
/// one of them waits for others by itself.
pub(crate) struct Held {
    pub(crate) held: Vec<views::ActionRow>,
    pub(crate) snoozed: Vec<views::ActionRow>,
    pub(crate) next_in_ms: Option<u64>,
}

impl Held {
    /// `own_return`: when whoever asks is back, where they are away.
    pub(crate) async fn now(
        office: &Office,
        held: Vec<views::ActionRow>,
        own_return: Option<Timestamp>,
    ) -> Result<Self, Problem> {
        let now = office.gate.records().now();
        let asleep = |row: &views::ActionRow| row.snoozed.as_ref().is_some_and(|snoozed| snoozed.until > now);
        let (mut snoozed, mut held): (Vec<_>, Vec<_>) = held.into_iter().partition(asleep);
        snoozed.sort_by_key(|row| row.snoozed.as_ref().map(|snoozed| snoozed.until));
        // What is back is like any other.
        held.iter_mut().for_each(|row| row.snoozed = None);
        let mut able = HashMap::new();
        let staff = office.gate.records().staff().await?;
        let mut returns = Vec::new();
        for row in held.iter_mut().chain(&mut snoozed) {
            let Some(delegated) = &row.delegated else { continue };
            if !able.contains_key(&delegated.to) {
                able.insert(delegated.to.clone(), office.gate.decides(&delegated.to, &staff).await);
            }
            // What was handed to somebody who has left, or decides nothing any more, is everybody's again.
            row.delegated.take_if(|delegated| able.get(&delegated.to) != Some(&true));
            returns.extend(stand_in(office, row, &staff, now).await?);
        }
        let back = snoozed.iter().filter_map(|row| row.snoozed.as_ref().map(|snoozed| snoozed.until));
        let alone = held.iter().filter(|row| row.delegated.is_some()).filter_map(everybodys_from);
        let next = back.chain(alone).chain(returns).chain(own_return).filter(|at| *at > now).min();
        let next_in_ms = next.map(|at| u64::try_from(at.millis_since(now)).unwrap_or(0));
        Ok(Self { held, snoozed, next_in_ms })
    }
}

/// Whether whose a delegated action is are away now, and who stands in for them: nobody, where that one could not decide it,
/// or is away too. When each of the two is back.
async fn stand_in(
    office: &Office,
    row: &mut views::ActionRow,
    staff: &Staff,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Problem> {
    let Some(delegated) = &mut row.delegated else { return Ok(Vec::new()) };
    delegated.away.take_if(|away| away.until <= now);
    let Some(away) = &mut delegated.away else { return Ok(Vec::new()) };
    let returns = [Some(away.until), away.deputy.as_ref().and_then(|deputy| deputy.away_until)];
    if let Some(deputy) = &away.deputy {
        // By the action itself, as when it is handed to somebody: else it would be nobody's who could decide it.
        let action = office.gate.records().action(&row.action).await?.action;
        if !office.gate.stands_in(&action, &deputy.person, staff).await {
            away.deputy = None;
        }
    }
    Ok(returns.into_iter().flatten().collect())
}

/// Whom alone a delegated action waits for: whose it is or, while they are away, their deputy.
fn whose(delegated: &views::Delegated) -> Option<&PersonId> {
    match &delegated.away {
        None => Some(&delegated.to),
        Some(away) => away.deputy.as_ref().map(|deputy| &deputy.person),
    }
}

/// When a delegated action waits for everybody, whoever it is with.
fn everybodys_from(row: &views::ActionRow) -> Option<Timestamp> {
    row.deadline.map(|deadline| deadline.plus_seconds(-EVERYBODYS_BEFORE_SECONDS))
}

/// Whether it waits for somebody else, and not for this person: as long as one signature is missing, and time is left.
pub(crate) fn is_anothers(row: &views::ActionRow, person: &PersonId, now: Timestamp) -> bool {
    let another = row.delegated.as_ref().and_then(whose).is_some_and(|whose| whose != person);
    let last = usize::from(row.needed).saturating_sub(row.signers.len()) <= 1;
    another && last && everybodys_from(row).is_none_or(|from| now < from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_projections::{ActionState, Away, Delegated as With, Deputy, Signer};

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
            seen_in: format!("cnv_{:032x}", 1).parse().unwrap(),
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
            delegated: Some(With { to: person(2), name: None, by: None, by_name: None, away: None }),
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

    /// With person 2, who is away; this deputy stands in.
    fn handed_on(deputy: Option<u8>) -> views::ActionRow {
        let deputy = deputy.map(|n| Deputy { person: person(n), name: None, away_until: None });
        let away = Some(Away { until: at(500), deputy });
        let delegated = Some(With { to: person(2), name: None, by: None, by_name: None, away });
        views::ActionRow { delegated, ..row(1, 0) }
    }

    #[test]
    fn what_is_somebodys_who_is_away_is_their_deputys_and_without_one_everybodys() {
        let [whose, deputy, other] = [2, 3, 1].map(person);
        assert!(!is_anothers(&handed_on(Some(3)), &deputy, at(0)));
        assert!(is_anothers(&handed_on(Some(3)), &whose, at(0)), "they are not told while they are away");
        assert!(is_anothers(&handed_on(Some(3)), &other, at(0)));
        assert!(!is_anothers(&handed_on(Some(3)), &other, at(780)), "near its deadline it is everybody's");
        assert!(!is_anothers(&handed_on(None), &other, at(0)));
    }
}
