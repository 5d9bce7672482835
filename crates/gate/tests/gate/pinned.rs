//! What was accepted of a tool's definition stays, whatever its server says afterwards: nothing of another one runs before
//! two people have looked at it.

use crate::changes::{both, second};
use crate::server::definitions;
use crate::shop::{Shop, wish};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::change::{Change, ChangeError, ChangePhase};
use countersign_domain::conversation::Assurance;
use countersign_domain::person::Role;
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_gate::error::GateError;
use countersign_gate::tools::Offer;

const REFUND: &str = "crm.issue_refund";
const SAID: &str = "Pays back an order, and closes the account.";

/// A shop whose tools were taken down when the station first saw them.
async fn pinned() -> Shop {
    let shop = Shop::open().await;
    shop.gate.records().take_down((*shop.gate.toolbox()).clone(), "crm").await.unwrap();
    shop.restart().await
}

fn otherwise() -> Vec<ToolDefinition> {
    let mut all = definitions();
    for tool in all.iter_mut().filter(|tool| tool.full_name() == REFUND) {
        tool.description = Some(SAID.into());
    }
    all
}

/// What was begun in the background has come as far as it can.
async fn rests() {
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
}

fn offered(shop: &Shop) -> Option<ToolDefinition> {
    shop.gate.toolbox().offered(REFUND).cloned()
}

/// What its server says now is accepted, and it is treated as before.
fn accept(shop: &Shop) -> Change {
    let settings = Box::new(shop.gate.toolbox().get(REFUND).unwrap().settings.clone());
    let definition = offered(shop).map(Box::new);
    Change::SetTool { from: Some(settings.clone()), to: settings, definition }
}

#[tokio::test]
async fn a_definition_is_taken_down_once_and_a_restart_takes_no_other_in_its_place() {
    let shop = pinned().await;
    let size = shop.log.size();
    let tools = (*shop.gate.toolbox()).clone();
    shop.gate.records().take_down(tools, "crm").await.unwrap();
    assert_eq!(shop.log.size(), size, "it stands in the log already");
    let accepted = shop.gate.toolbox().get(REFUND).unwrap().hash.clone();

    let changed = |tool: &mut ToolDefinition| {
        if tool.full_name() == REFUND {
            tool.description = Some(SAID.into());
        }
    };
    let shop = shop.restart_with(changed).await;
    let toolbox = shop.gate.toolbox();
    assert_eq!(toolbox.get(REFUND).unwrap().hash, accepted, "the log rules, and not what a server says at a start");
    assert!(
        matches!(toolbox.offers_instead(REFUND), Some(Offer::Changed(now)) if now.description.as_deref() == Some(SAID))
    );
    let id = shop.conversation(Assurance::Verified).await;
    let refused = shop.gate.propose(wish(id.clone(), shop.seen(&id).await, 2_000)).await;
    assert!(matches!(refused, Err(GateError::NotAccepted(_))), "{refused:?}");
    assert_eq!(shop.log.size() - size, 1, "nothing but the conversation");
}

#[tokio::test]
async fn a_tool_that_changes_while_it_runs_is_neither_proposed_nor_approved_and_goes_on_once_it_is_as_before() {
    let shop = pinned().await;
    let held = shop.held().await;
    shop.gate.offered("crm", otherwise()).await.unwrap();
    let approved = shop.gate.decide(shop.sign(&held.action, Choice::Approve, None).await).await;
    assert!(matches!(approved, Err(GateError::NotAccepted(_))), "{approved:?}");
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held, "nothing is lost by it");

    shop.gate.offered("crm", definitions()).await.unwrap();
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn what_a_changed_tool_holds_can_still_be_refused() {
    let shop = pinned().await;
    let held = shop.held().await;
    shop.gate.offered("crm", Vec::new()).await.unwrap();
    assert_eq!(shop.gate.toolbox().offers_instead(REFUND), Some(&Offer::Gone));
    shop.decide(&held.action, Choice::Reject).await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Rejected);
}

#[tokio::test]
async fn two_people_accept_another_definition_and_what_was_proposed_under_the_old_one_is_taken_back() {
    let shop = pinned().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await;
    shop.gate.offered("crm", otherwise()).await.unwrap();
    let version = shop.gate.policies().version().to_owned();
    assert_eq!(both(&shop, &jonas, accept(&shop)).await.unwrap(), ChangePhase::InEffect);
    shop.reaches(&held.action, Phase::Withdrawn).await;
    assert_ne!(shop.gate.policies().version(), version, "what was judged before is judged again");
    let toolbox = shop.gate.toolbox();
    assert_eq!(toolbox.get(REFUND).unwrap().definition.description.as_deref(), Some(SAID));
    assert_eq!(toolbox.offers_instead(REFUND), None);
    let id = shop.conversation(Assurance::Verified).await;
    let anew = shop.gate.propose(wish(id.clone(), shop.seen(&id).await, 12_900)).await.unwrap();
    assert_eq!(anew.phase, Phase::Held);

    // The former one is the one that nobody has accepted now.
    let shop = shop.restart().await;
    assert!(matches!(shop.gate.toolbox().offers_instead(REFUND), Some(Offer::Changed(_))));
}

#[tokio::test]
async fn what_is_accepted_is_what_its_server_offers_in_that_moment_and_nothing_else() {
    let shop = pinned().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let refused = |change: Change| async {
        let done = both(&shop, &jonas, change).await;
        assert!(done.is_err(), "{done:?}");
        done.unwrap_err()
    };
    let same = accept(&shop);
    assert!(matches!(refused(same).await, GateError::Change(ChangeError::Impossible(_))), "it was accepted before");
    shop.gate.offered("crm", otherwise()).await.unwrap();
    let seen = accept(&shop);
    let mut again = otherwise();
    again.iter_mut().for_each(|tool| tool.title = Some("Another".into()));
    shop.gate.offered("crm", again).await.unwrap();
    assert!(matches!(refused(seen.clone()).await, GateError::Change(ChangeError::Outdated)), "it has changed since");
    shop.gate.offered("crm", Vec::new()).await.unwrap();
    assert!(matches!(refused(seen).await, GateError::Change(ChangeError::Outdated)), "it is gone");
}

#[tokio::test]
async fn what_nobody_has_said_anything_of_begins_with_what_two_people_accept_of_it() {
    let shop = pinned().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let mut all = definitions();
    let mut new = all.first().unwrap().clone();
    new.name = "erase_everything".into();
    all.push(new.clone());
    shop.gate.offered("crm", all).await.unwrap();
    let name = new.full_name();
    assert!(shop.gate.toolbox().get(&name).is_none(), "an added tool is called by nobody");
    let to = Box::new(ToolSettings::beginning(name.clone()));
    let begin = |definition| Change::SetTool { from: None, to: to.clone(), definition };
    let unseen = both(&shop, &jonas, begin(None)).await;
    assert!(matches!(unseen, Err(GateError::Change(ChangeError::Impossible(_)))), "{unseen:?}");
    assert_eq!(both(&shop, &jonas, begin(Some(Box::new(new.clone())))).await.unwrap(), ChangePhase::InEffect);
    assert_eq!(shop.gate.toolbox().get(&name).unwrap().definition, new);

    // Its server renames it: the accepted one is gone, and the other is one that nobody knows.
    let mut renamed = definitions();
    renamed.push(ToolDefinition { name: "erase_all".into(), ..new });
    shop.gate.offered("crm", renamed).await.unwrap();
    let toolbox = shop.gate.toolbox();
    assert_eq!(toolbox.offers_instead(&name), Some(&Offer::Gone));
    assert!(toolbox.get("crm.erase_all").is_none() && toolbox.definition("crm.erase_all").is_some());
}

#[tokio::test]
async fn what_a_server_was_noted_to_offer_is_not_forgotten_because_it_does_not_answer() {
    let shop = pinned().await;
    shop.gate.offered("crm", otherwise()).await.unwrap();
    let shop = shop.restart_defining(Vec::new()).await;
    assert!(matches!(shop.gate.toolbox().offers_instead(REFUND), Some(Offer::Noted(_))));
    let id = shop.conversation(Assurance::Verified).await;
    let refused = shop.gate.propose(wish(id.clone(), shop.seen(&id).await, 2_000)).await;
    assert!(matches!(refused, Err(GateError::NotAccepted(_))), "{refused:?}");
    shop.gate.offered("crm", definitions()).await.unwrap();
    let report = shop.gate.propose(wish(id.clone(), shop.seen(&id).await, 2_000)).await.unwrap();
    shop.reaches(&report.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn what_was_approved_waits_for_a_server_that_does_not_answer_and_runs_once_when_it_does() {
    let shop = pinned().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.gate.drained().await;
    let shop = shop.restart_defining(Vec::new()).await;
    shop.gate.resume(shop.person.clone()).await.unwrap();
    rests().await;
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Approved, "nothing is burnt by it");
    shop.gate.offered("crm", otherwise()).await.unwrap();
    rests().await;
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Approved, "nor by another definition");
    shop.gate.offered("crm", definitions()).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn a_server_that_offers_one_thing_and_another_keeps_no_change_of_its_tools_from_being_signed() {
    let shop = pinned().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let from = shop.gate.toolbox().get(REFUND).unwrap().settings.clone();
    let to = ToolSettings { hold_seconds: 60, ..from.clone() };
    let change = Change::SetTool { from: Some(Box::new(from)), to: Box::new(to), definition: None };
    let record = shop.gate.propose_change(&shop.person, change, Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    shop.gate.offered("crm", otherwise()).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let stored = shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    assert_eq!(stored.phase, ChangePhase::InEffect);
    let toolbox = shop.gate.toolbox();
    assert_eq!(toolbox.get(REFUND).unwrap().settings.hold_seconds, 60);
    assert!(matches!(toolbox.offers_instead(REFUND), Some(Offer::Changed(_))), "and it accepts nothing");
}

#[tokio::test]
async fn whoever_accepts_another_definition_of_a_read_is_told_whose_facts_it_would_take() {
    let shop = pinned().await;
    let mut renamed = definitions();
    let read = renamed.iter_mut().find(|tool| tool.full_name() == "crm.get_order").unwrap();
    read.input_schema = serde_json::json!({
        "type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"],
    });
    let read = read.clone();
    shop.gate.offered("crm", renamed).await.unwrap();
    let settings = shop.gate.toolbox().get("crm.get_order").unwrap().settings.clone();
    assert!(shop.gate.breaks(&settings, None).is_empty());
    let broken = shop.gate.breaks(&settings, Some(&read));
    assert!(broken.iter().any(|(tool, why)| tool == REFUND && why.contains("order_number")), "{broken:?}");
}
