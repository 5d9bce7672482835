//! The canvas of these tests: `given(events).when(command).then(events)`, and the nouns that they are written in.

use crate::action::{
    Action, ActionError, ActionEvent, Choice, Command, Decided, DecisionStatement, Evidence, Held, Judged, Phase,
    Proposed, STATEMENT_TYPE, Standing, Started,
};
use crate::event::{self, Fields};
use crate::ids::{ActionId, ConversationId, LogId, PersonId, SigningKeyId};
use crate::money::Money;
use crate::person::KeyKind;
use crate::time::Timestamp;
use crate::tool::EffectClass;
use crate::verdict::{Disposition, Rule, Verdict};

pub(super) const PROPOSAL: u64 = 7;
pub(super) const PROPOSED: &str = "digest as proposed";
pub(super) const CHANGED: &str = "digest as overridden";
pub(super) const POLICY: &str = "policy one";

/// An action with a history.
pub(super) struct Given(Action);

/// What a command led to.
pub(super) struct Then {
    before: Action,
    result: Result<ActionEvent, ActionError>,
}

/// The history is the proposal and then these events.
pub(super) fn given(events: impl IntoIterator<Item = ActionEvent>) -> Given {
    let mut action = Action::begin(&ActionEvent::Proposed(proposed()), PROPOSAL).unwrap();
    for event in events {
        action.apply(&event);
    }
    Given(action)
}

impl Given {
    pub(super) fn when(self, command: Command) -> Then {
        let result = decide(&self.0, command);
        Then { before: self.0, result }
    }

    pub(super) fn phase(&self) -> Phase {
        self.0.phase
    }

    pub(super) fn stands(self) -> Action {
        self.0
    }
}

impl Then {
    /// Exactly this event, and afterwards this phase.
    pub(super) fn then(self, event: ActionEvent, phase: Phase) -> Action {
        assert_eq!(self.result, Ok(event.clone()));
        let mut after = self.before;
        after.apply(&event);
        assert_eq!(after.phase, phase);
        after
    }

    pub(super) fn refused(self, error: ActionError) {
        assert_eq!(self.result, Err(error));
    }

    /// Refused because it is not what the action is about to do.
    pub(super) fn does_not_fit(self) {
        assert!(matches!(&self.result, Err(ActionError::DoesNotFit(_))), "{:?}", self.result);
    }

    /// Refused because the action stands elsewhere.
    pub(super) fn refused_in(self, expected: Phase) {
        assert!(
            matches!(&self.result, Err(ActionError::WrongPhase { phase, .. }) if *phase == expected),
            "{:?}",
            self.result
        );
    }
}

/// The event that a command leads to, read back from its draft as a log would.
pub(super) fn decide(action: &Action, command: Command) -> Result<ActionEvent, ActionError> {
    let draft = action.decide(command, Fields::new())?;
    Ok(event::read(&draft.kind, draft.schema, &draft.open).unwrap())
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
}

pub(super) fn eur(minor: i64) -> Option<Money> {
    Some(Money { minor, currency: "EUR".to_owned().try_into().unwrap() })
}

fn id<T: std::str::FromStr>(prefix: &str, n: u8) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("{prefix}_{n:032x}").parse().unwrap()
}

pub(super) fn person(n: u8) -> PersonId {
    id("per", n)
}

pub(super) fn proposed() -> Proposed {
    Proposed {
        whisper: None,
        by: None,
        action: id::<ActionId>("act", 1),
        conversation: id::<ConversationId>("cnv", 1),
        agent: "clerk".into(),
        tool: "crm.refund".into(),
        server: "crm".into(),
        definition: "definition one".into(),
        effect: EffectClass::Irreversible,
        digest: PROPOSED.into(),
        money: eur(12_900),
        object: None,
        at: at(0),
    }
}

pub(super) fn verdict(disposition: Disposition, approvers: u8) -> Verdict {
    Verdict {
        disposition,
        rules: vec![Rule { id: "refunds".into(), reason: "A refund.".into() }],
        approvers,
        roles: Vec::new(),
        devices: 0,
        step_up: false,
        undo_seconds: 0,
        deadline_seconds: 0,
        policy_version: POLICY.into(),
    }
}

pub(super) fn hold(approvers: u8) -> Verdict {
    verdict(Disposition::Hold, approvers)
}

/// Held for so many people, until second 600.
pub(super) fn held(approvers: u8) -> Held {
    Held {
        digest: PROPOSED.into(),
        verdict: hold(approvers),
        deadline: at(600),
        evidence: Evidence::None,
        standing: Standing::default(),
    }
}

pub(super) fn judged(disposition: Disposition) -> Judged {
    Judged {
        digest: PROPOSED.into(),
        verdict: verdict(disposition, 0),
        evidence: Evidence::None,
        standing: Standing::default(),
    }
}

pub(super) fn judge(verdict: Verdict) -> Command {
    Command::Judge { verdict, evidence: Evidence::None, deadline: at(600), standing: Standing::default() }
}

/// A person's approval: which of how many, of the digest as proposed.
pub(super) fn approval(by: u8, which: u8, of: u8) -> Decided {
    Decided {
        statement: DecisionStatement {
            r#type: STATEMENT_TYPE.into(),
            log: id::<LogId>("log", 1),
            action: proposed().action,
            proposal: PROPOSAL,
            digest_proposed: PROPOSED.into(),
            digest_decided: PROPOSED.into(),
            decision: Choice::Approve,
            which,
            of,
            policy_version: POLICY.into(),
            definition: "definition one".into(),
            card: "card".into(),
            person: person(by),
            key: id::<SigningKeyId>("sig", by),
            at: at(60),
            step_up: None,
        },
        signature: "signature".into(),
        signed_by: KeyKind::Device,
        looked_ms: 4_000,
        money: eur(12_900),
        verdict: None,
        standing: Standing::default(),
    }
}

/// The same with something of its statement changed.
pub(super) fn with(mut decided: Decided, change: impl FnOnce(&mut DecisionStatement)) -> Decided {
    change(&mut decided.statement);
    decided
}

/// A person's override to [`CHANGED`], judged again as a hold for `of` people.
pub(super) fn overriding(by: u8, of: u8) -> Decided {
    let mut decided = with(approval(by, 1, of), |s| {
        s.decision = Choice::Override;
        s.digest_decided = CHANGED.into();
    });
    decided.money = eur(8_900);
    decided.verdict = Some(hold(of));
    decided
}

pub(super) fn rejection(by: u8) -> Decided {
    with(approval(by, 1, 1), |s| s.decision = Choice::Reject)
}

pub(super) fn sign(decided: Decided) -> Command {
    Command::Decide(Box::new(decided))
}

pub(super) fn start() -> Command {
    Command::Start { permitted_at: Some(9), judged: None, at: at(70) }
}

pub(super) fn started(digest: &str) -> ActionEvent {
    ActionEvent::Started(Started { digest: digest.into(), permitted_at: Some(9), judged: None, at: at(70) })
}
