//! Tool servers that people add: two sign what is started or asked, one of a name is there once, and a server that may have
//! done something that nobody knows of is not let go of.

use crate::changes::{both, second};
use crate::server::{Fault, LONGEST_REFUND_SECONDS};
use crate::settling::unknown;
use crate::shop::Shop;
use countersign_domain::action::{Phase, SettledHow};
use countersign_domain::change::{Change, ChangeError, ChangePhase};
use countersign_domain::person::Role;
use countersign_domain::server::{AddedServer, KeptSecret, MOST_SERVERS, ServerReach};
use countersign_gate::error::GateError;

fn server(name: &str) -> AddedServer {
    AddedServer {
        name: name.into(),
        reach: ServerReach::Address { url: "https://tools.example.com/mcp".into() },
        secrets: vec![KeptSecret { name: "authorization".into(), fingerprint: "7".repeat(64) }],
    }
}

fn add(name: &str) -> Change {
    Change::AddServer { server: Box::new(server(name)) }
}

fn remove(name: &str) -> Change {
    Change::RemoveServer { server: name.into() }
}

fn is_impossible(result: &Result<ChangePhase, GateError>) -> bool {
    matches!(result, Err(GateError::Change(ChangeError::Impossible(_))))
}

#[tokio::test]
async fn a_server_is_there_once_two_people_have_signed_it_and_gone_once_two_have() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let mut changed = shop.gate.servers_changed();
    let record = shop.gate.propose_change(&shop.person, add("hotel"), Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    assert!(shop.gate.added_servers().await.unwrap().0.is_empty(), "one signature connects nothing");
    assert!(!changed.has_changed().unwrap());
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    assert_eq!(shop.gate.added_servers().await.unwrap().0["hotel"], server("hotel"));
    assert!(changed.has_changed().unwrap(), "whoever connects them is told");
    changed.mark_unchanged();

    assert!(is_impossible(&both(&shop, &jonas, add("hotel")).await), "one of a name is there once");
    assert!(is_impossible(&both(&shop, &jonas, remove("crm")).await), "what people did not add they do not remove");
    let unfit =
        AddedServer { reach: ServerReach::Address { url: "http://tools.example.com/".into() }, ..server("post") };
    let unfit = both(&shop, &jonas, Change::AddServer { server: Box::new(unfit) }).await;
    assert!(matches!(unfit, Err(GateError::Server(_))), "no token crosses a network in the clear: {unfit:?}");
    assert_eq!(both(&shop, &jonas, remove("hotel")).await.unwrap(), ChangePhase::InEffect);
    assert!(shop.gate.added_servers().await.unwrap().0.is_empty() && changed.has_changed().unwrap());
    assert!(is_impossible(&both(&shop, &jonas, remove("hotel")).await));
    for n in 0..MOST_SERVERS {
        both(&shop, &jonas, add(&format!("s{n}"))).await.unwrap();
    }
    assert!(is_impossible(&both(&shop, &jonas, add("one-more")).await), "how many there are is bounded");
}

#[tokio::test]
async fn what_changed_meanwhile_is_proposed_anew() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let record = shop.gate.propose_change(&shop.person, add("hotel"), Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    both(&shop, &jonas, add("post")).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let late = shop.sign_change(&record.change, &jonas.0, &jonas.1).await;
    assert!(matches!(late, Err(GateError::Change(ChangeError::Outdated))), "{late:?}");
}

#[tokio::test]
async fn a_server_that_may_have_done_something_stays_until_it_is_known_and_what_waits_of_it_is_taken_back_then() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    // As if people had added the shop's own.
    both(&shop, &jonas, add("crm")).await.unwrap();
    let action = unknown(&shop, Fault::LostAfter).await;
    let held = shop.held().await;
    assert!(is_impossible(&both(&shop, &jonas, remove("crm")).await), "it alone can tell what became of that");
    shop.clock.advance(i64::from(LONGEST_REFUND_SECONDS));
    both(&shop, &jonas, Change::Settle { action, how: SettledHow::Happened }).await.unwrap();
    both(&shop, &jonas, remove("crm")).await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Withdrawn);
}
