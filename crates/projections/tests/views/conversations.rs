//! Conversations in the list, and whole.

use crate::canvas::{Parts, find, most, told, told_with};
use crate::story::{Story, action, at, conversation, person};
use countersign_domain::action::ActionEvent;
use countersign_domain::conversation::{
    Answered, Assurance, CloseReason, ConversationEvent, EscalationReason, Promised, ResolutionCode,
};
use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::ConversationId;
use countersign_domain::person::Role;
use countersign_domain::verdict::{Disposition, Verdict};
use countersign_projections::metrics::Period;
use countersign_projections::{
    ActionState, ConversationRow, ConversationState, Cost, Entry, Escalation, Facts, FloorSearch, OpenPromise,
    PersonRow, TranscriptEntry,
};
use serde_json::json;

fn opened() -> Story {
    let mut story = Story::default();
    story.at(10).opened(1, Some("Ana Ruiz"));
    story
}

async fn row(story: &Story) -> ConversationRow {
    told(story).await.views.floor(most(200)).await.unwrap().value.rows.remove(0)
}

async fn state(story: &Story) -> ConversationState {
    row(story).await.state
}

fn escalate(story: &mut Story) {
    let event = ConversationEvent::Escalated { reason: EscalationReason::AskedForPerson, pulled: None };
    story.talk(1, event, fields([("note", json!("They asked."))]));
}

fn close(story: &mut Story) {
    story.talk(1, ConversationEvent::Closed { reason: CloseReason::CustomerDone }, Fields::new());
}

#[tokio::test]
async fn a_conversation_is_one_whole_row() {
    let mut story = opened();
    story.at(12).says(1, 1, "My lamp arrived broken");
    let expected = ConversationRow {
        conversation: conversation(1),
        channel: "chat".into(),
        agent: None,
        customer: Some("Ana Ruiz".into()),
        erased: false,
        assurance: Assurance::Claimed,
        intent: None,
        state: ConversationState::Agent,
        taken_by: None,
        taken_by_name: None,
        escalation: None,
        promise: None,
        line: Some("My lamp arrived broken".into()),
        deadline: None,
        since: at(12),
    };
    assert_eq!(row(&story).await, expected);
}

#[tokio::test]
async fn a_person_who_has_the_word_is_named_and_what_one_was_asked_for_is_over_when_they_hand_back() {
    let mut story = opened();
    story.at(12).says(1, 1, "Where is everybody?");
    escalate(&mut story);
    story.at(13).talk(1, ConversationEvent::TakenOver { by: person(1) }, Fields::new());
    let found = row(&story).await;
    assert_eq!((found.state, found.taken_by, found.since), (ConversationState::Person, Some(person(1)), at(12)));
    let asked = Escalation { reason: EscalationReason::AskedForPerson, at: at(12), answered: false };
    assert_eq!(found.escalation, Some(asked));
    let answered = Answered {
        action: action(9),
        by: person(1),
        number: 1,
        characters: 5,
        masked: 0,
        answered: 1,
        client: None,
        digest: "d".repeat(64),
        verdict: Verdict {
            disposition: Disposition::Allow,
            rules: vec![],
            approvers: 0,
            roles: vec![],
            devices: 0,
            step_up: false,
            undo_seconds: 0,
            deadline_seconds: 0,
            policy_version: "1".into(),
        },
    };
    story.at(14).talk(1, ConversationEvent::Answered(answered), fields([("text", json!("Here."))]));
    let found = row(&story).await;
    assert_eq!((found.line.as_deref(), found.since), (Some("Here."), at(14)), "nobody waits for an answer");
    assert_eq!(found.escalation, Some(Escalation { answered: true, ..asked }));
    let listed = told(&story).await.views.escalated().await.unwrap().value;
    assert_eq!(listed.iter().map(|row| &row.conversation).collect::<Vec<_>>(), [&conversation(1)]);
    story.at(15).talk(1, ConversationEvent::HandedBack { by: person(1) }, Fields::new());
    let found = row(&story).await;
    assert_eq!((found.state, found.taken_by, found.escalation), (ConversationState::Customer, None, None));
    assert!(told(&story).await.views.escalated().await.unwrap().value.is_empty());
}

#[tokio::test]
async fn what_was_promised_stays_listed_behind_the_end_until_it_is_kept() {
    let mut story = opened();
    story.enrolled(1, "Marta Lindqvist");
    story.at(12).says(1, 1, "Where is it?");
    story.talk(1, ConversationEvent::TakenOver { by: person(1) }, Fields::new());
    let promised = |number, due| ConversationEvent::Promised(Promised { number, by: person(1), due });
    story.talk(1, promised(1, None), fields([("text", json!("A call."))]));
    story.talk(1, promised(2, Some(at(90))), fields([("text", json!("By Friday."))]));
    let open = |text: &str, due, open| Some(OpenPromise { text: Some(text.into()), due, open });
    assert_eq!(row(&story).await.promise, open("By Friday.", Some(at(90)), 2));
    let resolved = ConversationEvent::Resolved { by: person(1), code: ResolutionCode::PassedOn };
    story.at(20).talk(1, resolved, fields([("note", json!("The store calls."))]));
    let found = told(&story).await;
    let rows = found.views.escalated().await.unwrap().value;
    assert_eq!((rows[0].state, rows[0].taken_by.clone()), (ConversationState::Closed, None));
    let transcript = found.views.transcript(&conversation(1)).await.unwrap().value.unwrap();
    assert_eq!(transcript.promises.len(), 2);
    let entries: Vec<_> = transcript.entries.into_iter().map(|entry| entry.entry).collect();
    let person_name = Some("Marta Lindqvist".to_owned());
    let ended = Entry::Resolved {
        person: person_name.clone(),
        code: "Passed on to somebody else".into(),
        note: Some("The store calls.".into()),
    };
    assert_eq!(entries[2..], [Entry::Promised { number: 1 }, Entry::Promised { number: 2 }, ended]);
    story.at(21).talk(1, ConversationEvent::PromiseKept { number: 2, by: person(1) }, Fields::new());
    assert_eq!(row(&story).await.promise, open("A call.", None, 1));
    story.talk(1, ConversationEvent::PromiseKept { number: 1, by: person(1) }, Fields::new());
    let found = told(&story).await;
    assert!(found.views.escalated().await.unwrap().value.is_empty());
    let promises = found.views.transcript(&conversation(1)).await.unwrap().value.unwrap().promises;
    assert_eq!((promises[0].kept_at, &promises[0].kept_by), (Some(at(21)), &person_name));
}

#[tokio::test]
async fn what_is_taken_up_again_waits_for_the_agent_and_only_the_new_message_is_unanswered() {
    let mut story = opened();
    story.at(12).says(1, 1, "thanks");
    story.at(13).talk(1, ConversationEvent::Closed { reason: CloseReason::CustomerDone }, Fields::new());
    assert_eq!(row(&story).await.state, ConversationState::Closed);
    story.at(14).talk(1, ConversationEvent::Rated { score: 4 }, Fields::new());
    story.at(15).talk(1, ConversationEvent::Reopened { number: 1 }, Fields::new());
    story.at(15).says(1, 2, "one more thing");
    let found = row(&story).await;
    assert_eq!((found.state, found.since), (ConversationState::Agent, at(15)));
    let entries = told(&story).await.views.transcript(&conversation(1)).await.unwrap().value.unwrap().entries;
    let kinds: Vec<_> = entries.into_iter().map(|entry| entry.entry).collect();
    let closed = Entry::Closed { reason: "The customer said that it is done".into() };
    assert_eq!(kinds[1..4], [closed, Entry::Rated { score: 4 }, Entry::Reopened]);
}

#[tokio::test]
async fn quiet_ones_are_those_in_which_the_customer_has_had_the_word_for_long() {
    let mut story = opened();
    assert_eq!(quiet(&story, 9).await, []);
    assert_eq!(quiet(&story, 60).await, [conversation(1)]);
    story.at(70).says(1, 1, "hello");
    assert_eq!(quiet(&story, 90).await, [], "the agent has the word");
}

async fn quiet(story: &Story, second: i64) -> Vec<ConversationId> {
    told(story).await.views.quiet_since(at(second), 10).await.unwrap().value
}

#[tokio::test]
async fn the_most_urgent_thing_that_it_waits_for_is_its_state() {
    let mut story = opened();
    assert_eq!(state(&story).await, ConversationState::Customer);
    story.at(12).says(1, 1, "My lamp arrived broken");
    assert_eq!(state(&story).await, ConversationState::Agent);
    story.at(13).proposes(1, 1);
    story.holds(1, 1, 900);
    assert_eq!(state(&story).await, ConversationState::Held);
    escalate(&mut story);
    assert_eq!(state(&story).await, ConversationState::Escalated);
    story.approves(1, 1, 1, 1);
    story.starts(1);
    story.is_unknown(1);
    assert_eq!(state(&story).await, ConversationState::Unknown);
    close(&mut story);
    assert_eq!(state(&story).await, ConversationState::Unknown, "an ended conversation still owes an answer");
}

#[tokio::test]
async fn an_ended_conversation_is_closed_unless_an_action_of_it_is_open() {
    let mut story = opened();
    story.says(1, 1, "My lamp arrived broken");
    escalate(&mut story);
    story.proposes(1, 1);
    story.holds(1, 1, 900);
    close(&mut story);
    assert_eq!(state(&story).await, ConversationState::Held);
    story.act(1, ActionEvent::Withdrawn { reason: "conversation_closed".into() }, Fields::new());
    assert_eq!(state(&story).await, ConversationState::Closed);
}

#[tokio::test]
async fn since_is_the_oldest_unanswered_message_or_else_the_last_event() {
    let mut story = opened();
    story.at(12).says(1, 1, "Hello");
    story.at(14).says(1, 2, "Anybody there?");
    story.at(15).answers(1, "Hello Ana.");
    assert_eq!(row(&story).await.since, at(12));
    story.at(16).turn_ends(1, 1, 1, "greeting");
    let waiting = row(&story).await;
    assert_eq!((waiting.since, waiting.state), (at(14), ConversationState::Agent), "message two is unanswered");
    story.at(18).turn_ends(1, 2, 2, "unclear");
    let answered = row(&story).await;
    assert_eq!((answered.since, answered.state), (at(18), ConversationState::Customer));
    assert_eq!(answered.intent.as_deref(), Some("greeting"), "an unclear turn forgets nothing");
}

#[tokio::test]
async fn a_held_conversation_says_what_is_held_and_until_when() {
    let mut story = opened();
    story.says(1, 1, "My lamp arrived broken");
    story.proposes(1, 1);
    story.holds(1, 1, 900);
    story.proposes(2, 1);
    story.holds(2, 1, 700);
    let row = row(&story).await;
    assert_eq!((row.line.as_deref(), row.deadline), (Some("Refund €129.00, order 1042"), Some(at(700))));
}

#[tokio::test]
async fn the_list_is_by_urgency_and_within_it_by_who_waits_longest() {
    let mut story = Story::default();
    for n in 1..=6 {
        story.at(i64::from(n)).opened(n, None);
    }
    // 1 and 2 were ended, 3 and 4 wait for the agent, 5 is held, 6 has the word.
    for n in [2, 1] {
        story.at(20 - i64::from(n)).talk(n, ConversationEvent::Closed { reason: CloseReason::Idle }, Fields::new());
    }
    story.at(30).says(4, 1, "Hello");
    story.at(31).says(3, 1, "Hello");
    story.at(32).proposes(1, 5);
    story.holds(1, 1, 900);
    let listed = told(&story).await.views.floor(most(200)).await.unwrap().value.rows;
    let order: Vec<_> = listed.into_iter().map(|r| r.conversation).collect();
    assert_eq!(order, [5, 4, 3, 6, 1, 2].map(conversation));
    let first = told(&story).await.views.floor(most(2)).await.unwrap().value;
    assert_eq!((first.rows.len(), first.live, first.needing), (2, 4, 1), "the counts are of all");
    let found = [(ConversationState::Held, 1), (ConversationState::Agent, 2), (ConversationState::Customer, 1)];
    assert_eq!(first.found, found);
}

#[tokio::test]
async fn only_what_is_wanted_of_the_floor_is_listed_beside_what_somebody_has_before_their_eyes() {
    let mut story = Story::default();
    for n in 1..=4 {
        story.at(i64::from(n)).opened(n, None);
        story.at(10 + i64::from(n)).says(n, 1, "Hello");
    }
    for (n, intent) in [(1, "refund"), (2, "refund"), (3, "delivery")] {
        story.at(20 + i64::from(n)).answers(n, "Hello.");
        story.at(30 + i64::from(n)).turn_ends(n, 1, 1, intent);
    }
    story.at(40).talk(2, ConversationEvent::Closed { reason: CloseReason::Idle }, Fields::new());
    let told = told(&story).await;
    let views = &told.views;
    let listed = async |search: FloorSearch| {
        let floor = views.floor(FloorSearch { first: 200, ..search }).await.unwrap().value;
        let ids = |rows: Vec<ConversationRow>| rows.into_iter().map(|row| row.conversation).collect::<Vec<_>>();
        (ids(floor.rows), ids(floor.besides), floor.found.iter().map(|(_, n)| n).sum::<u32>())
    };
    let all = views.floor(most(200)).await.unwrap().value;
    assert_eq!(
        (all.intents, all.agents, all.teams),
        (vec!["delivery".into(), "refund".into()], vec!["clerk".into()], vec!["default".to_owned()])
    );
    let refunds = FloorSearch { intent: Some("refund".into()), ..FloorSearch::default() };
    assert_eq!(listed(refunds.clone()).await, (vec![conversation(1), conversation(2)], vec![], 1));
    let besides = FloorSearch { besides: vec![conversation(3), conversation(1)], ..refunds };
    assert_eq!(listed(besides).await.1, [conversation(3)]);
    let waiting = FloorSearch { states: vec![ConversationState::Agent], ..FloorSearch::default() };
    assert_eq!(listed(waiting).await, (vec![conversation(4)], vec![], 1));
    let theirs = FloorSearch { agent: Some("clerk".into()), team: Some("default".into()), ..FloorSearch::default() };
    assert_eq!(listed(theirs).await.2, 2);
    let nobody = FloorSearch { team: Some("other".into()), ..FloorSearch::default() };
    assert_eq!(listed(nobody).await, (vec![], vec![], 0));
}

#[tokio::test]
async fn a_transcript_holds_everything_that_happened_in_order_with_actions_as_they_stand_now() {
    let mut story = opened();
    story.at(12).says(1, 1, "My lamp arrived broken");
    story.at(13).answers(1, "I am sorry.");
    story.at(14).proposes(1, 1);
    story.at(15).holds(1, 1, 900);
    escalate(&mut story);
    story.at(16).asks_a_model(1, 1);
    story.at(16).asks_a_model(1, 2);
    story.at(16).turn_ends(1, 1, 1, "refund");
    story.at(17).rejects(1, 1, "No");
    story.at(18).turn_ends(1, 2, 1, "refund");
    close(&mut story);
    let told = told(&story).await;
    let views = &told.views;
    for (from, to, cost) in [(0, 60, Some(300)), (0, 16, None), (17, 60, None)] {
        let spent = views.spent(Period { from: at(from), to: at(to) }).await.unwrap().value;
        assert_eq!(spent.get("refund").copied(), cost, "from {from} to {to}");
    }
    let answer = views.transcript(&conversation(1)).await.unwrap();
    let transcript = answer.value.unwrap();
    let [customer, agent, proposed, escalated, asked, _, closed] =
        <[TranscriptEntry; 7]>::try_from(transcript.entries).unwrap();
    let text = Some("My lamp arrived broken".to_owned());
    assert_eq!(customer, TranscriptEntry { position: 1, at: at(12), entry: Entry::Customer { text, masked: 0 } });
    assert_eq!(agent.entry, Entry::Agent { agent: "clerk".into(), text: Some("I am sorry.".into()) });
    let Entry::Action(row) = proposed.entry else { panic!("{proposed:?}") };
    assert_eq!((proposed.position, row.action, row.state), (3, action(1), ActionState::Rejected));
    assert_eq!(
        escalated.entry,
        Entry::Escalated {
            reason: "Asked for a person".into(),
            note: Some("They asked.".into()),
            pulled_by: None,
            pulled_by_name: None,
        }
    );
    let Entry::ModelCall { call } = asked.entry else { panic!("{asked:?}") };
    assert_eq!((call.model.as_str(), call.tokens.read, call.cost_micros), ("tall-1", 40, 150));
    assert_eq!(closed.entry, Entry::Closed { reason: "The customer said that it is done".into() });
    let facts = Facts {
        opened_at: at(10),
        first_reply_ms: Some(1_000),
        turns: 2,
        reasoner: Some("playbook refund 1".into()),
        cost: Some(Cost { micros: 300, currency: "EUR".into() }),
    };
    assert_eq!(transcript.facts, facts);
}

#[tokio::test]
async fn a_takeover_and_its_end_stand_in_the_transcript_with_the_person_s_name() {
    let mut story = opened();
    story.enrolled(1, "Lea Brandt");
    story.talk(1, ConversationEvent::TakenOver { by: person(1) }, Fields::new());
    story.talk(1, ConversationEvent::HandedBack { by: person(1) }, Fields::new());
    let transcript = told(&story).await.views.transcript(&conversation(1)).await.unwrap().value.unwrap();
    let entries: Vec<_> = transcript.entries.into_iter().map(|e| e.entry).collect();
    let name = || Some("Lea Brandt".to_owned());
    assert_eq!(entries, [Entry::TakenOver { person: name() }, Entry::HandedBack { person: name() }]);
}

#[tokio::test]
async fn a_conversation_that_never_was_has_no_transcript() {
    let answer = told(&opened()).await.views.transcript(&conversation(9)).await.unwrap();
    assert_eq!((answer.as_of, answer.value), (1, None));
}

#[tokio::test]
async fn erased_words_and_names_are_absent_and_everything_else_stays() {
    let mut story = opened();
    let message = story.says(1, 1, "My lamp arrived broken");
    let reply = story.answers(1, "I am sorry.");
    let mut parts = Parts::of(&story);
    parts.erased = [0, message, reply].into();
    let told = told_with(&story, parts).await;
    let transcript = told.views.transcript(&conversation(1)).await.unwrap().value.unwrap();
    assert_eq!((transcript.row.customer, transcript.row.line), (None, None));
    let entries: Vec<_> = transcript.entries.into_iter().map(|e| e.entry).collect();
    let expected = [Entry::Customer { text: None, masked: 0 }, Entry::Agent { agent: "clerk".into(), text: None }];
    assert_eq!(entries, expected);
    assert!(find(&told.views, "lamp").await.rows.is_empty());
}

#[tokio::test]
async fn people_are_listed_in_the_order_of_their_enrolment() {
    let mut story = Story::default();
    story.enrolled(2, "Sam Okafor");
    story.enrolled(1, "Lea Brandt");
    let roles = vec![Role::Supervisor, Role::Administrator];
    let expected = [
        PersonRow { person: person(2), name: Some("Sam Okafor".into()), roles: roles.clone() },
        PersonRow { person: person(1), name: Some("Lea Brandt".into()), roles },
    ];
    assert_eq!(told(&story).await.views.people().await.unwrap().value, expected);
}
