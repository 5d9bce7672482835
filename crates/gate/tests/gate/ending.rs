//! How conversations end: by whoever has the word, by nobody's word for long, and never while something is under way.

use crate::replies::reply;
use crate::server::Fault;
use crate::settling::unknown;
use crate::shop::Shop;
use countersign_domain::action::Choice;
use countersign_domain::conversation::{
    Assurance, Conversation, ConversationError, ConversationEvent, ResolutionCode, TakeoverError,
};
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_event_log::envelope::Actor;
use countersign_gate::Resolution;
use countersign_gate::error::GateError;
use std::time::Duration;

const HALF_AN_HOUR: Duration = Duration::from_secs(1_800);

fn resolution(shop: &Shop, id: &ConversationId, by: &PersonId) -> Resolution {
    Resolution {
        conversation: id.clone(),
        by: by.clone(),
        code: ResolutionCode::Solved,
        note: "A new buckle was sent.".into(),
        seen: shop.log.size(),
    }
}

async fn state(shop: &Shop, id: &ConversationId) -> Conversation {
    shop.gate.records().conversation(id).await.unwrap().0
}

/// The customer writes.
async fn writes(shop: &Shop, id: &ConversationId, text: &str) {
    let state = state(shop, id).await;
    let drafts = state.hear(text, None).unwrap().unwrap();
    let actor = Actor::Customer(id.to_string());
    shop.gate.records().append_conversation(id, state.version, drafts, actor).await.unwrap();
}

#[tokio::test]
async fn a_person_ends_what_they_have_read_and_a_message_takes_it_up_again() {
    let shop = Shop::open().await;
    let (id, by) = (shop.conversation(Assurance::Verified).await, shop.person.clone());
    let theirs = shop.gate.resolve(resolution(&shop, &id, &by)).await;
    assert!(matches!(theirs, Err(GateError::Takeover(TakeoverError::NotTheirs))), "{theirs:?}");
    shop.gate.take_over(&id, by.clone()).await.unwrap();
    let before = resolution(&shop, &id, &by);
    writes(&shop, &id, "And the strap, too?").await;
    let unread = shop.gate.resolve(before).await;
    assert!(matches!(unread, Err(GateError::Takeover(TakeoverError::Unread))), "{unread:?}");
    let position = shop.gate.resolve(resolution(&shop, &id, &by)).await.unwrap().events()[0].envelope.position;
    let (ended, events) = shop.gate.records().conversation(&id).await.unwrap();
    assert!(ended.closed && ended.taken_over.is_none());
    let stored = events.iter().find(|event| event.stored.envelope.position == position).unwrap();
    assert_eq!(stored.text("note"), Some("A new buckle was sent."));
    let silent = reply(&shop, &id, vec![]).await;
    assert!(matches!(silent, Err(GateError::Takeover(_) | GateError::Conversation(_))), "{silent:?}");
    writes(&shop, &id, "It came broken, too.").await;
    assert_eq!((state(&shop, &id).await.closed, state(&shop, &id).await.reopened), (false, 1));
    reply(&shop, &id, vec![]).await.expect("the agent has the word again");
}

#[tokio::test]
async fn nothing_ends_while_an_outcome_is_unknown() {
    let shop = Shop::open().await;
    let action = unknown(&shop, Fault::LostAfter).await;
    let id = shop.gate.records().action(&action).await.unwrap().action.proposed.conversation;
    let under_way = |result: Result<(), GateError>| {
        assert!(matches!(result, Err(GateError::Conversation(ConversationError::UnderWay))), "{result:?}");
    };
    under_way(shop.gate.records().close_for_customer(&id).await);
    shop.clock.advance(3_600);
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap());
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    under_way(shop.gate.resolve(resolution(&shop, &id, &shop.person)).await.map(drop));
    assert!(!state(&shop, &id).await.closed);
}

#[tokio::test]
async fn what_nobody_waits_in_ends_after_its_time_and_not_before() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Claimed).await;
    shop.clock.advance(1_799);
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap(), "a second is missing");
    writes(&shop, &id, "hello").await;
    shop.clock.advance(1_801);
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap(), "the customer waits for an answer");
    reply(&shop, &id, vec![]).await.unwrap();
    shop.clock.advance(1_800);
    assert!(shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap());
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap(), "it ends once");
}

/// What a person decides while everything is stopped no agent can tell: it has its time to do so afterwards.
#[tokio::test]
async fn nothing_ends_as_idle_while_everything_is_stopped_and_not_at_once_afterwards() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let id = shop.gate.records().action(&held.action).await.unwrap().action.proposed.conversation;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.decide(&held.action, Choice::Reject).await.unwrap();
    shop.clock.advance(7_200);
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap());
    shop.gate.resume(shop.person.clone()).await.unwrap();
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap());
    shop.clock.advance(1_800);
    assert!(shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap());
}

#[tokio::test]
async fn an_action_that_has_just_ended_keeps_a_conversation_open() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let id = shop.gate.records().action(&held.action).await.unwrap().action.proposed.conversation;
    shop.clock.advance(800);
    shop.decide(&held.action, Choice::Reject).await.unwrap();
    shop.clock.advance(1_100);
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap(), "the customer has not been told");
}

#[tokio::test]
async fn held_actions_keep_a_conversation_open() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let id = shop.gate.records().action(&held.action).await.unwrap().action.proposed.conversation;
    shop.clock.advance(3_600);
    assert!(!shop.gate.close_if_idle(&id, HALF_AN_HOUR).await.unwrap());
    let done = shop.gate.records().close_for_customer(&id).await;
    assert!(matches!(done, Err(GateError::Conversation(ConversationError::UnderWay))), "{done:?}");
}

#[tokio::test]
async fn a_promise_is_stored_sealed_and_a_colleague_keeps_it_after_the_end() {
    let shop = Shop::open().await;
    let (id, by) = (shop.conversation(Assurance::Verified).await, shop.person.clone());
    let (colleague, _) = shop.colleague().await;
    shop.gate.take_over(&id, by.clone()).await.unwrap();
    let due = Some(shop.clock.advance(0).plus_seconds(60));
    let foreign = shop.gate.promise(&id, colleague.clone(), "By Friday.", due).await;
    assert!(matches!(foreign, Err(GateError::Takeover(TakeoverError::NotTheirs))), "{foreign:?}");
    shop.gate.promise(&id, by.clone(), "The buckle reaches you by Friday.", due).await.unwrap();
    shop.gate.resolve(resolution(&shop, &id, &by)).await.unwrap();
    let late = shop.gate.promise(&id, by, "And a strap.", None).await;
    assert!(matches!(late, Err(GateError::Takeover(TakeoverError::NotLive(_)))), "{late:?}");
    shop.gate.keep_promise(&id, colleague.clone(), 1).await.unwrap();
    let twice = shop.gate.keep_promise(&id, colleague, 1).await;
    assert!(matches!(twice, Err(GateError::Takeover(TakeoverError::NoPromise))), "{twice:?}");
    let (_, events) = shop.gate.records().conversation(&id).await.unwrap();
    let promised = events.iter().find(|event| matches!(event.event(), Ok(ConversationEvent::Promised(_)))).unwrap();
    assert_eq!(promised.text("text"), Some("The buckle reaches you by Friday."));
    assert!(!format!("{:?}", promised.stored).contains("Friday"));
}

/// A decision that was under way when the conversation ended would reach nobody: there is none, for it takes the word.
#[tokio::test]
async fn a_takeover_leaves_nothing_that_could_start_behind_the_end() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let id = shop.gate.records().action(&held.action).await.unwrap().action.proposed.conversation;
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    shop.gate.resolve(resolution(&shop, &id, &shop.person)).await.unwrap();
    assert!(shop.gate.decide(signed).await.is_err());
    assert!(shop.server.books.lock().unwrap().refunds.is_empty());
}
