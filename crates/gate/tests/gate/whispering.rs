//! Invariants 1, 2 and 11 for whispers: only while the agent has the word, no way round the gate, and nobody decides on
//! what they whispered for.

use crate::shop::{Shop, reasoner, refund, wish};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::{
    Assurance, ConversationEvent, LONGEST_WHISPER_CHARS, MOST_WHISPERS, TakeoverError, WhisperScope,
};
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_gate::error::GateError;
use countersign_gate::proposal::{Proposal, Receipt};
use countersign_gate::{Resolution, Whispering};

fn whisper(conversation: &ConversationId, by: &PersonId, text: &str) -> Whispering {
    let (by, client) = (by.clone(), text.to_owned());
    Whispering { conversation: conversation.clone(), by, text: text.into(), scope: WhisperScope::NextReply, client }
}

fn receipt(number: u32, followed: bool) -> Receipt {
    Receipt { number, followed, intent: None, confidence_permille: 900, note: "So it is.".into() }
}

async fn receipts(shop: &Shop, id: &ConversationId, receipts: &[Receipt]) -> Result<(), GateError> {
    shop.gate.receipt(id, shop.seen(id).await, "refunds", &reasoner(), receipts).await
}

/// Two people, and a conversation of a verified customer in which the first one whispered.
async fn whispered() -> (Shop, ConversationId) {
    let shop = Shop::open_with_two().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.gate.whisper(whisper(&id, &shop.person, "Refund it.")).await.unwrap();
    (shop, id)
}

async fn by_whisper(
    shop: &Shop,
    id: &ConversationId,
    minor: i64,
    receipts: Vec<Receipt>,
) -> Result<countersign_gate::report::ActionReport, GateError> {
    let wanted = wish(id.clone(), shop.seen(id).await, minor);
    shop.gate.propose(Proposal { whisper: Some(1), receipts, ..wanted }).await
}

#[tokio::test]
async fn a_whisper_is_stored_once_sealed_and_gets_one_receipt() {
    let (shop, id) = whispered().await;
    let size = shop.log.size();
    let again = shop.gate.whisper(whisper(&id, &shop.person, "Refund it.")).await.unwrap();
    assert_eq!((again, shop.log.size()), (size - 1, size));
    shop.gate.whisper(whisper(&id, &shop.person, "The card is 4111 1111 1111 1111.")).await.unwrap();
    let (_, events) = shop.gate.records().conversation(&id).await.unwrap();
    let last = events.last().unwrap();
    assert!(!last.text("text").unwrap().contains("4111 1111"), "masked like every word");
    assert!(!format!("{:?}", last.stored.envelope).contains("card"), "sealed");
    receipts(&shop, &id, &[receipt(1, false)]).await.unwrap();
    let twice = receipts(&shop, &id, &[receipt(1, true)]).await;
    assert!(matches!(twice, Err(GateError::Takeover(TakeoverError::NoWhisper))), "{twice:?}");
    let none = receipts(&shop, &id, &[receipt(9, true)]).await;
    assert!(matches!(none, Err(GateError::Takeover(TakeoverError::NoWhisper))), "{none:?}");
}

#[tokio::test]
async fn nobody_whispers_where_no_agent_has_the_word_or_what_cannot_be_read() {
    let (shop, id) = whispered().await;
    for text in ["  ", &"x".repeat(LONGEST_WHISPER_CHARS + 1)] {
        assert!(shop.gate.whisper(whisper(&id, &shop.person, text)).await.is_err());
    }
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    let size = shop.log.size();
    for by in [&shop.person, &shop.second.as_ref().unwrap().0] {
        let late = shop.gate.whisper(whisper(&id, by, "Too late.")).await;
        assert!(matches!(late, Err(GateError::Takeover(TakeoverError::TakenOver))), "{late:?}");
    }
    let receipted = receipts(&shop, &id, &[receipt(1, true)]).await;
    assert!(matches!(receipted, Err(GateError::Takeover(TakeoverError::TakenOver))), "{receipted:?}");
    assert_eq!(shop.log.size(), size);
    shop.gate.hand_back(&id, shop.person.clone()).await.unwrap();
    let behind = receipts(&shop, &id, &[receipt(1, true)]).await;
    assert!(matches!(behind, Err(GateError::Takeover(TakeoverError::NoWhisper))), "it counts no more: {behind:?}");
    let by = by_whisper(&shop, &id, 2_000, vec![]).await;
    assert!(matches!(by, Err(GateError::Takeover(TakeoverError::NoWhisper))), "{by:?}");
    for n in 1..MOST_WHISPERS {
        shop.gate.whisper(whisper(&id, &shop.person, &n.to_string())).await.unwrap();
    }
    let many = shop.gate.whisper(whisper(&id, &shop.person, "One more.")).await;
    assert!(matches!(many, Err(GateError::Takeover(TakeoverError::TooManyWhispers))), "{many:?}");
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    let end = Resolution {
        conversation: id.clone(),
        by: shop.person.clone(),
        code: countersign_domain::conversation::ResolutionCode::Solved,
        note: "Done.".into(),
        seen: shop.log.size(),
    };
    shop.gate.resolve(end).await.unwrap();
    assert!(shop.gate.whisper(whisper(&id, &shop.person, "It has ended.")).await.is_err());
}

#[tokio::test]
async fn what_is_whispered_for_is_never_let_through_by_rules_alone_and_whoever_whispered_does_not_decide_on_it() {
    let (shop, id) = whispered().await;
    let size = shop.log.size();
    for receipts in [vec![], vec![receipt(1, false)]] {
        let unsaid = by_whisper(&shop, &id, 2_000, receipts).await;
        assert!(matches!(unsaid, Err(GateError::Takeover(TakeoverError::NoWhisper))), "{unsaid:?}");
    }
    assert_eq!(shop.log.size(), size);
    let held = by_whisper(&shop, &id, 2_000, vec![receipt(1, true)]).await.unwrap();
    assert_eq!(held.phase, Phase::Held, "what a rule lets through otherwise");
    for choice in [Choice::Approve, Choice::Reject] {
        let own = shop.decide(&held.action, choice).await;
        assert!(matches!(own, Err(GateError::NotAllowed(_))), "{own:?}");
    }
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert_eq!(card.requester.whisper.unwrap().text, "Refund it.");
    let signed = shop.sign_as(shop.second.as_ref().unwrap(), &held.action).await;
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [2_000]);
    // A read by a whisper is a read.
    let wanted = wish(id.clone(), shop.seen(&id).await, 0);
    let (tool, arguments) = ("crm.get_order".to_owned(), r#"{"order_number":"1042"}"#.to_owned());
    let read = shop.gate.propose(Proposal { whisper: Some(1), tool, arguments, ..wanted }).await.unwrap();
    assert_ne!(read.phase, Phase::Held, "{read:?}");
}

#[tokio::test]
async fn an_override_of_what_was_whispered_for_is_held_all_the_same_and_one_alone_decides_on_everything() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.gate.whisper(whisper(&id, &shop.person, "Refund it.")).await.unwrap();
    let held = by_whisper(&shop, &id, 12_900, vec![receipt(1, true)]).await.unwrap();
    let judged = shop.gate.judge_override(&held.action, &refund(1_000)).await.unwrap();
    assert!(judged.verdict.unwrap().rules.iter().any(|rule| rule.id == "whispered"));
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_races_with_a_takeover_no_whisper_and_no_receipt_follows_it() {
    let shop = std::sync::Arc::new(Shop::open().await);
    for round in 0..20_u64 {
        let id = shop.conversation(Assurance::Verified).await;
        shop.gate.whisper(whisper(&id, &shop.person, "First.")).await.unwrap();
        let whispers = {
            let (shop, id) = (shop.clone(), id.clone());
            tokio::spawn(async move {
                for n in 0..8 {
                    let _ = shop.gate.whisper(whisper(&id, &shop.person, &format!("{round} {n}"))).await;
                }
            })
        };
        let answers = {
            let (shop, id) = (shop.clone(), id.clone());
            tokio::spawn(async move {
                for n in 1..9 {
                    let _ = receipts(&shop, &id, &[receipt(n, true)]).await;
                }
            })
        };
        shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
        let _ = tokio::join!(whispers, answers);
        let (_, events) = shop.gate.records().conversation(&id).await.unwrap();
        let last = events.last().unwrap().event().unwrap();
        assert!(matches!(last, ConversationEvent::TakenOver { .. }), "round {round}: {last:?}");
    }
}
