//! Conversations that agents of others relay: what they say was said, and their calls in place.

use crate::canvas::{find, most, told};
use crate::story::{Story, action, at, conversation};
use countersign_domain::conversation::{CloseReason, ConversationEvent, SpanOperation, Speaker};
use countersign_domain::event::Fields;
use countersign_projections::{ConversationState, Entry, Transcript};

/// An agent relays a conversation, and calls for something that it says belongs there.
fn story(called_first: bool) -> Story {
    let mut story = Story::default();
    let call = |story: &mut Story| {
        story.at(20).external(2, "mcp", &["c-7"]);
        story.proposes(1, 2);
        story.at(21).holds(1, 1, 900);
    };
    let relayed = |story: &mut Story| {
        story.external(1, "external", &[]);
        story.named("c-7", 1);
        story.at(22).relays(1, 1, Speaker::Customer, "It arrived torn");
        story.steps(1, 1, "gpt-4.1");
    };
    if called_first {
        call(&mut story);
        relayed(&mut story);
    } else {
        relayed(&mut story);
        call(&mut story);
    }
    story
}

fn kinds(transcript: &Transcript) -> Vec<&'static str> {
    let kind = |entry: &Entry| match entry {
        Entry::Relayed { .. } => "relayed",
        Entry::Step { .. } => "step",
        Entry::Action(_) => "action",
        _ => "other",
    };
    transcript.entries.iter().map(|entry| kind(&entry.entry)).collect()
}

#[tokio::test]
async fn a_call_is_shown_in_the_conversation_that_it_belongs_to_whichever_was_told_first() {
    for called_first in [false, true] {
        let told = told(&story(called_first)).await;
        let floor = told.views.floor(most(10)).await.unwrap().value;
        let rows: Vec<_> = floor.rows.iter().map(|row| (&row.conversation, row.state)).collect();
        assert_eq!(rows, [(&conversation(1), ConversationState::Held)], "the call is no row of its own");
        assert_eq!((floor.live, floor.needing, floor.channels.as_slice()), (1, 1, ["external".to_owned()].as_slice()));
        assert_eq!(floor.rows[0].deadline, Some(at(900)));
        let transcript = told.views.transcript(&conversation(1)).await.unwrap().value.unwrap();
        let mut shown = kinds(&transcript);
        shown.sort_unstable();
        assert_eq!(shown, ["action", "relayed", "step"]);
        let held = told.views.held().await.unwrap().value.remove(0);
        assert_eq!((held.conversation, held.seen_in), (conversation(2), conversation(1)));
        let call = told.views.transcript(&conversation(2)).await.unwrap().value.unwrap();
        assert_eq!(call.within, Some(conversation(1)));
        assert_eq!(find(&told.views, "torn").await.rows.len(), 1, "what was relayed is found");
        assert_eq!(find(&told.views, "gpt-4.1").await.rows.len(), 1, "and so is a step");
    }
}

#[tokio::test]
async fn what_is_relayed_says_whose_turn_it_is_and_ends_when_it_is_quiet_whoever_has_the_word() {
    let mut story = story(false);
    story.at(30).rejects(1, 1, "no");
    let closed = ConversationEvent::Closed { reason: CloseReason::CallEnded };
    story.at(31).talk(2, closed, Fields::new());
    let waits = told(&story).await;
    let row = waits.views.floor(most(10)).await.unwrap().value.rows.remove(0);
    assert_eq!(
        (row.state, row.since, row.line.as_deref()),
        (ConversationState::Agent, at(22), Some("It arrived torn"))
    );
    assert_eq!(waits.views.quiet_since(at(60), 10).await.unwrap().value, [conversation(1)]);
    assert!(waits.views.quiet_since(at(30), 10).await.unwrap().value.is_empty(), "what its call came to is news");
    story.at(40).relays(1, 2, Speaker::Agent, "I am sorry");
    let answered = told(&story).await;
    let row = answered.views.floor(most(10)).await.unwrap().value.rows.remove(0);
    assert_eq!((row.state, row.agent.as_deref()), (ConversationState::Customer, Some("billing-bot")));
    assert_eq!(answered.views.quiet_since(at(60), 10).await.unwrap().value, [conversation(1)]);
    let transcript = answered.views.transcript(&conversation(1)).await.unwrap().value.unwrap();
    let step = transcript.entries.iter().find_map(|entry| match &entry.entry {
        Entry::Step { name, step } => Some((name.as_deref(), step.operation, step.tokens_in, step.took_ms)),
        _ => None,
    });
    assert_eq!(step, Some((Some("openai gpt-4.1"), SpanOperation::Model, Some(812), 1_250)));
    assert!(
        transcript.entries.iter().any(|entry| matches!(&entry.entry, Entry::Action(row) if row.action == action(1)))
    );
}

#[tokio::test]
async fn a_call_that_was_never_proposed_is_found_when_it_is_quiet_though_no_list_shows_it() {
    let mut story = Story::default();
    story.at(1).external(1, "external", &[]);
    story.named("c-7", 1);
    story.at(2).external(2, "mcp", &["trace", "c-7"]);
    let told = told(&story).await;
    let quiet = told.views.quiet_since(at(60), 10).await.unwrap().value;
    assert_eq!(quiet, [conversation(1), conversation(2)]);
}
