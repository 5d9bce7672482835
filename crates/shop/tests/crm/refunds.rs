//! Refunds: at most once per key, never beyond the order, and settled by the claiming probe.

use std::process::Command;

use countersign_shop::Refund;
use serde_json::{Value, json};

use crate::client::{Shop, headlamp, refusal, succeeded};

fn with(mut arguments: Value, name: &str, value: Value) -> Value {
    arguments[name] = value;
    arguments
}

#[tokio::test]
async fn the_same_key_with_the_same_arguments_answers_the_recorded_refund_and_pays_once() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let first = crm.ask("issue_refund", headlamp("k-1")).await;
    assert_eq!((&first["amount_minor"], &first["currency"]), (&json!(4900), &json!("EUR")));
    assert_eq!((&first["refunded_total_minor"], &first["remaining_minor"]), (&json!(4900), &json!(14000)));
    assert_eq!(first["already_recorded"], false);
    crm.ask("issue_refund", with(headlamp("k-2"), "amount_minor", json!(1000))).await;
    // A restart and a later refund on the order change nothing in the repeated answer.
    crm.kill().await;
    let crm = shop.server(&[]).await;
    let again = crm.ask("issue_refund", with(headlamp("k-1"), "order_number", json!("#1042"))).await;
    assert_eq!(again, with(first, "already_recorded", json!(true)));
    assert_eq!(shop.refunds().len(), 2);
    assert_eq!(crm.ask("get_order", json!({ "order_number": "1042" })).await["refunded_minor"], 5900);
}

#[tokio::test]
async fn the_same_key_with_any_other_argument_is_refused() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    crm.ask("issue_refund", headlamp("k-1")).await;
    for (name, value) in [
        ("order_number", json!("705")),
        ("amount_minor", json!(4901)),
        ("currency", json!("GBP")),
        ("reason", json!("late")),
        ("note", json!("Another note")),
    ] {
        let (code, text) = crm.refused("issue_refund", with(headlamp("k-1"), name, value)).await;
        assert_eq!(code, "key_conflict", "{name}: {text}");
    }
    assert_eq!(shop.refunds().len(), 1);
}

#[tokio::test]
async fn the_key_may_come_in_meta_but_must_come_and_must_agree() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let mut keyless = headlamp("");
    keyless.as_object_mut().unwrap().remove("idempotency_key");
    assert_eq!(crm.refused("issue_refund", keyless.clone()).await.0, "key_missing");
    let differ = crm.call_with_meta("issue_refund", headlamp("k-1"), json!("k-2")).await;
    assert_eq!(refusal(&differ).0, "keys_differ");
    let no_text = crm.call_with_meta("issue_refund", keyless.clone(), json!(7)).await;
    assert_eq!(refusal(&no_text).0, "invalid_arguments");
    assert_eq!(shop.refunds().len(), 0);
    let first = succeeded(crm.call_with_meta("issue_refund", keyless, json!("k-1")).await);
    let both = succeeded(crm.call_with_meta("issue_refund", headlamp("k-1"), json!("k-1")).await);
    assert_eq!(both["refund_id"], first["refund_id"]);
    assert_eq!(both["already_recorded"], true);
    assert_eq!(shop.refunds().len(), 1);
}

#[tokio::test]
async fn a_claimed_key_can_never_be_paid_and_every_probe_answers_the_same() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let key = json!({ "idempotency_key": "k-late" });
    assert_eq!(crm.ask("probe_refund", key.clone()).await, json!({ "state": "claimed" }));
    assert_eq!(crm.refused("issue_refund", headlamp("k-late")).await.0, "key_claimed");
    assert_eq!(crm.ask("probe_refund", key.clone()).await, json!({ "state": "claimed" }));
    // The claim outlives the process.
    crm.kill().await;
    let crm = shop.server(&[]).await;
    assert_eq!(crm.refused("issue_refund", headlamp("k-late")).await.0, "key_claimed");
    assert_eq!(crm.ask("probe_refund", key).await, json!({ "state": "claimed" }));
    assert_eq!(shop.refunds().len(), 0);
}

#[tokio::test]
async fn a_probe_of_a_refund_that_happened_shows_it_and_claims_nothing() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let paid = crm.ask("issue_refund", headlamp("k-1")).await;
    for _ in 0..2 {
        let probe = crm.ask("probe_refund", json!({ "idempotency_key": "k-1" })).await;
        assert_eq!(probe["state"], "happened");
        assert_eq!(probe["refund"]["refund_id"], paid["refund_id"]);
        assert_eq!(probe["refund"]["amount_minor"], 4900);
    }
    assert_eq!(crm.ask("issue_refund", headlamp("k-1")).await["already_recorded"], true);
}

#[tokio::test]
async fn no_more_than_what_is_left_is_paid_and_the_refusal_says_how_much_that_is() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    crm.ask("issue_refund", headlamp("k-1")).await;
    let (code, text) = crm.refused("issue_refund", with(headlamp("k-2"), "amount_minor", json!(14001))).await;
    assert_eq!(code, "too_much");
    assert!(text.contains("140.01 EUR is more") && text.contains("which is 140.00 EUR"), "{text}");
    let rest = crm.ask("issue_refund", with(headlamp("k-2"), "amount_minor", json!(14000))).await;
    assert_eq!(rest["remaining_minor"], 0);
    let (code, text) = crm.refused("issue_refund", with(headlamp("k-3"), "amount_minor", json!(1))).await;
    assert_eq!(code, "too_much");
    assert!(text.contains("which is 0.00 EUR"), "{text}");
}

#[tokio::test]
async fn only_the_currency_of_the_order_is_paid() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let (code, text) = crm.refused("issue_refund", with(headlamp("k-1"), "currency", json!("SEK"))).await;
    assert_eq!(code, "wrong_currency");
    assert!(text.contains("EUR"), "{text}");
    let unknown_order = with(headlamp("k-1"), "order_number", json!("9999"));
    assert_eq!(crm.refused("issue_refund", unknown_order).await.0, "no_such_order");
    assert_eq!(shop.refunds().len(), 0);
}

#[tokio::test]
async fn concurrent_refunds_from_two_processes_never_pass_the_total() {
    let shop = Shop::new();
    let (one, other) = tokio::join!(shop.server(&[]), shop.server(&[]));
    // Six times 49.00 against 189.00: three fit, whoever comes first.
    let calls: [Value; 6] = std::array::from_fn(|n| headlamp(&format!("k-{n}")));
    let [a, b, c, d, e, f] = calls;
    let results = tokio::join!(
        one.call("issue_refund", a),
        other.call("issue_refund", b),
        one.call("issue_refund", c),
        other.call("issue_refund", d),
        one.call("issue_refund", e),
        other.call("issue_refund", f),
    );
    let results = [results.0, results.1, results.2, results.3, results.4, results.5].map(Result::unwrap);
    let paid = results.iter().filter(|result| result.is_error != Some(true)).count();
    let refused = results.iter().filter(|result| result.is_error == Some(true)).map(refusal);
    assert_eq!(paid, 3);
    assert!(refused.map(|(code, _)| code).all(|code| code == "too_much"));
    assert_eq!(shop.refunds().iter().map(|refund| refund.amount_minor).sum::<i64>(), 14_700);
}

#[tokio::test]
async fn one_key_sent_to_two_processes_at_once_pays_once() {
    let shop = Shop::new();
    let (one, other) = tokio::join!(shop.server(&[]), shop.server(&[]));
    let (first, second) =
        tokio::join!(one.ask("issue_refund", headlamp("k-1")), other.ask("issue_refund", headlamp("k-1")));
    assert_eq!(first["refund_id"], second["refund_id"]);
    assert_ne!(first["already_recorded"], second["already_recorded"]);
    assert_eq!(shop.refunds().len(), 1);
}

#[tokio::test]
async fn the_command_line_lists_all_refunds_as_json() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    crm.ask("issue_refund", headlamp("k-1")).await;
    let listed = Command::new(env!("CARGO_BIN_EXE_countersign-crm"))
        .arg("--data")
        .arg(shop.database())
        .arg("list-refunds")
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let listed: Vec<Refund> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed.len(), 31);
    assert_eq!(listed.last(), shop.refunds().last());
}
