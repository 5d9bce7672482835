//! A conversation in which nothing is heard ends by itself, and goes on when the customer writes.

use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_in_ends_by_itself_and_goes_on_with_the_customers_next_words() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).saying(&["--idle", "1"]).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let mut waits = Customer::arrive(&station.chat, "Olena Kovalenko").await;
    waits.say("I want to talk to a person").await;
    waits.hear("I have noted for a colleague").await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("hello").await;
    ana.hear("Hello.").await;
    let closed = ana.wait_for("it ends", |frame| frame["type"] == "closed").await;
    assert_eq!((&closed["for_good"], &closed["rates"]), (&json!(false), &json!(true)));
    let view = marta
        .wait_for_answer(
            "it is listed as ended",
            json!({ "query": "conversation", "conversation": ana.conversation() }),
            |view| (view["row"]["state"] == "closed").then(|| view.clone()),
        )
        .await;
    let last = &view["entries"].as_array().unwrap().last().unwrap()["entry"];
    assert_eq!(*last, json!({ "kind": "closed", "reason": "Nothing came for long" }));
    ana.say("thanks").await;
    ana.wait_for("it goes on", |frame| frame["type"] == "reopened").await;
    ana.hear("You are welcome.").await;
    let rows = marta.query(json!({ "query": "escalations" })).await.unwrap()["rows"].clone();
    assert_eq!(rows[0]["state"], "escalated", "whoever waits for a person goes on waiting");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_conversation_may_be_silent_is_changed_at_a_desk_and_holds_without_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let start = || Start::on(&data).saying(&["--idle", "86400"]);
    let station = start().running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("hello").await;
    ana.hear("Hello.").await;
    let mut settings = marta.query(json!({ "query": "channels" })).await.unwrap()["settings"].take();
    assert_eq!(settings["idle_seconds"], 86_400);
    let before = settings.clone();
    settings["idle_seconds"] = json!(1);
    let mut others = before.clone();
    others["message_burst"] = json!(3);
    let request = json!({ "change": "set_chat", "from": others, "settings": settings });
    let refused =
        marta.command(json!({ "command": "propose_change", "request": request, "why": "A quiet day." })).await;
    let message = refused.unwrap_err()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Somebody has changed these settings since"), "{message}");
    let request = json!({ "change": "set_chat", "from": before, "settings": settings });
    marta.command(json!({ "command": "propose_change", "request": request, "why": "A quiet day." })).await.unwrap();
    ana.wait_for("it ends", |frame| frame["type"] == "closed").await;
    station.stop().await;

    let station = start().running().await;
    let mut marta = Desk::at(&station.desk);
    marta.sign_in().await;
    let view = marta.query(json!({ "query": "channels" })).await.unwrap();
    assert_eq!(view["settings"]["idle_seconds"], 1, "what a start names says nothing of it any more");
    assert!(view["signed_at"].is_string() && view["chat"]["codes"]["to"] == "folder", "{view:#}");
    station.stop().await;
}
