//! Stop, and deadlines: nothing starts after a stop; a timeout is not a no.

use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::fleet::FleetError;
use countersign_domain::station::Restored;
use countersign_gate::error::GateError;
use countersign_gate::record_restore;

#[tokio::test]
async fn after_stop_nothing_with_an_effect_starts_until_a_person_resumes() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    let allowed = shop.refund_of(&shop.conversation(Assurance::Verified).await, "C-2001", 4_900).await;
    assert_eq!(allowed.phase, Phase::Allowed);
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Approved);
    assert!(shop.refunds().is_empty(), "invariant 11: after Stop nothing starts");
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    shop.reaches(&allowed.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds().iter().sum::<i64>(), 17_800);
}

#[tokio::test]
async fn a_deadline_that_passes_closes_the_action_and_records_nobody_s_no() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
    shop.clock.advance(16 * 60);
    assert!(shop.gate.decide(signed).await.is_err(), "a decision that comes too late decides nothing");
    let report = shop.gate.report(&held.action).await.unwrap();
    assert_eq!((report.phase, report.decision.is_none()), (Phase::Expired, true));
    assert!(report.in_words().contains("nobody said no"));
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn a_stop_freezes_deadlines() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60 * 60);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held, "an hour stopped is an hour more");
    shop.clock.advance(16 * 60);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Expired);
}

#[tokio::test]
async fn a_stop_that_nobody_pressed_is_ended_by_one_person_only_where_one_decides_everything() {
    for (shop, takes_two) in [(Shop::open().await, false), (Shop::open_with_two().await, true)] {
        let restored = Restored {
            log: shop.log.id(),
            size: shop.log.size(),
            root: "00".repeat(32),
            last_known: None,
            key_before: "00".repeat(32),
            key: "00".repeat(32),
            erased: 0,
            at: shop.gate.records().now(),
        };
        shop.trail.was_written_behind_the_gate();
        record_restore(shop.log.as_ref(), restored, &[]).await.unwrap();
        let resumed = shop.gate.resume(shop.person.clone()).await;
        match takes_two {
            true => assert!(matches!(resumed, Err(GateError::Fleet(FleetError::TakesTwo))), "{resumed:?}"),
            false => drop(resumed.unwrap()),
        }
    }
}

#[tokio::test]
async fn the_keeper_of_deadlines_expires_without_being_asked() {
    tokio::time::pause();
    let shop = Shop::open().await;
    let held = shop.held().await;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let keeper = tokio::spawn(shop.gate.clone().keep_deadlines(async { drop(ended.await) }));
    shop.clock.advance(16 * 60);
    shop.reaches(&held.action, Phase::Expired).await;
    drop(end);
    keeper.await.unwrap();
}

/// `recorded_at` stands still until the clock has caught up; deadlines do not, and the trail is no worse for it.
#[tokio::test]
async fn with_the_clock_set_back_a_decision_in_time_is_in_time_for_a_verifier_too() {
    let shop = Shop::open().await;
    shop.held().await;
    shop.clock.advance(-2 * 60 * 60);
    let held = shop.held().await;
    shop.clock.advance(60);
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}
