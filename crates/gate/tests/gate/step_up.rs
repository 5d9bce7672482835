//! The password again: where a rule asks for it, what was approved without it is not approved, and runs nowhere.

use crate::shop::Shop;
use countersign_domain::action::{ActionError, Choice, Phase, StepUp};
use countersign_domain::ids::ActionId;
use countersign_gate::SignedDecision;
use countersign_gate::error::GateError;

/// A shop whose rule for refunds over €50 asks for the password.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    ask(&shop);
    shop
}

fn ask(shop: &Shop) {
    let line = "@id(\"refund-over-50\")\n";
    shop.put_policy("refunds", |text| text.replace(line, &format!("{line}@step_up(\"password\")\n")));
}

async fn typed(shop: &Shop, id: &ActionId) -> SignedDecision {
    let signed = shop.sign(id, Choice::Approve, None).await;
    let mut statement = signed.statement;
    statement.step_up = Some(StepUp::Password);
    shop.signed(statement, None)
}

#[tokio::test]
async fn what_is_approved_without_it_stays_held_and_with_it_runs_once() {
    let shop = shop().await;
    let held = shop.held().await.action;
    let (card, _) = shop.gate.card(&held).await.unwrap();
    assert!(card.notices.iter().any(|notice| notice.contains("password")), "{:?}", card.notices);
    let without = shop.decide(&held, Choice::Approve).await.unwrap_err();
    assert!(matches!(without, GateError::Action(ActionError::StepUpNeeded)), "{without}");
    let mut claimed = shop.sign(&held, Choice::Approve, None).await;
    claimed.statement.step_up = Some(StepUp::Password);
    let forged = shop.gate.decide(claimed).await.unwrap_err();
    assert!(matches!(forged, GateError::BadSignature(_)), "said afterwards, it was not signed: {forged}");
    assert_eq!(shop.kinds(&held).await, ["proposed", "held"]);
    let signed = typed(&shop, &held).await;
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&held, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn a_no_needs_none() {
    let shop = shop().await;
    let held = shop.held().await.action;
    shop.decide(&held, Choice::Reject).await.unwrap();
    assert_eq!(shop.kinds(&held).await, ["proposed", "held", "rejected"]);
}

#[tokio::test]
async fn rules_that_come_to_ask_for_it_make_the_card_another_one() {
    let shop = Shop::open().await;
    let held = shop.held().await.action;
    let signed = shop.sign(&held, Choice::Approve, None).await;
    ask(&shop);
    let late = shop.gate.decide(signed).await.unwrap_err();
    assert!(matches!(late, GateError::CardChanged), "{late}");
    let again = shop.decide(&held, Choice::Approve).await.unwrap_err();
    assert!(matches!(again, GateError::Action(ActionError::StepUpNeeded)), "{again}");
    assert!(shop.refunds().is_empty());
}
