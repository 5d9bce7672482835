//! The other flows: how far an order is, cancelling, another address, deliveries, questions; and from one to another.

use super::talk::{End, NO_PAIR, Talk};
use crate::reasoner::Wish;
use countersign_domain::action::Phase;
use countersign_domain::conversation::EscalationReason;
use countersign_gate::proposal::Provenance;
use serde_json::{Value, json};

/// Order 1063 with its postcode, three slots, one article; effects wait for a person.
fn shop(wish: &Wish) -> End {
    let argument = |name: &str| wish.arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let proved = argument("order_number") == "1063" && argument("postcode") == "46001";
    match wish.tool.as_str() {
        "crm.find_order" | "crm.list_delivery_slots" if !proved => (Phase::Failed, json!(NO_PAIR)),
        "crm.find_order" => (Phase::Succeeded, order("processing")),
        "crm.list_delivery_slots" => (Phase::Succeeded, slots()),
        "knowledge.search_articles" if argument("query").contains("wash") => (Phase::Succeeded, article()),
        "knowledge.search_articles" => (Phase::Succeeded, json!({ "found": "nothing", "passages": [] })),
        _ => (Phase::Held, Value::Null),
    }
}

fn order(status: &str) -> Value {
    json!({
        "order_number": "1063", "customer": { "name": "Ana Ruiz" }, "currency": "EUR", "status": status,
        "ordered_at": "2026-11-25T19:05:12.000Z", "delivered_at": "2026-11-26T13:40:00.000Z", "delivery_slot": null,
        "deliver_to": { "street": "Carrer de la Pau 14", "city": "València", "country": "ES" },
        "lines": [{ "title": "Ly beanie", "quantity": 1, "amount_minor": 2500 }],
        "total_minor": 2500, "refunded_minor": 0,
    })
}

fn slots() -> Value {
    let slot = |id: &str, label: &str| json!({ "slot_id": id, "label": label, "free": 1 });
    json!({ "order_number": "1063", "slots": [
        slot("ES-2026-11-27-17", "Fri 27 Nov, 17:00 to 20:00"),
        slot("ES-2026-11-28-09", "Sat 28 Nov, 09:00 to 13:00"),
        slot("ES-2026-11-30-08", "Mon 30 Nov, 08:00 to 12:00"),
        slot("ES-2026-11-30-12", "Mon 30 Nov, 12:00 to 16:00"),
    ] })
}

fn article() -> Value {
    let best = json!({
        "article_id": "care-down", "title": "Washing down jackets and sleeping bags", "heading": "Washing", "lines": "8",
        "text": "Wash down at 30 degrees with down detergent.",
    });
    json!({ "found": "passage", "best": best, "passages": [best] })
}

fn wishes<'t>(talk: &'t Talk, tool: &str) -> Vec<&'t Wish> {
    talk.wishes.iter().filter(|w| w.tool == tool).collect()
}

#[test]
fn how_far_an_order_is_is_said_as_its_record_says_it() {
    let mut talk = Talk::with(shop);
    assert!(talk.hears("where is my order?").contains("order number, and the postcode"));
    let said = talk.hears("1063, 46001");
    assert!(said.contains("Order 1063 of 2026-11-25 is being packed and not sent yet."), "{said}");
    for (status, says) in [
        ("shipped", "on its way to València"),
        ("delivered", "was delivered on 2026-11-26"),
        ("cancelled", "was cancelled"),
        ("dreaming", "cannot say how far it is"),
    ] {
        let mut talk = Talk::with(|_| (Phase::Held, Value::Null));
        talk.hears("where is my order 1063? My postcode is 46001");
        talk.last_action().report.result = Some(order(status));
        let said = talk.becomes(Phase::Succeeded);
        assert!(said.contains(says) && talk.says.last().unwrap().claims.is_empty(), "{status}: {said}");
    }
    let mut wrong = Talk::with(shop);
    assert!(wrong.hears("where is my order 1063? My postcode is 99999").contains("cannot find an order"));
}

#[test]
fn a_cancellation_is_asked_for_with_its_reason_and_told_only_once_it_happened() {
    let mut talk = Talk::with(shop);
    let said = talk.hears("Please cancel my order 1063, I ordered it twice by mistake. Postcode 46001.");
    assert!(said.contains("checking the cancellation of order 1063"), "{said}");
    let cancel = wishes(&talk, "crm.cancel_order")[0];
    assert_eq!(cancel.arguments, json!({ "order_number": "1063", "reason": "ordered_twice" }));
    assert_eq!(
        cancel.claim.as_deref(),
        Some("The customer wants order 1063 cancelled: they ordered twice or by mistake.")
    );
    assert!(talk.says.last().unwrap().claims.is_empty());
    let said = talk.becomes(Phase::Succeeded);
    assert!(said.contains("Order 1063 is cancelled and is not sent"), "{said}");
    let action = talk.last_action().report.action.clone();
    assert_eq!(talk.says.last().unwrap().claims, [action]);
    let again = talk.hears("cancel my order 1063 please, postcode 46001, I don't need it");
    assert!(again.contains("is cancelled") && wishes(&talk, "crm.cancel_order").len() == 1, "{again}");
    let mut refused = Talk::with(shop);
    refused.hears("cancel order 1063, postcode 46001, I changed my mind");
    let said = refused.becomes(Phase::Rejected);
    assert!(said.contains("did not approve it. Nothing was changed."), "{said}");
}

#[test]
fn a_new_address_is_read_from_its_own_answer_and_its_postcode_proves_nothing() {
    for (answer, street, postcode, city) in [
        ("Calle Mayor 5, 28013 Madrid", "Calle Mayor 5", "28013", "Madrid"),
        ("Please send it to 17 Hilton Street, Manchester, M1 1AE", "17 Hilton Street", "M1 1AE", "Manchester"),
        ("Lindenstraße 12a, 10969 Berlin", "Lindenstraße 12a", "10969", "Berlin"),
        ("12 rue des Lilas, 75011 Paris", "12 rue des Lilas", "75011", "Paris"),
        ("Spuistraat 104, 1012 AB Amsterdam", "Spuistraat 104", "1012 AB", "Amsterdam"),
    ] {
        let mut talk = Talk::with(shop);
        let said = talk.hears("I want to change the delivery address of order 1063, postcode 46001");
        assert!(said.contains("What is the new address?"), "{said}");
        let said = talk.hears(answer);
        assert!(said.contains("checking the new address for order 1063"), "{answer}: {said}");
        let wanted = json!({ "order_number": "1063", "street": street, "postcode": postcode, "city": city });
        let moved = wishes(&talk, "crm.change_address")[0];
        assert_eq!(moved.arguments, wanted, "{answer}");
        assert_eq!(moved.provenance["street"], Provenance::Customer { message: 2 });
        assert_eq!(wishes(&talk, "crm.find_order").len(), 1, "the proof stays what it was");
    }
    let mut piecemeal = Talk::with(shop);
    piecemeal.hears("I moved, please change the address of order 1063, postcode 46001");
    assert!(piecemeal.hears("28013").contains("city"));
    assert!(piecemeal.hears("Madrid").contains("street"));
    assert!(piecemeal.hears("Calle Mayor 5").contains("checking the new address"));
}

#[test]
fn a_slot_is_picked_by_its_number_or_by_day_and_time() {
    for (answer, slot) in [
        ("2", "ES-2026-11-28-09"),
        ("number 1 please", "ES-2026-11-27-17"),
        ("Saturday would be great", "ES-2026-11-28-09"),
        ("Monday afternoon", "ES-2026-11-30-12"),
        ("on the 27th? no, 27 Nov in the evening", "ES-2026-11-27-17"),
        ("el sábado", "ES-2026-11-28-09"),
    ] {
        let mut talk = Talk::with(shop);
        let said = talk.hears("book a delivery slot for order 1063, postcode 46001");
        assert!(said.contains("1: Fri 27 Nov, 17:00 to 20:00; 2: Sat 28 Nov"), "{said}");
        talk.hears(answer);
        let booked = wishes(&talk, "crm.book_delivery");
        assert_eq!(booked.len(), 1, "{answer}");
        assert_eq!(booked[0].arguments, json!({ "order_number": "1063", "slot_id": slot }), "{answer}");
        let Provenance::Record { what, .. } = &booked[0].provenance["slot_id"] else { panic!("{booked:?}") };
        assert!(what.contains("Nov"), "{what}");
    }
    let mut unclear = Talk::with(shop);
    unclear.hears("please move my delivery of order 1063 to another day, postcode 46001");
    let narrowed = unclear.hears("Monday");
    assert!(narrowed.contains("3: Mon 30 Nov, 08:00") && !narrowed.contains("Sat"), "{narrowed}");
    unclear.hears("4");
    assert_eq!(wishes(&unclear, "crm.reschedule_delivery")[0].arguments["slot_id"], "ES-2026-11-30-12");
    let action = unclear.last_action();
    action.report.result = Some(json!({ "order": { "delivery_slot": "Mon 30 Nov, 12:00 to 16:00" } }));
    let said = unclear.becomes(Phase::Succeeded);
    assert!(said.contains("Order 1063 is now brought on Mon 30 Nov, 12:00 to 16:00."), "{said}");
}

#[test]
fn where_no_slot_is_free_nothing_is_asked_for() {
    let mut talk = Talk::with(|_| (Phase::Succeeded, json!({ "order_number": "1063", "slots": [] })));
    let said = talk.hears("book a delivery slot for order 1063, postcode 46001");
    assert!(said.contains("No delivery slot is free") && wishes(&talk, "crm.book_delivery").is_empty(), "{said}");
}

#[test]
fn a_question_is_answered_with_the_passage_its_article_and_its_lines() {
    let mut talk = Talk::with(shop);
    let said = talk.hears("How do I wash a down jacket?");
    assert!(said.starts_with("Wash down at 30 degrees"), "{said}");
    assert!(said.contains("“Washing down jackets and sleeping bags”, under “Washing”, lines 8."), "{said}");
    let asked = wishes(&talk, "knowledge.search_articles")[0];
    assert_eq!(asked.arguments, json!({ "query": "How do I wash a down jacket?" }));
    let nothing = talk.hears("how old may a climbing rope be");
    assert!(nothing.contains("I found nothing about this in our articles"), "{nothing}");
    assert!(talk.says.iter().all(|s| s.claims.is_empty()) && talk.escalated().is_empty());
}

#[test]
fn another_wish_ends_the_flow_that_hears_nothing_it_needs() {
    let mut talk = Talk::with(shop);
    talk.hears("I want to cancel my order");
    let said = talk.hears("how do I wash a down jacket?");
    assert!(said.starts_with("Wash down at 30 degrees"), "{said}");
    // What was asked for is told even when the talk has gone on to something else.
    let mut after = Talk::with(shop);
    after.hears("cancel order 1063, postcode 46001, I changed my mind");
    let cancelling = after.last_action().report.action.clone();
    let said = after.hears("where is my order 1063? the postcode is 46001");
    assert!(said.contains("is being packed"), "{said}");
    after.dialogue.actions.get_mut(&cancelling).unwrap().report.phase = Phase::Succeeded;
    let said = after.goes_on();
    assert!(said.contains("Order 1063 is cancelled"), "{said}");
    assert_eq!(after.says.last().unwrap().claims, [cancelling]);
}

#[test]
fn whoever_writes_in_another_language_is_answered_in_it() {
    for (text, asks, numbers, held) in [
        ("quiero cancelar mi pedido", "¿Cuál es el número de pedido", "1063, 46001", "¿Puedo preguntar por qué?"),
        ("ich möchte meine Bestellung stornieren", "Wie lautet die Bestellnummer", "1063, 46001", "Darf ich fragen"),
        ("je veux annuler ma commande", "Quel est le numéro de commande", "1063, 46001", "Puis-je demander pourquoi"),
    ] {
        let mut talk = Talk::with(shop);
        let said = talk.hears(text);
        assert!(said.contains(asks), "{said}");
        let said = talk.hears(numbers);
        assert!(said.contains(held), "{said}");
    }
    let mut person = Talk::with(shop);
    let said = person.hears("ich möchte mit einem Mitarbeiter sprechen");
    assert!(said.contains("Ich habe notiert") && person.escalated() == [EscalationReason::AskedForPerson], "{said}");
}

#[test]
fn what_is_for_somebody_else_starts_nothing() {
    for text in ["cancel my hotel booking", "what is the weather like tomorrow", "tell me a joke about mountains"] {
        let mut talk = Talk::with(shop);
        let said = talk.hears(text);
        assert!(said.contains("I am not sure what you need") && talk.wishes.is_empty(), "{text}: {said}");
    }
}
