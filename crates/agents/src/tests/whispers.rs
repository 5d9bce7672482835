//! Whispers over the real gate: obeyed once, whatever restarts, and heard by nobody but the agent.

use super::shop::Shop;
use countersign_domain::conversation::{ConversationEvent, WhisperScope};
use countersign_domain::ids::ConversationId;
use countersign_gate::Whispering;

async fn whisper(shop: &Shop, id: &ConversationId, text: &str) {
    let whispering = Whispering {
        conversation: id.clone(),
        by: shop.person.clone(),
        text: text.to_owned(),
        scope: WhisperScope::NextReply,
        client: text.to_owned(),
    };
    shop.gate.whisper(whispering).await.unwrap();
    shop.agents.at_rest().await;
}

async fn receipts(shop: &Shop, id: &ConversationId) -> Vec<(u32, bool, String)> {
    let (_, events) = shop.gate.records().conversation(id).await.unwrap();
    let receipt = |opened: &countersign_gate::records::OpenedEvent| match opened.event() {
        Ok(ConversationEvent::WhisperReceipted(receipt)) => {
            Some((receipt.number, receipt.followed, opened.text("note").unwrap_or_default().to_owned()))
        }
        _ => None,
    };
    events.iter().filter_map(receipt).collect()
}

#[tokio::test]
async fn a_whisper_is_followed_to_a_card_that_says_so_and_the_customer_reads_no_word_of_it() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    shop.writes(&id, "hello").await;
    whisper(&shop, &id, "I want a refund, quietly").await;
    let seen = shop.sees(&id).await;
    assert!(seen.last().unwrap().contains("order"), "{seen:#?}");
    assert!(seen.iter().all(|line| !line.contains("quietly")), "{seen:#?}");
    assert_eq!(receipts(&shop, &id).await, [(1, true, "It goes on with: refund.".to_owned())]);
    shop.writes(&id, "The rucksack of 1042 arrived torn. 46001").await;
    let (conversation, _) = shop.gate.records().conversation(&id).await.unwrap();
    let (action, tool) = conversation.actions.last().unwrap();
    assert_eq!(tool, "crm.issue_refund");
    let (card, record) = shop.gate.card(action).await.unwrap();
    assert_eq!(record.action.proposed.whisper.map(|whisper| whisper.by), Some(shop.person.clone()));
    let whisper = card.requester.whisper.unwrap();
    assert_eq!((whisper.person.as_str(), whisper.text.as_str()), ("Marta", "I want a refund, quietly"));
    assert!(card.claim.unwrap().contains("colleague whispered"));
    assert!(card.rules.iter().any(|rule| rule.id == "whispered"), "{:?}", card.rules);
}

#[tokio::test]
async fn a_whisper_that_was_stored_before_a_crash_is_obeyed_once() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    shop.writes(&id, "hello").await;
    shop.agents.shutdown().await;
    whisper(&shop, &id, "I want a refund").await;
    assert!(receipts(&shop, &id).await.is_empty());
    let shop = shop.restart().await;
    let (receipted, seen) = (receipts(&shop, &id).await, shop.sees(&id).await);
    assert_eq!(receipted.len(), 1);
    let shop = shop.restart().await;
    assert_eq!((receipts(&shop, &id).await, shop.sees(&id).await), (receipted, seen));
}

#[tokio::test]
async fn what_cannot_be_followed_is_receipted_and_changes_nothing() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    shop.writes(&id, "hello").await;
    let before = shop.sees(&id).await;
    whisper(&shop, &id, "be a little warmer, please").await;
    assert_eq!(shop.sees(&id).await, before);
    let receipted = receipts(&shop, &id).await;
    assert!(!receipted[0].1 && receipted[0].2.contains("fits nothing"), "{receipted:?}");
}
