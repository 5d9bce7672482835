//! A decision that is not honoured, and an action that happens twice.

use super::{HEADLAMP, HEADLAMP_COST, PLEAS, forgetful, rows};
use countersign_tests::crm::{amounts, changes};
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::held::{ASKED, HeldRefund, ORDER, WISH};
use countersign_tests::station::{Start, Station};
use countersign_tests::trail::Trail;
use serde_json::{Value, json};
use std::path::Path;

const NO: &str = "Ask for a photo first.";

/// Marta at a station whose agent forgets, and Ana, who has not said anything yet.
async fn forgetting(folder: &Path) -> (Station, Desk, Customer) {
    let station = Start::with_assets(&folder.join("data"), &forgetful(folder)).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let customer = Customer::arrive(&station.chat, "Ana Ruiz").await;
    (station, desk, customer)
}

/// The one action that is held, once it is another than these.
async fn held_but(desk: &mut Desk, known: &[&str]) -> String {
    let fresh = |queue: &Value| {
        let row = rows(queue, "held").iter().find(|row| !known.contains(&row["action"].as_str().unwrap()))?;
        Some(row["action"].clone())
    };
    desk.wait_for("another action is held", fresh).await.as_str().unwrap().to_owned()
}

fn reject() -> Value {
    json!({ "choice": "reject", "guidance": NO })
}

/// A person changes the amount, and the agent retries what it had wanted at first (langchain-ai/langchain#33787).
#[tokio::test(flavor = "multi_thread")]
async fn after_an_override_the_agent_does_not_get_the_original_by_trying_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (station, mut desk, mut ana) = forgetting(folder.path()).await;
    ana.say(&format!("{WISH}{}", PLEAS[0])).await;
    let first = held_but(&mut desk, &[]).await;
    let mut arguments: Value =
        serde_json::from_str(desk.card(&first).await["card"]["canonical_arguments"].as_str().unwrap()).unwrap();
    arguments["amount_minor"] = json!(4_000);
    let choice = json!({ "choice": "override", "arguments": arguments, "why": "Only the buckle is broken." });
    desk.decide(&first, choice).await.unwrap();
    ana.hear("and decided on").await;

    ana.say(&format!("{WISH}{}", PLEAS[1])).await;
    let again = held_but(&mut desk, &[&first]).await;
    let card = desk.card(&again).await["card"].clone();
    assert_eq!(card["money"]["minor"], ASKED, "the agent tries the original again: {card:#}");
    let before = &card["before"][0];
    assert_eq!((&before["action"], &before["decision"]), (&json!(first), &json!("override")), "{card:#}");
    assert!(card["notices"].to_string().contains("Marta Lindqvist"), "it must be read first: {card:#}");
    assert!(card["rules"].to_string().contains("decided-before"), "it waits whatever rules say: {card:#}");
    desk.decide(&again, reject()).await.unwrap();
    ana.hear("did not approve it").await;
    assert_eq!(amounts(&data, ORDER), [4_000]);
    station.stop().await;
}

/// An agent that is refused proposes the same until somebody gives in (langchain-ai/deepagents#2946).
#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_is_no_loop_nobody_is_asked_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (station, mut desk, mut ana) = forgetting(folder.path()).await;
    ana.say(&format!("{WISH}{}", PLEAS[0])).await;
    let first = held_but(&mut desk, &[]).await;
    desk.decide(&first, reject()).await.unwrap();
    let refusals = |ana: &Customer| ana.said().iter().filter(|(_, text)| text.contains("did not approve it")).count();
    ana.hear("did not approve it").await;
    for (nth, plea) in PLEAS.iter().enumerate().skip(1) {
        let at = ana.say(&format!("{WISH}{plea}")).await;
        let answered = |frame: &Value| frame["from"] == "agent" && frame["position"].as_u64() > Some(at);
        ana.wait_for("she is answered", answered).await;
        ana.wait_for("the answer is the earlier one", |frame| {
            answered(frame) && frame["text"].as_str().is_some_and(|text| text.contains("did not approve it"))
        })
        .await;
        assert_eq!(refusals(&ana), nth + 1);
        let queue = desk.query(json!({ "query": "approvals" })).await.unwrap();
        assert!(rows(&queue, "held").is_empty(), "somebody is asked again: {queue:#}");
    }
    station.stop().await;
    let trail = Trail::read(&data).await;
    let proposed = trail.all().iter().filter(|event| {
        event.stored.envelope.kind == "action.proposed" && event.stored.envelope.open["tool"] == "crm.issue_refund"
    });
    assert_eq!(proposed.count(), PLEAS.len(), "the agent tried each time");
    assert_eq!((trail.count("action.held"), trail.count("action.rejected")), (1, 1));
    assert!(amounts(&data, ORDER).is_empty());
}

/// Of two calls one is refused, and the other is skipped with it (langchainjs PR 11391).
#[tokio::test(flavor = "multi_thread")]
async fn rejecting_one_of_two_leaves_the_other_to_be_decided_and_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut scene = HeldRefund::begin(Start::on(&data)).await;
    scene.customer.say("Please cancel order 1063, I ordered twice by mistake. Postcode 46001.").await;
    let other = held_but(&mut scene.desk, &[&scene.action]).await;
    scene.desk.decide(&scene.action, reject()).await.unwrap();
    scene.customer.hear("refund").await;
    scene.customer.hear("did not approve it").await;
    assert_eq!(scene.desk.card(&other).await["state"], "held", "it waits for a decision of its own");
    scene.desk.approve(&other).await;
    scene.customer.hear("Order 1063 is cancelled").await;
    assert_eq!((amounts(&data, ORDER), changes(&data, "1063")), (vec![], vec!["cancel_order".to_owned()]));
    scene.station.stop().await;
}

/// A call that was refused runs all the same, at once or when the process comes back (langchain#40491).
#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_does_not_run_and_not_after_a_restart_either() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut scene = HeldRefund::begin(Start::on(&data)).await;
    scene.desk.decide(&scene.action, reject()).await.unwrap();
    // Before the agent has said a word of it.
    scene.station.kill9().await;
    let absent = scene.customer.leave().await;
    let station = Start::on(&data).running().await;
    let mut ana = absent.come_back(&station.chat).await;
    ana.hear("did not approve it").await;
    ana.say("thanks").await;
    ana.hear("You are welcome.").await;
    station.stop().await;
    assert!(amounts(&data, ORDER).is_empty());
    let kinds = ["proposed", "held", "rejected"].map(|kind| format!("action.{kind}"));
    assert_eq!(Trail::read(&data).await.kinds_of(&scene.action), kinds);
}

/// An approval is "silently re-executed on a later, unrelated turn" (microsoft/agent-framework#6851).
#[tokio::test(flavor = "multi_thread")]
async fn what_ran_once_does_not_run_again_on_a_later_turn() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (station, mut desk, mut ana) = forgetting(folder.path()).await;
    ana.say(&format!("{HEADLAMP}{}", PLEAS[0])).await;
    let first = held_but(&mut desk, &[]).await;
    desk.approve(&first).await;
    ana.hear("is on its way back").await;

    ana.say("thanks").await;
    ana.hear("You are welcome.").await;
    ana.say("Where is my order 1063? Postcode 46001.").await;
    ana.hear("1063").await;
    // The agent itself wants it again: that is a question of its own, and the approval is no answer to it.
    ana.say(&format!("{HEADLAMP}{}", PLEAS[1])).await;
    let again = held_but(&mut desk, &[&first]).await;
    assert_eq!(desk.card(&again).await["card"]["before"][0]["action"], first);
    assert_eq!(amounts(&data, ORDER), [HEADLAMP_COST]);
    station.stop().await;
    let trail = Trail::read(&data).await;
    let started = |action: &str| trail.kinds_of(action).iter().filter(|kind| *kind == "action.started").count();
    assert_eq!((started(&first), started(&again)), (1, 0));
}
