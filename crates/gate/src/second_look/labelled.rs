//! How often a second look is right: over labelled cards, half of them clean. One half of the cards was seen while
//! phrases were written, the other never.

use super::{Looked, Topics, second_look};
use crate::card::{CardWords, ContradictionKind};
use crate::draw;
use crate::evidence::{Fact, Reading};
use crate::tools::Toolbox;
use crate::warned::plain_arguments;
use countersign_domain::action::Evidence;
use countersign_domain::conversation::Assurance;
use countersign_domain::tool::ToolSettings;
use countersign_testkit::crm_definitions;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Labelled {
    card: Vec<Card>,
}

#[derive(Deserialize)]
struct Card {
    id: String,
    name: String,
    messages: Vec<String>,
    tool: String,
    arguments: Value,
    order: Order,
    contradictions: Vec<String>,
    #[serde(flatten)]
    _rest: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Order {
    customer: String,
    status: String,
    total_minor: i64,
    refunded_minor: i64,
    currency: String,
    #[serde(flatten)]
    _rest: BTreeMap<String, Value>,
}

fn toolbox() -> Toolbox {
    let parsed: toml::Table = include_str!("../../../../assets/tools/crm.toml").parse().unwrap();
    let settings: Vec<ToolSettings> = parsed["tool"].clone().try_into().unwrap();
    Toolbox::pin(crm_definitions(), settings)
}

/// What the second look says of a card, as the labels say it.
fn seen(card: &Card, topics: &Topics, toolbox: &Toolbox) -> BTreeSet<String> {
    let tool = toolbox.get(&card.tool).unwrap();
    let amount = |minor: i64| Fact { value: json!(minor), currency: Some(card.order.currency.clone()) };
    let text = |text: &str| Fact { value: json!(text), currency: None };
    let facts: BTreeMap<String, Fact> = [
        ("total", amount(card.order.total_minor)),
        ("refunded", amount(card.order.refunded_minor)),
        ("status", text(&card.order.status)),
        ("customer_name", text(&card.order.customer)),
    ]
    .into_iter()
    .map(|(name, fact)| (name.to_owned(), fact))
    .collect();
    let at = "2026-11-23T09:00:00.000000Z".parse().unwrap();
    let reading = Reading { state: Evidence::Read { at }, facts: Some(facts) };
    let arguments = plain_arguments(tool, &card.arguments);
    let words: Vec<CardWords> =
        (1..).zip(&card.messages).map(|(message, text)| CardWords { message, text: text.clone(), at }).collect();
    let customer = Some(card.name.as_str()).filter(|name| !name.is_empty());
    let wording = draw::wording(tool, &card.arguments, &reading, customer);
    let looked = Looked {
        tool,
        arguments: &arguments,
        values: &card.arguments,
        facts: reading.facts.as_ref(),
        bar: wording.bar.as_ref(),
        customer,
        assurance: Assurance::Claimed,
        words: &words,
    };
    let label = |kind| match kind {
        ContradictionKind::Said => "said",
        ContradictionKind::Argument => "reason",
        ContradictionKind::Amount => "amount",
        ContradictionKind::Over => "over",
        ContradictionKind::Object => "object",
        ContradictionKind::Name => "name",
    };
    second_look(topics, &looked).into_iter().map(|found| label(found.kind).to_owned()).collect()
}

/// Hits and misses by label, and the false alarms.
fn measure(text: &str) -> (usize, usize, usize, Vec<String>) {
    let (topics, toolbox) = (Topics::of_the_sample_shop(), toolbox());
    let cards = toml::from_str::<Labelled>(text).unwrap().card;
    let (mut labels, mut hits, mut alarms, mut wrong) = (0, 0, 0, Vec::new());
    for card in &cards {
        let meant: BTreeSet<String> = card.contradictions.iter().cloned().collect();
        let seen = seen(card, &topics, &toolbox);
        labels += meant.len();
        hits += meant.intersection(&seen).count();
        alarms += seen.difference(&meant).count();
        if seen != meant {
            wrong.push(format!("{}: meant {meant:?}, seen {seen:?}", card.id));
        }
    }
    (labels, hits, alarms, wrong)
}

#[test]
fn a_second_look_finds_what_a_careful_colleague_would_and_seldom_anything_else() {
    let sets = [
        ("seen while phrases were written", include_str!("../../../../tests/second-look/tuned.toml"), 24, 0),
        ("kept apart", include_str!("../../../../tests/second-look/apart.toml"), 13, 4),
    ];
    let measured = sets.map(|(name, text, least, most)| {
        let (labels, hits, alarms, wrong) = measure(text);
        let told = format!("{name}: {hits} of {labels} found, {alarms} false alarms");
        eprintln!("{told}");
        (hits >= least && alarms <= most, told, wrong)
    });
    for (holds, told, wrong) in measured {
        assert!(holds, "{told}\n{}", wrong.join("\n"));
    }
}
