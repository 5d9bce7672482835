//! Where an argument came from is found by the gate: an agent's word on its own sources is not taken.

use crate::shop::{Shop, refund, wish};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_event_log::envelope::Actor;
use countersign_gate::card::{Card, CardSource};
use countersign_gate::proposal::{Proposal, Provenance};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A conversation in which the customer said this, message by message.
pub(crate) async fn said(shop: &Shop, texts: &[&str]) -> ConversationId {
    let id = shop.conversation(Assurance::Verified).await;
    for text in texts {
        let (state, _) = shop.gate.records().conversation(&id).await.unwrap();
        let draft = state.receive(text, None).unwrap().unwrap();
        let actor = Actor::Customer(id.to_string());
        shop.gate.records().append_conversation(&id, state.version, vec![draft], actor).await.unwrap();
    }
    id
}

/// An order that the agent read in a conversation.
async fn looked_up(shop: &Shop, id: &ConversationId) -> ActionId {
    let pair = json!({"order_number": "1042", "postcode": "46001"}).to_string();
    let report = shop.propose_text(id, "crm.find_order", pair).await.unwrap();
    assert_eq!(report.phase, Phase::Succeeded);
    report.action
}

/// The card of a refund that is held, with the sources that its agent names.
pub(crate) async fn card(shop: &Shop, id: &ConversationId, arguments: Value, named: &[(&str, Provenance)]) -> Card {
    let provenance: BTreeMap<_, _> = named.iter().map(|(name, from)| ((*name).to_owned(), from.clone())).collect();
    let seen = shop.seen(id).await;
    let proposal = Proposal { arguments: arguments.to_string(), provenance, ..wish(id.clone(), seen, 0) };
    let report = shop.gate.propose(proposal).await.unwrap();
    assert_eq!(report.phase, Phase::Held);
    shop.gate.card(&report.action).await.unwrap().0
}

fn source<'a>(card: &'a Card, name: &str) -> &'a CardSource {
    &card.arguments.iter().find(|argument| argument.name == name).unwrap().source
}

fn message(source: &CardSource) -> Option<u32> {
    match source {
        CardSource::Customer { message, .. } => Some(*message),
        _ => None,
    }
}

#[tokio::test]
async fn an_argument_is_found_in_the_words_whatever_the_agent_says_of_it() {
    let shop = Shop::open().await;
    let id = said(&shop, &["My order 1042 is broken.", "I want €129.00 back, and it was order 1042."]).await;
    // It names the wrong message for one, the right one for another, and none for the amount.
    let named = [
        ("order_number", Provenance::Customer { message: 1 }),
        ("currency", Provenance::Customer { message: 1 }),
        ("reason", Provenance::Customer { message: 9 }),
    ];
    let card = card(&shop, &id, refund(12_900), &named).await;
    assert_eq!(message(source(&card, "order_number")), Some(1));
    assert_eq!(message(source(&card, "amount_minor")), Some(2));
    // Nobody said EUR; the order that was read as evidence has it nowhere among its facts either.
    assert!(
        matches!(source(&card, "currency"), CardSource::Understood { message: 1, .. }),
        "{:?}",
        source(&card, "currency")
    );
    assert_eq!(source(&card, "reason"), &CardSource::Agent, "a message that nobody wrote");
}

#[tokio::test]
async fn a_record_counts_only_where_it_was_read_in_this_conversation_and_holds_the_value() {
    let shop = Shop::open().await;
    let other = said(&shop, &["Hello."]).await;
    let elsewhere = looked_up(&shop, &other).await;
    let id = said(&shop, &["Hello."]).await;
    let read = looked_up(&shop, &id).await;
    let from = |action: &ActionId, path: &str| Provenance::Record {
        action: action.clone(),
        path: path.to_owned(),
        what: "Order 1042, total".to_owned(),
    };
    // The agent's own name for it is not taken over.
    let total = || CardSource::Record { what: "find_order: total minor".to_owned() };

    let whole = card(&shop, &id, refund(18_900), &[("amount_minor", from(&read, "/total_minor"))]).await;
    assert_eq!(source(&whole, "amount_minor"), &total());
    shop.decide(&whole.action.parse().unwrap(), Choice::Reject).await.unwrap();

    // Another amount than the record holds was worked out of it, as the agent says.
    let part = card(&shop, &id, refund(9_900), &[("amount_minor", from(&read, "/total_minor"))]).await;
    let worked_out = CardSource::WorkedOut { what: "Order 1042, total".to_owned() };
    assert_eq!(source(&part, "amount_minor"), &worked_out);
    shop.decide(&part.action.parse().unwrap(), Choice::Reject).await.unwrap();

    let foreign = card(&shop, &id, refund(9_800), &[("amount_minor", from(&elsewhere, "/total_minor"))]).await;
    assert_eq!(source(&foreign, "amount_minor"), &CardSource::Agent, "read in another conversation");
    shop.decide(&foreign.action.parse().unwrap(), Choice::Reject).await.unwrap();

    // Named nowhere, and there all the same. (The same refund is asked about again, for the order has moved.)
    shop.server.books.lock().unwrap().status = Some("shipped".into());
    let silent = card(&shop, &id, refund(18_900), &[]).await;
    assert!(
        matches!(source(&silent, "amount_minor"), CardSource::Record { .. }),
        "{:?}",
        source(&silent, "amount_minor")
    );
    assert_eq!(source(&silent, "order_number"), &CardSource::Agent, "nobody but the agent had named it");
}

#[tokio::test]
async fn what_an_override_changed_was_typed_by_a_person() {
    let shop = Shop::open_with_two().await;
    let id = said(&shop, &["I want 1200 euros for order 1042."]).await;
    let first = card(&shop, &id, refund(120_000), &[]).await;
    assert_eq!(message(source(&first, "amount_minor")), Some(1));
    let action: ActionId = first.action.parse().unwrap();
    let signed = shop.sign(&action, Choice::Override, Some(refund(12_000))).await;
    shop.gate.decide(signed).await.unwrap();
    let (after, _) = shop.gate.card(&action).await.unwrap();
    assert_eq!(source(&after, "amount_minor"), &CardSource::Person);
    assert_eq!(message(source(&after, "order_number")), Some(1));
}

#[tokio::test]
async fn a_record_that_repeats_what_the_agent_sent_is_no_source_of_it() {
    let shop = Shop::open().await;
    let id = said(&shop, &["Hello."]).await;
    let read = looked_up(&shop, &id).await;
    // The order's number came back with the order: the agent had named it.
    let named = [(
        "order_number",
        Provenance::Record { action: read, path: "/order_number".into(), what: "The order itself".into() },
    )];
    let card = card(&shop, &id, refund(18_900), &named).await;
    let worked_out = CardSource::WorkedOut { what: "The order itself".to_owned() };
    assert_eq!(source(&card, "order_number"), &worked_out);
    assert!(matches!(source(&card, "amount_minor"), CardSource::Record { .. }), "the order's own total");
}
