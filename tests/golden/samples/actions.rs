//! Events of an action.

use super::{Sample, action, at, conversation, person};
use countersign_domain::action::{
    ActionEvent, Choice, Decided, DecisionStatement, Evidence, Held, Judged, Proposed, STATEMENT_TYPE, SettledHow,
    Standing, Started, VoidReason,
};
use countersign_domain::event::{Draft, Fields, fields};
use countersign_domain::ledger::{LedgerName, Reservation, Sums};
use countersign_domain::money::Money;
use countersign_domain::person::KeyKind;
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::{Disposition, Rule, Verdict};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

fn eur(minor: i64) -> Money {
    Money { minor, currency: "EUR".to_owned().try_into().unwrap() }
}

fn verdict(disposition: Disposition) -> Verdict {
    let hold = disposition == Disposition::Hold;
    Verdict {
        disposition,
        rules: vec![Rule { id: "refund-over-50".into(), reason: "Refunds above €50.00 need a supervisor.".into() }],
        approvers: u8::from(hold) * 2,
        roles: if hold { vec!["supervisor".into()] } else { Vec::new() },
        devices: 0,
        step_up: false,
        undo_seconds: 0,
        deadline_seconds: 0,
        policy_version: "5".repeat(64),
    }
}

fn standing() -> Standing {
    let sums = Sums { minor_today: 1_500, minor_30d: 4_000, count_today: 1, count_30d: 2 };
    Standing {
        customer: Some(sums),
        agent: Some(Sums::default()),
        object: None,
        subject: Some("6".repeat(64)),
        open: vec![format!("act_{}", "b".repeat(32)).parse().unwrap()],
        refusals: 1,
        contradictions: 0,
        refused_here: 0,
        decided: false,
        answered: None,
        reserved: vec![Reservation {
            ledger: LedgerName::customer(&"6".repeat(64)),
            money: Some(eur(12_900)),
            at: at(1),
        }],
    }
}

fn judged(disposition: Disposition) -> Judged {
    Judged {
        digest: "3".repeat(64),
        verdict: verdict(disposition),
        evidence: Evidence::Read { at: at(1) },
        standing: standing(),
    }
}

fn held() -> Held {
    Held {
        digest: "3".repeat(64),
        verdict: verdict(Disposition::Hold),
        deadline: at(900),
        evidence: Evidence::Failed { code: "timeout".into() },
        standing: Standing::default(),
    }
}

fn decided(decision: Choice) -> Decided {
    let changed = decision == Choice::Override;
    Decided {
        statement: DecisionStatement {
            r#type: STATEMENT_TYPE.to_owned(),
            log: crate::files::log(),
            action: action(),
            proposal: 4,
            digest_proposed: "3".repeat(64),
            digest_decided: if changed { "4" } else { "3" }.repeat(64),
            decision,
            which: 1,
            of: 2,
            policy_version: "5".repeat(64),
            definition: "2".repeat(64),
            card: "7".repeat(64),
            person: person(),
            key: format!("sig_{}", "8".repeat(32)).parse().unwrap(),
            at: at(60),
            step_up: None,
        },
        signature: "9".repeat(128),
        signed_by: KeyKind::Device,
        looked_ms: 12_345,
        money: Some(eur(12_900)),
        verdict: changed.then(|| verdict(Disposition::Hold)),
        standing: standing(),
    }
}

fn proposed() -> Proposed {
    Proposed {
        whisper: None,
        by: None,
        action: action(),
        conversation: conversation(),
        agent: "refund".into(),
        tool: "crm.issue_refund".into(),
        server: "crm".into(),
        definition: "2".repeat(64),
        effect: EffectClass::Irreversible,
        digest: "3".repeat(64),
        money: Some(eur(12_900)),
        object: Some("0".repeat(64)),
        at: at(0),
    }
}

pub(super) fn all() -> Vec<Sample> {
    let arguments = json!({ "amount_minor": 12_900, "currency": "EUR", "order_number": "1042" });
    let evidence = || fields([("evidence", json!({ "total": { "value": 18_900, "label": "Total" } }))]);
    let card = json!({ "headline": "Refund €129.00 to Ana Ruiz for order 1042" });
    let message = || fields([("message", json!("The connection was lost."))]);
    let by_station = [
        (ActionEvent::Allowed(judged(Disposition::Allow)), evidence()),
        (ActionEvent::Held(held()), evidence()),
        (ActionEvent::Denied(judged(Disposition::Deny)), evidence()),
        (ActionEvent::Expired { deadline: at(900) }, Fields::new()),
        (ActionEvent::Superseded { by: format!("act_{}", "b".repeat(32)).parse().unwrap() }, Fields::new()),
        (ActionEvent::Waiting { at: at(60), until: at(90) }, Fields::new()),
        (ActionEvent::DeadlineMoved { deadline: at(1_800), reason: "stop".into() }, Fields::new()),
        (ActionEvent::Voided { reason: VoidReason::EvidenceChanged, held: held() }, evidence()),
        (
            ActionEvent::Started(Started { digest: "3".repeat(64), permitted_at: Some(6), judged: None, at: at(61) }),
            Fields::new(),
        ),
        (ActionEvent::Succeeded { took_ms: 120, subject: None }, fields([("result", json!({ "refund_id": "R-1" }))])),
        (ActionEvent::Failed { code: "tool_error".into(), took_ms: 120 }, message()),
        (ActionEvent::Unknown { code: "timeout".into() }, message()),
        (
            ActionEvent::Settled { how: SettledHow::DidNotHappen, by: "probe".into() },
            fields([("result", json!({ "state": "claimed" }))]),
        ),
    ];
    let by_person = [
        (ActionEvent::Approved(decided(Choice::Approve)), fields([("card", card.clone())])),
        (
            ActionEvent::Overridden(decided(Choice::Override)),
            fields([
                ("arguments", arguments.clone()),
                ("card", card.clone()),
                ("changes", json!([])),
                ("words", json!("Only the strap is broken.")),
            ]),
        ),
        (ActionEvent::Rejected(decided(Choice::Reject)), fields([("card", card), ("words", json!("Send a strap."))])),
        (ActionEvent::Withdrawn { reason: "takeover".into() }, Fields::new()),
        (ActionEvent::Delegated { to: Some(person()) }, Fields::new()),
        (ActionEvent::Snoozed { until: Some(at(800)) }, Fields::new()),
    ];
    let by_agent = [(
        ActionEvent::Proposed(proposed()),
        fields([
            ("arguments", arguments),
            ("salt", json!("f".repeat(64))),
            ("claim", json!("The buckle broke.")),
            ("reasoner", json!("playbook refund 1")),
            ("provenance", json!({})),
        ]),
    )];
    let of = |actor: Actor| {
        move |(event, sealed): (ActionEvent, Fields)| {
            (StreamName::action(&action()), actor.clone(), Draft::with(&event, sealed))
        }
    };
    let station = by_station.into_iter().map(of(Actor::Station));
    let person = by_person.into_iter().map(of(Actor::Person(person().to_string())));
    station.chain(person).chain(by_agent.into_iter().map(of(Actor::Agent("refund".into())))).collect()
}
