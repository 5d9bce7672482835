//! What on a card does not go together is computed from words, arguments and facts, and signed with the card.

use crate::shop::{Shop, refund, wish};
use crate::sources::{card, said};
use countersign_domain::action::Choice;
use countersign_domain::ids::ActionId;
use countersign_gate::card::{Card, ContradictionKind};
use countersign_gate::error::GateError;
use countersign_gate::proposal::Proposal;

fn kinds(card: &Card) -> Vec<ContradictionKind> {
    card.contradictions.iter().map(|found| found.kind).collect()
}

/// What the log says of how much does not go together.
async fn counted(shop: &Shop, card: &Card) -> u32 {
    shop.gate.records().action(&card.action.parse().unwrap()).await.unwrap().action.standing.contradictions
}

#[tokio::test]
async fn a_rule_can_hold_for_a_contradiction_what_another_lets_through() {
    let shop = Shop::open().await;
    shop.put_policy("refunds", |text| {
        format!(
            "{text}\n@id(\"contradicted\") @reason(\"Words and facts do not go together.\") @disposition(\"hold\")\n\
             forbid (principal, action, resource) when {{ context.contradictions > 0 }};"
        )
    });
    for (words, held) in [("The buckle of order 1042 is broken.", false), ("Order 1042 never arrived!", true)] {
        let id = said(&shop, &[words]).await;
        let verdict = shop.refund(&id, 1_000).await.action;
        let record = shop.gate.records().action(&verdict).await.unwrap();
        let rules = record.action.verdict.as_ref().map(|verdict| verdict.rules.clone()).unwrap_or_default();
        assert_eq!(rules.iter().any(|rule| rule.id == "contradicted"), held, "{words} {rules:?}");
    }
}

#[tokio::test]
async fn a_card_says_what_contradicts_what_and_quotes_the_words() {
    let shop = Shop::open().await;
    let words = ["Hello, it is about order 1042.", "My parcel never arrived, I want 50 euros back!"];
    let id = said(&shop, &words).await;
    let card = card(&shop, &id, refund(12_900), &[]).await;
    let expected = [ContradictionKind::Said, ContradictionKind::Argument, ContradictionKind::Amount];
    assert_eq!(kinds(&card), expected, "{:?}", card.contradictions);
    assert_eq!(counted(&shop, &card).await, 3, "rules and the list of what waits know of as many");
    let never = &card.contradictions[0];
    assert_eq!(never.says, "The customer says that it never arrived");
    assert_eq!(never.against, "Order status: delivered");
    let quoted = never.quote.as_ref().unwrap();
    assert_eq!((quoted.message, quoted.text.as_str()), (2, "My parcel never arrived"));
}

#[tokio::test]
async fn a_card_in_which_everything_goes_together_says_nothing_and_a_fact_that_moves_is_looked_at_again() {
    let shop = Shop::open().await;
    let id = said(&shop, &["The buckle of order 1042 is broken, I would like 129 euros back."]).await;
    let clean = card(&shop, &id, refund(12_900), &[]).await;
    assert_eq!(kinds(&clean), []);
    assert_eq!(counted(&shop, &clean).await, 0);

    // The order turns out not to be sent yet: the decision is not taken, and the card that comes back says so.
    shop.server.books.lock().unwrap().status = Some("processing".into());
    let action: ActionId = clean.action.parse().unwrap();
    let signed = shop.sign(&action, Choice::Approve, None).await;
    shop.clock.advance(60);
    assert!(matches!(shop.gate.decide(signed).await, Err(GateError::CardChanged)));
    let (card, _) = shop.gate.card(&action).await.unwrap();
    assert_eq!(kinds(&card), [ContradictionKind::Said], "{:?}", card.contradictions);
    assert_eq!(counted(&shop, &card).await, 1);
}

#[tokio::test]
async fn what_the_agent_says_of_itself_neither_makes_nor_hides_a_contradiction() {
    let shop = Shop::open().await;
    let mut seen = Vec::new();
    for claim in ["It never arrived and the customer wants 20 euros back for order 1043.", "All is well."] {
        let id = said(&shop, &["Order 1042 came broken, 129 euros back please."]).await;
        let at = shop.seen(&id).await;
        let proposal =
            Proposal { arguments: refund(12_900).to_string(), claim: Some(claim.into()), ..wish(id.clone(), at, 0) };
        let report = shop.gate.propose(proposal).await.unwrap();
        let card = shop.gate.card(&report.action).await.unwrap().0;
        assert_eq!(card.claim.as_deref(), Some(claim));
        seen.push(kinds(&card));
        shop.decide(&report.action, Choice::Reject).await.unwrap();
    }
    assert_eq!(seen, [Vec::new(), Vec::new()]);
}
