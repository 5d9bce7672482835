//! The six metrics: when a conversation counts, and as what.

use crate::canvas::told;
use crate::story::{Story, at, conversation, person};
use countersign_domain::conversation::{CloseReason, ConversationEvent, EscalationReason, ResolutionCode};
use countersign_domain::event::{Fields, fields};
use countersign_domain::time::Timestamp;
use countersign_projections::metrics::{Asked, Counted, Measured, Period};
use serde_json::json;

const HOUR: i64 = 3_600;

fn done(story: &mut Story, n: u32) {
    story.says(n, 1, "That is all");
    story.talk(n, ConversationEvent::Closed { reason: CloseReason::CustomerDone }, Fields::new());
}

fn reopened(story: &mut Story, n: u32) {
    story.talk(n, ConversationEvent::Reopened { number: 1 }, Fields::new());
    story.says(n, 1, "One more thing");
}

fn period(from: i64, to: i64) -> Period {
    Period { from: at(from), to: at(to) }
}

async fn measured(story: &Story, period: Period, now: Timestamp) -> Measured {
    told(story).await.views.measured(Asked { period, now, offset_seconds: 0 }).await.unwrap().value
}

#[tokio::test]
async fn it_counts_once_where_it_ended_first_and_as_resolved_unless_it_came_back_within_72_hours() {
    let mut story = Story::default();
    for n in 1..=4 {
        story.at(0).opened(n, Some("Ana Ruiz"));
    }
    for n in 1..=3 {
        done(story.at(10), n);
    }
    reopened(story.at(10 + 72 * HOUR - 1), 1);
    done(story.at(10 + 73 * HOUR), 1);
    reopened(story.at(10 + 73 * HOUR), 2);
    let whole = measured(&story, period(0, 80 * HOUR), at(10 + 71 * HOUR)).await.total;
    assert_eq!((whole.closed, whole.claimed, whole.verified, whole.unsettled), (3, 3, 2, 2));
    let later = measured(&story, period(0, 80 * HOUR), at(10 + 72 * HOUR)).await.total;
    assert_eq!((later.verified, later.unsettled), (2, 0), "their 72 hours are over");
    for (from, to, closed, before) in [(10, 11, 3, 0), (0, 10, 0, 0), (11, 80 * HOUR, 0, 3), (11, 12, 0, 3)] {
        let found = measured(&story, period(from, to), at(0)).await;
        assert_eq!((found.total.closed, found.total_before.closed), (closed, before), "{from} to {to}");
    }
}

#[tokio::test]
async fn whoever_asked_for_a_person_or_met_one_counts_as_escalated_with_each_reason_once() {
    let mut story = Story::default();
    for n in 1..=3 {
        story.at(0).opened(n, Some("Ana Ruiz"));
    }
    let asked = |reason| ConversationEvent::Escalated { reason, pulled: None };
    let note = || fields([("note", json!("They asked."))]);
    story.at(1).talk(1, asked(EscalationReason::AskedForPerson), note());
    story.at(1).talk(1, asked(EscalationReason::Denied), note());
    story.at(2).talk(1, ConversationEvent::TakenOver { by: person(1) }, Fields::new());
    story.at(3).talk(1, ConversationEvent::TakenOver { by: person(2) }, Fields::new());
    story.at(12).talk(1, ConversationEvent::HandedBack { by: person(2) }, Fields::new());
    story.at(13).talk(1, asked(EscalationReason::AskedForPerson), note());
    done(story.at(20), 1);
    story.at(2).talk(2, ConversationEvent::TakenOver { by: person(1) }, Fields::new());
    let resolved = ConversationEvent::Resolved { by: person(1), code: ResolutionCode::Solved };
    story.at(7).says(2, 1, "Hello");
    story.talk(2, resolved, fields([("note", json!("Seen to."))]));
    // Behind its end nothing of it counts any more.
    done(story.at(8), 3);
    reopened(story.at(9), 3);
    story.at(9).talk(3, ConversationEvent::TakenOver { by: person(1) }, Fields::new());
    let found = measured(&story, period(0, 60), at(60)).await;
    assert_eq!((found.total.escalated, found.total.claimed), (2, 1));
    assert_eq!(found.total.person_ms, 15_000, "ten seconds, whoever of them had it, and five");
    let once = |reason: &str| (reason.to_owned(), 1, 0);
    assert_eq!(found.reasons, [once("asked_for_person"), once("denied"), once("taken_over")]);
    let of = |counted: Counted| {
        let story = &story;
        async move {
            let counted = told(story).await.views.counted(period(0, 60), counted, None, 10).await.unwrap().value;
            counted.1.into_iter().map(|one| one.row.conversation).collect::<Vec<_>>()
        }
    };
    assert_eq!(of(Counted::Reason("denied".into())).await, [conversation(1)]);
    assert_eq!(of(Counted::Escalated).await, [conversation(1), conversation(2)]);
    assert_eq!(of(Counted::CameBack).await, [conversation(3)]);
}

#[tokio::test]
async fn where_nobody_said_anything_nothing_is_counted() {
    let mut story = Story::default();
    story.at(0).opened(1, Some("Ana Ruiz"));
    story.at(5).talk(1, ConversationEvent::Closed { reason: CloseReason::Idle }, Fields::new());
    assert_eq!(measured(&story, period(0, 60), at(60)).await.total.closed, 0);
}

#[tokio::test]
async fn an_erasure_is_no_end_that_counts_and_takes_none_back() {
    let mut story = Story::default();
    story.at(0).opened(1, Some("Ana Ruiz"));
    story.at(0).opened(2, Some("Ben"));
    done(story.at(5), 1);
    story.talk(1, ConversationEvent::Rated { score: 4 }, Fields::new());
    for n in [1, 2] {
        story.at(9).talk(n, ConversationEvent::Closed { reason: CloseReason::Erased }, Fields::new());
    }
    let total = measured(&story, period(0, 60), at(60)).await.total;
    assert_eq!((total.closed, total.rated, total.score_sum), (1, 1, 4));
}

#[tokio::test]
async fn every_day_of_the_period_is_there_by_the_desks_own_clock() {
    let mut story = Story::default();
    story.at(0).opened(1, Some("Ana Ruiz"));
    done(story.at(10), 1);
    let canvas = told(&story).await;
    let views = &canvas.views;
    let day = 24 * HOUR;
    let asked = |offset_seconds| Asked { period: period(-day, 2 * day), now: at(0), offset_seconds };
    let utc = views.measured(asked(0)).await.unwrap().value.days;
    assert!(utc.len() >= 3 && utc.iter().map(|(_, measures)| measures.closed).sum::<u32>() == 1, "{utc:?}");
    let name = |days: &[countersign_projections::metrics::Named]| {
        days.iter().find(|(_, measures)| measures.closed == 1).and_then(|(name, _)| name.clone())
    };
    let east = views.measured(asked(14 * HOUR)).await.unwrap().value.days;
    let west = views.measured(asked(-12 * HOUR)).await.unwrap().value.days;
    assert_ne!(name(&east), name(&west), "26 hours lie between them");
}
