//! What a desk counts and offers is of the person who sits at it.

use crate::people::{countersign, enrol, people, sign_in};
use countersign_tests::customer::Customer;
use countersign_tests::desk::{Desk, PASSWORD};
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
