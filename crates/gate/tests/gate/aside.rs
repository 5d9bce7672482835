//! What puts a held action aside: it is snoozed until a time before its deadline, or delegated to somebody who can decide it.

use crate::asking::ask;
use crate::changes::second;
use crate::keeping::over_a_disk;
use crate::shop::Shop;
use countersign_domain::action::{ActionError, Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::PersonId;
use countersign_domain::person::Role;
use countersign_gate::error::GateError;

fn refused<T>(tried: Result<T, GateError>) -> ActionError {
    match tried {
        Err(GateError::Action(why)) => why,
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn what_is_snoozed_can_be_decided_expires_in_time_and_is_back_a_minute_before() {
    let shop = Shop::open().await;
    let held = shop.held().await.action;
    let snooze = async |seconds| shop.gate.snooze(&held, &shop.person, seconds).await;
    assert_eq!(refused(snooze(None).await), ActionError::NotSnoozed);
    assert_eq!(refused(snooze(Some(14 * 60 + 1)).await), ActionError::BackTooLate);
    assert_eq!(refused(snooze(Some(u32::MAX)).await), ActionError::BackTooLate);
    snooze(Some(14 * 60)).await.unwrap();
    let until = shop.gate.records().action(&held).await.unwrap().action.snoozed_until;
    assert_eq!(until, Some(shop.gate.records().now().plus_seconds(14 * 60)));
    snooze(Some(0)).await.unwrap();
    let back = shop.gate.records().action(&held).await.unwrap().action.snoozed_until;
    assert_eq!(back, None, "for no time at all it is brought back");
    snooze(Some(60)).await.unwrap();
    shop.clock.advance(15 * 60);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held).await.unwrap().phase, Phase::Expired, "nobody is kept waiting by it");
    assert!(matches!(refused(snooze(None).await), ActionError::WrongPhase { phase: Phase::Expired, .. }));

    let other = shop.held().await.action;
    shop.gate.snooze(&other, &shop.person, Some(300)).await.unwrap();
    shop.decide(&other, Choice::Approve).await.unwrap();
    shop.reaches(&other, Phase::Succeeded).await;
}

#[tokio::test]
async fn it_is_delegated_to_whoever_can_decide_it_and_anybody_else_who_may_still_decides() {
    let shop = Shop::open().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await.action;
    let action = async || shop.gate.records().action(&held).await.unwrap().action;
    let able = async || shop.gate.delegates(&action().await).await.unwrap();
    let marta = shop.person.clone();
    assert_eq!(able().await, [marta.clone(), jonas.clone()]);
    shop.gate.snooze(&held, &marta, Some(60)).await.unwrap();
    shop.gate.delegate(&held, &marta, Some(&jonas)).await.unwrap();
    assert_eq!((action().await.delegate.as_ref(), action().await.snoozed_until), (Some(&jonas), None));
    assert_eq!(refused(shop.gate.delegate(&held, &marta, Some(&jonas)).await), ActionError::TheirsAlready);
    shop.gate.delegate(&held, &marta, Some(&marta)).await.unwrap();
    assert_eq!(action().await.delegate.as_ref(), Some(&marta), "to take it upon oneself is the same");
    shop.gate.delegate(&held, &marta, None).await.unwrap();
    assert_eq!(action().await.delegate, None, "it is everybody's again");
    shop.gate.delegate(&held, &marta, Some(&jonas)).await.unwrap();
    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.reaches(&held, Phase::Succeeded).await;
}

#[tokio::test]
async fn whoever_has_signed_is_not_handed_it_again() {
    let shop = Shop::open().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    shop.server.books.lock().unwrap().refunded = -80_000;
    let held = shop.refund(&shop.conversation(Assurance::Verified).await, 60_000).await.action;
    shop.decide(&held, Choice::Approve).await.unwrap();
    let action = shop.gate.records().action(&held).await.unwrap().action;
    assert_eq!((action.phase, shop.gate.delegates(&action).await.unwrap()), (Phase::Held, vec![jonas.clone()]));
    assert_eq!(refused(shop.gate.delegate(&held, &jonas, Some(&shop.person)).await), ActionError::SignedAlready);
}

#[tokio::test]
async fn it_is_not_delegated_to_whoever_cannot_decide_it_or_leaves_meanwhile() {
    let (shop, disk) = over_a_disk().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await.action;
    let stranger = shop.entropy.as_ref();
    let nobody = shop.gate.delegate(&held, &shop.person, Some(&PersonId::random(stranger))).await;
    assert!(matches!(nobody, Err(GateError::NotAllowed(_))));
    let handed =
        disk.lets_come_between(shop.leaves(&jonas), shop.gate.delegate(&held, &shop.person, Some(&jonas))).await;
    assert!(matches!(handed, Err(GateError::NotAllowed(_))), "{handed:?}");
    assert_eq!(shop.gate.records().action(&held).await.unwrap().action.delegate, None);
    let staff = shop.gate.records().staff().await.unwrap();
    assert_eq!((shop.gate.decides(&shop.person, &staff).await, shop.gate.decides(&jonas, &staff).await), (true, false));
    assert!(
        !shop.gate.delegates(&shop.gate.records().action(&held).await.unwrap().action).await.unwrap().contains(&jonas)
    );
}

#[tokio::test]
async fn nobody_is_handed_what_they_asked_for_themself_or_what_their_role_does_not_decide() {
    let shop = Shop::open().await;
    let (jonas, _) = second(&shop, &[Role::Supervisor]).await;
    let conversation = shop.conversation(Assurance::Verified).await;
    shop.gate.take_over(&conversation, jonas.clone()).await.unwrap();
    let asked = shop.gate.ask(ask(&conversation, &jonas, 4_500)).await.unwrap().action;
    assert_eq!(refused(shop.gate.delegate(&asked, &shop.person, Some(&jonas)).await), ActionError::CannotDecide);
    let action = shop.gate.records().action(&asked).await.unwrap().action;
    assert_eq!(shop.gate.delegates(&action).await.unwrap(), std::slice::from_ref(&shop.person));
}

#[tokio::test]
async fn a_decision_is_taken_that_only_meets_a_snooze_or_a_delegation() {
    let (shop, disk) = over_a_disk().await;
    let held = shop.held().await.action;
    let aside = async {
        shop.gate.snooze(&held, &shop.person, Some(300)).await.unwrap();
        shop.gate.delegate(&held, &shop.person, Some(&shop.person)).await.unwrap();
    };
    disk.lets_come_between(aside, shop.decide(&held, Choice::Approve)).await.unwrap();
    shop.reaches(&held, Phase::Succeeded).await;
}
