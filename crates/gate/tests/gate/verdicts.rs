//! Rules first: what runs alone, what waits, and that the card says which rule.

use crate::shop::{Shop, refund};
use countersign_domain::action::Phase;
use countersign_domain::conversation::Assurance;
use serde_json::json;

#[tokio::test]
async fn a_small_refund_for_a_verified_customer_runs_once_and_started_is_stored_before_it_is_sent() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let report = shop.refund(&conversation, 4_900).await;
    assert_eq!((report.phase, shop.refunds()), (Phase::Succeeded, vec![4_900]));
    assert_eq!(shop.kinds(&report.action).await, ["proposed", "allowed", "started", "succeeded"]);
    let record = shop.gate.records().action(&report.action).await.unwrap();
    let started = record.events[2].stored.envelope.position;
    let size_when_sent = shop.server.books.lock().unwrap().log_at_refund.unwrap();
    assert!(started < size_when_sent, "invariant 1: started is stored before a byte is sent");
}

#[tokio::test]
async fn larger_refunds_unknown_customers_and_other_currencies_wait_and_the_card_names_the_rule() {
    let shop = Shop::open().await;
    for (assurance, arguments, rule, approvers) in [
        (Assurance::Verified, refund(12_900), "refund-over-50", 1),
        (Assurance::Verified, refund(60_000), "refund-over-500", 2),
        (Assurance::Claimed, refund(100), "refund-unverified-customer", 1),
        (
            Assurance::Verified,
            json!({"order_number": "1042", "amount_minor": 100, "currency": "SEK", "reason": "late"}),
            "refund-no-limit-in-currency",
            1,
        ),
    ] {
        let conversation = shop.conversation(assurance).await;
        let report = shop.propose_text(&conversation, "crm.issue_refund", arguments.to_string()).await.unwrap();
        assert_eq!(report.phase, Phase::Held, "{arguments}");
        let (card, _) = shop.gate.card(&report.action).await.unwrap();
        assert!(card.rules.iter().any(|r| r.id == rule), "{:?} should name {rule}", card.rules);
        assert_eq!(card.approvers, approvers);
        assert!(card.notices.iter().any(|n| n.contains("different people")) == (approvers > 1));
    }
    assert!(shop.refunds().is_empty(), "invariant 3: nothing held has run");
}

#[tokio::test]
async fn the_card_shows_every_argument_the_effect_and_the_facts() {
    let shop = Shop::open().await;
    let report = shop.held().await;
    let (card, _) = shop.gate.card(&report.action).await.unwrap();
    assert_eq!(card.headline, "Refund €129.00 to Ana Ruiz for order 1042");
    let shown: Vec<_> = card.arguments.iter().map(|a| (a.name.as_str(), a.shown.as_str())).collect();
    let expected = [("order_number", "1042"), ("amount_minor", "€129.00"), ("currency", "EUR"), ("reason", "damaged")];
    assert_eq!(shown, expected);
    let bar = card.bar.clone().unwrap();
    assert_eq!((bar.total, bar.already, bar.this), (18_900, 0, 12_900));
    assert!(card.facts.iter().any(|f| f.shown == "€189.00"));
    assert_eq!(card.digest(), shop.gate.card(&report.action).await.unwrap().0.digest(), "a card has no clock in it");
}

#[tokio::test]
async fn a_limit_changed_in_the_policy_files_holds_the_next_refund_and_names_its_rule() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    assert_eq!(shop.refund(&conversation, 4_000).await.phase, Phase::Succeeded);
    shop.put_policy("refunds", |text| text.replace("context.money.minor > 5000", "context.money.minor > 3000"));
    let report = shop.refund(&conversation, 4_000).await;
    assert_eq!(report.phase, Phase::Held);
    let (card, _) = shop.gate.card(&report.action).await.unwrap();
    assert!(card.rules.iter().any(|r| r.id == "refund-over-50"));
}
