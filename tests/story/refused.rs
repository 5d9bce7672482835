//! Bad input at the door of the process and of the desk: a clear error in the right place, nothing lost, nothing run.

use countersign_tests::crm::amounts;
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::held::{ASKED, HeldRefund, ORDER};
use countersign_tests::station::{Start, copied_assets};
use rusqlite::Connection;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_station_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(Start::on(&data)).await;

    let (code, said) = Start::on(&data).refused().await;
    assert_ne!(code, 0);
    assert!(said.contains("another station is running on this folder"), "{said}");
    assert!(said.contains(&data.display().to_string()), "it names the folder: {said}");
    assert!(said.contains("choose another data folder"), "it says what to do: {said}");
    assert!(!said.contains("panicked"), "{said}");

    desk.approve(&action).await;
    customer.hear("is on its way back").await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    station.stop().await;
}

/// A layout that no version writes yet.
const NEWER: i64 = 99;

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_log_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Start::on(&data).running().await.stop().await;
    let log = data.join("log.db");
    let layout = |db: &Connection| db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap();
    let db = Connection::open(&log).unwrap();
    let known = layout(&db);
    db.pragma_update(None, "user_version", NEWER).unwrap();
    drop(db);

    let (code, said) = Start::on(&data).refused().await;
    assert_ne!(code, 0);
    assert!(said.contains("written by a newer Countersign"), "{said}");
    assert!(said.contains("update"), "it says what to do: {said}");

    let db = Connection::open(&log).unwrap();
    assert_eq!(layout(&db), NEWER, "the newer log was changed");
    db.pragma_update(None, "user_version", known).unwrap();
    drop(db);
    Start::on(&data).running().await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_does_not_parse_at_the_start_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let assets = copied_assets(folder.path());
    std::fs::write(assets.join("policies/refunds.cedar"), "permit (principal, action, resource").unwrap();
    let (code, said) = Start::with_assets(&data, &assets).refused().await;
    assert_ne!(code, 0);
    assert!(said.contains("refunds.cedar"), "it names the file: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_line_says_how_to_start_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let missing = folder.path().join("nowhere");
    let (code, said) = Start::with_assets(&data, &missing).refused().await;
    assert_ne!(code, 0);
    assert!(said.contains("nowhere"), "it names the folder: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let station = Start::on(&data).running().await;
    let mut stranger = Desk::at(&station.desk.replace("token=", "token=x"));
    let set_up = json!({ "command": "set_up", "name": "Eve", "password": PASSWORD, "token": "guessed" });
    let refused = stranger.command(set_up).await.expect_err("set up without the token");
    assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid"), &json!("token")));

    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let mut other = Desk::at(&station.desk);
    let refused = other.sign_in_with("another password entirely").await.expect_err("the wrong password");
    assert_eq!(refused["code"], "wrong_password", "{refused:#}");
    let refused = other.query(json!({ "query": "approvals" })).await.expect_err("nobody is signed in");
    assert_eq!(refused["code"], "sign_in_needed");
    other.sign_in().await;
    other.query(json!({ "query": "approvals" })).await.expect("signed in");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_another_card_or_for_nobody_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer: _customer, action } = HeldRefund::begin(Start::on(&data)).await;
    let approve = json!({ "choice": "approve" });

    let digest = desk.card(&action).await["card_digest"].clone();
    // The same person at another desk, which never showed it: the digest alone is no card that was looked at.
    let mut elsewhere = Desk::at(&station.desk);
    elsewhere.sign_in().await;
    let refused = elsewhere.decide_on(&action, &digest, approve.clone()).await.expect_err("a card never shown there");
    assert_eq!(refused["code"], "card_changed", "{refused:#}");
    let stale = json!("0".repeat(64));
    let refused = desk.decide_on(&action, &stale, approve.clone()).await.expect_err("another card");
    assert_eq!(refused["code"], "card_changed", "{refused:#}");

    let mut nobody = Desk::at(&station.desk);
    let refused = nobody.decide_on(&action, &digest, approve.clone()).await.expect_err("nobody is signed in");
    assert_eq!(refused["code"], "sign_in_needed", "{refused:#}");

    for (what, choice) in [
        ("no such order", json!({ "choice": "override", "arguments": { "order_number": "9999" }, "why": "Because." })),
        ("a negative amount", overridden(&mut desk, &action, "amount_minor", json!(-1)).await),
        ("more than the order", overridden(&mut desk, &action, "amount_minor", json!(9_999_999)).await),
        ("a number in words", overridden(&mut desk, &action, "amount_minor", json!("89")).await),
        ("an unknown argument", overridden(&mut desk, &action, "iban", json!("X")).await),
        ("another order", overridden(&mut desk, &action, "order_number", json!("1043")).await),
        ("guidance left out", json!({ "choice": "reject", "guidance": "" })),
    ] {
        let refused = desk.decide_on(&action, &digest, choice).await;
        let refused = refused.err().unwrap_or_else(|| panic!("{what} was signed"));
        assert_eq!(refused["code"], "invalid", "{what}: {refused:#}");
    }
    assert_eq!(desk.wait_for_action(&["held"]).await["action"], action.as_str());
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0]);

    desk.decide_on(&action, &digest, approve.clone()).await.expect("the right card");
    let refused = desk.decide_on(&action, &digest, approve).await.expect_err("the same decision again");
    assert_eq!(refused["code"], "no_longer_held", "{refused:#}");
    desk.wait_for_action(&["succeeded"]).await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    station.stop().await;
}

/// An override of everything on the card with one argument changed.
async fn overridden(desk: &mut Desk, action: &str, name: &str, value: serde_json::Value) -> serde_json::Value {
    let card = desk.card(action).await;
    let canonical = card["card"]["canonical_arguments"].as_str().unwrap();
    let mut arguments: serde_json::Value = serde_json::from_str(canonical).unwrap();
    arguments[name] = value;
    json!({ "choice": "override", "arguments": arguments, "why": "Because." })
}
