//! Behind a restore nothing starts before what was open in the backup is reconciled, and nothing happens twice.

use crate::commands::{backup, command, restore, same_crm, verify};
use countersign_tests::crm::amounts;
use countersign_tests::desk::Desk;
use countersign_tests::held::{ASKED, HeldRefund, ORDER};
use countersign_tests::process::{DEADLINE, until};
use countersign_tests::station::{Start, copied_assets};
use countersign_tests::trail::Trail;
use serde_json::json;
use std::path::Path;

/// A station on a restored folder, with the CRM as it is by now; Marta is signed in.
async fn started_again(start: Start) -> (countersign_tests::station::Station, Desk) {
    let station = start.running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    (station, desk)
}

/// The restored log and a case from it hold, and the old log's own checkpoint is known to lie behind the backup.
async fn verifies(data: &Path, again: &Path, action: &str) {
    let (code, said) = verify(&[again]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("from a backup"), "{said}");
    let (code, said) = verify(&[again, Path::new("--checkpoint"), &data.join("checkpoint")]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the restore does not say so"), "{said}");
    let (case, conversation) = (again.join("case.json"), Trail::read(again).await.conversation_of(action));
    let (case, again) = (case.to_str().unwrap(), again.to_str().unwrap());
    let export = ["export-case", "--data", again, "--conversation", &conversation, "--to", case];
    let done = command(&export).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let (code, said) = verify(&[Path::new(case)]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("from a backup"), "{said}");
    let text = std::fs::read_to_string(case).unwrap();
    let (from, to) = ("\\\"kind\\\":\\\"station.restored\\\"", "\\\"kind\\\":\\\"station.clock_jumped\\\"");
    assert!(text.contains(from));
    std::fs::write(case, text.replacen(from, to, 1)).unwrap();
    assert_eq!(verify(&[Path::new(case)]).0, 1);
}

async fn stopped(desk: &mut Desk) -> bool {
    desk.query(json!({"query": "session"})).await.unwrap()["stopped"].is_object()
}

async fn kinds(station: countersign_tests::station::Station, data: &Path, action: &str) -> Vec<String> {
    station.stop().await;
    Trail::read(data).await.kinds_of(action)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_behind_the_backup_is_found_by_the_probe_and_does_not_happen_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(Start::on(&data)).await;
    backup(&data, &file).unwrap();
    desk.approve(&action).await;
    desk.wait_for_action(&["succeeded"]).await;
    customer.hear("is on its way back").await;
    // Somebody keeps the checkpoint that stands beside the log, which is synced at most once a second.
    let stored = desk.query(json!({"query": "approvals"})).await.unwrap()["as_of"].as_u64().unwrap();
    let synced = || {
        let note = std::fs::read_to_string(data.join("checkpoint")).ok()?;
        (note.lines().nth(1)?.parse::<u64>().ok()? >= stored).then_some(())
    };
    until("the checkpoint beside the log is synced", DEADLINE, synced).await;
    station.kill9().await;
    let absent = customer.leave().await;

    let said = restore(&file, &again, &data).unwrap();
    assert!(said.contains(&format!("{action} crm.issue_refund €129.00: held")), "{said}");
    same_crm(&data, &again);
    let (station, mut desk) = started_again(Start::on(&again)).await;
    assert_eq!(desk.wait_for_action(&["settled_happened"]).await["action"], action.as_str());
    assert!(stopped(&mut desk).await, "settling ends no stop");
    assert_eq!(amounts(&again, ORDER), [ASKED]);
    desk.command(json!({"command": "resume"})).await.unwrap();
    assert!(!stopped(&mut desk).await);
    // What the page kept behind the backup is not what stands there now: it reads all of it again.
    let mut customer = absent.come_back(&station.chat).await;
    customer.hear("is on its way back").await;
    customer.heard_everything_once(&station.chat).await;
    let kinds = kinds(station, &again, &action).await;
    assert_eq!(kinds, ["proposed", "held", "unknown", "settled"].map(|kind| format!("action.{kind}")));
    assert_eq!(amounts(&again, ORDER), [ASKED], "it happened twice");
    verifies(&data, &again, &action).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_happen_cannot_happen_any_more_and_is_asked_for_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    let HeldRefund { station, mut desk, customer: _customer, action } = HeldRefund::begin(Start::on(&data)).await;
    // Signed, and kept from starting: nothing but the stop stands between this and the CRM.
    desk.command(json!({"command": "stop"})).await.unwrap();
    desk.approve(&action).await;
    backup(&data, &file).unwrap();
    station.kill9().await;

    let said = restore(&file, &again, &data).unwrap();
    assert!(said.contains("approved, not started"), "{said}");
    same_crm(&data, &again);
    let (station, mut desk) = started_again(Start::on(&again)).await;
    desk.wait_for_action(&["settled_did_not_happen"]).await;
    desk.command(json!({"command": "resume"})).await.unwrap();
    assert_eq!(amounts(&again, ORDER), [] as [i64; 0], "a signature of before the restore still ran");

    let mut customer = countersign_tests::customer::Customer::arrive(&station.chat, "Ana Ruiz").await;
    let second = countersign_tests::held::ask(&mut customer, &mut desk).await;
    assert_ne!(second, action);
    desk.approve(&second).await;
    customer.hear("€129.00 for order 1042 is on its way back").await;
    assert_eq!(amounts(&again, ORDER), [ASKED]);
    let kinds = kinds(station, &again, &action).await;
    assert_eq!(kinds, ["proposed", "held", "approved", "unknown", "settled"].map(|kind| format!("action.{kind}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn as_long_as_something_is_not_settled_nobody_resumes_whatever_is_restarted() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    let HeldRefund { station, customer: _customer, action, .. } = HeldRefund::begin(Start::on(&data)).await;
    backup(&data, &file).unwrap();
    station.kill9().await;
    restore(&file, &again, &data).unwrap();
    same_crm(&data, &again);

    // Nothing can ask the tool here what became of it.
    let assets = copied_assets(folder.path());
    let tools = assets.join("tools/crm.toml");
    let text = std::fs::read_to_string(&tools).unwrap();
    let at = text.find("[tool.probe]").unwrap();
    std::fs::write(&tools, format!("{}{}", &text[..at], text[at..].split_once("\n\n").map_or("", |(_, rest)| rest)))
        .unwrap();
    for _ in 0..2 {
        let (station, mut desk) = started_again(Start::with_assets(&again, &assets)).await;
        assert_eq!(desk.wait_for_action(&["unknown"]).await["action"], action.as_str());
        let refused = desk.command(json!({"command": "resume"})).await.unwrap_err();
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("1 action") && message.contains("backup"), "{message}");
        assert!(stopped(&mut desk).await);
        station.kill9().await;
    }
    // With a probe it is settled, and resumed.
    let (station, mut desk) = started_again(Start::on(&again)).await;
    desk.wait_for_action(&["settled_did_not_happen"]).await;
    desk.command(json!({"command": "resume"})).await.unwrap();
    let kinds = kinds(station, &again, &action).await;
    assert_eq!(kinds, ["proposed", "held", "unknown", "settled"].map(|kind| format!("action.{kind}")), "declared once");
}
