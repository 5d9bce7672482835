//! Replies are actions: guarded by the stop and by what they claim.

use crate::shop::{Shop, reasoner};
use countersign_domain::conversation::{Assurance, ConversationEvent, Reasoner, Turned};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_gate::error::GateError;
use countersign_gate::proposal::Reply;

pub(crate) async fn reply(shop: &Shop, conversation: &ConversationId, claims: Vec<ActionId>) -> Result<(), GateError> {
    worded(shop, conversation, reasoner(), &["€49.00 is on its way.", "Anything else?"], claims).await
}

/// The same in other words, worded by something else.
pub(crate) async fn worded(
    shop: &Shop,
    conversation: &ConversationId,
    reasoner: Reasoner,
    segments: &[&str],
    claims: Vec<ActionId>,
) -> Result<(), GateError> {
    let state = shop.gate.records().conversation(conversation).await?.0;
    let turn = Turned {
        turn: state.turns + 1,
        intent: "refund".into(),
        confidence_permille: 900,
        received_at: None,
        first_segment_at: None,
        last_segment_at: None,
        reasoner,
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: 0,
        currency: "EUR".into(),
        answered: state.messages,
        told: vec![],
    };
    let reply = Reply {
        conversation: conversation.clone(),
        seen: state.version,
        agent: "refunds".into(),
        segments: segments.iter().map(|segment| (*segment).to_owned()).collect(),
        claims,
        turn,
        escalate: None,
        receipts: Vec::new(),
    };
    shop.gate.reply(reply).await
}

#[tokio::test]
async fn a_reply_is_sent_by_being_stored_segment_by_segment_with_its_turn() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let done = shop.refund(&conversation, 4_900).await;
    reply(&shop, &conversation, vec![done.action]).await.unwrap();
    let (_, events) = shop.gate.records().conversation(&conversation).await.unwrap();
    let kinds: Vec<_> = events.iter().map(|e| e.stored.envelope.kind.as_str()).collect();
    let tail = ["conversation.proposed", "conversation.replied", "conversation.replied", "conversation.turned"];
    assert_eq!(&kinds[1..], tail);
    assert_eq!(events[2].text("text"), Some("€49.00 is on its way."));
    let ConversationEvent::Turned(turned) = events[4].event().unwrap() else { panic!("a turn") };
    assert!(turned.first_segment_at.is_some());
}

#[tokio::test]
async fn a_claim_without_a_succeeded_outcome_is_not_sent() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    assert!(matches!(reply(&shop, &conversation, vec![held.action]).await, Err(GateError::UnbackedClaim(_))));
    assert_eq!(shop.seen(&conversation).await, 1);
}

#[tokio::test]
async fn while_stopped_no_reply_goes_out() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    assert!(matches!(reply(&shop, &conversation, vec![]).await, Err(GateError::Stopped)));
    shop.gate.resume(shop.person.clone()).await.unwrap();
    reply(&shop, &conversation, vec![]).await.unwrap();
}
