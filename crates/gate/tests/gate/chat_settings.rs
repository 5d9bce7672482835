//! How the chat behaves, changed by two people while it runs.

use crate::changes::{both, second};
use crate::shop::Shop;
use countersign_domain::change::{Change, ChangeError, ChangePhase};
use countersign_domain::channel::ChatSettings;
use countersign_domain::person::Role;
use countersign_gate::error::GateError;

const SITE: &str = "https://shop.example.com";

fn started_with() -> ChatSettings {
    ChatSettings { idle_seconds: 600, ..ChatSettings::default() }
}

fn change(from: &ChatSettings, to: &ChatSettings) -> Change {
    Change::SetChat { from: Box::new(from.clone()), to: Box::new(to.clone()) }
}

fn now(shop: &Shop) -> ChatSettings {
    shop.gate.chat().borrow().clone()
}

#[tokio::test]
async fn the_chat_behaves_as_two_people_signed_and_after_a_restart_whatever_it_is_started_with() {
    let shop = Shop::open().await;
    shop.gate.begin_chat(started_with()).await.unwrap();
    assert_eq!(now(&shop), started_with(), "before anybody signed, as it was started");
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let mut told = shop.gate.chat();
    let to = ChatSettings { sites: vec![SITE.into()], connected: 50, connected_per_address: 5, ..started_with() };
    let record =
        shop.gate.propose_change(&shop.person, change(&started_with(), &to), Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    assert_eq!(now(&shop), started_with(), "one signature changes nothing");
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let stored = shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    assert_eq!((stored.phase, now(&shop)), (ChangePhase::InEffect, to.clone()));
    assert!(told.has_changed().unwrap() && *told.borrow_and_update() == to, "whoever serves the chat is told");

    let shop = shop.restart().await;
    shop.gate.begin_chat(ChatSettings { sites: vec!["https://other.example".into()], ..started_with() }).await.unwrap();
    assert_eq!(now(&shop), to, "the log rules");
    assert!(shop.gate.chat_signed_at().await.unwrap().is_some());
}

#[tokio::test]
async fn what_does_not_fit_or_is_not_how_it_was_when_it_was_proposed_never_holds() {
    let shop = Shop::open().await;
    shop.gate.begin_chat(started_with()).await.unwrap();
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let from = started_with();
    let wrong = ChatSettings { sites: vec!["https://*".into()], ..from.clone() };
    let size = shop.log.size();
    for (from, to) in [(&from, &wrong), (&from, &from), (&wrong, &from)] {
        let refused = shop.gate.propose_change(&shop.person, change(from, to), Default::default()).await;
        assert!(matches!(refused, Err(GateError::Channel(_) | GateError::Change(_))), "{refused:?}");
    }
    assert_eq!(shop.log.size(), size, "nothing of it is proposed");
    // Two changes of the same: the first to be signed holds, the other has to be looked at again.
    let (one, other) =
        (ChatSettings { idle_seconds: 700, ..from.clone() }, ChatSettings { idle_seconds: 800, ..from.clone() });
    let waits = shop.gate.propose_change(&shop.person, change(&from, &other), Default::default()).await.unwrap();
    shop.sign_change(&waits.change, &shop.person, &shop.key).await.unwrap();
    assert_eq!(both(&shop, &jonas, change(&from, &one)).await.unwrap(), ChangePhase::InEffect);
    let waits = shop.gate.change(&waits.change.proposed.id).await.unwrap();
    let refused = shop.sign_change(&waits.change, &jonas.0, &jonas.1).await;
    assert!(matches!(refused, Err(GateError::Change(ChangeError::Outdated))), "{refused:?}");
    assert_eq!(now(&shop), one);
}
