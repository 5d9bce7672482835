//! Random sequences of commands, well and badly formed: no road leads to a start but an allow verdict or a full set of
//! signatures, and none out of a final phase.

use super::canvas::*;
use crate::action::{
    Action, ActionEvent, Choice, Command, Conclusion, Decided, Evidence, Phase, SettledHow, Standing, VoidReason,
};
use crate::verdict::Disposition;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What somebody tries. Decisions are completed from the state, with the one slip that is named here.
#[derive(Debug, Clone)]
enum Attempt {
    Judge(Disposition, u8),
    Decide { by: u8, choice: Choice, digest: u8, slip: Option<u8>, approvers: u8 },
    Void(u8),
    Deny,
    Start,
    Conclude(u8),
    Settle,
    Expire(i64),
    Withdraw,
    MoveDeadline(i64),
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let disposition = prop_oneof![
        1 => Just(Disposition::Allow),
        6 => Just(Disposition::Hold),
        1 => Just(Disposition::Deny)
    ];
    let choice = prop_oneof![6 => Just(Choice::Approve), 3 => Just(Choice::Override), 1 => Just(Choice::Reject)];
    let decision = (1..4_u8, choice, 0..3_u8, proptest::option::weighted(0.2, 0..7_u8), 0..4_u8)
        .prop_map(|(by, choice, digest, slip, approvers)| Attempt::Decide { by, choice, digest, slip, approvers });
    prop_oneof![
        3 => (disposition, 0..4_u8).prop_map(|(d, n)| Attempt::Judge(d, n)),
        12 => decision,
        1 => (0..4_u8).prop_map(Attempt::Void),
        1 => Just(Attempt::Deny),
        4 => Just(Attempt::Start),
        2 => (0..3_u8).prop_map(Attempt::Conclude),
        1 => Just(Attempt::Settle),
        1 => (0..1_000_i64).prop_map(Attempt::Expire),
        1 => Just(Attempt::Withdraw),
        1 => (0..1_000_i64).prop_map(Attempt::MoveDeadline),
    ]
}

fn command(attempt: &Attempt, action: &Action) -> Command {
    match attempt {
        Attempt::Judge(disposition, approvers) => judge(verdict(*disposition, *approvers)),
        Attempt::Decide { by, choice, digest, slip, approvers } => {
            sign(decision(action, *by, *choice, *digest, *slip, *approvers))
        }
        Attempt::Void(approvers) => Command::Void {
            reason: VoidReason::PolicyChanged,
            verdict: hold(*approvers),
            evidence: Evidence::None,
            deadline: at(600),
            standing: Standing::default(),
        },
        Attempt::Deny => Command::Deny { verdict: verdict(Disposition::Deny, 0), evidence: Evidence::None },
        Attempt::Start => start(),
        Attempt::Conclude(0) => Command::Conclude { conclusion: Conclusion::Succeeded { subject: None }, at: at(80) },
        Attempt::Conclude(1) => Command::Conclude { conclusion: Conclusion::Failed("tool_error".into()), at: at(80) },
        Attempt::Conclude(_) => Command::Conclude { conclusion: Conclusion::Unknown("timeout".into()), at: at(80) },
        Attempt::Settle => Command::Settle { how: SettledHow::DidNotHappen, by: "probe".into() },
        Attempt::Expire(second) => Command::Expire { at: at(*second) },
        Attempt::Withdraw => Command::Withdraw { reason: "requester".into() },
        Attempt::MoveDeadline(second) => Command::MoveDeadline { deadline: at(*second), reason: "person".into() },
    }
}

fn decision(action: &Action, by: u8, choice: Choice, digest: u8, slip: Option<u8>, approvers: u8) -> Decided {
    let overrides = choice == Choice::Override;
    let (which, of) = match overrides {
        true => (1, approvers.max(1)),
        false => (u8::try_from(action.approvals.len()).unwrap() + 1, action.signatures_needed()),
    };
    let mut decided = with(approval(by, which, of), |s| {
        s.decision = choice;
        s.digest_decided = match overrides {
            true => [PROPOSED, CHANGED, "digest as overridden again"][usize::from(digest)].to_owned(),
            false => action.digest.clone(),
        };
        match slip {
            Some(0) => s.digest_decided = "digest of nothing".into(),
            Some(1) => s.which += 1,
            Some(2) => s.of += 1,
            Some(3) => s.policy_version = "policy two".into(),
            Some(4) => s.proposal += 1,
            Some(5) => s.definition = "definition two".into(),
            Some(6) => s.digest_proposed = CHANGED.into(),
            _ => {}
        }
    });
    decided.verdict = overrides.then(|| hold(approvers));
    decided
}

/// An account of its own of who signed what, kept from the events alone: the check must not share the code it checks.
#[derive(Default)]
struct Account {
    allowed: bool,
    asked_for: usize,
    signed: BTreeSet<(String, String)>,
}

impl Account {
    fn take(&mut self, event: &ActionEvent) {
        let asked = |approvers: u8| usize::from(approvers.max(1));
        match event {
            ActionEvent::Allowed(_) => self.allowed = true,
            ActionEvent::Held(held) | ActionEvent::Voided { held, .. } => {
                self.allowed = false;
                self.signed.clear();
                self.asked_for = asked(held.verdict.approvers);
            }
            ActionEvent::Overridden(decided) => {
                self.signed.clear();
                self.asked_for = asked(decided.verdict.as_ref().unwrap().approvers);
                self.sign(decided);
            }
            ActionEvent::Approved(decided) => self.sign(decided),
            _ => {}
        }
    }

    fn sign(&mut self, decided: &Decided) {
        self.signed.insert((decided.statement.person.to_string(), decided.statement.digest_decided.clone()));
    }

    fn may_start(&self, digest: &str) -> bool {
        let on_it: BTreeSet<_> = self.signed.iter().filter(|(_, d)| d == digest).map(|(p, _)| p).collect();
        (self.allowed && digest == PROPOSED) || (self.asked_for > 0 && on_it.len() >= self.asked_for)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn nothing_starts_without_leave_and_nothing_leaves_a_final_phase(
        attempts in proptest::collection::vec(attempt(), 1..40)
    ) {
        let mut action = given([]).stands();
        let mut account = Account::default();
        let mut starts = 0;
        for attempt in &attempts {
            let before = action.phase;
            let Ok(event) = decide(&action, command(attempt, &action)) else { continue };
            prop_assert!(!before.is_final(), "{event:?} out of {before:?}");
            if before == Phase::Unknown {
                prop_assert!(matches!(event, ActionEvent::Settled { .. }), "{event:?}");
            }
            if let ActionEvent::Started(started) = &event {
                starts += 1;
                prop_assert!(account.may_start(&started.digest), "{:?}", account.signed);
            }
            account.take(&event);
            action.apply(&event);
        }
        prop_assert!(starts <= 1);
    }
}

/// The generator is worth something only if its sequences reach the places that the property speaks of.
#[test]
fn the_random_sequences_reach_a_start_by_signatures_and_every_kind_of_end() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut ends = BTreeSet::new();
    let mut signed_starts = 0;
    for _ in 0..3_000 {
        let attempts = proptest::collection::vec(attempt(), 1..40).new_tree(&mut runner).unwrap().current();
        let mut action = given([]).stands();
        for attempt in &attempts {
            let Ok(event) = decide(&action, command(attempt, &action)) else { continue };
            signed_starts += usize::from(matches!(event, ActionEvent::Started(_)) && action.approvals.len() > 1);
            action.apply(&event);
        }
        ends.insert(format!("{:?}", action.phase));
    }
    assert!(signed_starts > 20, "{signed_starts}");
    for end in ["Succeeded", "Failed", "Settled(DidNotHappen)", "Rejected", "Expired", "Withdrawn", "Denied"] {
        assert!(ends.contains(end), "{end} is missing from {ends:?}");
    }
}
