//! Customers and tool servers who try to make an action impossible to decide, to see or to end.

use crate::broken_log::{BrokenLog, Disk};
use crate::server::Fault;
use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::event::{self, Draft};
use countersign_domain::ids::ConversationId;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;
use std::sync::Arc;

async fn say(shop: &Shop, conversation: &ConversationId, texts: &[&str]) {
    let records = shop.gate.records();
    let (mut state, _) = records.conversation(conversation).await.unwrap();
    for some in texts.chunks(32) {
        let seen = state.version;
        let drafts: Vec<Draft> = some
            .iter()
            .map(|text| {
                let draft = state.receive(text, None).unwrap().unwrap();
                state.apply(&event::read(&draft.kind, draft.schema, &draft.open).unwrap());
                draft
            })
            .collect();
        let actor = Actor::Customer(conversation.to_string());
        records.append_conversation(conversation, seen, drafts, actor).await.unwrap();
    }
}

#[tokio::test]
async fn a_customer_who_says_a_lot_can_still_be_decided_about() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let much = "𝕬".repeat(2_000);
    let mut texts = vec![much.as_str(); 300];
    texts.insert(0, "The first words.");
    texts.push("The last words.");
    say(&shop, &conversation, &texts).await;
    let held = shop.refund(&conversation, 12_900).await;
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert_eq!(card.words.last().unwrap().text, "The last words.");
    let left_out = 302 - card.words.len();
    assert!(
        card.notices.iter().any(|n| n.contains(&format!("{left_out} earlier messages"))),
        "what is left out is told: {:?}",
        card.notices
    );
    shop.decide(&held.action, Choice::Reject).await.unwrap();
}

#[tokio::test]
async fn a_fact_too_long_for_a_card_is_no_fact_and_the_card_says_so() {
    let shop = Shop::open().await;
    shop.server.books.lock().unwrap().status = Some("\u{1}".repeat(500_000));
    let held = shop.refund(&shop.conversation(Assurance::Verified).await, 12_900).await;
    assert_eq!(held.phase, Phase::Held);
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert!(card.facts.is_empty() && card.facts_problem.is_some());
    shop.decide(&held.action, Choice::Reject).await.unwrap();
}

#[tokio::test]
async fn a_tool_that_is_no_longer_what_was_signed_is_not_called_and_the_action_ends() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    // What this process began in the background ends, stopped, before the process does.
    shop.gate.drained().await;
    let shop =
        shop.restart_with(|definition| definition.description = Some("Now it does something else.".into())).await;
    shop.gate.resume(shop.person.clone()).await.unwrap();
    let report = shop.reaches(&held.action, Phase::Failed).await;
    assert!(report.in_words().contains("nothing happened"), "{}", report.in_words());
    assert!(!shop.server.books.lock().unwrap().calls.contains(&"issue_refund".to_owned()));
}

#[tokio::test]
async fn what_a_tool_refuses_did_not_happen_and_its_own_words_say_why() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.fault(Fault::Refused);
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Failed).await;
    let record = shop.gate.records().action(&held.action).await.unwrap();
    let last = record.events.last().unwrap();
    assert_eq!(last.stored.envelope.open["code"], "tool_error");
    assert_eq!(last.text("message"), Some("The card has expired."));
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn one_action_that_cannot_be_read_keeps_no_other_from_its_deadline_nor_a_stop_from_ending() {
    let disk = Arc::new(Disk::default());
    let given = disk.clone();
    let shop = Shop::open_over(|inner| Arc::new(BrokenLog { inner, disk: given })).await;
    let mut actions = Vec::new();
    for _ in 0..4 {
        actions.push(shop.held().await.action);
    }
    let (damaged, others) = actions.split_first().unwrap();
    disk.cannot_read(StreamName::action(damaged));
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60);
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.clock.advance(16 * 60);
    let _told = shop.gate.expire_due().await;
    for id in others {
        assert_eq!(shop.gate.report(id).await.unwrap().phase, Phase::Expired);
    }
}

#[tokio::test]
async fn an_argument_that_says_which_facts_are_read_is_fixed_like_the_object() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    let fixed: Vec<_> = card.arguments.iter().filter(|a| a.fixed).map(|a| a.name.as_str()).collect();
    assert_eq!(fixed, ["order_number", "currency"]);
    let mut values = crate::shop::refund(100);
    values["order_number"] = json!("1043");
    assert!(!shop.gate.judge_override(&held.action, &values).await.unwrap().problems.is_empty());
}
