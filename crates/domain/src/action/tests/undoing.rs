//! Taking back in time: where a rule gives time, an approved action waits for its start, and can be held again until then.

use super::canvas::*;
use crate::action::{ActionEvent, Command, Evidence, Held, Phase, Standing, Started, VoidReason};

fn hold_with_time() -> Held {
    let mut held = held(1);
    held.verdict.undo_seconds = 30;
    held
}

fn approved() -> Vec<ActionEvent> {
    vec![ActionEvent::Held(hold_with_time()), ActionEvent::Approved(approval(1, 1, 1))]
}

fn wait() -> ActionEvent {
    ActionEvent::Waiting { at: at(40), until: at(70) }
}

fn waiting() -> Vec<ActionEvent> {
    approved().into_iter().chain([wait()]).collect()
}

fn start_at(second: i64) -> Command {
    Command::Start { permitted_at: Some(7), judged: None, at: at(second) }
}

fn undo() -> Command {
    Command::Void {
        reason: VoidReason::Undone,
        verdict: hold_with_time().verdict,
        evidence: Evidence::None,
        deadline: at(600),
        standing: Standing::default(),
    }
}

#[test]
fn it_waits_from_its_last_signature_on_as_long_as_the_rule_says() {
    let after = given(approved()).when(Command::Wait { at: at(40) }).then(wait(), Phase::Waiting);
    assert_eq!(after.waits_until, Some(at(70)));
    given([ActionEvent::Held(held(1)), ActionEvent::Approved(approval(1, 1, 1))])
        .when(Command::Wait { at: at(40) })
        .does_not_fit();
    given([ActionEvent::Held(hold_with_time())]).when(Command::Wait { at: at(40) }).refused_in(Phase::Held);
    given(waiting()).when(Command::Wait { at: at(41) }).refused_in(Phase::Waiting);
}

#[test]
fn it_starts_when_its_time_is_over_and_not_before() {
    given(waiting()).when(start_at(69)).does_not_fit();
    given(approved()).when(start_at(700)).does_not_fit();
    let started =
        ActionEvent::Started(Started { digest: PROPOSED.into(), permitted_at: Some(7), judged: None, at: at(70) });
    given(waiting()).when(start_at(70)).then(started, Phase::Started);
}

#[test]
fn taken_back_it_is_held_as_at_first_and_only_what_waits_is_taken_back() {
    let held = Held { evidence: Evidence::None, ..hold_with_time() };
    let undone = ActionEvent::Voided { reason: VoidReason::Undone, held };
    let after = given(waiting()).when(undo()).then(undone, Phase::Held);
    assert!(after.approvals.is_empty() && after.waits_until.is_none());
    given(approved()).when(undo()).refused_in(Phase::Approved);
    given([ActionEvent::Held(hold_with_time())]).when(undo()).refused_in(Phase::Held);
}
