//! The fault switches, and that what they break is settled by the probe.

use std::path::PathBuf;

use countersign_shop::FAULT_EXIT_CODE;
use serde_json::json;

use crate::client::{Server, Shop, headlamp, until, within};

/// A server whose next refund meets the fault; gives the file that arms it too.
async fn armed(shop: &Shop, fault: &str) -> (Server, PathBuf) {
    let file = shop.path("fault");
    std::fs::write(&file, []).unwrap();
    (shop.server_with_fault(Some(fault), &[("COUNTERSIGN_CRM_FAULT_FILE", &file)]).await, file)
}

#[tokio::test]
async fn a_server_that_exits_before_the_commit_has_paid_nothing() {
    let shop = Shop::new();
    let (mut crm, file) = armed(&shop, "exit-before-commit").await;
    assert!(crm.call("issue_refund", headlamp("k-1")).await.is_err(), "the call cannot have been answered");
    assert_eq!(within(crm.child.wait()).await.unwrap().code(), Some(FAULT_EXIT_CODE));
    assert!(!file.exists());
    assert_eq!(shop.refunds().len(), 0);
    let next = shop.server(&[]).await;
    assert_eq!(next.ask("probe_refund", json!({ "idempotency_key": "k-1" })).await["state"], "claimed");
}

#[tokio::test]
async fn a_server_that_exits_after_the_commit_has_paid_once_and_the_probe_tells() {
    let shop = Shop::new();
    let (mut crm, _) = armed(&shop, "exit-after-commit").await;
    assert!(crm.call("issue_refund", headlamp("k-1")).await.is_err(), "the call cannot have been answered");
    assert_eq!(within(crm.child.wait()).await.unwrap().code(), Some(FAULT_EXIT_CODE));
    let next = shop.server(&[]).await;
    assert_eq!(next.ask("probe_refund", json!({ "idempotency_key": "k-1" })).await["state"], "happened");
    assert_eq!(next.ask("issue_refund", headlamp("k-1")).await["already_recorded"], true);
    assert_eq!(shop.refunds().len(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_before_the_commit_and_is_killed_has_paid_nothing() {
    let shop = Shop::new();
    let (crm, file) = armed(&shop, "hang-before-commit").await;
    tokio::select! {
        answer = crm.call("issue_refund", headlamp("k-1")) => panic!("answered: {answer:?}"),
        () = until(|| !file.exists()) => {}
    }
    crm.kill().await;
    let next = shop.server(&[]).await;
    assert_eq!(next.ask("probe_refund", json!({ "idempotency_key": "k-1" })).await["state"], "claimed");
    assert_eq!(shop.refunds().len(), 0);
}

#[tokio::test]
async fn a_server_that_hangs_after_the_commit_still_answers_the_probe() {
    let shop = Shop::new();
    let (mut crm, _) = armed(&shop, "hang-after-commit").await;
    tokio::select! {
        answer = crm.call("issue_refund", headlamp("k-1")) => panic!("answered: {answer:?}"),
        () = until(|| shop.refunds().len() == 1) => {}
    }
    assert_eq!(crm.ask("probe_refund", json!({ "idempotency_key": "k-1" })).await["state"], "happened");
    // The fault file was one fault: the next refund goes through.
    crm.ask("issue_refund", headlamp("k-2")).await;
    // A hung call does not keep the process alive when its client goes.
    drop(crm.client);
    assert!(within(crm.child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn a_fault_without_its_file_does_nothing() {
    let shop = Shop::new();
    let file = shop.path("absent");
    let crm = shop.server_with_fault(Some("exit-before-commit"), &[("COUNTERSIGN_CRM_FAULT_FILE", &file)]).await;
    crm.ask("issue_refund", headlamp("k-1")).await;
}

#[tokio::test]
async fn a_refused_refund_does_not_use_up_the_fault() {
    let shop = Shop::new();
    let (crm, file) = armed(&shop, "exit-before-commit").await;
    let mut too_much = headlamp("k-1");
    too_much["amount_minor"] = json!(18901);
    assert_eq!(crm.refused("issue_refund", too_much).await.0, "too_much");
    assert!(file.exists());
}

#[tokio::test]
async fn a_refund_waits_at_its_file_and_a_probe_that_comes_first_wins() {
    let shop = Shop::new();
    let (gate, reached) = (shop.path("gate"), shop.path("gate.reached"));
    std::fs::write(&gate, []).unwrap();
    let crm = shop.server(&[("COUNTERSIGN_CRM_WAIT_FILE", &gate)]).await;
    let late = crm.call("issue_refund", headlamp("k-1"));
    let probe = async {
        until(|| reached.exists()).await;
        let probe = crm.ask("probe_refund", json!({ "idempotency_key": "k-1" })).await;
        std::fs::remove_file(&gate).unwrap();
        probe
    };
    let (late, probe) = tokio::join!(late, probe);
    assert_eq!(probe["state"], "claimed");
    assert_eq!(crate::client::refusal(&late.unwrap()).0, "key_claimed");
    assert_eq!(shop.refunds().len(), 0);
}
