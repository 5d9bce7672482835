//! Given events, when a command, then events: a conversation's bounds, its doubles, and that an ended one takes nothing.

use super::{
    Answered, Assurance, CloseReason, Conversation, ConversationError, ConversationEvent, EscalationReason,
    LONGEST_MESSAGE_CHARS, LONGEST_NOTE_CHARS, MOST_MESSAGES, MOST_PROMISES, MOST_REPLIES, Opened, Promised, Reasoner,
    Received, ResolutionCode, TakeoverError, Turned,
};
use crate::event::{self, Draft, Fields, fields};
use crate::ids::PersonId;
use crate::time::Timestamp;
use proptest::prelude::*;
use serde_json::json;

fn opened() -> Opened {
    Opened {
        conversation: "cnv_00000000000000000000000000000001".parse().unwrap(),
        channel: "chat".into(),
        assurance: Assurance::Claimed,
        customer: None,
        resume: "hash".into(),
        agent: None,
        belongs_to: Vec::new(),
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
    assert_eq!(
        given([]).receive(&longer, None),
        Err(ConversationError::TooLong(LONGEST_MESSAGE_CHARS + 1, LONGEST_MESSAGE_CHARS))
    );
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
    assert_eq!(
        (event, sealed),
        (ConversationEvent::Escalated { reason, pulled: None }, fields([("note", json!("They said so."))]))
    );
    let conversation = after(given([]), draft);
    assert_eq!(conversation.escalate(reason, "Again."), Ok(None));
    assert!(conversation.escalate(EscalationReason::OutcomeUnknown, "").unwrap().is_some());
}

#[test]
fn behind_a_hand_back_the_same_reason_is_noted_anew_for_the_customer_is_told_so() {
    let by: crate::ids::PersonId = format!("per_{:032x}", 1).parse().unwrap();
    let reason = EscalationReason::AskedForPerson;
    let noted =
        given([ConversationEvent::Escalated { reason, pulled: None }, ConversationEvent::TakenOver { by: by.clone() }]);
    assert_eq!(noted.escalate(reason, ""), Ok(None));
    let mut back = noted;
    back.apply(&ConversationEvent::HandedBack { by });
    assert!(back.escalate(reason, "").unwrap().is_some());
    assert!(back.may_follow(&ConversationEvent::Escalated { reason, pulled: None }).is_ok());
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
                step_up: false,
                undo_seconds: 0,
                deadline_seconds: 0,
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

fn person(n: u8) -> PersonId {
    format!("per_{n:032x}").parse().unwrap()
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).unwrap()
}

/// What a customer's message makes of a conversation, and the kinds of event in it.
fn hears(state: &mut Conversation, text: &str, client: &str) -> Vec<String> {
    let drafts = state.hear(text, Some(client.into())).unwrap().unwrap();
    let kinds = drafts.iter().map(|draft| draft.kind.clone()).collect();
    for draft in drafts {
        let (event, _) = then(draft);
        state.may_follow(&event).unwrap();
        state.apply(&event);
    }
    kinds
}

#[test]
fn whoever_writes_to_an_ended_conversation_takes_it_up_again_unless_they_are_erased() {
    let open = given([received(1, Some("a"))]);
    let draft = open.close(CloseReason::CustomerDone).unwrap();
    let mut ended = after(open, draft);
    assert_eq!(ended.answered, 1, "what was said before is left at that");
    assert_eq!(ended.hear("Hello", Some("a".into())), Ok(None), "the same message again is no new one");
    assert_eq!(hears(&mut ended, "One more thing", "b"), ["conversation.reopened", "conversation.received"]);
    assert_eq!((ended.closed, ended.reopened, ended.messages), (false, 1, 2));
    assert_eq!(hears(&mut ended, "And another", "c"), ["conversation.received"]);
    let draft = ended.close(CloseReason::Erased).unwrap();
    let gone = after(ended, draft);
    assert_eq!(gone.hear("Hello", Some("d".into())), Err(ConversationError::ForGood));
    assert_eq!(gone.close(CloseReason::Erased), Err(ConversationError::ForGood));
    assert!(gone.may_follow(&ConversationEvent::Reopened { number: 2 }).is_err());
    assert_eq!(gone.rate(5), Err(ConversationError::ForGood));
}

#[test]
fn a_conversation_that_has_ended_is_ended_once_more_when_its_customer_is_erased() {
    let ended = given([ConversationEvent::Closed { reason: CloseReason::Idle }]);
    let draft = ended.close(CloseReason::Erased).unwrap();
    assert!(ended.may_follow(&then(draft.clone()).0).is_ok());
    assert!(after(ended, draft).erased);
}

#[test]
fn a_customer_does_not_take_the_word_from_a_person_by_ending_it() {
    let taken = given([received(1, None), ConversationEvent::TakenOver { by: person(1) }]);
    assert_eq!(taken.close(CloseReason::CustomerDone), Err(ConversationError::UnderWay));
    assert!(taken.may_follow(&ConversationEvent::Closed { reason: CloseReason::CustomerDone }).is_err());
    assert!(taken.resolve(&person(1), ResolutionCode::NoRequest, "Said nothing more.").is_ok());
}

#[test]
fn it_is_rated_once_and_only_after_its_end() {
    let open = given([received(1, None)]);
    assert_eq!(open.rate(5), Err(ConversationError::NotToRate));
    let draft = open.close(CloseReason::Idle).unwrap();
    let ended = after(open, draft);
    assert_eq!((ended.rate(0), ended.rate(6)), (Err(ConversationError::NoScore), Err(ConversationError::NoScore)));
    let draft = ended.rate(4).unwrap();
    assert!(ended.may_follow(&then(draft.clone()).0).is_ok());
    let silent = given([ConversationEvent::Closed { reason: CloseReason::Idle }]);
    assert_eq!(silent.rate(5), Err(ConversationError::NotToRate), "nobody said anything");
    let rated = after(ended, draft);
    assert_eq!((rated.rated, rated.rate(5)), (Some(4), Err(ConversationError::NotToRate)));
    assert!(rated.may_follow(&ConversationEvent::Rated { score: 5 }).is_err());
}

#[test]
fn only_whoever_has_the_word_resolves_it_and_with_a_note() {
    let mut state =
        given([received(1, None), ConversationEvent::Escalated { reason: EscalationReason::Denied, pulled: None }]);
    let (one, other) = (person(1), person(2));
    let resolve = |state: &Conversation, by: &PersonId, note: &str| state.resolve(by, ResolutionCode::Solved, note);
    assert_eq!(resolve(&state, &one, "Done"), Err(TakeoverError::NotTheirs));
    state.apply(&ConversationEvent::TakenOver { by: one.clone() });
    assert_eq!(resolve(&state, &other, "Done"), Err(TakeoverError::NotTheirs));
    assert_eq!(resolve(&state, &one, "  "), Err(ConversationError::Empty.into()));
    assert_eq!(
        resolve(&state, &one, &"x".repeat(LONGEST_NOTE_CHARS + 1)),
        Err(TakeoverError::NoteTooLong(LONGEST_NOTE_CHARS + 1))
    );
    let draft = resolve(&state, &one, "Paid to 4111 1111 1111 1111.").unwrap();
    assert!(!draft.sealed["note"].to_string().contains("1111 1111"), "card numbers are masked in notes too");
    assert!(state.may_follow(&then(draft.clone()).0).is_ok());
    let ended = after(state, draft);
    assert_eq!((ended.closed, ended.taken_over, ended.escalations.len()), (true, None, 0));
}

#[test]
fn what_nobody_waits_in_ends_as_idle_and_nothing_else_does() {
    let mut state = given([received(1, None)]);
    assert_eq!(state.close_as_idle(), Err(ConversationError::UnderWay.into()), "the customer waits for the agent");
    state.apply(&ConversationEvent::Turned(turned(1, 1)));
    assert!(state.close_as_idle().is_ok());
    state.apply(&ConversationEvent::Escalated { reason: EscalationReason::Denied, pulled: None });
    assert_eq!(state.close_as_idle(), Err(ConversationError::UnderWay.into()), "the customer waits for a person");
    state.apply(&ConversationEvent::TakenOver { by: person(1) });
    assert_eq!(state.close_as_idle(), Err(TakeoverError::TakenOver), "a person sees to it");
    state.apply(&ConversationEvent::HandedBack { by: person(1) });
    assert!(state.close_as_idle().is_ok());
}

#[test]
fn a_promise_is_made_with_the_word_and_kept_by_anybody_once_even_after_the_end() {
    let mut state = given([received(1, None)]);
    let (one, now) = (person(1), time(100));
    let promise = |state: &Conversation, due: Option<i64>| state.promise(&one, "By Friday.", due.map(time), now);
    assert_eq!(promise(&state, None), Err(TakeoverError::NotTheirs));
    state.apply(&ConversationEvent::TakenOver { by: one.clone() });
    assert_eq!(promise(&state, Some(100)), Err(TakeoverError::DueBefore));
    let draft = promise(&state, Some(101)).unwrap();
    assert_eq!(draft.sealed["text"], json!("By Friday."));
    assert!(!draft.open.to_string().contains("Friday"));
    let mut state = after(state, draft);
    for number in 2..=MOST_PROMISES as u32 {
        let promised = Promised { number, by: one.clone(), due: None };
        assert!(state.may_follow(&ConversationEvent::Promised(promised.clone())).is_ok());
        state.apply(&ConversationEvent::Promised(promised));
    }
    assert_eq!(promise(&state, None), Err(TakeoverError::TooManyPromises));
    state.apply(&ConversationEvent::Resolved { by: one.clone(), code: ResolutionCode::Solved });
    for none in [0, MOST_PROMISES as u32 + 1] {
        assert_eq!(state.keep_promise(none, person(2)), Err(TakeoverError::NoPromise));
    }
    let draft = state.keep_promise(1, person(2)).unwrap();
    assert!(state.may_follow(&then(draft.clone()).0).is_ok());
    let kept = after(state, draft);
    assert_eq!((kept.is_kept(1), kept.is_kept(2)), (Some(true), Some(false)));
    assert_eq!(kept.keep_promise(1, person(2)), Err(TakeoverError::NoPromise));
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
