//! What agents asked for: in which period a call counts, as what, and that it is what the log's events say.

use crate::canvas::{Parts, ToldLog, labels, told};
use crate::story::{Story, action, at, conversation, person};
use countersign_domain::action::{ActionEvent, Proposed, SettledHow};
use countersign_domain::conversation::{CloseReason, ConversationEvent};
use countersign_domain::event::{Fields, fields};
use countersign_domain::tool::EffectClass;
use countersign_projections::metrics::Period;
use countersign_projections::{Calls, FleetDid, Views};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

const DAY: i64 = 86_400;

fn period(from: i64, to: i64) -> Period {
    Period { from: at(from), to: at(to) }
}

async fn did(story: &Story, period: Period) -> FleetDid {
    told(story).await.views.fleet(period).await.unwrap().value
}

/// An action that some agent asks for, or a person in its place.
fn asks(story: &mut Story, n: u32, agent: &str, tool: &str, by: Option<u32>) {
    let by = by.map(person);
    let event = ActionEvent::Proposed(Proposed {
        whisper: None,
        action: action(n),
        conversation: conversation(1),
        agent: by.as_ref().map_or_else(|| agent.to_owned(), ToString::to_string),
        by,
        tool: tool.into(),
        server: "crm".into(),
        definition: "definition".into(),
        effect: EffectClass::Reversible,
        digest: "digest".into(),
        money: None,
        object: None,
        at: at(story.now),
    });
    story.act(n, event, fields([("arguments", json!({})), ("salt", json!("00"))]));
    let link =
        ConversationEvent::Proposed { action: action(n), tool: tool.into(), by: None, client: None, asked_in: None };
    story.talk(1, link, Fields::new());
}

fn denies(story: &mut Story, n: u32) {
    let judged = countersign_domain::action::Judged {
        digest: "digest".into(),
        verdict: crate::story::verdict(countersign_domain::verdict::Disposition::Deny, 0),
        evidence: countersign_domain::action::Evidence::None,
        standing: Default::default(),
    };
    story.act(n, ActionEvent::Denied(judged), Fields::new());
}

fn settles(story: &mut Story, n: u32) {
    story.act(n, ActionEvent::Settled { how: SettledHow::Happened, by: "probe".into() }, Fields::new());
}

/// Two agents and a person on two days, with every way in which a call can end.
fn story() -> Story {
    let mut story = Story::default();
    story.enrolled(1, "Sam Okafor");
    story.at(0).opened(1, Some("Ana Ruiz"));
    asks(story.at(10), 1, "clerk", "crm.refund", None);
    story.holds(1, 1, 900);
    asks(story.at(20), 2, "clerk", "crm.refund", None);
    story.allows(2);
    story.starts(2);
    story.fails(2, Some("no"));
    asks(story.at(30), 3, "bot", "crm.refund", None);
    denies(&mut story, 3);
    asks(story.at(40), 4, "bot", "crm.find", None);
    story.allows(4);
    story.starts(4);
    story.is_unknown(4);
    asks(story.at(50), 5, "bot", "crm.find", None);
    story.allows(5);
    story.starts(5);
    story.is_unknown(5);
    settles(&mut story, 5);
    // What a person asks for is no agent's call.
    asks(story.at(60), 6, "", "crm.refund", Some(1));
    story.holds(6, 1, 900);
    // Held twice is held once; refused by a person it is held, and not denied.
    asks(story.at(70), 7, "clerk", "crm.cancel", None);
    story.holds(7, 1, 900);
    story.holds(7, 2, 900);
    story.rejects(7, 1, "Not this one.");
    asks(story.at(DAY), 8, "clerk", "crm.refund", None);
    story.holds(8, 1, DAY + 900);
    // Yesterday's call fails today: it is yesterday's.
    story.at(DAY + 5).approves(1, 1, 1, 1);
    story.starts(1);
    story.fails(1, None);
    story
}

fn calls(agent: &str, tool: &str, [calls, held, denied, failed, unknown]: [u32; 5]) -> Calls {
    Calls { agent: agent.into(), tool: tool.into(), calls, held, denied, failed, unknown }
}

#[tokio::test]
async fn a_call_counts_where_it_was_asked_for_with_what_came_of_it_since_and_what_people_asked_for_does_not() {
    let story = story();
    assert_eq!(
        did(&story, period(0, DAY)).await.calls,
        [
            calls("bot", "crm.find", [2, 0, 0, 0, 1]),
            calls("bot", "crm.refund", [1, 0, 1, 0, 0]),
            calls("clerk", "crm.cancel", [1, 1, 0, 0, 0]),
            calls("clerk", "crm.refund", [2, 1, 0, 2, 0]),
        ]
    );
    assert_eq!(did(&story, period(DAY, 2 * DAY)).await.calls, [calls("clerk", "crm.refund", [1, 1, 0, 0, 0])]);
    assert_eq!(did(&story, period(10, 10)).await.calls, []);
    assert_eq!(
        did(&story, period(10, 11)).await.calls,
        [calls("clerk", "crm.refund", [1, 1, 0, 1, 0])],
        "up to, not with"
    );
}

/// Counted again from the events themselves, by nothing that the views share.
#[tokio::test]
async fn the_numbers_are_a_count_of_the_log_s_events() {
    let story = story();
    for (from, to) in [(0, DAY), (DAY, 2 * DAY), (0, 2 * DAY), (25, 45)] {
        let mut asked: BTreeMap<String, (String, String)> = BTreeMap::new();
        let mut counted: BTreeMap<(String, String), [u32; 5]> = BTreeMap::new();
        for stored in &story.events {
            let (stream, kind, open) =
                (stored.envelope.stream.as_str().to_owned(), stored.envelope.kind.as_str(), &stored.envelope.open);
            let text = |name: &str| open[name].as_str().unwrap().to_owned();
            if kind == "action.proposed" && open["by"].is_null() {
                let moment = countersign_domain::time::Timestamp::from_rfc3339(&text("at")).unwrap();
                if period(from, to).has(moment) {
                    asked.insert(stream.clone(), (text("agent"), text("tool")));
                }
            }
            let Some(of) = asked.get(&stream) else { continue };
            let before = |kinds: &str| {
                story.events.iter().any(|e| {
                    let this = &e.envelope;
                    this.position < stored.envelope.position
                        && this.stream == stored.envelope.stream
                        && this.kind == kinds
                })
            };
            let sums = counted.entry(of.clone()).or_default();
            match kind {
                "action.proposed" => sums[0] += 1,
                "action.held" if !before("action.held") => sums[1] += 1,
                "action.denied" => sums[2] += 1,
                "action.failed" => sums[3] += 1,
                "action.unknown" => sums[4] += 1,
                "action.settled" => sums[4] -= 1,
                _ => {}
            }
        }
        let counted: Vec<Calls> = counted.into_iter().map(|((agent, tool), sums)| calls(&agent, &tool, sums)).collect();
        assert_eq!(did(&story, period(from, to)).await.calls, counted, "{from} to {to}");
    }
}

#[tokio::test]
async fn live_conversations_are_those_of_the_agent_that_spoke_last_and_end_with_their_end() {
    let mut story = Story::default();
    for n in 1..=4 {
        story.at(0).opened(n, Some("Ana Ruiz"));
        story.says(n, 1, "Hello");
    }
    for n in 1..=3 {
        story.at(1).answers(n, "Good morning.");
    }
    story.at(2).talk(3, ConversationEvent::Closed { reason: CloseReason::CustomerDone }, Fields::new());
    assert_eq!(did(&story, period(0, DAY)).await.live, [(None, 1), (Some("clerk".into()), 2)]);
}

#[tokio::test]
async fn a_customer_who_is_forgotten_changes_no_number() {
    let (story, folder) = (story(), tempfile::tempdir().unwrap());
    let views =
        Views::open(folder.path(), ToldLog::whole(&story), Arc::new(Parts::of(&story)), labels()).await.unwrap();
    views.reached(story.events.len() as u64).await.unwrap();
    let before = views.fleet(period(0, 2 * DAY)).await.unwrap().value;
    views.forget(vec![conversation(1)]).await.unwrap();
    assert_eq!(views.fleet(period(0, 2 * DAY)).await.unwrap().value, before);
    views.close().await;
    // A day costs what that day had: the index alone is read, and only between its two moments.
    let tables = rusqlite::Connection::open(folder.path().join("views.db")).unwrap();
    let plan = "EXPLAIN QUERY PLAN SELECT agent, tool, COUNT(*), SUM(held_once), SUM(state = 'denied')
        FROM actions INDEXED BY actions_of_agents WHERE asker IS NULL AND proposed_at >= 1 AND proposed_at < 2
        GROUP BY agent, tool";
    let plan: Vec<String> = {
        let mut rows = tables.prepare(plan).unwrap();
        rows.query_map([], |row| row.get("detail")).unwrap().map(Result::unwrap).collect()
    };
    let searched = "USING COVERING INDEX actions_of_agents (proposed_at>? AND proposed_at<?)";
    assert!(plan.iter().any(|line| line.contains(searched)), "{plan:?}");
}
