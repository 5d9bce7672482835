//! An undo window: where a rule gives one, what was approved starts when it is over and not before, unless somebody takes it
//! back; then it is held as at first, and nobody's no is recorded.

use crate::shop::Shop;
use countersign_domain::action::{ActionError, Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ActionId;
use countersign_gate::error::GateError;
use std::sync::Arc;

/// A shop whose rule for refunds over €50 gives half a minute.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    give_time(&shop, 30);
    shop
}

fn give_time(shop: &Shop, seconds: u16) {
    let line = "@id(\"refund-over-50\")\n";
    shop.put_policy("refunds", |text| text.replace(line, &format!("{line}@undo(\"{seconds}\")\n")));
}

async fn phase(shop: &Shop, id: &ActionId) -> Phase {
    shop.gate.report(id).await.unwrap().phase
}

async fn undo(shop: &Shop, id: &ActionId) -> Result<(), GateError> {
    shop.gate.undo(id, &shop.person).await.map(drop)
}

#[tokio::test]
async fn what_was_approved_starts_when_its_window_is_over_and_not_before() {
    let shop = shop().await;
    let held = shop.held().await.action;
    assert_eq!(shop.decide(&held, Choice::Approve).await.unwrap().phase, Phase::Waiting);
    for _ in 0..2 {
        assert!(!shop.gate.start_what_waited_out().is_zero());
        assert_eq!((phase(&shop, &held).await, shop.refunds().len()), (Phase::Waiting, 0));
        shop.clock.advance(14);
    }
    let ends = shop.gate.records().action(&held).await.unwrap().action.waits_until.unwrap();
    assert_eq!(ends.millis_since(shop.gate.records().now()), 2_000);
    shop.clock.advance(2);
    shop.gate.start_what_waited_out();
    shop.reaches(&held, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
    assert_eq!(shop.kinds(&held).await, ["proposed", "held", "approved", "waiting", "started", "succeeded"]);
}

#[tokio::test]
async fn what_is_taken_back_in_time_is_held_again_and_free_to_be_decided() {
    let shop = shop().await;
    let held = shop.held().await.action;
    let nobody_approved = undo(&shop, &held).await.unwrap_err();
    assert!(matches!(nobody_approved, GateError::Action(ActionError::WrongPhase { phase: Phase::Held, .. })));

    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.clock.advance(29);
    undo(&shop, &held).await.unwrap();
    let report = shop.gate.report(&held).await.unwrap();
    assert_eq!((report.phase, report.decision.is_none()), (Phase::Held, true), "nobody said no");
    let (card, _) = shop.gate.card(&held).await.unwrap();
    assert!(card.notices.iter().any(|notice| notice.contains("that was taken back")), "{:?}", card.notices);
    shop.clock.advance(60);
    shop.gate.start_what_waited_out();
    assert_eq!((phase(&shop, &held).await, shop.refunds().len()), (Phase::Held, 0), "the old approval starts nothing");
    let reserved = shop.gate.records().action(&held).await.unwrap().action.reserved;
    assert!(reserved.is_empty(), "what it had reserved is free: {reserved:?}");

    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.clock.advance(30);
    shop.gate.start_what_waited_out();
    shop.reaches(&held, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
    let late = undo(&shop, &held).await.unwrap_err();
    assert!(matches!(late, GateError::Action(ActionError::WrongPhase { phase: Phase::Succeeded, .. })));
}

#[tokio::test]
async fn a_stop_holds_what_waits_for_its_start_and_it_can_be_taken_back_all_the_while() {
    let shop = shop().await;
    let (first, second) = (shop.held().await.action, {
        let other = shop.conversation_of("chat", Assurance::Verified, "C-7").await;
        shop.refund_of(&other, "C-7", 12_900).await.action
    });
    for id in [&first, &second] {
        shop.decide(id, Choice::Approve).await.unwrap();
    }
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60);
    shop.gate.start_what_waited_out();
    undo(&shop, &first).await.unwrap();
    assert_eq!((phase(&shop, &second).await, shop.refunds().len()), (Phase::Waiting, 0), "invariant 11");
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&second, Phase::Succeeded).await;
    assert_eq!((phase(&shop, &first).await, shop.refunds().len()), (Phase::Held, 1));
}

#[tokio::test]
async fn a_restart_within_the_window_keeps_it() {
    let shop = shop().await;
    let held = shop.held().await.action;
    shop.decide(&held, Choice::Approve).await.unwrap();
    let shop = shop.restart().await;
    give_time(&shop, 30);
    shop.clock.advance(29);
    shop.gate.start_what_waited_out();
    assert_eq!((phase(&shop, &held).await, shop.refunds().len()), (Phase::Waiting, 0));
    shop.clock.advance(1);
    shop.gate.start_what_waited_out();
    shop.reaches(&held, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn however_short_the_window_was_facts_are_read_again_before_the_start() {
    let shop = Shop::open().await;
    give_time(&shop, 1);
    let held = shop.held().await.action;
    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.server.books.lock().unwrap().refunded = 5_000;
    shop.clock.advance(1);
    shop.gate.start_what_waited_out();
    shop.reaches(&held, Phase::Held).await;
    assert!(shop.refunds().is_empty(), "what was signed is not so any more");
}

#[tokio::test]
async fn the_window_is_that_of_the_rules_which_the_last_signature_answers() {
    let shop = shop().await;
    let held = shop.held().await.action;
    let mut arguments = crate::shop::refund(12_900);
    arguments["amount_minor"] = 4_900.into();
    let signed = shop.sign(&held, Choice::Override, Some(arguments)).await;
    assert_ne!(shop.gate.decide(signed).await.unwrap().phase, Phase::Waiting, "€49.00 is let through by rules");
    shop.reaches(&held, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [4_900]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn taking_back_and_starting_race_and_one_of_them_happens() {
    let shop = Arc::new(shop().await);
    let mut back = 0;
    for round in 0..30_u32 {
        let customer = format!("C-{round}");
        let conversation = shop.conversation_of("chat", Assurance::Verified, &customer).await;
        let held = shop.refund_of(&conversation, &customer, 12_900).await.action;
        shop.decide(&held, Choice::Approve).await.unwrap();
        shop.clock.advance(30);
        let before = shop.refunds().len();
        let (undoes, id) = (shop.clone(), held.clone());
        let undone = tokio::spawn(async move { undo(&undoes, &id).await });
        shop.gate.start_what_waited_out();
        match undone.await.unwrap() {
            Ok(()) => {
                back += 1;
                assert_eq!((phase(&shop, &held).await, shop.refunds().len()), (Phase::Held, before));
            }
            Err(GateError::Action(ActionError::WrongPhase { .. })) => {
                shop.reaches(&held, Phase::Succeeded).await;
                assert_eq!(shop.refunds().len(), before + 1);
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(back > 0, "in no round was it taken back in time");
}

#[tokio::test]
async fn a_window_that_rules_give_before_it_is_signed_counts_and_one_that_they_give_later_does_not() {
    let shop = Shop::open().await;
    let held = shop.held().await.action;
    let signed = shop.sign(&held, Choice::Approve, None).await;
    give_time(&shop, 30);
    assert!(matches!(shop.gate.decide(signed).await, Err(GateError::CardChanged)), "the card did not tell of it");
    assert_eq!(shop.decide(&held, Choice::Approve).await.unwrap().phase, Phase::Waiting);
    give_time(&shop, 300);
    shop.clock.advance(30);
    shop.gate.start_what_waited_out();
    shop.reaches(&held, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900], "what is signed keeps the time that it was signed with");
}
