//! A living floor: simulated customers come to whoever tries the sample shop, at the pace that is chosen, and to nobody else.

use countersign_tests::desk::Desk;
use countersign_tests::process::{Group, program};
use countersign_tests::station::Start;
use countersign_tests::trail::Trail;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// What "Try the sample shop" promises.
const SOON: Duration = Duration::from_secs(10);

async fn conversations(desk: &mut Desk) -> usize {
    let view = desk.query(json!({ "query": "conversations" })).await.unwrap();
    view["rows"].as_array().unwrap().len()
}

async fn somebody_writes(desk: &mut Desk, more_than: usize) -> Value {
    let query = json!({ "query": "conversations" });
    desk.wait_for_answer("a simulated customer writes", query, |view| {
        let rows = view["rows"].as_array()?;
        rows.iter().find(|row| rows.len() > more_than && row["line"] != "").cloned()
    })
    .await
}

async fn pace(desk: &mut Desk, pace: &str) -> Value {
    let session = desk.command(json!({ "command": "set_sample_customers", "pace": pace })).await.unwrap();
    session["sample_customers"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn within_ten_seconds_of_the_first_set_up_a_customer_talks_and_the_chosen_pace_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let station = Start::on(&data).with_customers().running().await;
    let mut desk = Desk::at(&station.desk);
    let before = desk.query(json!({ "query": "session" })).await.unwrap();
    assert_eq!((&before["stage"], &before["sample_customers"]), (&json!("set_up"), &json!("calm")));
    desk.set_up("Marta Lindqvist").await;
    let began = Instant::now();
    somebody_writes(&mut desk, 0).await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());

    assert_eq!(pace(&mut desk, "off").await, "off");
    // Its child ends with it, however it ends.
    station.kill9().await;
    let trail = Trail::read(&data).await;
    let first = |kind: &str| trail.all().iter().position(|event| event.stored.envelope.kind == kind).unwrap();
    assert!(first("station.set_up") < first("conversation.opened"), "somebody came before anybody could see them");
    drop(trail);

    let station = Start::on(&data).with_customers().running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let session = desk.query(json!({ "query": "session" })).await.unwrap();
    assert_eq!(session["sample_customers"], "off");
    let known = conversations(&mut desk).await;
    assert_eq!(pace(&mut desk, "lively").await, "lively");
    somebody_writes(&mut desk, known).await;
    let said = station.stop().await;
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_simulated_customers_no_pace_is_shown_and_none_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let session = desk.query(json!({ "query": "session" })).await.unwrap();
    assert_eq!(session["sample_customers"], Value::Null);
    let refused = desk.command(json!({ "command": "set_sample_customers", "pace": "calm" })).await.unwrap_err();
    assert_eq!(refused["code"], "not_found", "{refused}");
    station.stop().await;
}

/// The program of the customers, as anybody may start it, and its standard input.
fn customers(chat: &str, seed: &str) -> (Group, ChildStdin) {
    let mut command = Command::new(program("countersign-customers"));
    command.args(["--chat", chat, "--seed", seed, "--per-minute", "10", "--at-once", "10", "--hurried"]);
    let mut customers = Group::start(command.stdin(Stdio::piped()).env("RUST_LOG", "warn"));
    let input = customers.child.stdin.take().unwrap();
    (customers, input)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_takes_over_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let (_customers, _input) = customers(&station.chat, "5");
    // The first of them waits for a refund that is held.
    let conversation = desk.wait_for_action(&["held"]).await["conversation"].clone();
    desk.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap();
    let query = json!({ "query": "conversation", "conversation": conversation });
    let taken = |view: &Value| (view["row"]["state"] == "person").then(|| view["as_of"].clone());
    let seen = desk.wait_for_answer("it is hers on screen", query.clone(), taken).await;
    let words = "Marta here. Which order is it about?";
    let reply =
        json!({ "command": "reply", "conversation": conversation, "text": words, "seen": seen, "client": "r1" });
    desk.command(reply).await.unwrap();
    desk.wait_for_answer("the customer names the order", query, |view| {
        let line = view["row"]["line"].as_str()?;
        (line != words && line.chars().filter(char::is_ascii_digit).count() >= 3).then(|| view.clone())
    })
    .await;
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_of_a_foreign_program_are_understood_held_helped_and_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let station = Start::on(&data).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;

    let (mut customers, mut input) = customers(&station.chat, "11");
    let secret = std::fs::read_to_string(data.join("site.secret")).unwrap();
    writeln!(input, "{}", json!({ "site_secret": secret.trim() })).unwrap();

    // The first card is a refund that only a person may allow; it is a person who decides, and the customer who thanks.
    let held = desk.wait_for_action(&["held"]).await;
    let action = held["action"].as_str().unwrap().to_owned();
    desk.approve(&action).await;
    desk.wait_for("it is carried out", |queue| {
        queue["decided"]
            .as_array()?
            .iter()
            .find(|row| row["action"] == action.as_str() && row["state"] == "succeeded")
            .cloned()
    })
    .await;
    let rows = json!({ "query": "conversations" });
    desk.wait_for_answer("a customer is signed in", rows.clone(), |view| {
        view["rows"].as_array()?.iter().find(|row| row["assurance"] == "verified").cloned()
    })
    .await;
    desk.wait_for_answer("a customer asks what the articles know", rows.clone(), |view| {
        view["rows"].as_array()?.iter().find(|row| row["intent"] == "question").cloned()
    })
    .await;

    // It ends when its input does: with whoever started it.
    drop(input);
    let ended = tokio::task::spawn_blocking(move || customers.child.wait().unwrap());
    let status = tokio::time::timeout(Duration::from_secs(30), ended).await.unwrap().unwrap();
    assert!(status.success(), "{status:?}");
    station.stop().await;
    let trail = Trail::read(&data).await;
    assert_eq!(trail.kinds_of(&action).last().map(String::as_str), Some("action.succeeded"));
}
