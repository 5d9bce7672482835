//! From the start to the outcome: one start, one conclusion, and an unknown outcome that only settling ends.

use super::canvas::*;
use crate::action::{ActionEvent, Command, Conclusion, Judged, Phase, RESTORED, SettledHow, Standing, VoidReason};
use crate::ids::ActionId;
use crate::ledger::{LedgerEvent, LedgerName, Reservation};
use crate::verdict::Disposition;

fn approved() -> Vec<ActionEvent> {
    vec![ActionEvent::Held(held(1)), ActionEvent::Approved(approval(1, 1, 1))]
}

fn running() -> Vec<ActionEvent> {
    approved().into_iter().chain([started(PROPOSED)]).collect()
}

fn conclude(conclusion: Conclusion) -> Command {
    Command::Conclude { conclusion, at: at(72) }
}

fn settle() -> Command {
    Command::Settle { how: SettledHow::Happened, by: "probe".into() }
}

#[test]
fn only_what_is_allowed_or_fully_signed_starts_and_with_the_digest_in_force() {
    given(approved()).when(start()).then(started(PROPOSED), Phase::Started);
    given([ActionEvent::Allowed(judged(Disposition::Allow))]).when(start()).then(started(PROPOSED), Phase::Started);
    given([ActionEvent::Held(held(1)), ActionEvent::Overridden(overriding(1, 1))])
        .when(start())
        .then(started(CHANGED), Phase::Started);
    given([]).when(start()).refused_in(Phase::Proposed);
    given([ActionEvent::Held(held(1))]).when(start()).refused_in(Phase::Held);
    given([ActionEvent::Held(held(2)), ActionEvent::Approved(approval(1, 1, 2))]).when(start()).refused_in(Phase::Held);
    given([ActionEvent::Denied(judged(Disposition::Deny))]).when(start()).refused_in(Phase::Denied);
}

#[test]
fn an_action_starts_once() {
    given(running()).when(start()).refused_in(Phase::Started);
    let failed = ActionEvent::Failed { code: "tool_error".into(), took_ms: 5 };
    given(running().into_iter().chain([failed])).when(start()).refused_in(Phase::Failed);
    let unknown = ActionEvent::Unknown { code: "timeout".into() };
    given(running().into_iter().chain([unknown])).when(start()).refused_in(Phase::Unknown);
}

#[test]
fn a_started_action_concludes_once_with_the_time_that_it_took() {
    for (conclusion, event, phase) in [
        (
            Conclusion::Succeeded { subject: None },
            ActionEvent::Succeeded { took_ms: 2_000, subject: None },
            Phase::Succeeded,
        ),
        (
            Conclusion::Failed("tool_error".into()),
            ActionEvent::Failed { code: "tool_error".into(), took_ms: 2_000 },
            Phase::Failed,
        ),
        (Conclusion::Unknown("timeout".into()), ActionEvent::Unknown { code: "timeout".into() }, Phase::Unknown),
    ] {
        given(approved()).when(conclude(conclusion.clone())).refused_in(Phase::Approved);
        given(running()).when(conclude(conclusion.clone())).then(event.clone(), phase);
        given(running().into_iter().chain([event])).when(conclude(conclusion)).refused_in(phase);
    }
    // A clock that ran backwards gives no negative duration.
    let early = Command::Conclude { conclusion: Conclusion::Succeeded { subject: None }, at: at(0) };
    given(running()).when(early).then(ActionEvent::Succeeded { took_ms: 0, subject: None }, Phase::Succeeded);
}

#[test]
fn an_unknown_outcome_is_ended_by_settling_and_by_nothing_else() {
    let unknown = || given(running().into_iter().chain([ActionEvent::Unknown { code: "restart".into() }]));
    for how in [SettledHow::Happened, SettledHow::DidNotHappen, SettledHow::Compensated] {
        unknown()
            .when(Command::Settle { how, by: "probe".into() })
            .then(ActionEvent::Settled { how, by: "probe".into() }, Phase::Settled(how));
    }
    for other in [
        start(),
        conclude(Conclusion::Succeeded { subject: None }),
        sign(approval(1, 1, 1)),
        judge(hold(1)),
        Command::Expire { at: at(9_000) },
        Command::Withdraw { reason: "requester".into() },
    ] {
        unknown().when(other).refused_in(Phase::Unknown);
    }
    assert!(!Phase::Unknown.is_final());
}

#[test]
fn behind_a_restore_whatever_was_open_may_have_happened() {
    let lost = || conclude(Conclusion::Unknown(RESTORED.into()));
    let unknown = ActionEvent::Unknown { code: RESTORED.into() };
    let allowed = ActionEvent::Allowed(judged(Disposition::Allow));
    for open in [vec![], vec![allowed], vec![ActionEvent::Held(held(1))], running()] {
        given(open).when(lost()).then(unknown.clone(), Phase::Unknown);
    }
    // Any other unknown outcome is that of a call.
    given([ActionEvent::Held(held(1))]).when(conclude(Conclusion::Unknown("restart".into()))).refused_in(Phase::Held);
    let succeeded = ActionEvent::Succeeded { took_ms: 1, subject: None };
    given(running().into_iter().chain([succeeded])).when(lost()).refused_in(Phase::Succeeded);
}

#[test]
fn only_an_unknown_outcome_is_settled() {
    given(running()).when(settle()).refused_in(Phase::Started);
    given(running().into_iter().chain([ActionEvent::Succeeded { took_ms: 1, subject: None }]))
        .when(settle())
        .refused_in(Phase::Succeeded);
}

#[test]
fn superseded_is_final() {
    let by: ActionId = "act_ffffffffffffffffffffffffffffffff".parse().unwrap();
    let given = || given([ActionEvent::Held(held(1)), ActionEvent::Superseded { by: by.clone() }]);
    assert!(given().phase().is_final());
    given().when(sign(approval(1, 1, 1))).refused_in(Phase::Superseded);
    given().when(start()).refused_in(Phase::Superseded);
}

#[test]
fn what_was_reserved_is_released_by_every_end_but_those_in_which_it_may_have_happened() {
    let reservation = Reservation { ledger: LedgerName::agent("clerk"), money: eur(12_900), at: at(0) };
    let reserved = Standing { reserved: vec![reservation], ..Standing::default() };
    let allowed = || ActionEvent::Allowed(Judged { standing: reserved.clone(), ..judged(Disposition::Allow) });
    let held_again = || ActionEvent::Voided { reason: VoidReason::LimitReached, held: held(1) };
    let settled = |how| ActionEvent::Settled { how, by: "probe".into() };
    let failed = || ActionEvent::Failed { code: "tool_error".into(), took_ms: 1 };
    let unknown = || ActionEvent::Unknown { code: "timeout".into() };
    let began = || vec![allowed(), started(PROPOSED)];
    let with = |more: Vec<ActionEvent>| began().into_iter().chain(more).collect::<Vec<_>>();
    for (events, kept) in [
        (vec![allowed()], true),
        (began(), true),
        (with(vec![ActionEvent::Succeeded { took_ms: 1, subject: None }]), true),
        (with(vec![unknown()]), true),
        (with(vec![unknown(), settled(SettledHow::Happened)]), true),
        (with(vec![unknown(), settled(SettledHow::Compensated)]), true),
        (with(vec![unknown(), settled(SettledHow::DidNotHappen)]), false),
        (with(vec![failed()]), false),
        (vec![allowed(), held_again()], false),
        (vec![allowed(), ActionEvent::Withdrawn { reason: "takeover".into() }], false),
        (vec![allowed(), ActionEvent::Denied(judged(Disposition::Deny))], false),
    ] {
        let (before, after) = (given([]).stands(), given(events.clone()).stands());
        let moves = before.ledger_moves(&after);
        assert_eq!((after.reserved.len(), moves.len()), if kept { (1, 1) } else { (0, 0) }, "{events:?}");
        let with_it = given([allowed()]).stands();
        let released =
            with_it.ledger_moves(&after).into_iter().map(|(_, moved)| matches!(moved, LedgerEvent::Released(_)));
        assert_eq!(released.collect::<Vec<_>>(), if kept { vec![] } else { vec![true] }, "{events:?}");
    }
}
