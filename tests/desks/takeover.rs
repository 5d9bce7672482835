//! A conversation is taken over at a desk, the customer hears a person and nobody else, and the agent has the word again.

use crate::people::{enrol, people, sign_in};
use countersign_tests::customer::Customer;
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::station::Start;
use serde_json::{Value, json};

fn reply(conversation: &str, text: &str, seen: &Value, client: &str) -> Value {
    json!({ "command": "reply", "conversation": conversation, "text": text, "seen": seen, "client": client })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_hears_the_person_who_has_taken_over_and_no_other_voice_until_the_hand_back() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    marta.command(json!({ "command": "propose_change", "request": enrol("Jonas Weber"), "why": null })).await.unwrap();
    let mut jonas = Desk::at(&station.desk);
    let id = people(&mut marta).await["people"][1]["id"].clone();
    sign_in(&mut jonas, &id, PASSWORD).await.unwrap();

    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("hello").await;
    ana.hear("Hello.").await;
    let conversation = ana.conversation().to_owned();
    let early = marta.command(reply(&conversation, "Hello?", &json!(0), "r0")).await.unwrap_err();
    assert_eq!(early["message"], "You do not have this conversation. Take it over first.");
    marta.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap();
    ana.wait_for("a person answers", |frame| frame["type"] == "answers" && frame["who"] == "person").await;
    ana.say("I would like my money back").await;
    let shown = marta
        .wait_for_answer(
            "the message is on screen",
            json!({ "query": "conversation", "conversation": conversation }),
            |view| (view["row"]["line"] == "I would like my money back").then(|| view.clone()),
        )
        .await;
    assert_eq!(
        (&shown["row"]["state"], &shown["row"]["taken_by"]["name"]),
        (&json!("person"), &json!("Marta Lindqvist"))
    );
    // Sent twice, as after a lost answer.
    for _ in 0..2 {
        marta.command(reply(&conversation, "Marta here. I look into it.", &shown["as_of"], "r1")).await.unwrap();
    }
    let foreign = jonas.command(reply(&conversation, "Me too", &shown["as_of"], "r2")).await.unwrap_err();
    assert_eq!(foreign["code"], "invalid", "{foreign}");
    let heard = ana.wait_for("the person's words", |frame| frame["type"] == "said" && frame["from"] == "person").await;
    assert_eq!(heard["text"], "Marta here. I look into it.");
    marta.command(json!({ "command": "hand_back", "conversation": conversation })).await.unwrap();
    ana.wait_for("the agent answers", |frame| frame["type"] == "answers" && frame["who"] == "agent").await;
    assert_eq!(
        marta.command(reply(&conversation, "One more", &json!(0), "r3")).await.unwrap_err()["code"],
        "invalid",
        "a hand back ends it"
    );
    ana.say("thanks").await;
    ana.hear("You are welcome.").await;
    let said: Vec<String> = ana.said().into_iter().map(|(_, text)| text).collect();
    assert_eq!(said.iter().filter(|text| text.starts_with("Marta here")).count(), 1, "{said:#?}");
    assert!(
        !said.iter().any(|text| text.contains("order number")),
        "the agent answered what the person had: {said:#?}"
    );
    // What a customer hears comes before what a desk shows of it.
    let tail = ["taken_over", "customer", "person", "handed_back", "customer"];
    let query = json!({ "query": "conversation", "conversation": conversation });
    let from_then_on = |view: &Value| {
        let kinds = view["entries"].as_array()?.iter().map(|entry| entry["entry"]["kind"].clone());
        let kinds: Vec<Value> = kinds.skip_while(|kind| kind != "taken_over").take(tail.len()).collect();
        (kinds.len() == tail.len()).then(|| json!(kinds))
    };
    assert_eq!(marta.wait_for_answer("the whole conversation", query, from_then_on).await, json!(tail));
    station.stop().await;
}
