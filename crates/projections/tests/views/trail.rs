//! The trail as a compliance officer searches it.

use crate::canvas::{Told, told};
use crate::story::{Story, action, at, conversation, eur, person};
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::event::{Draft, Fields};
use countersign_domain::fleet::FleetEvent;
use countersign_domain::tool::EffectClass;
use countersign_event_log::stream::StreamName;
use countersign_projections::{CountBy, TrailFilter, TrailPage, TrailRow, TrailSearch, Who};

/// Two customers, three refunds: one approved by Mira, one changed by Sam, one refused by Mira; and a stop.
fn story() -> Story {
    let mut story = Story::default();
    story.enrolled(1, "Sam Okafor");
    story.enrolled(2, "Mira Sánchez");
    story.at(10).opened(1, Some("Ana Ruiz"));
    story.at(11).says(1, 1, "The buckle broke");
    story.at(12).proposes(1, 1);
    story.holds(1, 1, 900);
    story.at(20).approves(1, 2, 1, 1);
    story.at(21).starts(1);
    story.at(22).succeeds(1, 80);
    story.at(30).opened(2, Some("Bo Lind"));
    story.at(31).proposes(2, 2);
    story.holds(2, 1, 900);
    story.at(40).overrides(2, 1, 1, "The rest was paid already");
    story.at(41).proposes_with(3, 2, "crm.find_order", EffectClass::Read, None);
    story.allows(3);
    story.at(50).proposes_with(4, 1, "crm.refund", EffectClass::Irreversible, eur(500));
    story.holds(4, 1, 900);
    story.at(60).rejects(4, 2, "Not twice for one buckle");
    story.at(70).turn_ends(1, 1, 1, "refund");
    story.put(StreamName::fleet(), Draft::open(&FleetEvent::Stopped { by: person(1), at: at(70) }));
    story.at(80).talk(1, ConversationEvent::TakenOver { by: person(2) }, Fields::new());
    story
}

fn any() -> TrailSearch {
    TrailSearch { limit: 100, ..TrailSearch::default() }
}

async fn page(told: &Told, search: TrailSearch) -> TrailPage {
    told.views.trail(search).await.unwrap().value
}

async fn kinds(told: &Told, search: TrailSearch) -> Vec<String> {
    page(told, search).await.rows.into_iter().map(|row| row.kind).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What most records are is compared, and what few are is asked of the index.
#[tokio::test]
async fn a_word_of_a_kind_finds_the_same_however_common_the_kind_is() {
    let mut story = Story::default();
    story.at(0).opened(1, Some("Ana Ruiz"));
    for number in 1..=30 {
        story.at(i64::from(number)).says(1, number, if number % 10 == 0 { "The buckle broke" } else { "Hello" });
    }
    story.at(40).opened(2, Some("Ana Buckle"));
    let told = told(&story).await;
    let of = |words: &str, kind: &str| TrailSearch { words: words.to_owned(), kind: some(kind), ..any() };
    assert_eq!(kinds(&told, of("buckle", "received")).await, ["conversation.received"; 3]);
    assert_eq!(kinds(&told, of("buckle", "opened")).await, ["conversation.opened"]);
    assert_eq!(kinds(&told, of("buckle", "conversation")).await.len(), 4, "a part of a name is each that has it");
    let first = page(&told, TrailSearch { limit: 2, ..of("buckle", "received") }).await;
    let rest = page(&told, TrailSearch { before: first.next, ..of("buckle", "received") }).await;
    assert_eq!((first.rows.len(), rest.rows.len(), rest.next), (2, 1, None));
}

#[tokio::test]
async fn who_decided_a_given_refund_is_one_question() {
    let told = told(&story()).await;
    let approved = TrailSearch { order: some("1042"), decision: some("approve"), ..any() };
    let found = page(&told, approved).await.rows;
    assert_eq!(found.len(), 1);
    let TrailRow { who, money, noun, object, customer, conversation: of, action: on, at: when, .. } = found[0].clone();
    assert_eq!(who, Who::Person { person: person(2), name: some("Mira Sánchez") });
    assert_eq!((money, noun, object), (eur(12_900), some("Refund"), some("order 1042")));
    assert_eq!((customer, of, on, when), (some("Ana Ruiz"), Some(conversation(1)), Some(action(1)), at(20)));
}

#[tokio::test]
async fn filters_and_words_hold_of_one_record_together() {
    let told = told(&story()).await;
    let mira = TrailSearch { person: some("mira"), ..any() };
    assert_eq!(
        kinds(&told, mira.clone()).await,
        ["conversation.taken_over", "action.rejected", "action.approved", "person.enrolled"],
        "what she did, and what is about her"
    );
    let words = TrailSearch { words: "buckle".into(), tool: some("refund"), ..mira.clone() };
    assert_eq!(kinds(&told, words).await, ["action.rejected"]);
    let amount = TrailSearch { least: Some(100_000), tool: some("crm"), ..mira.clone() };
    assert_eq!(kinds(&told, amount).await, ["action.rejected", "action.approved"]);
    let small = TrailSearch { most: Some(5_000), kind: some("proposed"), ..any() };
    assert_eq!(kinds(&told, small).await, ["action.proposed"]);
    let none = TrailSearch { least: Some(1_000_000_000), ..any() };
    assert_eq!(page(&told, none).await.rows, []);
    let yen = TrailSearch { currency: Some("JPY".to_owned().try_into().unwrap()), ..any() };
    assert_eq!(page(&told, yen).await.rows, []);
    let reads = TrailSearch { tool: some("find_order"), agent: some("clerk"), ..any() };
    assert_eq!(kinds(&told, reads).await, ["action.allowed", "action.proposed"]);
    let ruled = TrailSearch { rule: some("refunds"), decision: some("override"), customer: some("bo lind"), ..any() };
    assert_eq!(kinds(&told, ruled).await, ["action.overridden"]);
    let other = TrailSearch { order: some("104"), ..any() };
    assert_eq!(page(&told, other).await.rows, [], "an order number is no beginning of another");
}

#[tokio::test]
async fn times_and_conversations_bound_a_search_and_pages_join_without_a_gap() {
    let told = told(&story()).await;
    let between = TrailSearch { from: Some(at(20)), until: Some(at(22)), ..any() };
    assert_eq!(kinds(&told, between).await, ["action.started", "action.approved"]);
    let late = TrailSearch { from: Some(at(1_000)), ..any() };
    assert_eq!(page(&told, late).await.rows, []);
    let of = TrailSearch { conversation: Some(conversation(2)), words: "refund".into(), ..any() };
    assert_eq!(page(&told, of.clone()).await.rows, [], "what was said nowhere in it");
    let of = TrailSearch { words: "paid already".into(), ..of };
    assert_eq!(kinds(&told, of).await, ["action.overridden"]);
    let whole: Vec<u64> = page(&told, any()).await.rows.iter().map(|row| row.position).collect();
    assert!(whole.is_sorted_by(|a, b| a > b));
    let (mut pieces, mut before) = (Vec::new(), None);
    loop {
        let piece = page(&told, TrailSearch { before, limit: 3, ..TrailSearch::default() }).await;
        pieces.extend(piece.rows.iter().map(|row| row.position));
        before = piece.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(pieces, whole);
    let turned = story().events.iter().filter(|e| e.envelope.kind == "conversation.turned").count();
    let links = story().events.iter().filter(|e| e.envelope.kind == "conversation.proposed").count();
    assert_eq!(whole.len(), story().events.len() - turned - links, "nothing else is left out");
}

#[tokio::test]
async fn an_override_shows_both_amounts_and_a_filter_that_nothing_answers_to_is_named() {
    let told = told(&story()).await;
    let changed = page(&told, TrailSearch { decision: some("override"), ..any() }).await.rows.remove(0);
    assert_eq!((changed.money, changed.money_before), (eur(8_900), eur(12_900)));
    assert_eq!(changed.text.as_deref(), Some("The rest was paid already"));
    let stopped = page(&told, TrailSearch { kind: some("fleet"), ..any() }).await.rows.remove(0);
    assert_eq!(stopped.who, Who::Person { person: person(1), name: some("Sam Okafor") });
    let nobody = page(&told, TrailSearch { person: some("nobody"), rule: some("none"), ..any() }).await;
    assert_eq!((nobody.rows.len(), nobody.unknown), (0, vec![TrailFilter::Person, TrailFilter::Rule]));
    let choices = told.views.trail_choices().await.unwrap().value;
    assert_eq!(choices.people, ["Mira Sánchez", "Sam Okafor"]);
    assert_eq!(
        (choices.tools, choices.rules),
        (vec!["crm.find_order".into(), "crm.refund".into()], vec!["refunds".into()])
    );
    assert_eq!(choices.decisions, ["approve", "override", "reject"]);
}

#[tokio::test]
async fn what_is_not_said_of_an_erased_customer_is_still_found_by_what_was_done() {
    let (mut parts, story) = (crate::canvas::Parts::of(&story()), story());
    let stream = StreamName::conversation(&conversation(1));
    parts.erased = story
        .events
        .iter()
        .filter(|e| e.envelope.stream == stream || e.envelope.stream == StreamName::action(&action(1)))
        .map(|e| e.envelope.position)
        .collect();
    let told = crate::canvas::told_with(&story, parts).await;
    let row = page(&told, TrailSearch { decision: some("approve"), ..any() }).await.rows.remove(0);
    assert_eq!((row.erased, row.customer, row.object, row.text, row.money), (true, None, None, None, eur(12_900)));
    assert_eq!(page(&told, TrailSearch { customer: some("ana"), ..any() }).await.rows, []);
}

#[tokio::test]
async fn a_count_is_the_length_of_the_list_that_it_opens_and_a_whole_name_is_no_beginning_of_another() {
    let mut story = story();
    story.at(90).proposes(5, 1);
    story.holds_by(5, "refunds-over-500", 900);
    let told = told(&story).await;
    let kinds = &["action.held", "action.allowed", "action.approved"];
    let by_rule = told.views.counts(CountBy::Rule, kinds, at(0)).await.unwrap().value;
    for (rule, counted) in &by_rule {
        for (kind, count) in counted {
            let asked = TrailSearch { rule: some(rule), kind: some(kind), ..any() };
            assert_eq!(page(&told, asked).await.rows.len() as u64, *count, "{rule} {kind}");
        }
    }
    assert_eq!(by_rule["refunds-over-500"], [("action.held".to_owned(), 1)]);
    let held = |count| ("action.held".to_owned(), count);
    assert!(by_rule["refunds"].contains(&held(3)), "what another rule held is not counted: {by_rule:?}");
    let later = told.views.counts(CountBy::Rule, kinds, at(90)).await.unwrap().value;
    assert_eq!((&later["refunds"], &later["refunds-over-500"]), (&vec![], &vec![held(1)]), "from a moment on");
    let by_tool = told.views.counts(CountBy::Tool, kinds, at(0)).await.unwrap().value;
    assert!(by_tool.values().flatten().any(|(kind, count)| kind == "action.held" && *count >= 2), "{by_tool:?}");
}
