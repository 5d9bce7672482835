//! What is changed of an order: cancelled, sent elsewhere, booked and moved; once per key, and settled by the probe.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Server, Shop, within};

/// An order that waits to be sent: Ana's, 55.00 EUR, to 46001 València.
const ANA: &str = "1063";

fn with(mut arguments: Value, key: &str) -> Value {
    arguments["idempotency_key"] = json!(key);
    arguments
}

fn cancel(key: &str) -> Value {
    with(json!({ "order_number": ANA, "reason": "changed_mind" }), key)
}

fn moving(key: &str) -> Value {
    with(json!({ "order_number": ANA, "street": "Calle Mayor 5", "postcode": "28013", "city": "Madrid" }), key)
}

async fn order(crm: &Server, number: &str) -> Value {
    crm.ask("get_order", json!({ "order_number": number })).await
}

async fn slots(crm: &Server, number: &str, postcode: &str) -> Vec<Value> {
    let list = crm.ask("list_delivery_slots", json!({ "order_number": number, "postcode": postcode })).await;
    list["slots"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_order_that_is_not_sent_is_cancelled_once_and_what_is_left_of_it_paid_back() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let partly = json!({ "order_number": ANA, "amount_minor": 1900, "currency": "EUR", "reason": "goodwill", "idempotency_key": "k-0" });
    crm.ask("issue_refund", partly).await;
    let done = crm.ask("cancel_order", cancel("k-1")).await;
    assert_eq!((&done["order"]["status"], &done["order"]["refunded_minor"]), (&json!("cancelled"), &json!(5500)));
    crm.kill().await;
    let crm = shop.server(&[]).await;
    let again = crm.ask("cancel_order", cancel("k-1")).await;
    assert_eq!((&again["change_id"], &again["already_recorded"]), (&done["change_id"], &json!(true)));
    assert_eq!(crm.refused("cancel_order", cancel("k-2")).await.0, "too_far");
    let refund = json!({ "order_number": ANA, "amount_minor": 1, "currency": "EUR", "reason": "late", "idempotency_key": "k-3" });
    assert_eq!(crm.refused("issue_refund", refund).await.0, "too_much", "nothing is left of a cancelled order");
    for sent in ["1042", "1060"] {
        let late = with(json!({ "order_number": sent, "reason": "other" }), &format!("late-{sent}"));
        let (code, text) = crm.refused("cancel_order", late).await;
        assert!(code == "too_far" && text.contains("cannot be cancelled any more"), "{text}");
    }
}

#[tokio::test]
async fn an_order_that_is_not_sent_goes_elsewhere_and_the_new_postcode_proves_it() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let done = crm.ask("change_address", moving("k-1")).await;
    let there = json!({ "street": "Calle Mayor 5", "city": "Madrid", "country": "ES" });
    assert_eq!(done["order"]["deliver_to"], there);
    assert!(!done.to_string().contains("28013"), "no answer shows a postcode");
    let pair = |postcode: &str| json!({ "order_number": ANA, "postcode": postcode });
    assert_eq!(crm.refused("find_order", pair("46001")).await.0, "no_such_pair");
    assert_eq!(crm.ask("find_order", pair("28013")).await["deliver_to"], there);
    // The customer's other orders stay where they were.
    crm.ask("find_order", json!({ "order_number": "1042", "postcode": "46001" })).await;
    let mut sent = moving("k-2");
    sent["order_number"] = json!("1060");
    assert_eq!(crm.refused("change_address", sent).await.0, "too_far");
    let mut short = moving("k-3");
    short["city"] = json!(" ");
    assert_eq!(crm.refused("change_address", short).await.0, "invalid_arguments");
}

#[tokio::test]
async fn a_slot_is_booked_and_moved_and_holds_no_more_parcels_than_fit() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let open = slots(&crm, ANA, "46001").await;
    let days: BTreeSet<_> = open.iter().map(|slot| slot["day"].as_str().unwrap()).collect();
    assert!(days.len() >= 5 && open.iter().all(|slot| slot["free"].as_i64().unwrap() > 0), "{open:#?}");
    assert!(open.len() < 16, "some hours of every week are full: {open:#?}");
    let (last, other) = (open.iter().find(|s| s["free"] == 1).unwrap(), open.iter().find(|s| s["free"] != 1).unwrap());
    let book = |number: &str, slot: &Value, key: &str| {
        with(json!({ "order_number": number, "slot_id": slot["slot_id"] }), key)
    };
    assert_eq!(crm.refused("reschedule_delivery", book(ANA, other, "k-0")).await.0, "not_booked");
    let done = crm.ask("book_delivery", book(ANA, last, "k-1")).await;
    assert_eq!(done["order"]["delivery_slot"], last["label"]);
    assert_eq!(crm.refused("book_delivery", book(ANA, other, "k-2")).await.0, "already_booked");

    // The only place is taken: another order to Spain is refused, until it is given back.
    let spanish = spanish_order(&shop);
    assert!(!slots(&crm, ANA, "46001").await.contains(last), "a full slot is not offered");
    assert_eq!(crm.refused("book_delivery", book(&spanish, last, "k-3")).await.0, "slot_full");
    let moved = crm.ask("reschedule_delivery", book(ANA, other, "k-4")).await;
    assert_eq!(moved["order"]["delivery_slot"], other["label"]);
    crm.ask("book_delivery", book(&spanish, last, "k-5")).await;
    assert_eq!(order(&crm, &spanish).await["delivery_slot"], last["label"]);
    assert_eq!(crm.refused("book_delivery", book("1042", other, "k-6")).await.0, "too_far");
    let nowhere = with(json!({ "order_number": "1062", "slot_id": "ES-2020-01-01-08" }), "k-7");
    assert_eq!(crm.refused("book_delivery", nowhere).await.0, "no_such_slot");
}

#[tokio::test]
async fn two_processes_that_book_the_last_place_at_once_fill_it_once() {
    let shop = Shop::new();
    let (one, other) = tokio::join!(shop.server(&[]), shop.server(&[]));
    let last = slots(&one, ANA, "46001").await.into_iter().find(|slot| slot["free"] == 1).unwrap();
    let spanish = spanish_order(&shop);
    let book = |number: &str, key: &str| with(json!({ "order_number": number, "slot_id": last["slot_id"] }), key);
    let (a, b) =
        tokio::join!(one.call("book_delivery", book(ANA, "k-1")), other.call("book_delivery", book(&spanish, "k-2")));
    let refused = [a.unwrap(), b.unwrap()].iter().filter(|result| result.is_error == Some(true)).count();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn where_nobody_brings_parcels_by_the_hour_the_answer_says_so() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let american = json!({ "order_number": "1055", "postcode": "97205" });
    assert_eq!(crm.refused("list_delivery_slots", american).await.0, "no_slots_there");
    let wrong = json!({ "order_number": ANA, "postcode": "46002" });
    assert_eq!(crm.refused("list_delivery_slots", wrong).await.0, "no_such_pair");
}

#[tokio::test]
async fn a_claimed_key_changes_nothing_ever_and_one_that_happened_is_told() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let note = |key: &str| with(json!({ "order_number": ANA, "text": "Called back." }), key);
    let calls = [("cancel_order", cancel("late")), ("change_address", moving("late")), ("add_note", note("late"))];
    assert_eq!(crm.ask("probe_change", json!({ "idempotency_key": "late" })).await, json!({ "state": "claimed" }));
    for (tool, arguments) in calls {
        assert_eq!(crm.refused(tool, arguments).await.0, "key_claimed", "{tool}");
    }
    let made = crm.ask("change_address", moving("k-1")).await;
    let probe = crm.ask("probe_change", json!({ "idempotency_key": "k-1" })).await;
    assert_eq!((&probe["state"], &probe["change"]["change_id"]), (&json!("happened"), &made["change_id"]));
    // One key is one call: no other tool and no other arguments may use it, a refund included.
    assert_eq!(crm.refused("cancel_order", cancel("k-1")).await.0, "key_conflict");
    let mut elsewhere = moving("k-1");
    elsewhere["city"] = json!("Sevilla");
    assert_eq!(crm.refused("change_address", elsewhere).await.0, "key_conflict");
    let refund = json!({ "order_number": ANA, "amount_minor": 1, "currency": "EUR", "reason": "late", "idempotency_key": "k-1" });
    assert_eq!(crm.refused("issue_refund", refund).await.0, "key_conflict");
    let mut keyless = cancel("x");
    keyless.as_object_mut().unwrap().remove("idempotency_key");
    assert_eq!(crm.refused("cancel_order", keyless).await.0, "key_missing");
    let first = crm.ask("add_note", note("k-2")).await;
    assert_eq!(crm.ask("add_note", note("k-2")).await, first, "the same note, not another");
    let database = countersign_shop::Database::open(&shop.database(), None).unwrap();
    assert_eq!((database.list_changes().unwrap().len(), database.list_notes().unwrap().len()), (2, 1));
}

#[tokio::test]
async fn a_cancellation_that_was_cut_short_is_settled_by_the_probe() {
    for (fault, state) in [("exit-before-commit", "claimed"), ("exit-after-commit", "happened")] {
        let shop = Shop::new();
        let file = shop.path("fault");
        std::fs::write(&file, []).unwrap();
        let mut crm = shop.server_with_fault(Some(fault), &[("COUNTERSIGN_CRM_FAULT_FILE", &file)]).await;
        assert!(crm.call("cancel_order", cancel("k-1")).await.is_err(), "the call cannot have been answered");
        within(crm.child.wait()).await.unwrap();
        let next = shop.server(&[]).await;
        assert_eq!(next.ask("probe_change", json!({ "idempotency_key": "k-1" })).await["state"], state);
        let cancelled = order(&next, ANA).await["status"] == "cancelled";
        assert_eq!(cancelled, state == "happened", "{fault}");
    }
}

/// Another order to Spain that waits to be sent.
fn spanish_order(shop: &Shop) -> String {
    let read = rusqlite::Connection::open(shop.database()).unwrap();
    let query = "SELECT number FROM orders WHERE country = 'ES' AND status = 'processing' AND number <> ?1";
    read.query_row(query, [ANA], |row| row.get(0)).unwrap()
}
