//! Changes of the staff: proposed, countersigned by a second person, in effect once, never under a changed authority.

use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::change::{Change, ChangeError, ChangePhase};
use countersign_domain::event::fields;
use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_domain::person::{DEFAULT_TEAM, KeyKind, KeyOffer, Role};
use countersign_gate::UnlockedKey;
use countersign_gate::changes::ChangeRecord;
use countersign_gate::error::GateError;
use serde_json::json;

type Somebody = (PersonId, UnlockedKey);

pub(crate) fn offer(key: &UnlockedKey) -> KeyOffer {
    KeyOffer { key: key.id().clone(), held: KeyKind::Device, public: hex::encode(key.public_key()) }
}

/// Proposes that somebody joins; the first person signs.
pub(crate) async fn proposed(shop: &Shop, roles: &[Role]) -> (ChangeRecord, Somebody) {
    let (person, key) = (PersonId::random(shop.entropy.as_ref()), shop.stranger());
    let (team, roles) = (DEFAULT_TEAM.to_owned(), roles.to_vec());
    let what = Change::EnrolPerson { person: person.clone(), team, roles, limits: None, key: offer(&key) };
    let name = fields([("name", json!("Jonas Weber"))]);
    (shop.gate.propose_change(&shop.person, what, name).await.unwrap(), (person, key))
}

/// Somebody joins while one person decides everything.
pub(crate) async fn second(shop: &Shop, roles: &[Role]) -> Somebody {
    let (record, somebody) = proposed(shop, roles).await;
    let stored = shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    assert_eq!(stored.phase, ChangePhase::InEffect);
    somebody
}

/// The first person proposes and signs, the second signs.
pub(crate) async fn both(shop: &Shop, (person, key): &Somebody, what: Change) -> Result<ChangePhase, GateError> {
    let record = shop.gate.propose_change(&shop.person, what, Default::default()).await?;
    shop.sign_change(&record.change, &shop.person, &shop.key).await?;
    let record = shop.gate.change(&record.change.proposed.id).await?;
    Ok(shop.sign_change(&record.change, person, key).await?.phase)
}

#[tokio::test]
async fn the_second_person_ends_one_person_mode_for_good_and_then_one_signature_changes_nothing() {
    let shop = Shop::open().await;
    assert_eq!(shop.gate.one_person_mode().await.unwrap(), Some(true));
    let jonas = second(&shop, &[Role::Supervisor]).await;
    assert_eq!(shop.gate.one_person_mode().await.unwrap(), Some(false));
    assert_eq!(shop.gate.records().person(&jonas.0).await.unwrap().1.as_deref(), Some("Jonas Weber"));
    let (record, third) = proposed(&shop, &[Role::Compliance]).await;
    let stored = shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    assert_eq!(stored.phase, ChangePhase::Proposed);
    assert!(shop.gate.records().person(&third.0).await.is_err(), "one signature enrols nobody");
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    assert!(shop.sign_change(&record.change, &shop.person, &shop.key).await.is_err(), "nor the same person twice");
    assert_eq!(shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap().phase, ChangePhase::InEffect);
    assert_eq!(shop.gate.people().await.unwrap().len(), 3);
    assert!(shop.gate.waiting_changes().await.unwrap().is_empty());
}

#[tokio::test]
async fn signed_by_many_at_once_it_takes_effect_once() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor, Role::Administrator]).await;
    let (record, _) = proposed(&shop, &[Role::Supervisor]).await;
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let statement = shop.change_statement(&record.change, &jonas.0, &jonas.1);
    let signature = hex::encode(jonas.1.sign(&statement.to_bytes()));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (gate, statement, signature) = (shop.gate.clone(), statement.clone(), signature.clone());
            tokio::spawn(async move { gate.sign_change(statement, signature).await })
        })
        .collect();
    let mut good = 0;
    for task in tasks {
        good += usize::from(task.await.unwrap().is_ok());
    }
    assert_eq!(good, 1);
    assert_eq!(shop.gate.people().await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_it_would_change_must_be_as_it_was_when_it_was_proposed() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let limits = |minor| {
        let limits =
            Some(vec![countersign_domain::money::Money { minor, currency: "EUR".to_owned().try_into().unwrap() }]);
        Change::SetLimits { person: jonas.0.clone(), limits }
    };
    let record = shop.gate.propose_change(&shop.person, limits(50_000), Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    assert_eq!(both(&shop, &jonas, limits(20_000)).await.unwrap(), ChangePhase::InEffect);
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let late = shop.sign_change(&record.change, &jonas.0, &jonas.1).await;
    assert!(matches!(late, Err(GateError::Change(ChangeError::Outdated))), "{late:?}");
}

#[tokio::test]
async fn a_signature_covers_the_very_change_and_the_name_that_was_sealed_with_it() {
    let shop = Shop::open().await;
    let (one, _) = proposed(&shop, &[Role::Supervisor]).await;
    let (other, _) = proposed(&shop, &[Role::Supervisor]).await;
    let mut statement = shop.change_statement(&one.change, &shop.person, &shop.key);
    statement.change = other.change.proposed.id.clone();
    let signature = hex::encode(shop.key.sign(&statement.to_bytes()));
    assert!(shop.gate.sign_change(statement.clone(), signature).await.is_err(), "signed for another change");
    let stranger = shop.stranger();
    let by_stranger = shop.sign_change(&one.change, &shop.person, &stranger).await;
    assert!(matches!(by_stranger, Err(GateError::BadSignature(_))));
    let commitment = one.events[0].stored.envelope.sealed.as_ref().unwrap().commitment.clone();
    assert_ne!(
        countersign_domain::change::change_digest(&one.change.proposed, None),
        countersign_domain::change::change_digest(&one.change.proposed, Some(&commitment))
    );
}

#[tokio::test]
async fn too_few_people_to_change_anything_are_never_left_behind() {
    let shop = Shop::open().await;
    let alone = shop.change(Change::RemovePerson { person: shop.person.clone() }).await;
    assert!(matches!(alone, Err(GateError::Change(ChangeError::Impossible(_)))), "{alone:?}");
    let jonas = second(&shop, &[Role::Supervisor]).await;
    for what in [
        Change::RemovePerson { person: jonas.0.clone() },
        Change::RemovePerson { person: shop.person.clone() },
        Change::RevokeKey { person: jonas.0.clone(), key: jonas.1.id().clone() },
        Change::SetRoles { person: jonas.0.clone(), team: DEFAULT_TEAM.into(), roles: vec![Role::Compliance] },
    ] {
        let refused = shop.gate.propose_change(&shop.person, what.clone(), Default::default()).await;
        assert!(matches!(refused, Err(GateError::Change(ChangeError::Impossible(_)))), "{what:?}");
    }
}

#[tokio::test]
async fn only_those_whose_role_says_so_propose_and_sign() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let (record, reader) = proposed(&shop, &[Role::Compliance]).await;
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    let what = Change::SetLimits { person: jonas.0.clone(), limits: Some(Vec::new()) };
    for (person, _) in [&jonas, &reader] {
        assert!(shop.gate.propose_change(person, what.clone(), Default::default()).await.is_err());
    }
    let record = shop.gate.propose_change(&shop.person, what, Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    assert!(shop.sign_change(&record.change, &reader.0, &reader.1).await.is_err(), "compliance decides nothing");
    assert!(shop.gate.refuse_change(&record.change.proposed.id, &reader.0, Default::default()).await.is_err());
    shop.gate.refuse_change(&record.change.proposed.id, &jonas.0, Default::default()).await.unwrap();
    assert!(shop.sign_change(&record.change, &jonas.0, &jonas.1).await.is_err(), "refused is refused");
}

#[tokio::test]
async fn a_change_that_nobody_countersigns_expires_and_a_restart_remembers_it() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let (record, _) = proposed(&shop, &[Role::Supervisor]).await;
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    let shop = shop.restart().await;
    assert_eq!(shop.gate.waiting_changes().await.unwrap().len(), 1);
    shop.clock.advance(7 * 24 * 60 * 60);
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    assert!(shop.sign_change(&record.change, &jonas.0, &jonas.1).await.is_err(), "too late");
    shop.gate.expire_changes().await.unwrap();
    let ended = shop.gate.change(&record.change.proposed.id).await.unwrap();
    assert_eq!(ended.change.phase, ChangePhase::Expired);
    assert!(shop.gate.waiting_changes().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_was_removed_decides_nothing_and_what_they_had_approved_is_held_again() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let third = {
        let (record, third) = proposed(&shop, &[Role::Supervisor]).await;
        shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
        let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
        shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
        third
    };
    let held = shop.held().await;
    let other = shop.held().await;
    let late = shop.sign_as(&jonas, &other.action).await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    let signed = shop.sign_as(&jonas, &held.action).await;
    assert_eq!(shop.gate.decide(signed).await.unwrap().phase, Phase::Approved);
    assert_eq!(
        both(&shop, &third, Change::RemovePerson { person: jonas.0.clone() }).await.unwrap(),
        ChangePhase::InEffect
    );
    assert!(matches!(shop.gate.decide(late).await, Err(GateError::BadSignature(_))));
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&held.action, Phase::Held).await;
    assert!(shop.refunds().is_empty(), "nothing starts on the signature of somebody who left");
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert!(card.notices.iter().any(|notice| notice.contains("has left the staff")), "{:?}", card.notices);
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn old_keys_verify_what_they_signed_in_their_time_and_sign_nothing_new() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.gate.decide(shop.sign_as(&jonas, &held.action).await).await.unwrap();
    // A further key of Jonas, then the old one is revoked.
    let new = shop.stranger();
    let what = Change::EnrolKey { person: jonas.0.clone(), key: offer(&new) };
    let record = shop.gate.propose_change(&jonas.0, what, Default::default()).await.unwrap();
    shop.sign_change(&record.change, &jonas.0, &new).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    let new = (jonas.0.clone(), new);
    let what = Change::RevokeKey { person: jonas.0.clone(), key: jonas.1.id().clone() };
    assert_eq!(both(&shop, &new, what).await.unwrap(), ChangePhase::InEffect);
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    let other = shop.held().await;
    assert!(matches!(
        shop.gate.decide(shop.sign_as(&jonas, &other.action).await).await,
        Err(GateError::BadSignature(_))
    ));
    shop.gate.decide(shop.sign_as(&new, &other.action).await).await.unwrap();
}

#[tokio::test]
async fn for_seven_days_a_reset_key_signs_nothing_together_with_its_resetters() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let (record, lost) = proposed(&shop, &[Role::Supervisor]).await;
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    let key = shop.stranger();
    let what = Change::ResetKey { person: lost.0.clone(), key: offer(&key) };
    assert_eq!(both(&shop, &jonas, what).await.unwrap(), ChangePhase::InEffect);
    let reset = (lost.0.clone(), key);
    assert!(shop.gate.decide(shop.sign_as(&lost, &shop.held().await.action).await).await.is_err(), "the old key");
    let large =
        shop.refund(&shop.conversation(countersign_domain::conversation::Assurance::Verified).await, 60_000).await;
    shop.decide(&large.action, Choice::Approve).await.unwrap();
    let beside = shop.gate.decide(shop.sign_as(&reset, &large.action).await).await;
    assert!(matches!(beside, Err(GateError::Change(ChangeError::TooSoonAfterReset))), "{beside:?}");
    let what = Change::SetLimits { person: jonas.0.clone(), limits: Some(Vec::new()) };
    let beside = both(&shop, &reset, what.clone()).await;
    assert!(matches!(beside, Err(GateError::Change(ChangeError::TooSoonAfterReset))), "{beside:?}");
    // Alone it signs.
    shop.gate.decide(shop.sign_as(&reset, &shop.held().await.action).await).await.unwrap();
    shop.clock.advance(7 * 24 * 60 * 60);
    assert_eq!(both(&shop, &reset, what).await.unwrap(), ChangePhase::InEffect);
}

/// `recorded_at` stands still until the clock has caught up; the time of a change does not, and the trail is no worse for it.
#[tokio::test]
async fn with_the_clock_set_back_a_change_signed_in_time_is_in_time_for_a_verifier_too() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    shop.clock.advance(-8 * 24 * 60 * 60);
    let what = Change::SetLimits { person: jonas.0.clone(), limits: Some(Vec::new()) };
    assert_eq!(both(&shop, &jonas, what).await.unwrap(), ChangePhase::InEffect);
}

#[tokio::test]
async fn a_stop_that_takes_two_ends_with_two_signatures() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    shop.gate.stop_until_two_resume(jonas.0.clone()).await.unwrap();
    assert!(shop.gate.resume(shop.person.clone()).await.is_err(), "one person does not end it");
    let held = shop.held().await;
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    assert_eq!(both(&shop, &jonas, Change::Resume).await.unwrap(), ChangePhase::InEffect);
    shop.reaches(&held.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn a_stop_that_takes_two_freezes_deadlines_like_any_other() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let held = shop.held().await;
    shop.gate.stop_until_two_resume(jonas.0.clone()).await.unwrap();
    shop.clock.advance(60 * 60);
    assert_eq!(both(&shop, &jonas, Change::Resume).await.unwrap(), ChangePhase::InEffect);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
}

#[tokio::test]
async fn a_set_up_with_two_never_was_one_person_mode() {
    let shop = Shop::open_with_two().await;
    assert_eq!(shop.gate.one_person_mode().await.unwrap(), Some(false));
    let key = SigningKeyId::random(shop.entropy.as_ref());
    let alone = shop.change(Change::RevokeKey { person: shop.person.clone(), key }).await;
    assert!(alone.is_err());
}
