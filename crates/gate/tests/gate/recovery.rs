//! kill -9 at every durable step: the refund exists exactly once, or not at all, or is unknown and settles by the probe.

use crate::server::Fault;
use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase, SettledHow};
use countersign_domain::conversation::Assurance;

#[tokio::test]
async fn while_held_a_restart_changes_nothing_and_it_can_be_decided() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let shop = shop.restart().await;
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn after_a_decision_a_restart_starts_what_was_signed_once() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    // Stopped, so that the decision is stored and nothing starts; then the process ends.
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    let shop = shop.restart().await;
    assert!(shop.refunds().is_empty(), "invariant 11: nothing starts while stopped, a restart included");
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    let shop = shop.restart().await;
    assert_eq!(shop.refunds(), [12_900]);
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Succeeded);
}

#[tokio::test]
async fn after_started_a_restart_says_unknown_and_the_probe_settles_it() {
    for (fault, how, refunds) in [
        (Fault::NeverAnswers, SettledHow::DidNotHappen, vec![]),
        (Fault::LostBefore, SettledHow::DidNotHappen, vec![]),
        (Fault::LostAfter, SettledHow::Happened, vec![12_900]),
    ] {
        let shop = Shop::open().await;
        let held = shop.held().await;
        shop.fault(fault);
        shop.decide(&held.action, Choice::Approve).await.unwrap();
        let shop = if fault == Fault::NeverAnswers {
            shop.reaches(&held.action, Phase::Started).await;
            shop.restart().await
        } else {
            shop
        };
        shop.reaches(&held.action, Phase::Settled(how)).await;
        assert_eq!(shop.refunds(), refunds, "{fault:?}");
        assert!(shop.kinds(&held.action).await.contains(&"unknown".to_owned()));
        let sent = shop.server.books.lock().unwrap().calls.iter().filter(|c| *c == "issue_refund").count();
        assert_eq!(sent, 1, "invariant 4: an unknown outcome is never tried again");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_a_clear_failure_and_nothing_happened() {
    let shop = Shop::open().await;
    shop.fault(Fault::Unreachable);
    let report = shop.refund(&shop.conversation(Assurance::Verified).await, 4_900).await;
    assert_eq!((report.phase, shop.refunds()), (Phase::Failed, vec![]));
    assert!(report.in_words().contains("nothing happened"), "{}", report.in_words());
}
