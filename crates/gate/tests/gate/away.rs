//! Out of office: who says of whom that they are away, who stands in for them, and that nothing of anybody's authority moves.

use crate::asking::ask;
use crate::changes::{both, second};
use crate::keeping::over_a_disk;
use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::change::{Change, ChangePhase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::PersonId;
use countersign_domain::person::{AwayError, Role};
use countersign_domain::time::Timestamp;
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;

fn refused(tried: Result<Receipt, GateError>) -> AwayError {
    match tried {
        Err(GateError::Away(why)) => why,
        other => panic!("it was to be refused, and was not for this: {other:?}"),
    }
}

fn hours(shop: &Shop, hours: i64) -> Timestamp {
    shop.gate.records().now().plus_seconds(hours * 60 * 60)
}

async fn is_away(shop: &Shop, person: &PersonId) -> bool {
    let (known, _) = shop.gate.records().person(person).await.unwrap();
    known.away_at(shop.gate.records().now()).is_some()
}

#[tokio::test]
async fn people_say_of_themselves_that_they_are_away_and_whoever_manages_people_says_it_of_others() {
    let shop = Shop::open().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    let marta = shop.person.clone();
    shop.gate.go_away(&jonas, &jonas, hours(&shop, 2), &marta).await.unwrap();
    assert!(is_away(&shop, &jonas).await && !is_away(&shop, &marta).await);
    shop.gate.come_back(&jonas, &jonas).await.unwrap();
    assert!(!is_away(&shop, &jonas).await);
    assert_eq!(refused(shop.gate.come_back(&jonas, &jonas).await), AwayError::NotAway);

    let of_another = shop.gate.go_away(&jonas, &marta, hours(&shop, 2), &jonas).await;
    assert!(matches!(of_another, Err(GateError::NotAllowed(why)) if why.contains("takes an administrator")));
    shop.gate.go_away(&marta, &jonas, hours(&shop, 2), &marta).await.unwrap();
    let everybody = shop.gate.everybody().await.unwrap();
    assert_eq!(everybody[1].away_by.as_ref(), Some(&marta), "the record says who said it");
    shop.clock.advance(2 * 60 * 60);
    assert!(!is_away(&shop, &jonas).await, "it ends by itself");
}

#[tokio::test]
async fn nothing_is_stored_of_an_absence_that_cannot_be() {
    let (shop, disk) = over_a_disk().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    let (marta, gate) = (shop.person.clone(), &shop.gate);
    let stored = async || gate.records().stored(&StreamName::person(&marta), 0).await.unwrap().len();
    let before = stored().await;
    let tried = async |until, deputy: &PersonId| refused(gate.go_away(&marta, &marta, until, deputy).await);
    let soon = hours(&shop, 1);
    assert_eq!(tried(soon, &PersonId::random(shop.entropy.as_ref())).await, AwayError::DeputyNotHere);
    assert_eq!(tried(soon, &marta).await, AwayError::OwnDeputy);
    assert_eq!(tried(hours(&shop, 0), &jonas).await, AwayError::Past);
    assert_eq!(tried(hours(&shop, 90 * 24 + 1), &jonas).await, AwayError::TooFar);
    let gone = disk.lets_come_between(shop.leaves(&jonas), gate.go_away(&marta, &marta, soon, &jonas)).await;
    assert_eq!(refused(gone), AwayError::DeputyNotHere, "who has left meanwhile");
    assert_eq!(stored().await, before);
}

#[tokio::test]
async fn a_deputy_stands_in_for_what_they_could_decide_themself_and_only_while_they_are_at_work() {
    let shop = Shop::open().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    let ((lea, _), marta) = (shop.colleague().await, shop.person.clone());
    let held = shop.held().await.action;
    shop.gate.delegate(&held, &marta, Some(&jonas)).await.unwrap();
    let stands_in = async |person: &PersonId| {
        let staff = shop.gate.records().staff().await.unwrap();
        shop.gate.stands_in(&shop.gate.records().action(&held).await.unwrap().action, person, &staff).await
    };
    shop.gate.go_away(&jonas, &jonas, hours(&shop, 2), &marta).await.unwrap();
    assert!(stands_in(&marta).await);
    shop.gate.go_away(&marta, &marta, hours(&shop, 1), &lea).await.unwrap();
    assert!(!stands_in(&marta).await, "there is one step and no further one");
    shop.clock.advance(60 * 60 - 1);
    assert!(!stands_in(&marta).await);
    shop.clock.advance(1);
    assert!(stands_in(&marta).await, "she is back by herself");
    let conversation = shop.conversation(Assurance::Verified).await;
    shop.gate.take_over(&conversation, marta.clone()).await.unwrap();
    let asked = shop.gate.ask(ask(&conversation, &marta, 4_500)).await.unwrap().action;
    let staff = shop.gate.records().staff().await.unwrap();
    let asked = shop.gate.records().action(&asked).await.unwrap().action;
    assert!(!shop.gate.stands_in(&asked, &marta, &staff).await, "nobody decides what they asked for");
}

#[tokio::test]
async fn whoever_is_away_decides_all_the_same_and_what_was_handed_to_them_stays_theirs() {
    let shop = Shop::open().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await.action;
    shop.gate.delegate(&held, &jonas, Some(&shop.person)).await.unwrap();
    shop.gate.go_away(&shop.person, &shop.person, hours(&shop, 2), &jonas).await.unwrap();
    let action = shop.gate.records().action(&held).await.unwrap().action;
    assert_eq!(action.delegate.as_ref(), Some(&shop.person), "what is stored is not written anew");
    assert_eq!(shop.gate.delegates(&action).await.unwrap(), [shop.person.clone(), jonas]);
    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.reaches(&held, Phase::Succeeded).await;
}

#[tokio::test]
async fn nobody_takes_a_change_of_theirs_out_of_its_way_by_being_away() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let marta = shop.person.clone();
    let what = Change::SetLimits { person: jonas.0.clone(), limits: Some(Vec::new()) };
    let record = shop.gate.propose_change(&marta, what, Default::default()).await.unwrap();
    shop.sign_change(&record.change, &marta, &shop.key).await.unwrap();
    shop.gate.go_away(&jonas.0, &jonas.0, hours(&shop, 2), &marta).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let stored = shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    assert_eq!(stored.phase, ChangePhase::InEffect);
    let what = Change::SetLimits { person: jonas.0.clone(), limits: None };
    assert_eq!(both(&shop, &jonas, what).await.unwrap(), ChangePhase::InEffect);
    assert!(is_away(&shop, &jonas.0).await);
}
