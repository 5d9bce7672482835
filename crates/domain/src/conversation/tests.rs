//! Given events, when a command, then events: a conversation's bounds, its doubles, and that an ended one takes nothing.

use super::{
    Answered, Assurance, CloseReason, Conversation, ConversationError, ConversationEvent, EscalationReason,
    LONGEST_MESSAGE_CHARS, MOST_MESSAGES, MOST_REPLIES, Opened, Reasoner, Received, TakeoverError, Turned,
};
use crate::event::{self, Draft, Fields, fields};
use proptest::prelude::*;
use serde_json::json;

fn opened() -> Opened {
    Opened {
        conversation: "cnv_00000000000000000000000000000001".parse().unwrap(),
        channel: "chat".into(),
        assurance: Assurance::Claimed,
        customer: None,
        resume: "hash".into(),
    }
}

fn received(number: u32, client: Option<&str>) -> ConversationEvent {
    ConversationEvent::Received(Received { number, characters: 5, masked: 0, client: client.map(str::to_owned) })
}

fn turned(turn: u32, answered: u32) -> Turned {
    Turned {
        turn,
        intent: "refund".into(),
        confidence_permille: 900,
        received_at: None,
        first_segment_at: None,
        last_segment_at: None,
        reasoner: Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() },
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: 0,
        currency: "EUR".into(),
        answered,
        told: Vec::new(),
    }
}

/// An open conversation with this history.
fn given(events: impl IntoIterator<Item = ConversationEvent>) -> Conversation {
    let mut conversation = Conversation::default();
    conversation.apply(&ConversationEvent::Opened(opened()));
    for event in events {
        conversation.apply(&event);
    }
    conversation
}

/// The event of a draft, read back as a log would, with its sealed fields.
fn then(draft: Draft) -> (ConversationEvent, Fields) {
    (event::read(&draft.kind, draft.schema, &draft.open).unwrap(), draft.sealed)
}

fn after(mut conversation: Conversation, draft: Draft) -> Conversation {
    conversation.apply(&then(draft).0);
    conversation
}

#[test]
fn a_conversation_opens_once() {
    let sealed = fields([("name", json!("Ana Ruiz"))]);
    let draft = Conversation::default().open(opened(), sealed.clone()).unwrap();
    assert_eq!(then(draft), (ConversationEvent::Opened(opened()), sealed));
    assert_eq!(given([]).open(opened(), Fields::new()), Err(ConversationError::AlreadyOpen));
    assert_eq!(given([]).assurance(), Assurance::Claimed);
    assert_eq!(Conversation::default().assurance(), Assurance::Anonymous);
}

#[test]
fn nothing_is_taken_before_it_is_open() {
    let none = Conversation::default();
    assert_eq!(none.receive("Hello", None), Err(ConversationError::NotOpen));
    assert_eq!(none.turn(turned(1, 0)), Err(ConversationError::NotOpen));
    assert_eq!(none.escalate(EscalationReason::Denied, ""), Err(ConversationError::NotOpen));
    assert_eq!(none.close(CloseReason::Idle), Err(ConversationError::NotOpen));
}

#[test]
fn messages_are_numbered_trimmed_and_their_words_stand_only_in_the_sealed_part() {
    let draft = given([received(1, None)]).receive("  My parcel broke.\n", None).unwrap().unwrap();
    assert!(!draft.open.to_string().contains("parcel"));
    let (event, sealed) = then(draft);
    let expected = Received { number: 2, characters: 16, masked: 0, client: None };
    assert_eq!(event, ConversationEvent::Received(expected));
    assert_eq!(sealed, fields([("text", json!("My parcel broke."))]));
}

#[test]
fn card_numbers_are_masked_before_a_message_is_stored() {
    let draft = given([]).receive("Card 4111 1111 1111 1111 and 5500000000000004", None).unwrap().unwrap();
    let (event, sealed) = then(draft);
    assert!(matches!(event, ConversationEvent::Received(Received { masked: 2, .. })));
    assert_eq!(sealed["text"], json!("Card •••• •••• •••• 1111 and ••••••••••••0004"));
}

#[test]
fn a_message_is_bounded_in_characters_not_bytes() {
    let longest = "ñ".repeat(LONGEST_MESSAGE_CHARS);
    assert!(given([]).receive(&longest, None).unwrap().is_some());
    let longer = "ñ".repeat(LONGEST_MESSAGE_CHARS + 1);
    assert_eq!(given([]).receive(&longer, None), Err(ConversationError::TooLong(LONGEST_MESSAGE_CHARS + 1)));
    for empty in ["", " \n\t "] {
        assert_eq!(given([]).receive(empty, None), Err(ConversationError::Empty));
    }
}

#[test]
fn the_number_of_messages_is_bounded() {
    assert!(given([received(MOST_MESSAGES - 1, None)]).receive("Hello", None).unwrap().is_some());
    assert_eq!(given([received(MOST_MESSAGES, None)]).receive("Hello", None), Err(ConversationError::TooMany));
}

#[test]
fn the_same_message_sent_again_is_stored_once() {
    let first = given([]);
    let draft = first.receive("Hello", Some("a".into())).unwrap().unwrap();
    let conversation = after(first, draft);
    assert_eq!(conversation.receive("Hello", Some("a".into())), Ok(None));
    assert!(conversation.receive("Hello", Some("b".into())).unwrap().is_some());
    // Without an id of the client's, the same words are two messages.
    assert!(conversation.receive("Hello", None).unwrap().is_some());
    // A double of the last message that fitted is a double, not a refusal.
    let full = given([received(MOST_MESSAGES, Some("z"))]);
    assert_eq!(full.receive("Hello", Some("z".into())), Ok(None));
}

#[test]
fn each_reason_to_escalate_is_noted_once() {
    let reason = EscalationReason::AskedForPerson;
    let draft = given([]).escalate(reason, "They said so.").unwrap().unwrap();
    let (event, sealed) = then(draft.clone());
    assert_eq!((event, sealed), (ConversationEvent::Escalated { reason }, fields([("note", json!("They said so."))])));
    let conversation = after(given([]), draft);
    assert_eq!(conversation.escalate(reason, "Again."), Ok(None));
    assert!(conversation.escalate(EscalationReason::OutcomeUnknown, "").unwrap().is_some());
}

#[test]
fn behind_a_hand_back_the_same_reason_is_noted_anew_for_the_customer_is_told_so() {
    let by: crate::ids::PersonId = format!("per_{:032x}", 1).parse().unwrap();
    let reason = EscalationReason::AskedForPerson;
    let noted = given([ConversationEvent::Escalated { reason }, ConversationEvent::TakenOver { by: by.clone() }]);
    assert_eq!(noted.escalate(reason, ""), Ok(None));
    let mut back = noted;
    back.apply(&ConversationEvent::HandedBack { by });
    assert!(back.escalate(reason, "").unwrap().is_some());
    assert!(back.may_follow(&ConversationEvent::Escalated { reason }).is_ok());
}

#[test]
fn a_turn_closes_its_segments_and_says_what_it_answered() {
    let conversation = given([received(1, None), received(2, None)]);
    let draft = conversation.turn(turned(1, 2)).unwrap();
    let conversation = after(conversation, draft);
    assert_eq!((conversation.turns, conversation.answered, conversation.segments_in_turn), (1, 2, 0));
}

#[test]
fn a_person_writes_only_while_they_have_the_word_and_within_bounds() {
    let [one, other] = [1, 2].map(|n| format!("per_{n:032x}").parse::<crate::ids::PersonId>().unwrap());
    let answered = |number, by: &crate::ids::PersonId, answered| {
        ConversationEvent::Answered(Answered {
            action: "act_00000000000000000000000000000001".parse().unwrap(),
            by: by.clone(),
            number,
            characters: 5,
            masked: 0,
            answered,
            client: None,
            digest: "d".repeat(64),
            verdict: crate::verdict::Verdict {
                disposition: crate::verdict::Disposition::Allow,
                rules: vec![],
                approvers: 0,
                roles: vec![],
                devices: 0,
                policy_version: "1".into(),
            },
        })
    };
    let agents = given([received(1, None), received(2, None)]);
    assert_eq!(agents.words_of(&one, "Hello"), Err(TakeoverError::NotTheirs));
    assert!(agents.may_follow(&answered(1, &one, 1)).is_err());
    let mut taken = agents;
    taken.apply(&ConversationEvent::TakenOver { by: one.clone() });
    assert_eq!(taken.words_of(&other, "Hello"), Err(TakeoverError::NotTheirs));
    assert!(taken.may_follow(&answered(1, &other, 1)).is_err());
    assert_eq!(taken.words_of(&one, " 4111 1111 1111 1111 ").unwrap().text, "•••• •••• •••• 1111");
    assert_eq!(taken.words_of(&one, "  "), Err(ConversationError::Empty.into()));
    assert!(taken.words_of(&one, &"ñ".repeat(LONGEST_MESSAGE_CHARS + 1)).is_err());
    assert!(taken.may_follow(&answered(1, &one, 3)).is_err(), "it answers what nobody said");
    assert!(taken.may_follow(&answered(2, &one, 1)).is_err(), "the first is missing");
    taken.apply(&answered(1, &one, 1));
    assert_eq!((taken.answered, taken.replies), (1, 1), "the second message came too late to be read");
    taken.apply(&answered(MOST_REPLIES, &one, 2));
    assert_eq!(taken.words_of(&one, "More"), Err(TakeoverError::TooManyReplies));
}

#[test]
fn an_ended_conversation_takes_nothing() {
    let open = given([received(1, Some("a"))]);
    let draft = open.close(CloseReason::CustomerDone).unwrap();
    let ended = after(open, draft);
    assert_eq!(ended.receive("Hello", None), Err(ConversationError::Closed));
    assert_eq!(ended.receive("Hello", Some("a".into())), Err(ConversationError::Closed));
    assert_eq!(ended.turn(turned(1, 1)), Err(ConversationError::Closed));
    assert_eq!(ended.escalate(EscalationReason::Denied, ""), Err(ConversationError::Closed));
    assert_eq!(ended.close(CloseReason::Idle), Err(ConversationError::Closed));
    assert_eq!(ended.open(opened(), Fields::new()), Err(ConversationError::AlreadyOpen));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_words_of_a_message_reach_the_open_part(words in "[a-z]{12,40}", client in proptest::option::of("[0-9]{4}")) {
        let draft = given([]).receive(&words, client).unwrap().unwrap();
        prop_assert!(!draft.open.to_string().contains(&words));
        prop_assert_eq!(&draft.sealed["text"], &json!(words));
    }
}

#[test]
fn a_person_has_the_word_until_they_hand_it_back_and_another_may_take_it_from_them() {
    let [one, other] = [1, 2].map(|n| format!("per_{n:032x}").parse::<crate::ids::PersonId>().unwrap());
    let agents = given([]);
    assert_eq!(agents.must_be_the_agent_s(), Ok(()));
    assert_eq!(agents.hand_back(&one), Err(TakeoverError::NotTheirs));
    let draft = agents.take_over(one.clone()).unwrap();
    let taken = after(agents, draft);
    assert_eq!(taken.must_be_the_agent_s(), Err(TakeoverError::TakenOver));
    assert_eq!(taken.take_over(one.clone()), Err(TakeoverError::AlreadyTheirs));
    let draft = taken.take_over(other.clone()).unwrap();
    let moved = after(taken, draft);
    assert_eq!(moved.hand_back(&one), Err(TakeoverError::NotTheirs));
    let draft = moved.hand_back(&other).unwrap();
    assert_eq!(after(moved, draft).must_be_the_agent_s(), Ok(()));
}
