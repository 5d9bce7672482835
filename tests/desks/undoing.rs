//! An undo window in a real station: what one approves starts by itself when its time is over, and a colleague can take it
//! back until then.

use countersign_tests::crm::amounts;
use countersign_tests::held::{ASKED, HeldRefund, ORDER};
use countersign_tests::station::{Start, edited_assets};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_taken_back_in_time_and_one_that_is_left_alone_runs_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let line = "@id(\"refund-over-50\")\n";
    let with_time = |text: &str| text.replace(line, &format!("{line}@undo(\"10\")\n"));
    let assets = edited_assets(folder.path(), "policies/refunds.cedar", with_time);
    let scene = HeldRefund::begin(Start::with_assets(&data, &assets)).await;
    let HeldRefund { station, mut desk, mut customer, action } = scene;
    let card = desk.card(&action).await;
    assert!(card["card"]["notices"].to_string().contains("starts after 10 seconds"), "{card:#}");

    desk.approve(&action).await;
    let row = desk.wait_for_action(&["waiting"]).await;
    let card = desk.card(&action).await;
    assert_eq!((&card["state"], &card["may_not_undo_reason"]), (&json!("waiting"), &json!(null)));
    assert_eq!(card["starts_at"], row["deadline"], "a card and its row show the same clock");
    assert!(amounts(&data, ORDER).is_empty());
    desk.command(json!({ "command": "undo", "action": action })).await.unwrap();
    let again = desk.wait_for_action(&["held"]).await;
    assert!(again["remark"].as_str().unwrap().starts_with("Its approval was taken back"), "{again:#}");
    let late = desk.command(json!({ "command": "undo", "action": action })).await.unwrap_err();
    assert!(late["message"].as_str().unwrap().contains("held again already"), "{late:#}");

    desk.approve(&action).await;
    customer.hear("is on its way back").await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    let late = desk.command(json!({ "command": "undo", "action": action })).await.unwrap_err();
    let message = "This was already approved by Marta Lindqvist. It has started, so it cannot be taken back.";
    assert_eq!((&late["code"], &late["message"]), (&json!("no_longer_held"), &json!(message)));
    station.stop().await;
}
