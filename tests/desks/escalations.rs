//! The queue of those who wait for a person: why, until when, and when it is over.

use countersign_domain::time::Timestamp;
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::held::HeldRefund;
use countersign_tests::station::Start;
use serde_json::{Value, json};

async fn queue(desk: &mut Desk, what: &str, found: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let rows = |view: &Value| view["rows"].as_array().cloned().unwrap_or_default();
    let view = desk
        .wait_for_answer(what, json!({ "query": "escalations" }), |view| found(&rows(view)).then(|| view.clone()))
        .await;
    rows(&view)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_a_person_is_in_the_queue_before_they_are_told_and_until_a_person_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    assert!(queue(&mut marta, "nobody waits", |rows| rows.is_empty()).await.is_empty());

    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("I want to talk to a person").await;
    let told = ana.hear("I have noted for a colleague").await;
    let rows = queue(&mut marta, "she waits", |rows| rows.len() == 1).await;
    let row = &rows[0];
    assert_eq!((&row["customer"], &row["state"]), (&json!("Ana Ruiz"), &json!("escalated")));
    let asked = &row["escalation"];
    assert_eq!(asked["reason"], "Asked for a person");
    let noted = asked["at"].as_str().unwrap();
    assert_eq!(told["at"], noted, "what she is told and that she waits are stored together");
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(
        time(asked["due"].as_str().unwrap()),
        time(noted).plus_seconds(600),
        "as assets/escalations/times.toml says"
    );

    let conversation = ana.conversation().to_owned();
    marta.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap();
    let taken = queue(&mut marta, "it is hers", |rows| rows.iter().any(|row| row["state"] == "person")).await;
    assert!(taken[0]["escalation"]["due"].is_string(), "taking it answers nobody: the clock runs on");
    let reply =
        json!({ "command": "reply", "conversation": conversation, "text": "Marta here.", "seen": 0, "client": "1" });
    marta.command(reply).await.unwrap();
    queue(&mut marta, "she is answered", |rows| rows.iter().any(|row| row["escalation"]["due"].is_null())).await;
    marta.command(json!({ "command": "hand_back", "conversation": conversation })).await.unwrap();
    queue(&mut marta, "a person was there", |rows| rows.is_empty()).await;

    ana.say("I want to talk to a person").await;
    queue(&mut marta, "asked again, she waits again", |rows| rows.len() == 1).await;
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_at_a_card_calls_for_a_colleague_and_the_customer_is_told_by_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = HeldRefund::begin(Start::on(&folder.path().join("data"))).await;
    let call = json!({ "command": "escalate", "action": scene.action, "note": "She sounds upset. Call her." });
    assert_eq!(scene.desk.card(&scene.action).await["escalation"]["may_not_reason"], Value::Null);
    scene.desk.command(call.clone()).await.unwrap();
    let rows = queue(&mut scene.desk, "she waits", |rows| rows.len() == 1).await;
    let (row, asked) = (&rows[0], &rows[0]["escalation"]);
    assert_eq!((&row["state"], &asked["reason"]), (&json!("escalated"), &json!("Pulled by a supervisor")));
    let told = scene.customer.wait_for("she is told", |frame| frame["type"] == "noted").await;

    let again = scene.desk.command(call).await.unwrap_err();
    assert_eq!(
        again["message"],
        "A person is asked for in this conversation already: Pulled by a supervisor. Nothing was stored."
    );
    let card = scene.desk.card(&scene.action).await;
    assert_eq!(card["state"], "held", "it stays held: {card:#}");
    let shown = &card["escalation"];
    assert_eq!(
        (&shown["by"]["name"], &shown["note"]),
        (&json!("Marta Lindqvist"), &json!("She sounds upset. Call her."))
    );
    assert!(shown["may_not_reason"].as_str().unwrap().contains("asked for in this conversation already"));
    let conversation = scene.customer.conversation().to_owned();
    let transcript = scene.desk.query(json!({ "query": "conversation", "conversation": conversation })).await.unwrap();
    let entries = transcript["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["entry"]["kind"] == "escalated").unwrap();
    assert_eq!(entry["entry"]["pulled_by"]["name"], "Marta Lindqvist");
    assert_eq!(entry["entry"]["note"], "She sounds upset. Call her.");
    assert_eq!(told["position"], entry["position"], "what she is told is the record that she waits by");

    scene
        .desk
        .decide(&scene.action, json!({ "choice": "reject", "guidance": "Ask for a photo first." }))
        .await
        .unwrap();
    let late = json!({ "command": "escalate", "action": scene.action, "note": "Too late." });
    let refused = scene.desk.command(late).await.unwrap_err();
    assert_eq!(refused["message"], "This was already rejected by Marta Lindqvist. Nothing was escalated.");
    scene.station.stop().await;
}
