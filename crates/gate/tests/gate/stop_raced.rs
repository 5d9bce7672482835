//! Invariant 11, raced: a stop that is stored between somebody's look and their append lets nothing of it through.

use crate::broken_log::Disk;
use crate::keeping::over_a_disk;
use crate::replies::reply;
use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_gate::error::GateError;
use countersign_gate::report::ActionReport;
use std::time::Duration;

async fn stopped_before_it_is_stored<T>(shop: &Shop, disk: &Disk, doing: impl Future<Output = T>) -> T {
    let stops = async { drop(shop.gate.stop(shop.person.clone()).await.unwrap()) };
    disk.lets_come_between(stops, doing).await
}

/// A refund that rules let through; something else is stored between its verdict and the append of that.
pub(crate) async fn allowed_before(shop: &Shop, disk: &Disk, other: impl Future<Output = ()>) -> ActionReport {
    let conversation = shop.conversation(Assurance::Verified).await;
    shop.server.books.lock().unwrap().looks_slowly = true;
    let between = async {
        // The proposal is stored, and its facts are read.
        shop.server.looking.notified().await;
        disk.lets_come_between(other, async { shop.server.look_on.notify_one() }).await;
    };
    tokio::join!(shop.refund(&conversation, 4_900), between).0
}

/// What people signed, whose start failed once and is tried again now that a stop has ended.
pub(crate) async fn signed_and_about_to_start(shop: &Shop, disk: &Disk) -> ActionReport {
    let held = shop.held().await;
    disk.fails_for("action.started");
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    disk.refused().await;
    disk.mend();
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.gate.resume(shop.person.clone()).await.unwrap();
    held
}

#[tokio::test]
async fn a_reply_that_a_stop_comes_before_is_not_sent() {
    let (shop, disk) = over_a_disk().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let replied = stopped_before_it_is_stored(&shop, &disk, reply(&shop, &conversation, vec![])).await;
    assert!(matches!(replied, Err(GateError::Moved)), "{replied:?}");
    assert_eq!(shop.seen(&conversation).await, 1, "invariant 11: after Stop no reply goes out");
}

#[tokio::test]
async fn what_rules_allow_waits_where_a_stop_comes_before_its_start() {
    let (shop, disk) = over_a_disk().await;
    let stops = async { drop(shop.gate.stop(shop.person.clone()).await.unwrap()) };
    let report = allowed_before(&shop, &disk, stops).await;
    assert_eq!((report.phase, shop.refunds()), (Phase::Allowed, vec![]), "invariant 11: after Stop nothing starts");
}

#[tokio::test]
async fn what_people_signed_waits_where_the_next_stop_comes_before_its_start() {
    let (shop, disk) = over_a_disk().await;
    let held = signed_and_about_to_start(&shop, &disk).await;
    stopped_before_it_is_stored(&shop, &disk, std::future::ready(())).await;
    shop.gate.drained().await;
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Approved);
    assert!(shop.refunds().is_empty(), "invariant 11: after Stop nothing starts");
    let shop = shop.restart().await;
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn no_conversation_ends_as_idle_where_a_stop_comes_before_its_end() {
    let (shop, disk) = over_a_disk().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.clock.advance(1_801);
    let idle = Duration::from_secs(1_800);
    let ended = stopped_before_it_is_stored(&shop, &disk, shop.gate.close_if_idle(&id, idle)).await;
    assert!(!ended.unwrap());
    assert!(!shop.gate.records().conversation(&id).await.unwrap().0.closed);
}

#[tokio::test]
async fn whoever_leaves_before_their_stop_is_stored_stops_nothing() {
    let (shop, disk) = over_a_disk().await;
    let (leaver, _) = shop.colleague().await;
    let stopped = disk.lets_come_between(shop.leaves(&leaver), shop.gate.stop(leaver.clone())).await;
    assert!(matches!(stopped, Err(GateError::NotAllowed(_))), "{stopped:?}");
    assert!(shop.gate.records().fleet().await.unwrap().0.stopped.is_none());
}
