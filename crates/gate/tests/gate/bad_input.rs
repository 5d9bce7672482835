//! Arguments that are not strict or do not fit: a clear error, nothing stored, nothing executed.

use crate::shop::Shop;
use countersign_domain::conversation::Assurance;
use countersign_gate::error::GateError;

#[tokio::test]
async fn arguments_that_are_not_strict_or_do_not_fit_change_nothing() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let size = shop.log.size();
    for text in [
        r#"{"order_number":"1042","amount_minor":100,"amount_minor":9900,"currency":"EUR","reason":"late"}"#,
        r#"{"order_number":"1042","amount_minor":9007199254740993,"currency":"EUR","reason":"late"}"#,
        r#"{"order_number":"1042","amount_minor":1.5,"currency":"EUR","reason":"late"}"#,
        r#"{"order_number":"1042","amount_minor":100,"currency":"EUR","reason":"because"}"#,
        r#"{"order_number":"1042","amount_minor":100,"currency":"EUR","reason":"late","idempotency_key":"mine"}"#,
        r#"{"order_number":"1042"}"#,
        "[]",
        "not json",
        "",
    ] {
        let refused = shop.propose_text(&conversation, "crm.issue_refund", text.to_owned()).await;
        assert!(matches!(refused, Err(GateError::Schema(_) | GateError::NotStrict(_))), "{text}: {refused:?}");
    }
    let unknown = shop.propose_text(&conversation, "crm.delete_everything", "{}".to_owned()).await;
    assert!(matches!(unknown, Err(GateError::UnknownTool(_))));
    assert_eq!(shop.log.size(), size);
    assert!(shop.server.books.lock().unwrap().calls.is_empty());
}

#[tokio::test]
async fn a_conversation_that_moved_on_is_looked_at_again() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let one = shop.refund(&conversation, 100);
    let other = shop.refund(&conversation, 200);
    let _ = (one.await, other.await);
    let stale = countersign_gate::proposal::Proposal {
        conversation: conversation.clone(),
        seen: 1,
        agent: "refunds".into(),
        reasoner: crate::shop::reasoner(),
        tool: "crm.issue_refund".into(),
        arguments: crate::shop::refund(300).to_string(),
        claim: None,
        provenance: Default::default(),
        whisper: None,
        asked_in: None,
        receipts: Vec::new(),
    };
    assert!(matches!(shop.gate.propose(stale).await, Err(GateError::Moved)));
    assert_eq!(shop.refunds().len(), 2);
}

#[tokio::test]
async fn the_log_holds_no_word_that_somebody_said() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.decide(&held.action, countersign_domain::action::Choice::Reject).await.unwrap();
    let events = shop.log.read_from(0, 1_000).await.unwrap();
    for stored in events {
        let text = String::from_utf8(stored.envelope.to_bytes()).unwrap();
        for secret in ["Ana Ruiz", "Marta", "1042", "Because.", "damaged"] {
            assert!(!text.contains(secret), "invariant 9: {secret} stands open in {text}");
        }
    }
    assert!(shop.folder().join("keys.db").exists());
}
