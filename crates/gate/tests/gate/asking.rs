//! Invariants 1, 2, 7 and 11 for what a person asks for: the same rules, never past a second person, and only with the word.

use crate::changes::second;
use crate::keeping::over_a_disk;
use crate::shop::{Shop, refund};
use countersign_domain::action::{ActionError, Choice, Phase};
use countersign_domain::conversation::{Assurance, TakeoverError};
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_domain::ledger::LedgerName;
use countersign_domain::person::Role;
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use countersign_gate::report::ActionReport;
use countersign_gate::{Answer, Ask, Resolution};
use serde_json::json;

pub(crate) fn ask(conversation: &ConversationId, by: &PersonId, minor: i64) -> Ask {
    Ask {
        conversation: conversation.clone(),
        by: by.clone(),
        tool: "crm.issue_refund".into(),
        arguments: refund(minor).to_string(),
        why: "The buckle broke twice.".into(),
        client: format!("refund-{minor}"),
    }
}

/// Two people, and a conversation of a verified customer that the first one has.
async fn taken() -> (Shop, ConversationId) {
    let shop = Shop::open_with_two().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    (shop, id)
}

async fn held(shop: &Shop, id: &ConversationId) -> ActionReport {
    let report = shop.gate.ask(ask(id, &shop.person, 12_900)).await.unwrap();
    assert_eq!(report.phase, Phase::Held);
    report
}

#[tokio::test]
async fn what_a_rule_lets_through_runs_once_however_often_it_is_sent_and_what_it_holds_waits_for_somebody_else() {
    let (shop, id) = taken().await;
    let (first, again) =
        tokio::join!(shop.gate.ask(ask(&id, &shop.person, 2_000)), shop.gate.ask(ask(&id, &shop.person, 2_000)));
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!(first.action, again.action);
    shop.reaches(&first.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [2_000]);

    let waits = held(&shop, &id).await;
    let own = shop.decide(&waits.action, Choice::Approve).await;
    assert!(matches!(own, Err(GateError::NotAllowed(_))), "{own:?}");
    let own = shop.decide(&waits.action, Choice::Reject).await;
    assert!(matches!(own, Err(GateError::NotAllowed(_))), "taking it back is no decision: {own:?}");
    let (card, _) = shop.gate.card(&waits.action).await.unwrap();
    assert_eq!(card.requester.person.as_deref(), Some("Marta Lindqvist"));
    assert_eq!(card.claim.as_deref(), Some("The buckle broke twice."));
    let signed = shop.sign_as(shop.second.as_ref().unwrap(), &waits.action).await;
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&waits.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [2_000, 12_900]);
}

#[tokio::test]
async fn a_card_number_in_a_reason_is_masked_before_anybody_sees_it() {
    let (shop, id) = taken().await;
    let with_a_card = Ask { why: "Paid with 4111111111111111.".into(), ..ask(&id, &shop.person, 12_900) };
    let waits = shop.gate.ask(with_a_card).await.unwrap();
    let (card, _) = shop.gate.card(&waits.action).await.unwrap();
    assert_eq!(card.claim.as_deref(), Some("Paid with ••••••••••••1111."));
}

#[tokio::test]
async fn whoever_decides_everything_alone_decides_on_their_own_wishes_too() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    let waits = held(&shop, &id).await;
    shop.decide(&waits.action, Choice::Approve).await.unwrap();
    shop.reaches(&waits.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn what_somebody_asked_for_and_signed_alone_nobody_signs_beside_them_once_there_are_two() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    let waits = shop.gate.ask(ask(&id, &shop.person, 60_000)).await.unwrap();
    assert_eq!(shop.decide(&waits.action, Choice::Approve).await.unwrap().phase, Phase::Held, "one of two");
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let beside = shop.gate.decide(shop.sign_as(&jonas, &waits.action).await).await;
    assert!(matches!(beside, Err(GateError::NotAllowed(_))), "invariant 2: the requester is none of two: {beside:?}");
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn only_whoever_has_the_word_asks_and_what_is_wrong_is_named_and_leaves_nothing() {
    let (shop, id) = taken().await;
    let size = shop.log.size();
    let (colleague, _) = shop.second.as_ref().unwrap();
    let foreign = shop.gate.ask(ask(&id, colleague, 2_000)).await;
    assert!(matches!(foreign, Err(GateError::Takeover(TakeoverError::NotTheirs))), "{foreign:?}");
    let unknown = Ask { tool: "crm.pay_out".into(), ..ask(&id, &shop.person, 2_000) };
    assert!(matches!(shop.gate.ask(unknown).await, Err(GateError::UnknownTool(_))));
    let wrong = Ask { arguments: json!({"order_number": 7}).to_string(), ..ask(&id, &shop.person, 2_000) };
    assert!(matches!(shop.gate.ask(wrong).await, Err(GateError::Schema(_))));
    let long = Ask { why: "x".repeat(501), ..ask(&id, &shop.person, 2_000) };
    assert!(matches!(shop.gate.ask(long).await, Err(GateError::Override(_))));
    assert_eq!(shop.log.size(), size);
}

#[tokio::test]
async fn nobody_hands_back_or_ends_what_somebody_has_asked_for_and_a_colleague_s_takeover_takes_it_back() {
    let (shop, id) = taken().await;
    let waits = held(&shop, &id).await;
    let back = shop.gate.hand_back(&id, shop.person.clone()).await;
    assert!(matches!(back, Err(GateError::Takeover(TakeoverError::StillAsked))), "{back:?}");
    let resolution = Resolution {
        conversation: id.clone(),
        by: shop.person.clone(),
        code: countersign_domain::conversation::ResolutionCode::Solved,
        note: "Done.".into(),
        seen: shop.log.size(),
    };
    assert!(shop.gate.resolve(resolution).await.is_err());
    let (colleague, _) = shop.second.as_ref().unwrap();
    let foreign = shop.gate.take_back(&waits.action, colleague).await;
    assert!(matches!(foreign, Err(GateError::NotAllowed(_))), "{foreign:?}");
    shop.gate.take_back(&waits.action, &shop.person).await.unwrap();
    assert_eq!(shop.gate.report(&waits.action).await.unwrap().phase, Phase::Withdrawn);
    let again = shop.gate.take_back(&waits.action, &shop.person).await;
    assert!(matches!(again, Err(GateError::Action(ActionError::WrongPhase { .. }))), "{again:?}");

    let waits = shop.gate.ask(ask(&id, &shop.person, 9_000)).await.unwrap();
    shop.gate.take_over(&id, colleague.clone()).await.unwrap();
    assert_eq!(shop.gate.report(&waits.action).await.unwrap().phase, Phase::Withdrawn);
    shop.gate.hand_back(&id, colleague.clone()).await.unwrap();
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn what_a_person_asks_for_counts_in_their_own_ledger_and_the_customer_s() {
    let (shop, id) = taken().await;
    let rule = r#"
@id("one-a-day")
@reason("One refund a day is enough.")
forbid (principal == Agent::"person", action == Action::"crm.issue_refund", resource)
when { context has ledger.agent && context.ledger.agent.count_today > 0 };
"#;
    shop.put_policy("refunds", |text| text + rule);
    shop.gate.ask(ask(&id, &shop.person, 1_000)).await.unwrap();
    let name = LedgerName::agent(shop.person.as_str());
    let ledger = shop.gate.records().stored(&StreamName::ledger(&name), 0).await.unwrap();
    assert!(!ledger.is_empty(), "reserved under their own name");
    let denied = shop.gate.ask(ask(&id, &shop.person, 1_001)).await.unwrap();
    assert_eq!(denied.phase, Phase::Denied);
}

#[tokio::test]
async fn left_by_a_crash_between_proposal_and_verdict_it_is_judged_at_the_next_start_and_starts_for_them_alone() {
    let (shop, id) = taken().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    let allowed = shop.gate.ask(ask(&id, &shop.person, 2_000)).await.unwrap();
    assert_eq!(allowed.phase, Phase::Allowed, "a stop keeps a person's wish back as well");
    let shop = shop.restart().await;
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&allowed.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [2_000]);
}

#[tokio::test]
async fn the_same_id_with_other_values_is_refused_and_a_reply_s_id_is_another_one() {
    let (shop, id) = taken().await;
    let first = shop.gate.ask(ask(&id, &shop.person, 2_000)).await.unwrap();
    let other = Ask { arguments: refund(2_100).to_string(), ..ask(&id, &shop.person, 2_000) };
    let refused = shop.gate.ask(other).await;
    assert!(matches!(&refused, Err(GateError::Override(problems)) if problems[0].0 == "client"), "{refused:?}");
    shop.reaches(&first.action, Phase::Succeeded).await;
    let (text, client) = ("It is on its way.".to_owned(), "one".to_owned());
    let answer = Answer { conversation: id.clone(), by: shop.person.clone(), text, seen: 9, client: client.clone() };
    shop.gate.answer(answer).await.unwrap();
    let asked = shop.gate.ask(Ask { client, ..ask(&id, &shop.person, 1_000) }).await.unwrap();
    shop.reaches(&asked.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds().len(), 2);
}

#[tokio::test]
async fn what_somebody_asked_for_who_has_left_neither_starts_nor_is_approved() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    let (leaver, _) = shop.colleague().await;
    shop.gate.take_over(&id, leaver.clone()).await.unwrap();
    let waits = shop.gate.ask(ask(&id, &leaver, 12_900)).await.unwrap();
    shop.gate.stop(shop.person.clone()).await.unwrap();
    let mut other = ask(&id, &leaver, 2_000);
    other.arguments = other.arguments.replace("1042", "C-2001/7");
    let allowed = shop.gate.ask(other).await.unwrap();
    assert_eq!(allowed.phase, Phase::Allowed);
    shop.leaves(&leaver).await;
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&allowed.action, Phase::Withdrawn).await;
    let approved = shop.decide(&waits.action, Choice::Approve).await;
    assert!(matches!(approved, Err(GateError::NotAllowed(_))), "{approved:?}");
    shop.decide(&waits.action, Choice::Reject).await.unwrap();
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn what_somebody_asks_for_who_leaves_before_it_is_stored_is_not_asked_for() {
    let (shop, disk) = over_a_disk().await;
    let id = shop.conversation(Assurance::Verified).await;
    let (leaver, _) = shop.colleague().await;
    shop.gate.take_over(&id, leaver.clone()).await.unwrap();
    let arguments = json!({"order_number": "1042"}).to_string();
    let ask = Ask { tool: "crm.get_order".into(), arguments, ..ask(&id, &leaver, 1) };
    let asked = disk.lets_come_between(shop.leaves(&leaver), shop.gate.ask(ask)).await;
    assert!(matches!(asked, Err(GateError::NotAllowed(_))), "{asked:?}");
    assert!(shop.server.books.lock().unwrap().calls.is_empty());
}
