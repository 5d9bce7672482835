//! kill -9 of the station at every moment of a refund, and a restart on the same folder. Each time the refund exists
//! exactly once or not at all, the customer's conversation goes on, and nothing is said twice.

use countersign_tests::crm::{self, Gateway, amounts};
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::held::{ASKED, HeldRefund, ORDER, ask};
use countersign_tests::process::{DEADLINE, until};
use countersign_tests::station::{Start, Station};
use countersign_tests::trail::Trail;
use serde_json::json;
use std::path::Path;

const DONE: &str = "€129.00 for order 1042 is on its way back";

/// Kills the station, starts it on the same folder, and brings desk and customer back.
async fn killed_and_back(station: Station, customer: Customer, data: &Path) -> (Station, Desk, Customer) {
    station.kill9().await;
    let absent = customer.leave().await;
    let station = Start::on(data).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let customer = absent.come_back(&station.chat).await;
    (station, desk, customer)
}

/// Reads the trail of a station that is asked to end: what happened to the action, and how often anything started.
async fn trail_of(station: Station, data: &Path) -> Trail {
    station.stop().await;
    Trail::read(data).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_held_it_is_still_held_and_runs_once_when_approved() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer, action } = HeldRefund::begin(Start::on(&data)).await;
    let before = desk.card(&action).await;

    let (station, mut desk, mut customer) = killed_and_back(station, customer, &data).await;
    let row = desk.wait_for_action(&["held"]).await;
    assert_eq!(row["action"], action.as_str());
    assert_eq!(desk.card(&action).await["card"], before["card"], "the card is another one after the restart");
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0], "something ran that nobody approved");

    desk.approve(&action).await;
    customer.hear(DONE).await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    customer.heard_everything_once(&station.chat).await;

    let trail = trail_of(station, &data).await;
    let kinds = ["proposed", "held", "approved", "started", "succeeded"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
    trail.verified_decision(&action).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_decision_it_runs_once_and_not_before_the_stop_ends() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer, action } = HeldRefund::begin(Start::on(&data)).await;
    desk.command(json!({ "command": "stop" })).await.unwrap();
    desk.approve(&action).await;

    let (station, mut desk, mut customer) = killed_and_back(station, customer, &data).await;
    let session = desk.query(json!({ "query": "session" })).await.unwrap();
    assert!(session["stopped"].is_object(), "the stop was forgotten: {session:#}");
    let row = desk.wait_for_action(&["approved"]).await;
    assert_eq!(row["action"], action.as_str());
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0], "it ran while everything was stopped");

    desk.command(json!({ "command": "resume" })).await.unwrap();
    customer.hear(DONE).await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    customer.heard_everything_once(&station.chat).await;
    let trail = trail_of(station, &data).await;
    let kinds = ["proposed", "held", "approved", "started", "succeeded"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_started_and_before_the_crm_stores_it_it_never_happens() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let gateway = Gateway::closed(folder.path());
    let HeldRefund { station, mut desk, mut customer, action } =
        HeldRefund::begin(Start::on(&data).with(gateway.variables())).await;
    desk.approve(&action).await;
    gateway.reached().await;
    customer.say("Are you still there?").await;
    station.kill9().await;
    gateway.open();

    let absent = customer.leave().await;
    let station = Start::on(&data).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let mut customer = absent.come_back(&station.chat).await;
    let row = desk.wait_for_action(&["settled_did_not_happen"]).await;
    assert_eq!(row["action"], action.as_str());
    customer.hear("did not go through, and nothing was paid back").await;
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0], "it happened after it was said not to have");

    // The key is claimed: the same wish is a new action with a key of its own, and a person decides again.
    let again = ask(&mut customer, &mut desk).await;
    assert_ne!(again, action);
    desk.approve(&again).await;
    customer.hear(DONE).await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    let trail = trail_of(station, &data).await;
    let kinds = ["proposed", "held", "approved", "started", "unknown", "settled"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_crm_stored_it_it_is_found_by_the_probe_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let start = Start::on(&data).with(crm::fault(folder.path(), "hang-after-commit"));
    let HeldRefund { station, mut desk, customer, action } = HeldRefund::begin(start).await;
    desk.approve(&action).await;
    let stored = || (amounts(&data, ORDER) == [ASKED]).then_some(());
    until("the CRM holds the refund", DEADLINE, stored).await;

    let (station, mut desk, mut customer) = killed_and_back(station, customer, &data).await;
    let row = desk.wait_for_action(&["settled_happened"]).await;
    assert_eq!(row["action"], action.as_str());
    customer.hear(DONE).await;
    assert_eq!(amounts(&data, ORDER), [ASKED], "it was repeated");
    customer.heard_everything_once(&station.chat).await;
    let trail = trail_of(station, &data).await;
    let kinds = ["proposed", "held", "approved", "started", "unknown", "settled"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_outcome_the_customer_is_told_once_and_the_conversation_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer, action } = HeldRefund::begin(Start::on(&data)).await;
    desk.approve(&action).await;
    // As soon as the outcome stands, whether or not the agent has said it.
    desk.wait_for_action(&["succeeded"]).await;

    let (station, _desk, mut customer) = killed_and_back(station, customer, &data).await;
    customer.hear(DONE).await;
    customer.hear("Is there anything else that I can do?").await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    customer.say("no that is all, goodbye").await;
    customer.hear("You can come back here").await;
    customer.heard_everything_once(&station.chat).await;

    // A second kill, with everything told, changes nothing any more.
    let (station, mut desk, mut customer) = killed_and_back(station, customer, &data).await;
    customer.say("hello").await;
    customer.hear("What is it about?").await;
    customer.heard_everything_once(&station.chat).await;
    assert_eq!(desk.wait_for_action(&["succeeded"]).await["action"], action.as_str());
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    let trail = trail_of(station, &data).await;
    let kinds = ["proposed", "held", "approved", "started", "succeeded"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_dies_with_the_answer_is_asked_and_not_told_again() {
    for (fault, settled, refunds) in [
        ("exit-after-commit", "settled_happened", vec![ASKED]),
        ("exit-before-commit", "settled_did_not_happen", vec![]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let start = Start::on(&data).with(crm::fault(folder.path(), fault));
        let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(start).await;
        desk.approve(&action).await;
        let row = desk.wait_for_action(&[settled]).await;
        assert_eq!(row["action"], action.as_str(), "{fault}");
        customer.hear(if refunds.is_empty() { "nothing was paid back" } else { DONE }).await;
        assert_eq!(amounts(&data, ORDER), refunds, "{fault}");
        customer.heard_everything_once(&station.chat).await;
        station.stop().await;
    }
}
