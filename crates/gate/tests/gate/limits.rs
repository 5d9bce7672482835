//! Limits over many actions: what was let through for a customer and by a person, wherever and by whomever it was asked.

use crate::server::Fault;
use crate::shop::{Shop, refund};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::change::Change;
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ActionId;
use countersign_domain::ledger::{Ledger, LedgerEvent, LedgerName, Sums};
use countersign_domain::money::Money;
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use countersign_gate::records::read;

const DAY: i64 = 24 * 60 * 60;

fn eur(minor: i64) -> Money {
    Money { minor, currency: "EUR".to_owned().try_into().unwrap() }
}

/// What a ledger holds now.
pub(crate) async fn held_in(shop: &Shop, name: &LedgerName) -> Sums {
    let mut ledger = Ledger::default();
    for stored in shop.gate.records().stored(&StreamName::ledger(name), 0).await.unwrap() {
        ledger.apply(&read::<LedgerEvent>(&stored).unwrap());
    }
    ledger.sums("crm.issue_refund", Some(&eur(0).currency), shop.gate.records().now(), None)
}

pub(crate) fn of_customer(shop: &Shop, customer: &str) -> LedgerName {
    LedgerName::customer(&shop.gate.records().sealing().pseudonym(customer))
}

fn less_of(customer: &str, minor: i64) -> serde_json::Value {
    let mut arguments = refund(minor);
    arguments["order_number"] = format!("{customer}/1").into();
    arguments
}

async fn rules(shop: &Shop, id: &ActionId) -> Vec<String> {
    shop.gate.card(id).await.unwrap().0.rules.into_iter().map(|rule| rule.id).collect()
}

#[tokio::test]
async fn small_refunds_that_add_up_beyond_the_limit_wait_in_whatever_conversation_and_channel() {
    let shop = Shop::open().await;
    for (channel, order) in [("chat", "C-2001/1"), ("email", "C-2001/2"), ("voice", "C-2001/3"), ("chat", "C-2001/4")] {
        let conversation = shop.conversation_of(channel, Assurance::Verified, "C-2001").await;
        assert_eq!(shop.refund_order(&conversation, order, 5_000).await.phase, Phase::Succeeded);
    }
    let fifth = shop.refund(&shop.conversation(Assurance::Verified).await, 1).await;
    assert_eq!(fifth.phase, Phase::Held);
    assert_eq!(rules(&shop, &fifth.action).await, ["refund-over-200-in-30-days"]);
    let (card, _) = shop.gate.card(&fifth.action).await.unwrap();
    assert!(card.notices.iter().any(|n| n.contains("€200.00") && n.contains("30 days")), "{:?}", card.notices);
    let other = shop.conversation_of("chat", Assurance::Verified, "C-2002").await;
    assert_eq!(
        shop.refund_of(&other, "C-2002", 5_000).await.phase,
        Phase::Succeeded,
        "another customer has a limit of their own"
    );
    shop.clock.advance(30 * DAY);
    let later = shop.refund_of(&shop.conversation(Assurance::Verified).await, "C-2001", 5_000).await;
    assert_eq!(later.phase, Phase::Succeeded, "the 30 days are over");
}

#[tokio::test]
async fn a_refund_split_into_small_ones_of_one_order_waits_and_the_card_says_what_they_are_together() {
    let shop = Shop::open().await;
    let first = shop.refund(&shop.conversation(Assurance::Verified).await, 3_000).await;
    assert_eq!(first.phase, Phase::Succeeded);
    let second = shop.conversation_of("email", Assurance::Verified, "C-2001").await;
    let split = shop.refund(&second, 2_001).await;
    assert_eq!(
        (split.phase, rules(&shop, &split.action).await),
        (Phase::Held, vec!["refund-split-over-50".to_owned()])
    );
    let (card, _) = shop.gate.card(&split.action).await.unwrap();
    let said = |n: &String| n.contains("let through once before on the same object") && n.contains("€30.00");
    assert!(card.notices.iter().any(said), "{:?}", card.notices);
    shop.decide(&split.action, Choice::Reject).await.unwrap();
    let spelt = shop.refund_order(&second, " #1042 ", 2_100).await;
    assert_eq!(rules(&shop, &spelt.action).await, ["object-refused", "refund-split-over-50"], "however it is spelt");
    shop.decide(&spelt.action, Choice::Reject).await.unwrap();
    let another = shop.refund_order(&second, "C-2001/7", 2_001).await;
    assert_eq!(another.phase, Phase::Succeeded, "another order is no part of it");
    for (of, held) in [(&split, 3_000), (&another, 2_001)] {
        let object = shop.gate.records().action(&of.action).await.unwrap().action.proposed.object.unwrap();
        let held_in = held_in(&shop, &LedgerName::object(&object)).await;
        assert_eq!(held_in.minor_30d, held, "what was refused is reserved nowhere");
    }
}

#[tokio::test]
async fn what_did_not_happen_is_released_and_what_may_have_happened_is_not() {
    for (fault, phase, held) in [
        (Fault::Unreachable, Phase::Failed, 0),
        (Fault::LostBefore, Phase::Settled(countersign_domain::action::SettledHow::DidNotHappen), 0),
        (Fault::LostAfter, Phase::Settled(countersign_domain::action::SettledHow::Happened), 4_000),
    ] {
        let shop = Shop::open().await;
        shop.fault(fault);
        let report = shop.refund(&shop.conversation(Assurance::Verified).await, 4_000).await;
        shop.reaches(&report.action, phase).await;
        assert_eq!(held_in(&shop, &of_customer(&shop, "C-2001")).await.minor_30d, held, "{fault:?}");
    }
    let shop = Shop::open().await;
    shop.fault(Fault::NeverAnswers);
    let conversation = shop.conversation(Assurance::Verified).await;
    let (gate, wish) =
        (shop.gate.clone(), crate::shop::wish(conversation.clone(), shop.seen(&conversation).await, 4_000));
    let asked = tokio::spawn(async move { gate.propose(wish).await });
    let name = of_customer(&shop, "C-2001");
    while held_in(&shop, &name).await.minor_30d == 0 {
        shop.log.grown_beyond(shop.log.size()).await;
    }
    shop.server.give_up.notify_one();
    asked.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_people_approve_counts_and_a_refusal_or_a_passed_deadline_leaves_nothing_behind() {
    let shop = Shop::open().await;
    let name = of_customer(&shop, "C-2001");
    let held = shop.held().await;
    assert_eq!(held_in(&shop, &name).await, Sums::default(), "a hold reserves nothing");
    shop.decide(&held.action, Choice::Reject).await.unwrap();
    let late = shop.held().await;
    shop.clock.advance(DAY);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&late.action).await.unwrap().phase, Phase::Expired);
    assert_eq!(held_in(&shop, &name).await, Sums::default());
    let held = shop.held().await;
    let signed = shop.sign(&held.action, Choice::Override, Some(refund(8_900))).await;
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(held_in(&shop, &name).await.minor_30d, 8_900, "what was signed, not what was asked");
}

#[tokio::test]
async fn a_limit_that_came_nearer_while_it_waited_is_shown_before_anybody_signs() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let one = shop.refund_of(&conversation, "C-2001", 12_900).await;
    let other = shop.refund(&conversation, 12_900).await;
    let signed = shop.sign(&other.action, Choice::Approve, None).await;
    shop.decide(&one.action, Choice::Approve).await.unwrap();
    assert!(matches!(shop.gate.decide(signed).await, Err(GateError::CardChanged)));
    assert!(rules(&shop, &other.action).await.contains(&"refund-over-200-in-30-days".to_owned()));
    shop.reaches(&one.action, Phase::Succeeded).await;
    shop.decide(&other.action, Choice::Approve).await.unwrap();
    shop.reaches(&other.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900, 12_900], "a supervisor may go beyond it, having seen it");
}

#[tokio::test]
async fn what_was_let_through_first_is_not_held_again_by_what_came_later() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let one = shop.refund_of(&conversation, "C-2001", 12_900).await;
    let other = shop.refund(&conversation, 12_900).await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.decide(&one.action, Choice::Approve).await.unwrap();
    assert!(shop.decide(&other.action, Choice::Approve).await.is_err());
    shop.decide(&other.action, Choice::Approve).await.unwrap();
    shop.clock.advance(60);
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&one.action, Phase::Succeeded).await;
    assert!(!shop.kinds(&one.action).await.contains(&"voided".to_owned()));
}

#[tokio::test]
async fn what_reaches_a_limit_of_the_day_is_within_it_and_counts_once_however_often_its_signer_signs() {
    let shop = Shop::open().await;
    let limits = Some(vec![eur(60_000)]);
    shop.change(Change::SetLimits { person: shop.person.clone(), limits }).await.unwrap();
    let large = shop.refund(&shop.conversation(Assurance::Verified).await, 60_000).await;
    assert_eq!(shop.decide(&large.action, Choice::Approve).await.unwrap().phase, Phase::Held, "one of two");
    let less = shop.sign(&large.action, Choice::Override, Some(refund(15_000))).await;
    shop.gate.decide(less).await.unwrap();
    assert_eq!(held_in(&shop, &LedgerName::approver(&shop.person)).await.minor_today, 15_000);
}

#[tokio::test]
async fn a_person_approves_up_to_their_limit_of_the_day_and_another_signs_what_is_beyond() {
    let shop = Shop::open().await;
    let limits = Some(vec![eur(20_000)]);
    shop.change(Change::SetLimits { person: shop.person.clone(), limits }).await.unwrap();
    let customers = ["C-2001", "C-2002", "C-2003"];
    let mut waiting = Vec::new();
    for customer in customers {
        let conversation = shop.conversation_of("chat", Assurance::Verified, customer).await;
        waiting.push(shop.refund_of(&conversation, customer, 9_000).await.action);
    }
    for id in &waiting[..2] {
        shop.decide(id, Choice::Approve).await.unwrap();
        shop.reaches(id, Phase::Succeeded).await;
    }
    let beyond = shop.decide(&waiting[2], Choice::Approve).await;
    assert!(
        matches!(&beyond, Err(GateError::BeyondLimit { with_this, .. }) if with_this.minor == 27_000),
        "{beyond:?}"
    );
    assert_eq!(shop.gate.report(&waiting[2]).await.unwrap().phase, Phase::Held);
    let less = shop.sign(&waiting[2], Choice::Override, Some(less_of("C-2003", 2_000))).await;
    let colleague = shop.colleague().await;
    let by_colleague = shop.sign_as(&colleague, &waiting[2]).await;
    shop.gate.decide(by_colleague).await.unwrap();
    shop.reaches(&waiting[2], Phase::Succeeded).await;
    assert!(shop.gate.decide(less).await.is_err(), "it is decided");
    let in_krona = serde_json::json!({"order_number": "1042", "amount_minor": 1, "currency": "SEK", "reason": "late"});
    let conversation = shop.conversation(Assurance::Verified).await;
    let krona = shop.propose_text(&conversation, "crm.issue_refund", in_krona.to_string()).await.unwrap();
    let no_limit = shop.decide(&krona.action, Choice::Approve).await;
    assert!(matches!(no_limit, Err(GateError::BeyondLimit { limit: None, .. })), "{no_limit:?}");
    shop.decide(&krona.action, Choice::Reject).await.unwrap();
    shop.clock.advance(DAY);
    let tomorrow = shop.conversation_of("chat", Assurance::Verified, "C-2004").await;
    let next = shop.refund_of(&tomorrow, "C-2004", 19_000).await;
    shop.decide(&next.action, Choice::Approve).await.unwrap();
}
