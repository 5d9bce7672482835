//! What a desk counts and offers is of the person who sits at it.

use crate::people::{countersign, enrol, people, sign_in};
use countersign_tests::customer::Customer;
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::held::ask;
use countersign_tests::station::Start;
use serde_json::{Value, json};

/// Marta, Jonas, and Hélène, who is compliance.
async fn three(at: &str) -> [Desk; 3] {
    let [mut marta, mut jonas, mut helene] = [Desk::at(at), Desk::at(at), Desk::at(at)];
    marta.set_up("Marta Lindqvist").await;
    let propose = |request: Value| json!({ "command": "propose_change", "request": request, "why": null });
    marta.command(propose(enrol("Jonas Weber"))).await.unwrap();
    sign_in(&mut jonas, &people(&mut marta).await["people"][1]["id"], PASSWORD).await.unwrap();
    let mut reader = enrol("Hélène Dubois");
    reader["roles"] = json!(["compliance"]);
    marta.command(propose(reader)).await.unwrap();
    countersign(&mut jonas).await;
    sign_in(&mut helene, &people(&mut marta).await["people"][2]["id"], PASSWORD).await.unwrap();
    [marta, jonas, helene]
}

async fn may_not_stop(desk: &mut Desk) -> Value {
    desk.query(json!({ "query": "session" })).await.unwrap()["may_not_stop"].clone()
}

async fn for_you(desk: &mut Desk) -> Value {
    desk.query(json!({ "query": "approvals" })).await.unwrap()["for_you"].clone()
}

/// Until exactly this waits for whoever sits there.
async fn waits(desk: &mut Desk, actions: &[&String]) {
    let what = format!("{actions:?} waits");
    desk.wait_for(&what, |queue| (queue["for_you"] == json!(actions)).then_some(Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_asked_for_or_may_not_decide_does_not_wait_for_them_and_a_stop_is_offered_to_whoever_may() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let [mut marta, mut jonas, mut helene] = three(&station.desk).await;

    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("hello").await;
    ana.hear("Hello.").await;
    let conversation = ana.conversation().to_owned();
    marta.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap();
    let arguments = json!({ "order_number": "1042", "amount_minor": 2_050, "currency": "EUR", "reason": "damaged" });
    let wish = json!({
        "command": "use_tool", "conversation": conversation, "tool": "crm.issue_refund", "arguments": arguments,
        "why": "The buckle broke twice.", "client": "u1",
    });
    let asked = marta.command(wish).await.unwrap()["asked"].clone();
    let held = marta.wait_for_action(&["held"]).await;
    assert_eq!(held["action"], asked);
    assert_eq!(for_you(&mut marta).await, json!([]), "her own wish");
    assert_eq!(for_you(&mut helene).await, json!([]), "she decides nothing");
    assert_eq!(for_you(&mut jonas).await, json!([asked]));

    assert_eq!(may_not_stop(&mut jonas).await, Value::Null);
    let why = may_not_stop(&mut helene).await;
    assert!(why.as_str().unwrap().contains("stopping takes a supervisor"), "{why}");
    let stop = json!({ "command": "stop", "takes_two": false });
    let refused = helene.command(stop.clone()).await.unwrap_err();
    assert_eq!(refused["message"], why, "what is said beforehand is what a command is refused with");
    jonas.command(stop).await.unwrap();
    assert_eq!(may_not_stop(&mut marta).await, Value::Null, "she may end it");
    let why = may_not_stop(&mut helene).await;
    assert_eq!(helene.command(json!({ "command": "resume" })).await.unwrap_err()["message"], why);
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_snoozed_waits_for_nobody_until_it_is_back_and_what_is_delegated_waits_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let [mut marta, mut jonas, mut helene] = three(&station.desk).await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let action = ask(&mut ana, &mut marta).await;
    let snooze = |minutes: Value| json!({ "command": "snooze", "action": action, "minutes": minutes });
    waits(&mut jonas, &[&action]).await;

    let refused = helene.command(snooze(json!(5))).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("takes a supervisor"), "{refused}");
    let refused = marta.command(snooze(json!(600))).await.unwrap_err();
    assert_eq!(refused["code"], "invalid", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("before its deadline"), "{refused}");
    marta.command(snooze(json!(5))).await.unwrap();
    waits(&mut jonas, &[]).await;
    let approvals = jonas.query(json!({ "query": "approvals" })).await.unwrap();
    assert_eq!((&approvals["for_you"], &approvals["held"]), (&json!([]), &json!([])), "nobody is told of it");
    assert_eq!(approvals["snoozed"][0]["snoozed"]["by"], "Marta Lindqvist");
    let card = jonas.card(&action).await;
    assert_eq!(card["aside"]["snoozed"]["by"], "Marta Lindqvist");
    assert_eq!(card["may_decide"], true, "it can be decided all the same");
    jonas.command(snooze(Value::Null)).await.unwrap();
    // Whoever may brings it back.
    waits(&mut marta, &[&action]).await;

    let delegates = jonas.card(&action).await["aside"]["delegates"].clone();
    let names: Vec<&str> = delegates.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["Marta Lindqvist", "Jonas Weber"], "Hélène decides nothing");
    let to = |to: &Value| json!({ "command": "delegate", "action": action, "to": to });
    marta.command(to(&delegates[1]["person"])).await.unwrap();
    waits(&mut marta, &[]).await;
    waits(&mut jonas, &[&action]).await;
    let row = &marta.query(json!({ "query": "approvals" })).await.unwrap()["held"][0]["delegated"].clone();
    assert_eq!(
        (&row["name"], &row["by"], &row["taken"]),
        (&json!("Jonas Weber"), &json!("Marta Lindqvist"), &json!(false))
    );
    assert!(
        marta.query(json!({ "query": "approvals" })).await.unwrap()["next_in_ms"].as_u64().is_some_and(|ms| ms > 0)
    );
    let again = marta.command(to(&delegates[1]["person"])).await.unwrap_err();
    assert!(again["message"].as_str().unwrap().contains("is as it was"), "{again}");
    marta.decide(&action, json!({ "choice": "reject", "guidance": "Ask for a photo first." })).await.unwrap();
    let late = jonas.command(to(&delegates[0]["person"])).await.unwrap_err();
    assert_eq!(late["message"], "This was already rejected by Marta Lindqvist. It was not delegated.");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_says_what_somebody_approved_today_and_what_is_beyond_their_limit() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let [mut marta, mut jonas, _] = three(&station.desk).await;
    let limits = json!([{ "minor": 10_000, "currency": "EUR" }]);
    let person = people(&mut jonas).await["people"][1]["id"].clone();
    let request = json!({ "change": "set_limits", "person": person, "limits": limits });
    marta.command(json!({ "command": "propose_change", "request": request, "why": null })).await.unwrap();
    countersign(&mut jonas).await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let action = ask(&mut ana, &mut marta).await;

    assert_eq!(marta.card(&action).await["day"], Value::Null, "she has no limits");
    let card = jonas.card(&action).await;
    let euros = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
    assert_eq!(card["day"], json!({ "approved": euros(0), "limit": euros(10_000) }));
    let beyond =
        "Your limit is €100.00 a day. With this you would have approved €129.00 today. Somebody else must sign it.";
    assert_eq!((&card["may_decide"], &card["may_not_approve_reason"]), (&json!(true), &json!(beyond)));
    let less = json!({ "order_number": "1042", "amount_minor": 7_000, "currency": "EUR", "reason": "damaged" });
    jonas
        .decide(&action, json!({ "choice": "override", "arguments": less, "why": "One strap of two." }))
        .await
        .unwrap();
    let today = people(&mut marta).await["people"][1]["limits"][0]["today"].clone();
    assert_eq!(today, euros(7_000), "what was overridden to is what counts");
    station.stop().await;
}
