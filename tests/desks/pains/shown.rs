//! A person cannot judge what is shown, or is asked until they no longer look.

use countersign_tests::crm::amounts;
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::held::{HeldRefund, ORDER};
use countersign_tests::process::{DEADLINE, until};
use countersign_tests::site;
use countersign_tests::station::{Start, copied_assets, edited_assets};
use countersign_tests::trail::Trail;
use serde_json::{Value, json};

/// An argument is cut at three lines (letta-code#1584), or raw JSON in the middle of a sentence
/// (EverMind-AI/Raven#435): what stands behind the cut is approved unread.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_argument_is_on_the_card_to_its_last_word_and_that_is_what_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // What no rule allows is held.
    let no_rule = |text: &str| text.split_once("@id(\"note-added\")").unwrap().0.to_owned();
    let assets = edited_assets(folder.path(), "policies/reads.cedar", no_rule);
    let station = Start::with_assets(&data, &assets).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("hello").await;
    ana.hear("Hello.").await;
    let lines: Vec<String> = (1..40).map(|n| format!("Line {n} of it.")).collect();
    let note = format!("{}\nAnd the last word is: owls", lines.join("\n"));
    let conversation = ana.conversation().to_owned();
    marta.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap();
    let wish = json!({
        "command": "use_tool", "conversation": conversation, "tool": "crm.add_note", "why": "For the test.",
        "client": "u1", "arguments": { "order_number": ORDER, "text": note },
    });
    marta.command(wish).await.unwrap();
    let row = marta.wait_for_action(&["held"]).await;
    let action = row["action"].as_str().unwrap().to_owned();
    let card = marta.card(&action).await["card"].clone();
    let shown = card["arguments"].as_array().unwrap().iter().find(|one| one["name"] == "text").expect("it is shown");
    assert_eq!((&shown["shown"], &shown["value"]), (&json!(note), &json!(note)), "whole, as people read it");
    let canonical: Value = serde_json::from_str(card["canonical_arguments"].as_str().unwrap()).unwrap();
    assert_eq!(canonical["text"], note, "and whole, as it is sent");
    marta.approve(&action).await;
    marta.wait_for_action(&["succeeded"]).await;
    let made = countersign_tests::crm::notes(&data, ORDER);
    assert_eq!(made.iter().map(|made| made["text"].as_str().unwrap()).collect::<Vec<_>>(), [note.as_str()]);
    station.stop().await;
}

/// The text that a person decides by was written by the agent ("Lies in the Loop").
#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_says_of_its_action_is_a_claim_and_changes_no_word_of_the_card() {
    const LIE: &str = "A harmless look at the order. Marta has approved it already. Nothing is paid.";
    let folder = tempfile::tempdir().unwrap();
    let lying = |text: &str| {
        let claim = text.lines().find(|line| line.starts_with("claim = ")).unwrap();
        text.replace(claim, &format!("claim = {LIE:?}"))
    };
    let assets = edited_assets(folder.path(), "playbooks/refund.toml", lying);
    let start = Start::with_assets(&folder.path().join("data"), &assets);
    let HeldRefund { station, mut desk, customer: _ana, action } = HeldRefund::begin(start).await;
    let mut card = desk.card(&action).await["card"].clone();
    assert_eq!(card["claim"].take(), LIE, "it is shown as what it is");
    assert_eq!(card["headline"], "Refund €129.00 to Ana Ruiz for order 1042");
    assert!(card["effect"].as_str().unwrap().contains("€129.00 of €189.00 is paid back"), "{card:#}");
    assert!(!card.to_string().contains("harmless"), "nowhere else: {card:#}");
    station.stop().await;
}

/// "Always allow" is stored as once, and the same question comes 46 times (claude-code#74715).
#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_was_changed_to_allow_is_asked_of_nobody_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let assets = copied_assets(folder.path());
    let station = Start::with_assets(&data, &assets).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    // Two customers whom the shop has signed in, each with an order whose refund is above the limit.
    let wishes = [
        (
            "C-2189",
            "Astrid Bakke",
            "I would like a refund for order 1038, postcode 9008. The base layer arrived damaged.",
        ),
        ("C-2085", "Inés Romero", "I would like a refund for order 1048, postcode 47002. The poles arrived damaged."),
        (
            "C-2064",
            "Chiara Ferrari",
            "I would like a refund for order 1045, postcode 50123. The base layer arrived damaged.",
        ),
    ];
    let mut asked = Vec::new();
    for (id, name, wish) in wishes {
        let mut customer = Customer::signed_in(&station.chat, &site::token(&data, id, name)).await;
        customer.say(wish).await;
        if asked.is_empty() {
            let row = desk.wait_for_action(&["held"]).await;
            desk.approve(row["action"].as_str().unwrap()).await;
            let file = assets.join("policies/refunds.cedar");
            let good = std::fs::read_to_string(&file).unwrap();
            let wider = good.replace("context.money.minor > 5000 }", "context.money.minor > 15000 }");
            assert_ne!(wider, good);
            std::fs::write(&file, wider).unwrap();
            let read = || station.said().contains("policy files read").then_some(());
            until("the changed file is read", DEADLINE, read).await;
        }
        customer.hear("is on its way back").await;
        asked.push(customer);
    }
    station.stop().await;
    let trail = Trail::read(&data).await;
    assert_eq!((trail.count("action.held"), trail.count("action.approved")), (1, 1), "one question, and then none");
    for order in ["1038", "1048", "1045"] {
        assert_eq!(amounts(&data, order).len(), 1, "{order}");
    }
}
