//! How tools are treated, changed by two people while actions wait.

use crate::changes::{both, second};
use crate::shop::{Shop, wish};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::change::{Change, ChangeError, ChangePhase};
use countersign_domain::conversation::Assurance;
use countersign_domain::person::Role;
use countersign_domain::tool::{EffectClass, EvidenceFact, Subject, ToolSettings};
use countersign_gate::error::GateError;
use std::collections::BTreeMap;

const REFUND: &str = "crm.issue_refund";

fn treated(shop: &Shop, tool: &str) -> ToolSettings {
    shop.gate.toolbox().get(tool).unwrap().settings.clone()
}

fn otherwise(shop: &Shop, tool: &str, edit: impl FnOnce(&mut ToolSettings)) -> Change {
    let from = treated(shop, tool);
    let mut to = from.clone();
    edit(&mut to);
    Change::SetTool { from: Some(Box::new(from)), to: Box::new(to), definition: None }
}

#[tokio::test]
async fn a_tool_is_treated_as_two_people_signed_and_a_restart_reads_it_from_the_log() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let version = shop.gate.policies().version().to_owned();
    let change = otherwise(&shop, REFUND, |to| to.hold_seconds = 60);
    let record = shop.gate.propose_change(&shop.person, change, Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    assert_eq!(treated(&shop, REFUND).hold_seconds, 900, "one signature changes nothing");
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let stored = shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    assert_eq!(stored.phase, ChangePhase::InEffect);
    assert_eq!(treated(&shop, REFUND).hold_seconds, 60);
    assert_ne!(shop.gate.policies().version(), version, "what was judged by then is judged again");
    let deadline = |report: countersign_gate::report::ActionReport| report.deadline;
    let now = shop.gate.records().now();
    assert_eq!(deadline(shop.held().await), Some(now.plus_seconds(60)));

    let shop = shop.restart().await;
    assert_eq!(treated(&shop, REFUND).hold_seconds, 60, "the files say 900, and the log rules");
    assert!(shop.gate.tool_signed_at(REFUND).await.unwrap().is_some());
    assert!(shop.gate.tool_signed_at("crm.get_order").await.unwrap().is_none());
}

#[tokio::test]
async fn what_waits_is_judged_again_by_the_new_settings_and_no_card_of_before_is_signed() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await;
    let signed_before = shop.sign(&held.action, Choice::Approve, None).await;
    let change = otherwise(&shop, REFUND, |to| {
        let facts = &mut to.evidence.as_mut().unwrap().facts;
        facts[0].label = "Sum of the order".into();
    });
    assert_eq!(both(&shop, &jonas, change).await.unwrap(), ChangePhase::InEffect);
    let refused = shop.gate.decide(signed_before).await;
    assert!(matches!(refused, Err(GateError::CardChanged)), "{refused:?}");
    assert!(shop.refunds().is_empty());
    // Looked at again, it is decided and runs as anything else.
    while shop.decide(&held.action, Choice::Approve).await.is_err() {}
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn what_was_proposed_before_its_tool_meant_something_else_is_taken_back_and_never_called() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await;
    let signed_before = shop.sign(&held.action, Choice::Approve, None).await;
    let change = otherwise(&shop, REFUND, |to| to.effect = EffectClass::Reversible);
    assert_eq!(both(&shop, &jonas, change).await.unwrap(), ChangePhase::InEffect);
    shop.reaches(&held.action, Phase::Withdrawn).await;
    assert!(shop.gate.decide(signed_before).await.is_err());
    let shop = shop.restart().await;
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Withdrawn);
    assert!(shop.refunds().is_empty());
    let anew = shop.refund(&shop.conversation(Assurance::Verified).await, 12_900).await;
    assert_eq!(anew.phase, Phase::Held, "and may be asked for anew");
    shop.decide(&anew.action, Choice::Approve).await.unwrap();
    shop.reaches(&anew.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn what_was_made_up_by_settings_of_before_is_not_stored() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let before = shop.gate_of_before();
    let change = otherwise(&shop, REFUND, |to| to.evidence.as_mut().unwrap().facts[0].label = "Sum".into());
    assert_eq!(both(&shop, &jonas, change).await.unwrap(), ChangePhase::InEffect);
    let id = shop.conversation(Assurance::Verified).await;
    let (seen, size) = (shop.seen(&id).await, shop.log.size());
    let refused = before.propose(wish(id.clone(), seen, 12_900)).await;
    assert!(matches!(refused, Err(GateError::Moved)), "{refused:?}");
    assert_eq!(shop.log.size(), size, "neither is it proposed, nor is evidence read for it");
    assert_eq!(shop.refund(&id, 12_900).await.phase, Phase::Held);
}

#[tokio::test]
async fn while_rules_are_put_in_force_a_wish_waits_and_is_not_given_up() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    let (line, size) = (shop.gate.rules_line().await, shop.log.size());
    let gate = shop.gate.clone();
    let ask = crate::asking::ask(&id, &shop.person, 2_000);
    let asked = tokio::spawn(async move { gate.ask(ask).await });
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    assert!(!asked.is_finished() && shop.log.size() == size, "nothing is judged by rules that are about to change");
    drop(line);
    let report = asked.await.unwrap().unwrap();
    assert_eq!(shop.reaches(&report.action, Phase::Succeeded).await.phase, Phase::Succeeded);
}

#[tokio::test]
async fn settings_that_do_not_fit_are_refused_by_name_before_anybody_signs() {
    let shop = Shop::open().await;
    let fact = |path: &str| EvidenceFact {
        name: "new".into(),
        label: "New".into(),
        path: path.into(),
        currency: None,
        contradicts: BTreeMap::new(),
    };
    type Edit = Box<dyn FnOnce(&mut ToolSettings)>;
    let mistakes: Vec<(&str, Edit, &str)> = vec![
        (REFUND, Box::new(|to| to.evidence.as_mut().unwrap().tool = REFUND.into()), "effect read"),
        (REFUND, Box::new(|to| to.object = Some("parcel".into())), "object names \"parcel\", which is no argument"),
        (REFUND, Box::new(|to| to.money.as_mut().unwrap().amount_minor = "reason".into()), "which is no integer"),
        (REFUND, Box::new(move |to| to.evidence.as_mut().unwrap().facts.push(fact("status"))), "JSON pointer"),
        (REFUND, Box::new(|to| to.subject = Some(Subject::Evidence("owner".into()))), "no evidence fact"),
        (REFUND, Box::new(|to| to.evidence = None), "no evidence fact"),
        ("crm.get_order", Box::new(|to| to.effect = EffectClass::Reversible), "effect read"),
        (REFUND, Box::new(|to| to.hold_seconds = 0), "hold_seconds"),
    ];
    for (tool, edit, word) in mistakes {
        let change = otherwise(&shop, tool, edit);
        let refused = shop.change(change).await.expect_err(word);
        assert!(matches!(&refused, GateError::ToolSettings(why) if why.contains(word)), "{word}: {refused}");
    }
    let same = shop.change(otherwise(&shop, REFUND, |_| {})).await;
    assert!(matches!(same, Err(GateError::Change(ChangeError::Impossible(_)))), "{same:?}");
    assert!(shop.gate.waiting_changes().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_difference_is_signed_against_how_the_tool_was_treated_and_no_other_way() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let old = otherwise(&shop, REFUND, |to| to.hold_seconds = 600);
    let record = shop.gate.propose_change(&shop.person, old.clone(), Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    let other = otherwise(&shop, REFUND, |to| to.timeout_seconds = 20);
    assert_eq!(both(&shop, &jonas, other).await.unwrap(), ChangePhase::InEffect);
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let late = shop.sign_change(&record.change, &jonas.0, &jonas.1).await;
    assert!(matches!(late, Err(GateError::Change(ChangeError::Outdated))), "{late:?}");
    let again = shop.gate.propose_change(&shop.person, old, Default::default()).await;
    assert!(matches!(again, Err(GateError::Change(ChangeError::Outdated))), "its old side is no more");
    assert_eq!((treated(&shop, REFUND).hold_seconds, treated(&shop, REFUND).timeout_seconds), (900, 20));
}
