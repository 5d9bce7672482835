//! Invariant 11: after a takeover nothing of the agent is said, asked for or started, whatever was under way.

use crate::limits::{held_in, of_customer};
use crate::replies::reply;
use crate::shop::{Shop, refund, wish};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::{Assurance, ConversationEvent, TakeoverError};
use countersign_domain::event::Draft;
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_domain::person::{PersonEvent, Role};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;
use countersign_gate::Answer;
use countersign_gate::error::GateError;
use countersign_gate::proposal::Proposal;
use std::sync::Arc;

/// What the log says of an agent in a conversation behind its takeover, up to its hand back.
async fn of_agent_after_takeover(shop: &Shop, id: &ConversationId) -> Vec<String> {
    let (conversation, events) = shop.gate.records().conversation(id).await.unwrap();
    let mut all = events;
    for (action, _) in &conversation.actions {
        all.extend(shop.gate.records().action(action).await.unwrap().events);
    }
    let place = |kind: &str| all.iter().map(|e| &e.stored.envelope).find(|e| e.kind == kind).map(|e| e.position);
    let taken = place("conversation.taken_over").expect("it was taken over");
    let back = place("conversation.handed_back").unwrap_or(u64::MAX);
    let says =
        ["conversation.replied", "conversation.turned", "conversation.proposed", "action.allowed", "action.started"];
    let after = all.iter().map(|e| &e.stored.envelope).filter(|e| e.position > taken && e.position < back);
    after.filter(|e| says.contains(&e.kind.as_str())).map(|e| format!("{} {}", e.position, e.kind)).collect()
}

async fn speaks(shop: Arc<Shop>, id: ConversationId) {
    for _ in 0..12 {
        match reply(&shop, &id, vec![]).await {
            Ok(()) | Err(GateError::Moved) => tokio::task::yield_now().await,
            Err(_) => return,
        }
    }
}

async fn asks(shop: Arc<Shop>, id: ConversationId, customer: String, minor: i64) {
    let mut arguments = refund(minor);
    arguments["order_number"] = format!("{customer}/{minor}").into();
    let arguments = arguments.to_string();
    for _ in 0..12 {
        let seen = shop.seen(&id).await;
        match shop.gate.propose(Proposal { arguments: arguments.clone(), ..wish(id.clone(), seen, minor) }).await {
            Ok(_) | Err(GateError::Moved) => tokio::task::yield_now().await,
            Err(_) => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_races_with_a_takeover_no_segment_and_no_start_of_the_agent_follows_it() {
    let shop = Arc::new(Shop::open().await);
    for round in 0..40_u64 {
        let customer = format!("C-{round}");
        let id = shop.conversation_of("chat", Assurance::Verified, &customer).await;
        let held = shop.refund_of(&id, &customer, 12_900).await;
        let signed = shop.sign(&held.action, Choice::Approve, None).await;
        let mut tasks = vec![
            tokio::spawn(speaks(shop.clone(), id.clone())),
            tokio::spawn(asks(shop.clone(), id.clone(), customer.clone(), 100)),
            tokio::spawn(asks(shop.clone(), id.clone(), customer, 6_000)),
        ];
        let (gate, taken, person) = (shop.gate.clone(), id.clone(), shop.person.clone());
        let decides = shop.gate.clone();
        tasks.push(tokio::spawn(async move {
            let _ = decides.decide(signed).await;
        }));
        // The takeover comes in wherever the log has grown by then: another place in every round.
        let until = shop.log.size() + round % 9;
        tasks.push(tokio::spawn({
            let log = shop.log.clone();
            async move {
                if round % 9 > 0 {
                    log.grown_beyond(until - 1).await;
                }
                gate.take_over(&taken, person).await.unwrap();
            }
        }));
        for task in tasks {
            task.await.unwrap();
        }
        let found = of_agent_after_takeover(&shop, &id).await;
        assert!(found.is_empty(), "round {round}: {found:?}");
    }
}

#[tokio::test]
async fn what_the_agent_waits_for_is_taken_back_with_the_takeover_and_frees_what_it_had_reserved() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    let (held, approved) = (shop.refund(&id, 12_900).await, shop.refund(&id, 6_000).await);
    let other = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.decide(&approved.action, Choice::Approve).await.unwrap();
    let name = of_customer(&shop, "C-2001");
    assert_eq!(held_in(&shop, &name).await.minor_30d, 6_000);
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    for action in [&held.action, &approved.action] {
        assert_eq!(shop.gate.report(action).await.unwrap().phase, Phase::Withdrawn);
    }
    assert_eq!(held_in(&shop, &name).await.minor_30d, 0);
    assert!(shop.gate.decide(signed).await.is_err(), "what was taken back cannot be decided");
    shop.gate.resume(shop.person.clone()).await.unwrap();
    let shop = shop.restart().await;
    assert!(shop.refunds().is_empty());
    assert_eq!(shop.gate.report(&other.action).await.unwrap().phase, Phase::Held, "other conversations go on");
}

#[tokio::test]
async fn the_agent_is_silent_until_whoever_has_the_conversation_hands_it_back() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    let taken = |error: GateError| matches!(error, GateError::Takeover(TakeoverError::TakenOver));
    assert!(taken(reply(&shop, &id, vec![]).await.unwrap_err()));
    let asked = shop.propose_text(&id, "crm.find_order", r#"{"order_number":"1042","postcode":"46001"}"#.into()).await;
    assert!(taken(asked.unwrap_err()), "not even a read");
    let again = shop.gate.take_over(&id, shop.person.clone()).await;
    assert!(matches!(again, Err(GateError::Takeover(TakeoverError::AlreadyTheirs))));
    let (colleague, _) = shop.colleague().await;
    let foreign = shop.gate.hand_back(&id, colleague.clone()).await;
    assert!(matches!(foreign, Err(GateError::Takeover(TakeoverError::NotTheirs))));
    shop.gate.take_over(&id, colleague.clone()).await.unwrap();
    shop.gate.hand_back(&id, colleague).await.unwrap();
    reply(&shop, &id, vec![]).await.unwrap();
    assert_eq!(of_agent_after_takeover(&shop, &id).await, Vec::<String>::new());
}

#[tokio::test]
async fn taking_over_is_for_supervisors_and_escalation_handlers() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Claimed).await;
    for (role, may) in [
        (Role::Supervisor, true),
        (Role::EscalationHandler, true),
        (Role::Compliance, false),
        (Role::Administrator, false),
    ] {
        let person = PersonId::random(shop.entropy.as_ref());
        let enrolled = Draft::open(&PersonEvent::Enrolled { person: person.clone(), roles: vec![role] });
        let (records, stream) = (shop.gate.records(), StreamName::person(&person));
        let key = records.sealing().take_key().unwrap();
        let event = records.seal(enrolled, &stream, &key, &Actor::Station, None).unwrap();
        let writes = vec![Write { stream, expected: 0, events: vec![event] }];
        shop.trail.was_written_behind_the_gate();
        shop.log.append(Append { guards: Vec::new(), writes }).await.unwrap();
        let taken = shop.gate.take_over(&id, person).await;
        assert_eq!(taken.is_ok(), may, "{role:?}: {taken:?}");
        assert!(may || matches!(taken, Err(GateError::NotAllowed(_))));
    }
}

#[tokio::test]
async fn a_person_s_reply_goes_out_once_while_they_have_the_word_and_in_nobody_else_s_name() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    let by = shop.person.clone();
    let answer = |client: &str, seen: u64| Answer {
        conversation: id.clone(),
        by: by.clone(),
        text: "Marta here, a person. Card 4111 1111 1111 1111?".into(),
        seen,
        client: client.into(),
    };
    let theirs = |error: GateError| matches!(error, GateError::Takeover(TakeoverError::NotTheirs));
    assert!(theirs(shop.gate.answer(answer("1", 0)).await.unwrap_err()), "the agent has the word");
    shop.gate.take_over(&id, by.clone()).await.unwrap();
    let (colleague, _) = shop.colleague().await;
    let stranger = Answer { by: colleague.clone(), ..answer("2", 0) };
    assert!(theirs(shop.gate.answer(stranger).await.unwrap_err()), "somebody else has it");
    shop.gate.stop(by.clone()).await.unwrap();
    let position = shop.gate.answer(answer("1", shop.log.size())).await.expect("a stop silences agents, not people");
    assert_eq!(shop.gate.answer(answer("1", 0)).await.unwrap(), position, "sent again it is the same reply");
    let (state, events) = shop.gate.records().conversation(&id).await.unwrap();
    assert_eq!((state.replies, state.answered), (1, state.messages));
    let stored = events.iter().find(|e| e.stored.envelope.position == position).unwrap();
    assert_eq!(stored.text("text"), Some("Marta here, a person. Card •••• •••• •••• 1111?"));
    shop.gate.take_over(&id, colleague.clone()).await.unwrap();
    assert!(theirs(shop.gate.answer(answer("3", 0)).await.unwrap_err()), "it was taken from them");
    shop.gate.hand_back(&id, colleague.clone()).await.unwrap();
    let late = Answer { by: colleague, ..answer("4", 0) };
    assert!(theirs(shop.gate.answer(late).await.unwrap_err()), "a hand back ends it");
    assert_eq!(shop.gate.answer(answer("1", 0)).await.unwrap(), position, "what is stored stays told as stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_races_for_the_word_every_reply_is_of_the_one_who_had_it() {
    let shop = Arc::new(Shop::open().await);
    let id = shop.conversation(Assurance::Verified).await;
    let (colleague, _) = shop.colleague().await;
    let works = |by: PersonId| {
        let (shop, id) = (shop.clone(), id.clone());
        tokio::spawn(async move {
            for round in 0..30 {
                let _ = shop.gate.take_over(&id, by.clone()).await;
                let (text, client) = ("Hello.".to_owned(), format!("{by} {round}"));
                let _ =
                    shop.gate.answer(Answer { conversation: id.clone(), by: by.clone(), text, seen: 0, client }).await;
                if round % 3 == 0 {
                    let _ = shop.gate.hand_back(&id, by.clone()).await;
                }
            }
        })
    };
    for task in [works(shop.person.clone()), works(colleague)] {
        task.await.unwrap();
    }
    let (_, events) = shop.gate.records().conversation(&id).await.unwrap();
    let (mut word, mut replies) = (None, 0);
    for opened in &events {
        match opened.event().unwrap() {
            ConversationEvent::TakenOver { by } => word = Some(by),
            ConversationEvent::HandedBack { .. } => word = None,
            ConversationEvent::Answered(answered) => {
                replies += 1;
                assert_eq!(word.as_ref(), Some(&answered.by));
            }
            _ => {}
        }
    }
    assert!(replies > 0);
}
