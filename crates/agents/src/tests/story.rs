//! Whole conversations: message to reply, decision to what the customer hears, and on after a restart.

use super::shop::Shop;
use crate::LeftOff;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::ConversationEvent;
use countersign_gate::tools::ToolFailure;
use serde_json::json;

fn count(lines: &[String], part: &str) -> usize {
    lines.iter().filter(|line| line.contains(part)).count()
}

#[tokio::test]
async fn a_person_s_override_is_what_happens_and_what_the_customer_hears() {
    let shop = Shop::open().await;
    let (conversation, action) = shop.held().await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(count(&seen, "Checking"), 1, "{seen:#?}");
    assert_eq!(count(&seen, "A colleague is checking the refund of €129.00"), 1, "{seen:#?}");
    let changed = json!({ "order_number": "1042", "amount_minor": 8900, "currency": "EUR", "reason": "damaged" });
    shop.decide(&action, Choice::Override, Some(changed)).await;
    shop.over(&action).await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(shop.books.lock().unwrap().refunds, [8900]);
    assert_eq!(count(&seen, "decided on €89.00"), 1, "{seen:#?}");
    assert_eq!(count(&seen, "CheckingOver"), 1, "{seen:#?}");
    assert_eq!(count(&seen, "Between us"), 0, "words to the agent are not the customer's: {seen:#?}");
}

#[tokio::test]
async fn a_turn_records_what_cannot_be_made_up_later() {
    let shop = Shop::open().await;
    let (conversation, _) = shop.held().await;
    let (_, events) = shop.gate.records().conversation(&conversation).await.unwrap();
    let turned = events.iter().find_map(|e| match e.event().unwrap() {
        ConversationEvent::Turned(turned) => Some(turned),
        _ => None,
    });
    let turned = turned.unwrap();
    assert_eq!((turned.intent.as_str(), turned.turn, turned.answered), ("refund", 1, 1));
    assert_eq!((turned.reasoner.kind.as_str(), turned.currency.as_str(), turned.told.len()), ("playbook", "EUR", 1));
    assert!(turned.received_at.is_some() && turned.confidence_permille >= 550);
    assert!(turned.first_segment_at.is_some() && turned.last_segment_at >= turned.first_segment_at);
    // A playbook costs nothing and has no tokens; both stand there.
    assert_eq!((turned.tokens_in, turned.tokens_out, turned.cost_micros), (0, 0, 0));
}

#[tokio::test]
async fn a_restart_says_nothing_twice_and_proposes_nothing_twice() {
    let shop = Shop::open().await;
    let (conversation, action) = shop.held().await;
    let before = shop.sees(&conversation).await;
    let shop = shop.restart().await;
    assert_eq!(shop.sees(&conversation).await, before);
    // Decided and carried out while no agent was there: the next one tells it, once.
    shop.agents.shutdown().await;
    shop.decide(&action, Choice::Approve, None).await;
    while shop.gate.report(&action).await.unwrap().phase != Phase::Succeeded {
        let size = shop.gate.records().log().size();
        if shop.gate.report(&action).await.unwrap().phase != Phase::Succeeded {
            shop.gate.records().log().grown_beyond(size).await;
        }
    }
    let shop = shop.restart().await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(count(&seen, "€129.00 for order 1042 is on its way back"), 1, "{seen:#?}");
    let shop = shop.restart().await;
    assert_eq!(shop.sees(&conversation).await, seen);
    let books = shop.books.lock().unwrap();
    assert_eq!((books.refunds.as_slice(), books.lookups), ([12_900].as_slice(), 1));
}

#[tokio::test]
async fn a_rejection_and_an_expiry_are_told_as_what_they_are() {
    let shop = Shop::open().await;
    let (conversation, action) = shop.held().await;
    shop.decide(&action, Choice::Reject, None).await;
    shop.over(&action).await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(count(&seen, "did not approve it"), 1, "{seen:#?}");
    let (other, action) = shop.held().await;
    shop.clock.advance(86_400);
    shop.gate.expire_due().await.unwrap();
    shop.over(&action).await;
    let seen = shop.sees(&other).await;
    assert_eq!((count(&seen, "It was not refused"), count(&seen, "Noted")), (1, 1), "{seen:#?}");
    assert!(shop.books.lock().unwrap().refunds.is_empty());
}

#[tokio::test]
async fn an_unknown_outcome_is_told_and_then_how_it_was_settled() {
    let shop = Shop::open().await;
    let (conversation, action) = shop.held().await;
    shop.books.lock().unwrap().fails = Some(ToolFailure::TimedOut(15));
    shop.decide(&action, Choice::Approve, None).await;
    shop.over(&action).await;
    let seen = shop.sees(&conversation).await;
    // The probe may settle it before the agent looked: then only the end is told.
    assert_eq!(count(&seen, "did not go through, and nothing was paid back"), 1, "{seen:#?}");
    assert!(count(&seen, "A person is checking whether it did") <= 1, "{seen:#?}");
    assert_eq!(count(&seen, "is on its way back"), 0, "{seen:#?}");
}

#[tokio::test]
async fn while_everything_is_stopped_no_reply_goes_out_and_then_exactly_one() {
    let shop = Shop::open().await;
    let conversation = shop.begin().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.writes(&conversation, "hello").await;
    assert_eq!(shop.sees(&conversation).await, ["customer: hello"]);
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.agents.at_rest().await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(count(&seen, "agent: Hello."), 1, "{seen:#?}");
}

#[tokio::test]
async fn after_a_takeover_the_agent_is_silent_until_the_conversation_is_handed_back() {
    let shop = Shop::open().await;
    let (conversation, action) = shop.held().await;
    let said = |seen: &[String]| count(seen, "agent: ");
    let before = said(&shop.sees(&conversation).await);
    shop.gate.take_over(&conversation, shop.person.clone()).await.unwrap();
    shop.writes(&conversation, "are you still there?").await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(said(&seen), before, "{seen:#?}");
    assert_eq!(shop.gate.report(&action).await.unwrap().phase, Phase::Withdrawn);
    let shop = shop.restart().await;
    assert_eq!(shop.sees(&conversation).await, seen, "a restart changes nothing");
    shop.gate.hand_back(&conversation, shop.person.clone()).await.unwrap();
    shop.agents.at_rest().await;
    assert!(said(&shop.sees(&conversation).await) > before);
    assert!(shop.books.lock().unwrap().refunds.is_empty());
}

#[tokio::test]
async fn what_a_person_answered_the_agent_does_not_answer_again() {
    let shop = Shop::open().await;
    let conversation = shop.begin().await;
    shop.writes(&conversation, "I would like my money back").await;
    let said = |seen: &[String]| count(seen, "agent: ");
    let before = said(&shop.sees(&conversation).await);
    assert_eq!(before, 2, "it asks for the order");
    shop.gate.take_over(&conversation, shop.person.clone()).await.unwrap();
    shop.writes(&conversation, "is there a person?").await;
    let answer = |text: &str, client: &str, seen: u64| countersign_gate::Answer {
        conversation: conversation.clone(),
        by: shop.person.clone(),
        text: text.into(),
        seen,
        client: client.into(),
    };
    let seen = shop.gate.records().log().size();
    shop.writes(&conversation, "hello").await;
    shop.gate.answer(answer("Marta here, a person.", "1", seen)).await.unwrap();
    let heard = shop.sees(&conversation).await;
    assert_eq!(&heard[heard.len() - 1], "Person", "{heard:#?}");
    assert_eq!(count(&heard, "PersonAnswers"), 1);
    shop.gate.hand_back(&conversation, shop.person.clone()).await.unwrap();
    shop.agents.at_rest().await;
    let heard = shop.sees(&conversation).await;
    assert_eq!(count(&heard, "AgentAnswers"), 1);
    // The greeting came behind what the person had on screen: it alone waits for the agent.
    assert_eq!(count(&heard, "agent: Hello."), 1, "{heard:#?}");
    assert_eq!(count(&heard, "noted for a colleague"), 0, "{heard:#?}");
    let after = said(&heard);
    shop.gate.take_over(&conversation, shop.person.clone()).await.unwrap();
    shop.writes(&conversation, "my order number is 1042").await;
    shop.gate.answer(answer("All done.", "2", shop.gate.records().log().size())).await.unwrap();
    shop.gate.hand_back(&conversation, shop.person.clone()).await.unwrap();
    shop.agents.at_rest().await;
    assert_eq!(said(&shop.sees(&conversation).await), after, "all is answered, and the refund is not gone on with");
    let shop = shop.restart().await;
    assert_eq!(said(&shop.sees(&conversation).await), after, "a restart changes nothing");
}

#[tokio::test]
async fn who_writes_to_an_ended_conversation_is_answered_as_if_nothing_had_been_left_open() {
    let shop = Shop::open().await;
    let conversation = shop.begin().await;
    shop.writes(&conversation, "I would like my money back").await;
    shop.chat().done(&conversation).await.unwrap();
    shop.writes(&conversation, "hello").await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(count(&seen, "agent: Hello."), 1, "it does not go on about an order: {seen:#?}");
    assert_eq!((count(&seen, "Closed"), count(&seen, "Reopened")), (1, 1), "{seen:#?}");
    shop.gate.take_over(&conversation, shop.person.clone()).await.unwrap();
    shop.writes(&conversation, "thanks, that is all").await;
    let resolution = countersign_gate::Resolution {
        conversation: conversation.clone(),
        by: shop.person.clone(),
        code: countersign_domain::conversation::ResolutionCode::Solved,
        note: "Nothing more to do.".into(),
        seen: shop.gate.records().log().size(),
    };
    let said = count(&shop.sees(&conversation).await, "agent: ");
    shop.gate.resolve(resolution).await.unwrap();
    shop.agents.at_rest().await;
    let shop = shop.restart().await;
    assert_eq!(count(&shop.sees(&conversation).await, "agent: "), said, "nobody answers into an end");
    shop.writes(&conversation, "I want to talk to a person").await;
    let seen = shop.sees(&conversation).await;
    let noted = count(&seen, "agent: I have noted for a colleague");
    assert_eq!((noted, count(&seen, "Noted"), count(&seen, "agent: ")), (1, 1, said + 3), "one answer: {seen:#?}");
}

/// What customers of other desks suffer: told that they are put through, and nobody knows of it.
#[tokio::test]
async fn nobody_is_told_of_a_colleague_before_the_colleagues_queue_has_them() {
    let shop = Shop::open().await;
    let conversation = shop.begin().await;
    shop.writes(&conversation, "I want to talk to a person").await;
    let (_, events) = shop.gate.records().conversation(&conversation).await.unwrap();
    let noted = |event: &ConversationEvent| matches!(event, ConversationEvent::Escalated { .. });
    let at = events.iter().position(|e| noted(&e.event().unwrap())).expect("it is noted");
    let told =
        events.iter().position(|e| e.text("text").is_some_and(|text| text.contains("I have noted for a colleague")));
    let (told, stored) = (told.expect("they are told"), |at: usize| events[at].stored.envelope.clone());
    let ends = events.iter().position(|e| matches!(e.event().unwrap(), ConversationEvent::Turned(_))).unwrap();
    assert!(told < at && at < ends, "both stand in the one append of the turn");
    assert_eq!(stored(told).recorded_at, stored(at).recorded_at);
}

#[tokio::test]
async fn many_conversations_are_each_answered_once() {
    let shop = Shop::open().await;
    let mut all = Vec::new();
    for _ in 0..40 {
        all.push(shop.begin().await);
    }
    let writing: Vec<_> = all
        .iter()
        .map(|id| {
            let (chat, id) = (shop.chat(), id.clone());
            tokio::spawn(async move { chat.receive(&id, "I want a refund", None).await.unwrap() })
        })
        .collect();
    for task in writing {
        task.await.unwrap();
    }
    shop.agents.at_rest().await;
    for id in &all {
        let seen = shop.sees(id).await;
        assert_eq!((seen.len(), count(&seen, "What is the order number")), (3, 1), "{seen:#?}");
    }
}

#[tokio::test]
async fn an_agent_goes_on_from_where_it_left_off_without_reading_what_lies_before() {
    let shop = Shop::open().await;
    let (conversation, action) = shop.held().await;
    let quiet = shop.begin().await;
    shop.writes(&quiet, "hello").await;
    let left = shop.agents.left_off(LeftOff::default()).await.unwrap();
    assert!(left.unfinished.is_empty(), "every actor rests, and there is nothing left to do: {left:?}");
    assert_eq!(left.open.actions().map(|(id, _)| id).collect::<Vec<_>>(), [&action]);
    // Decided and carried out while no agent was there.
    shop.agents.shutdown().await;
    shop.decide(&action, Choice::Approve, None).await;
    shop.over(&action).await;
    let shop = shop.restart_from(left).await;
    let seen = shop.sees(&conversation).await;
    assert_eq!(count(&seen, "€129.00 for order 1042 is on its way back"), 1, "{seen:#?}");
    assert_eq!(count(&shop.sees(&quiet).await, "agent: Hello."), 1);
    shop.writes(&conversation, "thanks").await;
}

#[tokio::test]
async fn what_an_agent_was_kept_from_doing_is_done_after_a_restart() {
    let shop = Shop::open().await;
    let (stopped, late) = (shop.begin().await, shop.begin().await);
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.writes(&stopped, "hello").await;
    shop.agents.shutdown().await;
    // Heard by nobody: the agents have ended.
    shop.chat().receive(&late, "hello", None).await.unwrap();
    let left = shop.agents.left_off(LeftOff::default()).await.unwrap();
    assert_eq!(left.unfinished.iter().collect::<Vec<_>>(), [&stopped], "the other one lies behind its position");
    shop.gate.resume(shop.person.clone()).await.unwrap();
    let shop = shop.restart_from(left).await;
    for conversation in [stopped, late] {
        let seen = shop.sees(&conversation).await;
        assert_eq!(count(&seen, "agent: Hello."), 1, "{seen:#?}");
    }
}
