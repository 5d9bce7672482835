//! Attacks on a decision: each tries to have more happen, or by fewer people, than was signed.

use crate::shop::{Shop, refund};
use countersign_domain::action::{ActionEvent, Choice, Decided, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::event::{Draft, Fields};
use countersign_domain::person::KeyKind;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use serde_json::json;

#[tokio::test]
async fn an_amount_written_as_a_decimal_is_the_same_amount_to_every_rule() {
    let shop = Shop::open().await;
    let report = shop.refund(&shop.conversation(Assurance::Verified).await, 18_000).await;
    // Over what is left, in a form that is no integer to a careless reader.
    let mut values = refund(0);
    values["amount_minor"] = json!(19_000.0);
    let judged = shop.gate.judge_override(&report.action, &values).await.unwrap();
    assert!(judged.problems.iter().any(|(name, _)| name == "amount_minor"), "{judged:?}");
    assert!(shop.gate.decide(shop.sign(&report.action, Choice::Override, Some(values)).await).await.is_err());

    // Without facts nothing bounds the amount but the rules: two people above €500.
    shop.put_policy("refunds", |text| text.replace("context.money.minor > 50000", "context.money.minor > 15000"));
    let large = shop.refund(&shop.conversation(Assurance::Verified).await, 18_000).await;
    let mut values = refund(0);
    values["amount_minor"] = json!(17_999.0);
    let signed = shop.sign(&large.action, Choice::Override, Some(values)).await;
    let stored = shop.gate.decide(signed).await.unwrap();
    assert_eq!(stored.phase, Phase::Held, "invariant 2: two people, however the amount is written");
    let report = shop.gate.report(&large.action).await.unwrap();
    assert_eq!(report.arguments, Some(refund(17_999)), "what is stored is what was judged and hashed");
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn who_has_none_of_the_roles_that_a_rule_asks_for_signs_nothing() {
    let shop = Shop::open().await;
    shop.put_policy("refunds", |text| text.replacen("@role(\"supervisor\")", "@role(\"escalation_handler\")", 1));
    let held = shop.held().await;
    assert!(matches!(shop.decide(&held.action, Choice::Approve).await, Err(GateError::BadSignature(_))));
    let overridden = shop.sign(&held.action, Choice::Override, Some(refund(10_000))).await;
    assert!(matches!(shop.gate.decide(overridden).await, Err(GateError::BadSignature(_))));
    assert!(shop.refunds().is_empty(), "invariant 2: by exact people");
    shop.decide(&held.action, Choice::Reject).await.unwrap();
}

#[tokio::test]
async fn the_roles_of_all_signers_together_are_those_that_the_rules_ask_for() {
    let shop = Shop::open().await;
    shop.put_policy("refunds", |text| {
        text.replace(
            "@approvers(\"1\")\n@role(\"supervisor\")",
            "@approvers(\"2\")\n@role(\"supervisor, escalation_handler\")",
        )
    });
    let held = shop.held().await;
    assert_eq!(shop.decide(&held.action, Choice::Approve).await.unwrap().phase, Phase::Held);
    let second = shop.colleague().await;
    let signed = shop.sign_as(&second, &held.action).await;
    assert!(matches!(shop.gate.decide(signed).await, Err(GateError::BadSignature(_))), "two supervisors are not both");
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn a_second_person_makes_two() {
    let shop = Shop::open().await;
    let large = shop.refund(&shop.conversation(Assurance::Verified).await, 18_000).await;
    shop.put_policy("refunds", |text| text.replace("context.money.minor > 50000", "context.money.minor > 15000"));
    assert!(shop.decide(&large.action, Choice::Approve).await.is_err(), "the rules moved: look again");
    shop.decide(&large.action, Choice::Approve).await.unwrap();
    let second = shop.colleague().await;
    shop.gate.decide(shop.sign_as(&second, &large.action).await).await.unwrap();
    shop.reaches(&large.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [18_000]);
}

#[tokio::test]
async fn a_rejection_counts_itself_as_truly_as_an_approval() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let mut statement = shop.sign(&held.action, Choice::Reject, None).await.statement;
    (statement.which, statement.of) = (7, 9);
    assert!(shop.gate.decide(shop.signed(statement, None)).await.is_err(), "nothing false is put into the trail");
    let mut statement = shop.sign(&held.action, Choice::Reject, None).await.statement;
    statement.digest_decided = "00".repeat(32);
    assert!(shop.gate.decide(shop.signed(statement, None)).await.is_err());
}

#[tokio::test]
async fn every_field_of_a_statement_is_held_against_what_is_stored() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let good = shop.sign(&held.action, Choice::Approve, None).await.statement;
    let zero = || "00".repeat(32);
    let wrong = [
        {
            let mut s = good.clone();
            s.r#type = "countersign/decision/v2".into();
            s
        },
        {
            let mut s = good.clone();
            s.proposal += 1;
            s
        },
        {
            let mut s = good.clone();
            s.digest_proposed = zero();
            s
        },
        {
            let mut s = good.clone();
            s.digest_decided = zero();
            s
        },
        {
            let mut s = good.clone();
            s.which = 2;
            s
        },
        {
            let mut s = good.clone();
            s.of = 2;
            s
        },
        {
            let mut s = good.clone();
            s.policy_version = zero();
            s
        },
        {
            let mut s = good.clone();
            s.definition = zero();
            s
        },
        {
            let mut s = good.clone();
            s.card = zero();
            s
        },
        {
            let mut s = good.clone();
            s.person = countersign_domain::ids::PersonId::random(shop.entropy.as_ref());
            s
        },
        {
            let mut s = good.clone();
            s.decision = Choice::Override;
            s
        },
    ];
    for statement in wrong {
        let told = format!("{statement:?}");
        assert!(shop.gate.decide(shop.signed(statement, None)).await.is_err(), "{told}");
    }
    let same = shop.sign(&held.action, Choice::Override, Some(refund(12_900))).await;
    assert!(shop.gate.decide(same).await.is_err(), "an override that changes nothing is an approval in disguise");
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
}

#[tokio::test]
async fn what_a_desk_claims_of_looking_time_stays_a_number_that_every_reader_reads_alike() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let mut signed = shop.sign(&held.action, Choice::Reject, None).await;
    signed.looked_ms = u64::MAX;
    shop.gate.decide(signed).await.unwrap();
    let record = shop.gate.records().action(&held.action).await.unwrap();
    let Ok(ActionEvent::Rejected(decided)) = record.events.last().unwrap().event() else { panic!("not rejected") };
    assert!(decided.looked_ms < 1 << 53);
}

/// Puts a decision into the log behind the gate's back.
async fn smuggle(shop: &Shop, id: &countersign_domain::ids::ActionId, signature: &str) {
    let statement = shop.sign(id, Choice::Approve, None).await.statement;
    let decided = Decided {
        statement,
        signature: signature.to_owned(),
        signed_by: KeyKind::Device,
        looked_ms: 1,
        money: None,
        verdict: None,
        standing: Default::default(),
    };
    let records = shop.gate.records();
    let action = records.action(id).await.unwrap().action;
    let stream = StreamName::action(id);
    let key = records.conversation_key(&action.proposed.conversation).await.unwrap();
    let draft = Draft::with(&ActionEvent::Approved(decided), Fields::new());
    let event = records.seal(draft, &stream, &key, &Actor::Person(shop.person.to_string()), None).unwrap();
    let writes = vec![Write { stream, expected: action.version, events: vec![event] }];
    shop.trail.was_written_behind_the_gate();
    records.log().append(Append { guards: Vec::new(), writes }).await.unwrap();
}

#[tokio::test]
async fn a_stored_decision_whose_signature_does_not_hold_starts_nothing_at_a_restart_nor_when_a_stop_ends() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    smuggle(&shop, &held.action, &"00".repeat(64)).await;
    let shop = shop.restart().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.gate.resume(shop.person.clone()).await.unwrap();
    // A good action behind it shows that what resume began has had its turn.
    let other = shop.held().await;
    shop.decide(&other.action, Choice::Approve).await.unwrap();
    shop.reaches(&other.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds().len(), 1, "invariant 1: no call without a stored decision that holds");
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Approved);
}
