//! The Approvals lists.

use crate::canvas::{Parts, told, told_with};
use crate::story::{Story, action, at, conversation, eur, held, person};
use countersign_domain::action::{ActionEvent, Choice, SettledHow, VoidReason};
use countersign_domain::event::Fields;
use countersign_domain::tool::EffectClass;
use countersign_projections::{ActionRow, ActionState, Away, Deputy, Signer};

/// Ana asks for a refund, and it is held for one person until second 900.
fn held_refund() -> Story {
    let mut story = Story::default();
    story.enrolled(1, "Sam Okafor");
    story.enrolled(2, "Lea Brandt");
    story.at(10).opened(1, Some("Ana Ruiz"));
    story.at(12).says(1, 1, "My lamp arrived broken");
    story.at(20).proposes(1, 1);
    story.at(21).holds(1, 1, 900);
    story
}

async fn only(story: &Story) -> ActionRow {
    let approvals = told(story).await.views.approvals(50).await.unwrap().value;
    let mut all: Vec<ActionRow> =
        approvals.held.into_iter().chain(approvals.unknown).chain(approvals.decided).collect();
    assert_eq!(all.len(), 1, "one action stands in exactly one list");
    all.remove(0)
}

#[tokio::test]
async fn whose_whisper_led_to_an_action_stands_in_its_row() {
    let mut story = Story { whisperer: Some(2), ..Story::default() };
    story.at(10).opened(1, Some("Ana Ruiz"));
    story.at(20).proposes(1, 1);
    story.holds(1, 1, 900);
    let row = only(&story).await;
    assert_eq!((row.whisperer, row.asker), (Some(person(2)), None));
}

#[tokio::test]
async fn a_held_action_is_one_whole_row() {
    let story = held_refund();
    let answer = told(&story).await.views.held().await.unwrap();
    assert_eq!(answer.as_of, story.events.len() as u64);
    let expected = ActionRow {
        action: action(1),
        position: 4,
        conversation: conversation(1),
        seen_in: conversation(1),
        channel: "chat".into(),
        agent: "clerk".into(),
        asker: None,
        whisperer: None,
        asked_by: None,
        tool: "crm.refund".into(),
        effect: EffectClass::Irreversible,
        noun: "Refund".into(),
        headline: Some("Refund €129.00 to Ana Ruiz for order 1042".into()),
        money: eur(12_900),
        customer: Some("Ana Ruiz".into()),
        erased: false,
        object: Some("order 1042".into()),
        state: ActionState::Held,
        proposed_at: at(20),
        deadline: Some(at(900)),
        snoozed: None,
        delegated: None,
        changed_at: at(21),
        needed: 1,
        contradictions: 0,
        signers: Vec::new(),
        remark: Some("Refunds above €100 need a supervisor.".into()),
        took_ms: None,
    };
    assert_eq!(answer.value, [expected]);
}

#[tokio::test]
async fn an_approval_names_who_signed_and_the_outcome_says_how_long_it_took() {
    let mut story = held_refund();
    story.at(60).approves(1, 1, 1, 1);
    let row = only(&story).await;
    assert_eq!((row.state, row.deadline, row.remark), (ActionState::Approved, None, None));
    let sam = Signer { person: person(1), name: Some("Sam Okafor".into()), choice: Choice::Approve, at: at(60) };
    assert_eq!(row.signers, [sam]);
    story.at(61).starts(1);
    story.at(62).succeeds(1, 420);
    let row = only(&story).await;
    assert_eq!((row.state, row.took_ms, row.changed_at), (ActionState::Succeeded, Some(420), at(62)));
    assert_eq!(row.signers.len(), 1);
}

#[tokio::test]
async fn a_hold_for_two_stays_held_until_both_signed() {
    let mut story = held_refund();
    story.act(1, ActionEvent::Voided { reason: VoidReason::PolicyChanged, held: held(2, 900) }, Fields::new());
    story.approves(1, 1, 1, 2);
    let row = only(&story).await;
    assert_eq!((row.state, row.needed, row.signers.len()), (ActionState::Held, 2, 1));
    assert!(row.remark.is_some());
    story.approves(1, 2, 2, 2);
    let row = only(&story).await;
    assert_eq!((row.state, row.signers.len()), (ActionState::Approved, 2));
}

#[tokio::test]
async fn an_override_shows_what_was_signed_and_voiding_it_what_was_proposed() {
    let mut story = held_refund();
    story.approves(1, 1, 1, 2);
    story.overrides(1, 2, 1, "One lamp of two");
    let row = only(&story).await;
    assert_eq!((row.state, row.money.clone()), (ActionState::Approved, eur(8_900)));
    assert_eq!(row.headline.as_deref(), Some("Refund €89.00 to Ana Ruiz for order 1042"));
    assert_eq!(row.remark.as_deref(), Some("One lamp of two"));
    let signed: Vec<_> = row.signers.iter().map(|s| (s.person.clone(), s.choice)).collect();
    assert_eq!(signed, [(person(2), Choice::Override)], "the earlier approval is void");
    story.act(1, ActionEvent::Voided { reason: VoidReason::EvidenceChanged, held: held(1, 1_200) }, Fields::new());
    let row = only(&story).await;
    assert_eq!((row.state, row.money, row.deadline), (ActionState::Held, eur(12_900), Some(at(1_200))));
    assert!(row.signers.is_empty());
    let remark = "A fact changed after it was signed. Refunds above €100 need a supervisor.";
    assert_eq!(row.remark.as_deref(), Some(remark));
}

#[tokio::test]
async fn the_ways_to_end_without_running_each_say_why() {
    let reject = |story: &mut Story| story.rejects(1, 1, "Ask for a photograph first");
    let expire = |story: &mut Story| story.act(1, ActionEvent::Expired { deadline: at(900) }, Fields::new());
    let withdraw = |story: &mut Story| {
        story.act(1, ActionEvent::Withdrawn { reason: "conversation_closed".into() }, Fields::new())
    };
    let supersede = |story: &mut Story| story.act(1, ActionEvent::Superseded { by: action(2) }, Fields::new());
    type Ending<'a> = (&'a dyn Fn(&mut Story) -> u64, ActionState, &'a str, usize);
    let endings: [Ending<'_>; 4] = [
        (&reject, ActionState::Rejected, "Ask for a photograph first", 1),
        (&expire, ActionState::Expired, "Nobody decided in time", 0),
        (&withdraw, ActionState::Withdrawn, "The conversation ended", 0),
        (&supersede, ActionState::Superseded, "A later action took its place", 0),
    ];
    for (end, state, remark, signers) in endings {
        let mut story = held_refund();
        end(&mut story);
        let row = only(&story).await;
        assert_eq!((row.state, row.remark.as_deref(), row.signers.len()), (state, Some(remark), signers));
    }
}

#[tokio::test]
async fn an_unknown_outcome_stands_apart_until_it_is_settled() {
    let mut story = held_refund();
    story.approves(1, 1, 1, 1);
    story.starts(1);
    story.is_unknown(1);
    let told_now = told(&story).await;
    let unknown = told_now.views.unknown().await.unwrap().value;
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].remark.as_deref(), Some("The tool did not answer in time"));
    assert!(told_now.views.decided(50).await.unwrap().value.is_empty());
    story.act(1, ActionEvent::Settled { how: SettledHow::DidNotHappen, by: "probe".into() }, Fields::new());
    assert_eq!(only(&story).await.state, ActionState::SettledDidNotHappen);
}

#[tokio::test]
async fn a_failure_shows_the_tools_words_or_else_what_kind_of_failure_it_was() {
    for (message, remark) in [(Some("Order is closed"), "Order is closed"), (None, "The tool refused it")] {
        let mut story = held_refund();
        story.approves(1, 1, 1, 1);
        story.starts(1);
        story.fails(1, message);
        assert_eq!(only(&story).await.remark.as_deref(), Some(remark));
    }
}

#[tokio::test]
async fn held_actions_come_by_deadline_and_a_moved_deadline_moves_them() {
    let mut story = held_refund();
    story.proposes(2, 1);
    story.holds(2, 1, 600);
    let order = |rows: Vec<ActionRow>| rows.into_iter().map(|r| r.action).collect::<Vec<_>>();
    assert_eq!(order(told(&story).await.views.held().await.unwrap().value), [action(2), action(1)]);
    story.act(2, ActionEvent::DeadlineMoved { deadline: at(1_000), reason: "stop".into() }, Fields::new());
    assert_eq!(order(told(&story).await.views.held().await.unwrap().value), [action(1), action(2)]);
}

#[tokio::test]
async fn decided_ones_are_the_newest_first_within_the_limit_and_without_mere_reads() {
    let mut story = held_refund();
    for n in 2..=4 {
        story.proposes(n, 1);
        story.holds(n, 1, 900);
        story.rejects(n, 1, "No");
    }
    story.proposes_with(5, 1, "crm.find_order", EffectClass::Read, None);
    story.allows(5);
    story.starts(5);
    story.succeeds(5, 3);
    let decided = told(&story).await.views.decided(2).await.unwrap().value;
    let order: Vec<_> = decided.into_iter().map(|r| r.action).collect();
    assert_eq!(order, [action(4), action(3)]);
}

#[tokio::test]
async fn an_erased_part_leaves_the_row_with_what_is_open() {
    let mut story = held_refund();
    story.rejects(1, 1, "Ask for a photograph first");
    let mut parts = Parts::of(&story);
    parts.erased = (0..story.events.len() as u64).collect();
    let told = told_with(&story, parts).await;
    let row = told.views.decided(1).await.unwrap().value.remove(0);
    assert_eq!((row.customer, row.object, row.headline, row.remark), (None, None, None, None));
    assert_eq!((row.noun.as_str(), row.money, row.state), ("Refund", eur(12_900), ActionState::Rejected));
    assert_eq!(row.signers[0].name, None);
    assert_eq!(told.views.people().await.unwrap().value[0].name, None);
}

#[tokio::test]
async fn what_is_put_off_or_delegated_names_who_did_it_and_to_whom_until_it_is_over() {
    let mut story = held_refund();
    story.act_by(2, 1, ActionEvent::Snoozed { until: Some(at(500)) });
    let snoozed = only(&story).await.snoozed.unwrap();
    assert_eq!((snoozed.until, snoozed.by.as_deref()), (at(500), Some("Lea Brandt")));
    story.act_by(1, 1, ActionEvent::Delegated { to: Some(person(2)) });
    let row = only(&story).await;
    let delegated = row.delegated.unwrap();
    assert_eq!((row.snoozed, delegated.to, delegated.by), (None, person(2), Some(person(1))));
    assert_eq!((delegated.name.as_deref(), delegated.by_name.as_deref()), (Some("Lea Brandt"), Some("Sam Okafor")));
    story.approves(1, 2, 1, 2);
    assert_eq!(only(&story).await.delegated, None, "theirs is done");
    story.act_by(1, 1, ActionEvent::Snoozed { until: Some(at(500)) });
    story.approves(1, 1, 2, 2);
    let row = only(&story).await;
    assert_eq!((row.state, row.snoozed, row.delegated), (ActionState::Approved, None, None));
}

#[tokio::test]
async fn what_is_handed_to_somebody_who_is_away_names_who_stands_in_until_they_are_back() {
    let mut story = held_refund();
    story.act_by(1, 1, ActionEvent::Delegated { to: Some(person(2)) });
    let away = async |story: &Story| only(story).await.delegated.unwrap().away;
    assert_eq!(away(&story).await, None);
    story.away(2, Some((600, 1)));
    let deputy = Deputy { person: person(1), name: Some("Sam Okafor".to_owned()), away_until: None };
    assert_eq!(away(&story).await, Some(Away { until: at(600), deputy: Some(deputy) }));
    story.away(1, Some((300, 2)));
    assert_eq!(away(&story).await.unwrap().deputy.unwrap().away_until, Some(at(300)));
    story.away(2, None);
    assert_eq!(away(&story).await, None);
}
