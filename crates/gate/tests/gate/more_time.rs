//! More time for a held action: it expires later, by as much as its tool gives, and is not put off for ever.

use crate::shop::Shop;
use countersign_domain::action::{ActionError, Choice, MOST_MORE_TIME, Phase};
use countersign_domain::ids::ActionId;
use countersign_domain::time::Timestamp;
use countersign_gate::error::GateError;

async fn more(shop: &Shop, id: &ActionId) -> Result<Timestamp, GateError> {
    let saw = shop.gate.records().action(id).await.unwrap().action.deadline.unwrap();
    shop.gate.give_more_time(id, &shop.person, saw).await
}

#[tokio::test]
async fn what_was_given_more_time_expires_then_and_not_before_and_can_be_decided_meanwhile() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let deadline = held.deadline.unwrap();
    shop.clock.advance(14 * 60);
    assert_eq!(more(&shop, &held.action).await.unwrap(), deadline.plus_seconds(900));
    let twice = shop.gate.give_more_time(&held.action, &shop.person, deadline).await;
    assert!(matches!(twice, Err(GateError::CardChanged)), "who presses twice puts it off once");
    shop.clock.advance(15 * 60);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
    shop.clock.advance(2 * 60);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Expired);
    let late = more(&shop, &held.action).await.unwrap_err();
    assert!(matches!(late, GateError::Action(ActionError::WrongPhase { phase: Phase::Expired, .. })));

    let other = shop.held().await.action;
    more(&shop, &other).await.unwrap();
    shop.decide(&other, Choice::Approve).await.unwrap();
    shop.reaches(&other, Phase::Succeeded).await;
    assert!(more(&shop, &other).await.is_err(), "what is decided needs no more time");
}

#[tokio::test]
async fn what_is_past_its_deadline_expires_and_is_not_put_off() {
    let shop = Shop::open().await;
    let held = shop.held().await.action;
    shop.clock.advance(15 * 60);
    let late = more(&shop, &held).await.unwrap_err();
    assert!(matches!(late, GateError::Action(ActionError::WrongPhase { phase: Phase::Expired, .. })));
    assert_eq!(shop.gate.report(&held).await.unwrap().phase, Phase::Expired);
}

#[tokio::test]
async fn nobody_is_kept_waiting_for_ever() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    for _ in 0..MOST_MORE_TIME {
        more(&shop, &held.action).await.unwrap();
    }
    let refused = more(&shop, &held.action).await.unwrap_err();
    assert!(matches!(refused, GateError::Action(ActionError::NoMoreTime)));
    let stands = shop.gate.report(&held.action).await.unwrap().deadline.unwrap();
    assert_eq!(stands, held.deadline.unwrap().plus_seconds(900 * i64::from(MOST_MORE_TIME)));
}

#[tokio::test]
async fn time_that_was_given_while_everything_is_stopped_counts_from_the_end_of_the_stop() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60 * 60);
    more(&shop, &held.action).await.unwrap();
    shop.gate.resume(shop.person.clone()).await.unwrap();
    let left = shop.gate.report(&held.action).await.unwrap().deadline.unwrap();
    assert!(left.millis_since(shop.gate.records().now()) >= 900_000, "{left}");
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
}
