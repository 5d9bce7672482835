//! Escalating from a card: a colleague is called for once, while the action is held, and it stays held.

use crate::shop::Shop;
use countersign_domain::action::{ActionError, Choice, Phase};
use countersign_domain::conversation::{Assurance, ConversationError, EscalationReason, TakeoverError};
use countersign_domain::ids::ActionId;
use countersign_event_log::receipt::Receipt;
use countersign_gate::Escalation;
use countersign_gate::error::GateError;
use std::sync::Arc;

async fn call(shop: &Shop, action: &ActionId, note: &str) -> Result<Receipt, GateError> {
    let escalation = Escalation { action: action.clone(), by: shop.person.clone(), note: note.to_owned() };
    shop.gate.escalate(escalation).await
}

async fn asked_for(shop: &Shop, action: &ActionId) -> Vec<EscalationReason> {
    let of = shop.gate.records().action(action).await.unwrap().action.proposed.conversation;
    shop.gate.records().conversation(&of).await.unwrap().0.escalations
}

#[tokio::test]
async fn a_colleague_is_called_for_once_with_a_reason_and_the_action_stays_held_and_decidable() {
    let shop = Shop::open().await;
    let held = shop.held().await.action;
    for (note, why) in [("  ", ConversationError::Empty.into()), (&"x".repeat(501), TakeoverError::NoteTooLong(501))] {
        let refused = call(&shop, &held, note).await.unwrap_err();
        assert!(matches!(refused, GateError::Takeover(found) if found == why), "a note says why, and is bounded");
    }
    assert!(asked_for(&shop, &held).await.is_empty());

    let receipt = call(&shop, &held, " She pays with 4111 1111 1111 1111, call her. ").await.unwrap();
    assert_eq!(asked_for(&shop, &held).await, [EscalationReason::PulledBySupervisor]);
    assert_eq!(shop.gate.report(&held).await.unwrap().phase, Phase::Held);
    let of = shop.gate.records().action(&held).await.unwrap().action.proposed.conversation;
    let (_, events) = shop.gate.records().conversation(&of).await.unwrap();
    let position = receipt.events()[0].envelope.position;
    let stored = events.iter().find(|event| event.stored.envelope.position == position).unwrap();
    let note = stored.text("note").unwrap();
    assert!(note.starts_with("She pays with") && !note.contains("4111 1111"), "{note}");
    assert!(!stored.stored.envelope.open.to_string().contains("pays"), "the words are sealed");

    let again = call(&shop, &held, "Me too.").await.unwrap_err();
    let known = TakeoverError::AlreadyEscalated(EscalationReason::PulledBySupervisor);
    assert!(matches!(again, GateError::Takeover(found) if found == known));
    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.reaches(&held, Phase::Succeeded).await;
}

#[tokio::test]
async fn nobody_is_called_for_what_is_decided_or_where_a_person_is_or_where_it_has_ended() {
    let shop = Shop::open().await;
    let decided = shop.held().await.action;
    shop.decide(&decided, Choice::Reject).await.unwrap();
    let late = call(&shop, &decided, "Call them.").await.unwrap_err();
    assert!(matches!(late, GateError::Action(ActionError::WrongPhase { phase: Phase::Rejected, .. })));
    assert!(asked_for(&shop, &decided).await.is_empty());

    let conversation = shop.conversation_of("chat", Assurance::Verified, "C-7").await;
    let held = shop.refund_of(&conversation, "C-7", 12_900).await.action;
    call(&shop, &held, "Call them.").await.unwrap();
    shop.gate.take_over(&conversation, shop.person.clone()).await.unwrap();
    let taken_back = shop.gate.report(&held).await.unwrap().phase;
    assert_eq!(taken_back, Phase::Withdrawn, "whoever takes it over takes it back, as ever");
    shop.gate.hand_back(&conversation, shop.person.clone()).await.unwrap();
    assert!(asked_for(&shop, &held).await.is_empty(), "a person was there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_races_a_call_is_stored_only_while_the_action_is_held_and_once() {
    let shop = Arc::new(Shop::open().await);
    let mut called = 0;
    for round in 0..30_u32 {
        let customer = format!("C-{round}");
        let conversation = shop.conversation_of("chat", Assurance::Verified, &customer).await;
        let held = shop.refund_of(&conversation, &customer, 12_900).await.action;
        let signed = shop.sign(&held, Choice::Reject, None).await;
        let calls = [1, 2].map(|_| {
            let (shop, held) = (shop.clone(), held.clone());
            tokio::spawn(async move { call(&shop, &held, "Call them.").await })
        });
        let decides = shop.gate.clone();
        let decision = tokio::spawn(async move { decides.decide(signed).await });
        decision.await.unwrap().unwrap();
        let mut stored = Vec::new();
        for tried in calls {
            match tried.await.unwrap() {
                Ok(receipt) => stored.push(receipt.events()[0].envelope.position),
                Err(GateError::Action(ActionError::WrongPhase { .. }) | GateError::Takeover(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert!(stored.len() <= 1, "one call is enough: {stored:?}");
        let record = shop.gate.records().action(&held).await.unwrap();
        let decided = record.events.last().unwrap().stored.envelope.position;
        assert!(stored.iter().all(|position| *position < decided), "{stored:?} behind {decided}");
        called += stored.len();
    }
    assert!(called > 0, "in no round was the call first");
}
