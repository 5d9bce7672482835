//! The verdict, and what becomes of a hold without a decision: expiry, withdrawal, deadlines, denial, voiding.

use super::canvas::*;
use crate::action::{ActionError, ActionEvent, Command, Evidence, Held, Phase, Standing, VoidReason};
use crate::verdict::Disposition;

#[test]
fn a_verdict_allows_holds_or_denies() {
    let allow = judge(verdict(Disposition::Allow, 0));
    given([]).when(allow).then(ActionEvent::Allowed(judged(Disposition::Allow)), Phase::Allowed);
    let deny = judge(verdict(Disposition::Deny, 0));
    given([]).when(deny).then(ActionEvent::Denied(judged(Disposition::Deny)), Phase::Denied);
    let after = given([]).when(judge(hold(2))).then(ActionEvent::Held(held(2)), Phase::Held);
    assert_eq!((after.deadline, after.signatures_needed(), after.signatures_missing()), (Some(at(600)), 2, 2));
}

#[test]
fn an_action_is_judged_once() {
    for events in [ActionEvent::Held(held(1)), ActionEvent::Allowed(judged(Disposition::Allow))] {
        let given = given([events]);
        let phase = given.phase();
        given.when(judge(verdict(Disposition::Allow, 0))).refused_in(phase);
    }
}

#[test]
fn a_hold_that_names_no_number_asks_for_one_person() {
    assert_eq!(given([ActionEvent::Held(held(0))]).stands().signatures_missing(), 1);
}

#[test]
fn a_hold_expires_only_after_its_deadline_and_never_as_a_persons_no() {
    let waits = || given([ActionEvent::Held(held(1))]);
    waits().when(Command::Expire { at: at(599) }).refused(ActionError::NotDue);
    let expired = ActionEvent::Expired { deadline: at(600) };
    waits().when(Command::Expire { at: at(600) }).then(expired.clone(), Phase::Expired);
    waits().when(Command::Expire { at: at(9_000) }).then(expired, Phase::Expired);
    for past in [ActionEvent::Rejected(rejection(1)), started(PROPOSED)] {
        let given = given([ActionEvent::Held(held(1)), past]);
        let phase = given.phase();
        given.when(Command::Expire { at: at(9_000) }).refused_in(phase);
    }
}

#[test]
fn a_moved_deadline_is_the_one_that_counts() {
    let moved = ActionEvent::DeadlineMoved { deadline: at(900), reason: "stop".into() };
    let given = || given([ActionEvent::Held(held(1))]);
    let command = Command::MoveDeadline { deadline: at(900), reason: "stop".into() };
    let after = given().when(command).then(moved.clone(), Phase::Held);
    assert_eq!(after.deadline, Some(at(900)));
    let later = || super::canvas::given([ActionEvent::Held(held(1)), moved.clone()]);
    later().when(Command::Expire { at: at(899) }).refused(ActionError::NotDue);
    later().when(Command::Expire { at: at(900) }).then(ActionEvent::Expired { deadline: at(900) }, Phase::Expired);
}

#[test]
fn what_is_put_off_is_back_a_minute_before_its_deadline_and_once_anything_changes() {
    let snooze = |second: i64| Command::Snooze { until: Some(at(second)) };
    let waits = || given([ActionEvent::Held(held(2))]);
    let asleep = ActionEvent::Snoozed { until: Some(at(540)) };
    let after = waits().when(snooze(540)).then(asleep.clone(), Phase::Held);
    assert_eq!(after.snoozed_until, Some(at(540)));
    waits().when(snooze(541)).refused(ActionError::BackTooLate);
    waits().when(Command::Snooze { until: None }).refused(ActionError::NotSnoozed);
    let sleeps = |then: ActionEvent| given([ActionEvent::Held(held(2)), asleep.clone(), then]).stands();
    assert_eq!(sleeps(ActionEvent::Snoozed { until: None }).snoozed_until, None);
    assert_eq!(sleeps(ActionEvent::Approved(approval(1, 1, 2))).snoozed_until, None);
    assert_eq!(sleeps(ActionEvent::Delegated { to: None }).snoozed_until, None);
    let voided = ActionEvent::Voided { reason: VoidReason::EvidenceChanged, held: held(2) };
    assert_eq!(sleeps(voided).snoozed_until, None);
    assert_eq!(
        sleeps(ActionEvent::DeadlineMoved { deadline: at(900), reason: "person".into() }).snoozed_until,
        Some(at(540))
    );
    given([]).when(snooze(10)).refused_in(Phase::Proposed);
}

#[test]
fn what_is_delegated_is_theirs_until_they_signed_and_not_handed_to_whom_it_is_with_or_who_has_signed() {
    let to = |n: u8| Command::Delegate { to: Some(person(n)) };
    let handed = |n: u8| ActionEvent::Delegated { to: Some(person(n)) };
    let waits = || given([ActionEvent::Held(held(3))]);
    assert_eq!(waits().when(to(2)).then(handed(2), Phase::Held).delegate, Some(person(2)));
    let with_two = |then: Vec<ActionEvent>| given([vec![ActionEvent::Held(held(3)), handed(2)], then].concat());
    with_two(vec![]).when(to(2)).refused(ActionError::TheirsAlready);
    let back = || Command::Delegate { to: None };
    let of_all = ActionEvent::Delegated { to: None };
    assert_eq!(with_two(vec![]).when(back()).then(of_all, Phase::Held).delegate, None);
    waits().when(back()).refused(ActionError::TheirsAlready);
    let other_signed = || with_two(vec![ActionEvent::Approved(approval(1, 1, 3))]);
    assert_eq!(other_signed().stands().delegate, Some(person(2)));
    other_signed().when(to(1)).refused(ActionError::SignedAlready);
    assert_eq!(with_two(vec![ActionEvent::Approved(approval(2, 1, 3))]).stands().delegate, None);
    given([]).when(to(2)).refused_in(Phase::Proposed);
}

#[test]
fn only_a_held_action_has_a_deadline_to_move() {
    let command = || Command::MoveDeadline { deadline: at(900), reason: "person".into() };
    given([]).when(command()).refused_in(Phase::Proposed);
    given([ActionEvent::Held(held(1)), ActionEvent::Approved(approval(1, 1, 1))])
        .when(command())
        .refused_in(Phase::Approved);
}

#[test]
fn what_has_not_started_can_be_withdrawn() {
    let withdraw = || Command::Withdraw { reason: "requester".into() };
    let withdrawn = || ActionEvent::Withdrawn { reason: "requester".into() };
    given([]).when(withdraw()).then(withdrawn(), Phase::Withdrawn);
    given([ActionEvent::Held(held(1))]).when(withdraw()).then(withdrawn(), Phase::Withdrawn);
    let approved = || vec![ActionEvent::Held(held(1)), ActionEvent::Approved(approval(1, 1, 1))];
    given(approved()).when(withdraw()).then(withdrawn(), Phase::Withdrawn);
    let started = approved().into_iter().chain([started(PROPOSED)]);
    given(started).when(withdraw()).refused_in(Phase::Started);
}

#[test]
fn voiding_returns_to_the_proposed_digest_and_forgets_every_signature() {
    let held_again = Held { verdict: hold(2), deadline: at(1_200), ..held(2) };
    let void = || Command::Void {
        reason: VoidReason::EvidenceChanged,
        verdict: hold(2),
        evidence: Evidence::None,
        deadline: at(1_200),
        standing: Standing::default(),
    };
    let voided = ActionEvent::Voided { reason: VoidReason::EvidenceChanged, held: held_again };
    let after = given([ActionEvent::Held(held(1)), ActionEvent::Overridden(overriding(1, 1))])
        .when(void())
        .then(voided.clone(), Phase::Held);
    assert_eq!((after.digest.as_str(), after.money.clone(), after.deadline), (PROPOSED, eur(12_900), Some(at(1_200))));
    assert_eq!((after.approvals.len(), after.signatures_missing()), (0, 2));
    // Half signed is voided too.
    given([ActionEvent::Held(held(2)), ActionEvent::Approved(approval(1, 1, 2))])
        .when(void())
        .then(voided, Phase::Held);
    given([ActionEvent::Held(held(1)), ActionEvent::Approved(approval(1, 1, 1)), started(PROPOSED)])
        .when(void())
        .refused_in(Phase::Started);
}

#[test]
fn a_signed_action_can_still_be_denied_but_a_started_one_cannot() {
    let deny = || Command::Deny { verdict: verdict(Disposition::Deny, 0), evidence: Evidence::None };
    let approved = [ActionEvent::Held(held(1)), ActionEvent::Approved(approval(1, 1, 1))];
    given(approved.clone()).when(deny()).then(ActionEvent::Denied(judged(Disposition::Deny)), Phase::Denied);
    given([ActionEvent::Held(held(1))])
        .when(deny())
        .then(ActionEvent::Denied(judged(Disposition::Deny)), Phase::Denied);
    given(approved.into_iter().chain([started(PROPOSED)])).when(deny()).refused_in(Phase::Started);
}
