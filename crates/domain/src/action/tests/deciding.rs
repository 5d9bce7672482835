//! Decisions: who, on what, how many; what an override does to the signatures before it.

use super::canvas::*;
use crate::action::{ActionError, ActionEvent, Decided, DecisionStatement, Phase};
use crate::verdict::{Disposition, Verdict};

fn held_for(approvers: u8) -> Vec<ActionEvent> {
    vec![ActionEvent::Held(held(approvers))]
}

fn after(mut events: Vec<ActionEvent>, more: impl IntoIterator<Item = ActionEvent>) -> Given {
    events.extend(more);
    given(events)
}

#[test]
fn one_signature_approves_a_hold_for_one() {
    let after = given(held_for(1)).when(sign(approval(1, 1, 1)));
    let after = after.then(ActionEvent::Approved(approval(1, 1, 1)), Phase::Approved);
    assert_eq!((after.digest.as_str(), after.signatures_missing()), (PROPOSED, 0));
}

#[test]
fn a_hold_for_n_waits_for_n_different_people() {
    let mut events = held_for(3);
    for n in 1..=3 {
        let decided = approval(n, n, 3);
        let expected = if n == 3 { Phase::Approved } else { Phase::Held };
        let stands = given(events.clone()).when(sign(decided.clone()));
        assert_eq!(stands.then(ActionEvent::Approved(decided.clone()), expected).signatures_missing(), 3 - n);
        events.push(ActionEvent::Approved(decided));
    }
}

#[test]
fn the_same_person_does_not_sign_twice() {
    after(held_for(2), [ActionEvent::Approved(approval(1, 1, 2))])
        .when(sign(approval(1, 2, 2)))
        .refused(ActionError::SignedAlready);
}

#[test]
fn a_statement_about_anything_else_is_refused() {
    type Change = fn(&mut DecisionStatement);
    let wrong: [(Change, &str); 10] = [
        (|s| s.r#type = "countersign/decision/v0".into(), "another form of statement"),
        (|s| s.action = "act_ffffffffffffffffffffffffffffffff".parse().unwrap(), "another action"),
        (|s| s.proposal += 1, "another proposal"),
        (|s| s.digest_proposed = CHANGED.into(), "another proposed digest"),
        (|s| s.digest_decided = CHANGED.into(), "another digest"),
        (|s| s.definition = "definition two".into(), "another tool definition"),
        (|s| s.policy_version = "policy two".into(), "another policy version"),
        (|s| s.which = 2, "another count of signatures"),
        (|s| s.which = 0, "another count of signatures"),
        (|s| s.of = 1, "another count of signatures"),
    ];
    for (change, why) in wrong {
        given(held_for(2)).when(sign(with(approval(1, 1, 2), change))).refused(ActionError::DoesNotFit(why));
    }
}

#[test]
fn a_rejection_is_one_persons_no_and_ends_it() {
    let counted = |which| with(rejection(1), |s| (s.which, s.of) = (which, 2));
    given(held_for(2)).when(sign(counted(1))).then(ActionEvent::Rejected(counted(1)), Phase::Rejected);
    // Somebody who signed may change their mind before the last signature.
    after(held_for(2), [ActionEvent::Approved(approval(1, 1, 2))])
        .when(sign(counted(2)))
        .then(ActionEvent::Rejected(counted(2)), Phase::Rejected);
    given(held_for(2)).when(sign(counted(2))).refused(ActionError::DoesNotFit("another count of signatures"));
    let stale = with(rejection(1), |s| s.digest_decided = CHANGED.into());
    given(held_for(1)).when(sign(stale)).refused(ActionError::DoesNotFit("another digest"));
}

#[test]
fn nobody_decides_what_does_not_wait() {
    given([]).when(sign(approval(1, 1, 1))).refused_in(Phase::Proposed);
    for (event, phase) in [
        (ActionEvent::Expired { deadline: at(600) }, Phase::Expired),
        (ActionEvent::Withdrawn { reason: "takeover".into() }, Phase::Withdrawn),
        (ActionEvent::Rejected(rejection(2)), Phase::Rejected),
        (ActionEvent::Approved(approval(2, 1, 1)), Phase::Approved),
        (ActionEvent::Denied(judged(Disposition::Deny)), Phase::Denied),
    ] {
        for decided in [approval(1, 1, 1), overriding(1, 1), rejection(1)] {
            after(held_for(1), [event.clone()]).when(sign(decided)).refused_in(phase);
        }
    }
}

#[test]
fn an_override_alone_suffices_where_one_is_asked_for() {
    let after = given(held_for(1)).when(sign(overriding(1, 1)));
    let after = after.then(ActionEvent::Overridden(overriding(1, 1)), Phase::Approved);
    assert_eq!((after.digest.as_str(), after.money), (CHANGED, eur(8_900)));
}

#[test]
fn where_two_are_asked_for_somebody_who_changed_nothing_signs_the_overridden_digest_too() {
    let overridden = || vec![ActionEvent::Held(held(2)), ActionEvent::Overridden(overriding(1, 2))];
    assert_eq!(given(overridden()).phase(), Phase::Held);
    let on_changed = |by| with(approval(by, 2, 2), |s| s.digest_decided = CHANGED.into());
    given(overridden()).when(sign(on_changed(1))).refused(ActionError::SignedAlready);
    given(overridden()).when(sign(approval(2, 2, 2))).refused(ActionError::DoesNotFit("another digest"));
    let after = given(overridden()).when(sign(on_changed(2)));
    after.then(ActionEvent::Approved(on_changed(2)), Phase::Approved);
}

#[test]
fn an_override_voids_the_approvals_before_it() {
    let mut events = held_for(3);
    events.push(ActionEvent::Approved(approval(1, 1, 3)));
    events.push(ActionEvent::Approved(approval(2, 2, 3)));
    let action = given(events).when(sign(overriding(3, 3)));
    let action = action.then(ActionEvent::Overridden(overriding(3, 3)), Phase::Held);
    assert_eq!((action.approvals.len(), action.signatures_missing()), (1, 2));
    // The first signer signs again, the other bytes, as the second of three.
    let again = with(approval(1, 2, 3), |s| s.digest_decided = CHANGED.into());
    assert_eq!(decide(&action, sign(again.clone())), Ok(ActionEvent::Approved(again)));
}

#[test]
fn a_stricter_verdict_on_the_changed_arguments_asks_for_the_people_that_it_names() {
    let stricter = overriding(1, 2);
    let after = given(held_for(1)).when(sign(stricter.clone()));
    assert_eq!(after.then(ActionEvent::Overridden(stricter), Phase::Held).signatures_missing(), 1);
    let miscounted = Decided { verdict: Some(hold(2)), ..overriding(1, 1) };
    given(held_for(1)).when(sign(miscounted)).refused(ActionError::DoesNotFit("another count of signatures"));
}

#[test]
fn an_override_changes_something_is_judged_and_never_beats_a_denial() {
    let unchanged = with(overriding(1, 1), |s| s.digest_decided = PROPOSED.into());
    given(held_for(1)).when(sign(unchanged)).refused(ActionError::DoesNotFit("an override that changes nothing"));
    let unjudged = Decided { verdict: None, ..overriding(1, 1) };
    given(held_for(1)).when(sign(unjudged)).refused(ActionError::DoesNotFit("an override that was not judged"));
    let denied = Verdict { disposition: Disposition::Deny, ..hold(1) };
    let denied = Decided { verdict: Some(denied), ..overriding(1, 1) };
    given(held_for(1)).when(sign(denied)).refused(ActionError::Denied);
}

#[test]
fn later_signers_sign_under_the_policy_that_judged_the_override() {
    let newer = Verdict { policy_version: "policy two".into(), ..hold(2) };
    let overridden = Decided { verdict: Some(newer), ..overriding(1, 2) };
    let given = || given([ActionEvent::Held(held(2)), ActionEvent::Overridden(overridden.clone())]);
    let signed = |policy: &str| {
        with(approval(2, 2, 2), |s| {
            s.digest_decided = CHANGED.into();
            s.policy_version = policy.into();
        })
    };
    given().when(sign(signed(POLICY))).refused(ActionError::DoesNotFit("another policy version"));
    given().when(sign(signed("policy two"))).then(ActionEvent::Approved(signed("policy two")), Phase::Approved);
}
