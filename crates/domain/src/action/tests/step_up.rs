//! The password again: where the rules ask for it, nobody approves without having typed it at a device of theirs, and a no
//! needs nothing.

use super::canvas::*;
use crate::action::{ActionError, ActionEvent, Choice, Command, Decided, Held, Phase, StepUp};
use crate::person::KeyKind;
use crate::verdict::Verdict;

fn asking(approvers: u8) -> Held {
    let mut held = held(approvers);
    held.verdict.step_up = true;
    held
}

fn stepped_up(decided: Decided) -> Decided {
    with(decided, |statement| statement.step_up = Some(StepUp::Password))
}

fn decide(decided: Decided) -> Command {
    Command::Decide(Box::new(decided))
}

#[test]
fn an_approval_carries_it_and_one_without_it_or_by_the_stations_key_is_refused() {
    let ask = || given([ActionEvent::Held(asking(1))]);
    ask().when(decide(approval(1, 1, 1))).refused(ActionError::StepUpNeeded);
    let by_station = Decided { signed_by: KeyKind::Station, ..stepped_up(approval(1, 1, 1)) };
    ask().when(decide(by_station)).refused(ActionError::StepUpNeeded);
    let good = stepped_up(approval(1, 1, 1));
    ask().when(decide(good.clone())).then(ActionEvent::Approved(good), Phase::Approved);
}

#[test]
fn each_of_two_signers_types_theirs() {
    let first = stepped_up(approval(1, 1, 2));
    let one = || given([ActionEvent::Held(asking(2)), ActionEvent::Approved(first.clone())]);
    one().when(decide(approval(2, 2, 2))).refused(ActionError::StepUpNeeded);
    let second = stepped_up(approval(2, 2, 2));
    one().when(decide(second.clone())).then(ActionEvent::Approved(second), Phase::Approved);
}

#[test]
fn an_override_is_asked_what_its_own_values_ask_and_a_no_is_asked_nothing() {
    let change = |verdict: Verdict| {
        let decided = with(approval(1, 1, 1), |statement| {
            statement.decision = Choice::Override;
            statement.digest_decided = CHANGED.into();
        });
        Decided { verdict: Some(verdict), ..decided }
    };
    let asks = Verdict { step_up: true, ..hold(1) };
    given([ActionEvent::Held(held(1))]).when(decide(change(asks.clone()))).refused(ActionError::StepUpNeeded);
    let typed = stepped_up(change(asks));
    let after = |decided: &Decided| (ActionEvent::Overridden(decided.clone()), Phase::Approved);
    let (event, phase) = after(&typed);
    given([ActionEvent::Held(held(1))]).when(decide(typed)).then(event, phase);
    let less = change(hold(1));
    let (event, phase) = after(&less);
    given([ActionEvent::Held(asking(1))]).when(decide(less)).then(event, phase);
    let no = with(approval(1, 1, 1), |statement| statement.decision = Choice::Reject);
    given([ActionEvent::Held(asking(1))]).when(decide(no.clone())).then(ActionEvent::Rejected(no), Phase::Rejected);
}

#[test]
fn a_statement_without_it_is_written_as_before_there_was_any() {
    let bytes = |decided: Decided| String::from_utf8(decided.statement.to_bytes()).unwrap();
    assert!(!bytes(approval(1, 1, 1)).contains("step_up"));
    assert!(bytes(stepped_up(approval(1, 1, 1))).contains("\"step_up\":\"password\""));
}
