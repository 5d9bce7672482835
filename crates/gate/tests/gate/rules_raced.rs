//! Invariant 2, raced: what was judged by rules that are not in force any more when it is stored is judged again.

use crate::keeping::over_a_disk;
use crate::shop::Shop;
use crate::stop_raced::{allowed_before, signed_and_about_to_start};
use countersign_domain::action::Phase;

/// Every refund asks for two people from here on.
async fn stricter(shop: &Shop) {
    let stricter =
        |text: String| text.replace("> 5000 };", "> 1000 };").replace("@approvers(\"1\")", "@approvers(\"2\")");
    shop.adopt_policy("refunds", stricter).await;
}

#[tokio::test]
async fn what_rules_of_before_allow_is_held_where_others_come_in_force_before_it_is_stored() {
    let (shop, disk) = over_a_disk().await;
    let report = allowed_before(&shop, &disk, stricter(&shop)).await;
    assert_eq!((report.phase, shop.refunds()), (Phase::Held, vec![]));
}

#[tokio::test]
async fn what_people_signed_by_rules_of_before_is_held_again_where_others_come_in_force_before_its_start() {
    let (shop, disk) = over_a_disk().await;
    let held = signed_and_about_to_start(&shop, &disk).await;
    disk.lets_come_between(stricter(&shop), std::future::ready(())).await;
    shop.gate.drained().await;
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
    assert!(shop.refunds().is_empty());
}
