//! What a person decided is what happens, once, and what the agent is told.

use crate::shop::{Shop, refund};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_gate::error::GateError;
use serde_json::json;

#[tokio::test]
async fn an_approval_runs_the_proposed_bytes_once() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    let report = shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
    assert_eq!(shop.kinds(&held.action).await, ["proposed", "held", "approved", "started", "succeeded"]);
    assert!(report.in_words().starts_with("Approved by a supervisor."), "{}", report.in_words());
}

#[tokio::test]
async fn an_override_runs_the_signed_bytes_and_the_agent_is_told_exactly_what_changed() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let signed = shop.sign(&held.action, Choice::Override, Some(refund(8_900))).await;
    shop.gate.decide(signed).await.unwrap();
    let report = shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [8_900]);
    assert_eq!(report.money.as_ref().unwrap().minor, 8_900);
    let told = report.in_words();
    assert!(told.contains("Amount changed from €129.00 to €89.00") && told.contains("Because."), "{told}");
}

#[tokio::test]
async fn a_rejection_runs_nothing_and_says_not_to_try_again() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.decide(&held.action, Choice::Reject).await.unwrap();
    let report = shop.gate.report(&held.action).await.unwrap();
    assert_eq!((report.phase, shop.refunds()), (Phase::Rejected, vec![]));
    assert!(report.in_words().contains("Do not try again"));
}

#[tokio::test]
async fn a_card_number_in_a_decision_is_masked_in_its_words_and_refused_in_its_arguments() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let mut signed = shop.sign(&held.action, Choice::Reject, None).await;
    signed.words = Some("She paid with 4111 1111 1111 1111.".to_owned());
    shop.gate.decide(signed).await.unwrap();
    let told = shop.gate.report(&held.action).await.unwrap().in_words();
    assert!(told.contains("She paid with") && !told.contains("4111 1111"), "{told}");

    let held = shop.held().await;
    let mut arguments = refund(8_900);
    arguments["reason"] = json!("card 4111-1111-1111-1111");
    let judged = shop.gate.judge_override(&held.action, &arguments).await.unwrap();
    assert!(judged.problems.iter().any(|(name, why)| name == "reason" && why.contains("card number")), "{judged:?}");
}

#[tokio::test]
async fn a_decision_is_good_once_for_one_action_and_only_unchanged() {
    let shop = Shop::open().await;
    let (one, other) = (shop.held().await, shop.held().await);
    let good = shop.sign(&one.action, Choice::Approve, None).await;
    let mut forged = good.clone();
    forged.statement.digest_decided = "00".repeat(32);
    assert!(matches!(shop.gate.decide(forged).await, Err(GateError::BadSignature(_))));
    let mut elsewhere = good.statement.clone();
    elsewhere.action = other.action.clone();
    assert!(shop.gate.decide(shop.signed(elsewhere, None)).await.is_err(), "signed for another action");
    let mut by_stranger = good.clone();
    let stranger = shop.stranger();
    by_stranger.statement.key = stranger.id().clone();
    by_stranger.signature = hex::encode(stranger.sign(&by_stranger.statement.to_bytes()));
    assert!(matches!(shop.gate.decide(by_stranger).await, Err(GateError::BadSignature(_))));
    let mut foreign = good.statement.clone();
    foreign.log = countersign_domain::ids::LogId::random(shop.entropy.as_ref());
    assert!(matches!(shop.gate.decide(shop.signed(foreign, None)).await, Err(GateError::BadSignature(_))));
    assert!(shop.refunds().is_empty());
    shop.gate.decide(good.clone()).await.unwrap();
    assert!(shop.gate.decide(good).await.is_err(), "invariant 2: a replayed decision does nothing");
    shop.reaches(&one.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn two_people_at_once_decide_once() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let approve = shop.sign(&held.action, Choice::Approve, None).await;
    let reject = shop.sign(&held.action, Choice::Reject, None).await;
    let (a, b) = tokio::join!(shop.gate.decide(approve), shop.gate.decide(reject));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1, "{a:?} {b:?}");
}

#[tokio::test]
async fn an_override_may_not_redirect_exceed_what_is_left_or_break_the_schema() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    for (values, about) in [
        (json!({"order_number": "999", "amount_minor": 100, "currency": "EUR", "reason": "late"}), "order_number"),
        (json!({"order_number": "1042", "amount_minor": 100, "currency": "SEK", "reason": "late"}), "currency"),
        (refund(19_000), "amount_minor"),
        (json!({"order_number": "1042", "amount_minor": "100", "currency": "EUR", "reason": "late"}), "amount_minor"),
        (json!({"order_number": "1042", "amount_minor": 100, "currency": "EUR", "reason": "late", "x": 1}), ""),
        (
            json!({"order_number": "1042", "amount_minor": 1, "currency": "EUR", "reason": "late", "idempotency_key": "k"}),
            "idempotency_key",
        ),
    ] {
        let judged = shop.gate.judge_override(&held.action, &values).await.unwrap();
        assert!(judged.problems.iter().any(|(name, _)| name == about), "{values}: {:?}", judged.problems);
        let signed = shop.sign(&held.action, Choice::Override, Some(values)).await;
        assert!(shop.gate.decide(signed).await.is_err());
    }
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
}

#[tokio::test]
async fn a_very_large_refund_needs_a_second_person_and_one_signature_twice_is_not_two() {
    let shop = Shop::open().await;
    let report = shop.refund(&shop.conversation(Assurance::Verified).await, 60_000).await;
    let stored = shop.decide(&report.action, Choice::Approve).await.unwrap();
    assert_eq!(stored.phase, Phase::Held);
    assert!(shop.decide(&report.action, Choice::Approve).await.is_err(), "invariant 2: by exact people");
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn whoever_signed_for_two_may_still_sign_less_or_reject() {
    let shop = Shop::open().await;
    shop.server.books.lock().unwrap().refunded = -80_000;
    for less in [true, false] {
        let report = shop.refund(&shop.conversation(Assurance::Verified).await, 60_000).await;
        shop.decide(&report.action, Choice::Approve).await.unwrap();
        if less {
            let signed = shop.sign(&report.action, Choice::Override, Some(refund(8_900))).await;
            shop.gate.decide(signed).await.unwrap();
            shop.reaches(&report.action, Phase::Succeeded).await;
        } else {
            shop.decide(&report.action, Choice::Reject).await.unwrap();
        }
    }
    assert_eq!(shop.refunds(), [8_900], "the large amount never ran");
}

#[tokio::test]
async fn a_fact_that_moved_voids_the_decision_and_the_card_shows_the_difference() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    shop.server.books.lock().unwrap().refunded = 4_000;
    shop.clock.advance(60);
    assert!(matches!(shop.gate.decide(signed).await, Err(GateError::CardChanged)));
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert!(card.notices.iter().any(|n| n.contains("was €0.00, now €40.00")), "{:?}", card.notices);
    assert!(shop.refunds().is_empty());
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn a_decision_under_an_older_stricter_by_now_policy_is_held_again() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    shop.put_policy("refunds", |text| text.replace("context.money.minor > 50000", "context.money.minor > 10000"));
    assert!(matches!(shop.gate.decide(signed).await, Err(GateError::CardChanged)));
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert_eq!(card.approvers, 2);
    assert!(shop.refunds().is_empty());
}
