//! The shortest look: an approval that comes faster is refused, whatever else is right, and a no never is.

use crate::shop::{Shop, refund};
use countersign_domain::action::{Choice, Phase};
use countersign_gate::error::GateError;

#[tokio::test]
async fn an_approval_faster_than_its_look_decides_nothing_and_a_no_or_an_override_comes_at_once() {
    let shop = Shop::open().await;
    let held = shop.held().await.action;
    assert_eq!(shop.gate.shortest_look_ms(&shop.gate.card(&held).await.unwrap().0), 2_000, "a refund cannot be undone");
    let mut hasty = shop.sign(&held, Choice::Approve, None).await;
    hasty.looked_ms = 1_999;
    let refused = shop.gate.decide(hasty.clone()).await.unwrap_err();
    assert!(matches!(refused, GateError::LookedTooShort { looked_ms: 1_999, needed_ms: 2_000 }), "{refused}");
    assert_eq!(shop.gate.report(&held).await.unwrap().phase, Phase::Held);
    assert!(!shop.kinds(&held).await.contains(&"approved".to_owned()));
    hasty.looked_ms = 2_000;
    shop.gate.decide(hasty).await.unwrap();
    shop.reaches(&held, Phase::Succeeded).await;

    let held = shop.held().await.action;
    let mut no = shop.sign(&held, Choice::Reject, None).await;
    no.looked_ms = 0;
    assert_eq!(shop.gate.decide(no).await.unwrap().phase, Phase::Rejected);

    let other = shop.conversation_of("chat", countersign_domain::conversation::Assurance::Verified, "C-9").await;
    let held = shop.refund_of(&other, "C-9", 12_900).await.action;
    let mut less = refund(5_000);
    less["order_number"] = "C-9/1".into();
    let mut changed = shop.sign(&held, Choice::Override, Some(less)).await;
    changed.looked_ms = 0;
    assert_eq!(shop.gate.decide(changed).await.unwrap().phase, Phase::Approved, "typing another amount is a look");
}
