//! Keys and roles, from their events.

use super::*;
use crate::ids::{PersonId, SigningKeyId};
use crate::station::{Staff, StationEvent};
use crate::time::Timestamp;

fn person(n: u8) -> PersonId {
    format!("per_{n:032x}").parse().unwrap()
}

fn key(n: u8) -> SigningKeyId {
    format!("sig_{n:032x}").parse().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
}

fn offer(n: u8) -> KeyOffer {
    KeyOffer { key: key(n), held: KeyKind::Device, public: "ab".repeat(32) }
}

fn given(n: u8, then: &[PersonEvent]) -> Person {
    let mut state = Person::default();
    let KeyOffer { key, held, public } = offer(n);
    state.apply(&PersonEvent::Enrolled { person: person(n), roles: vec![Role::Supervisor] });
    state.apply(&PersonEvent::KeyEnrolled { person: person(n), key, held, public });
    then.iter().for_each(|event| state.apply(event));
    state
}

#[test]
fn a_revoked_key_is_known_and_signs_nothing() {
    let revoked = PersonEvent::KeyRevoked { person: person(1), key: key(1), reason: RevokeReason::Revoked };
    let state = given(1, &[revoked]);
    assert!(state.key(&key(1)).is_some() && state.signing_key(&key(1)).is_none());
    assert!(state.may_decide(), "the person is still here");
}

#[test]
fn who_was_removed_has_no_role_and_no_key() {
    let state = given(1, &[PersonEvent::Removed { person: person(1) }]);
    assert!(!state.is_here() && !state.may_decide() && state.signing_key(&key(1)).is_none());
    assert!(state.key(&key(1)).is_some(), "what they signed in their time still verifies");
}

fn staff(people: &[u8]) -> Staff {
    let mut staff = Staff::default();
    staff.apply(&StationEvent::SetUp { one_person_mode: false, sample_shop: false });
    people.iter().for_each(|n| staff.apply(&StationEvent::PersonJoined { person: person(*n) }));
    staff
}

fn away(until: i64, deputy: u8) -> PersonEvent {
    PersonEvent::Away { person: person(1), until: at(until), deputy: person(deputy) }
}

#[test]
fn somebody_is_away_until_the_time_has_passed_or_they_are_back() {
    let (mira, jon, staff) = (given(1, &[]), given(2, &[]), staff(&[1, 2]));
    assert_eq!(mira.go_away(at(100), &jon, &staff, at(0)), Ok(away(100, 2)));
    let gone = given(1, &[away(100, 2)]);
    assert_eq!(gone.away_at(at(99)).map(|away| &away.deputy), Some(&person(2)));
    assert_eq!(gone.away_at(at(100)), None, "it ends by itself");
    assert_eq!(gone.come_back(at(100)), Err(AwayError::NotAway));
    assert_eq!(gone.go_away(at(100), &jon, &staff, at(1)), Err(AwayError::AsItWas));
    assert_eq!(gone.go_away(at(101), &jon, &staff, at(1)), Ok(away(101, 2)), "later than was said");
    let back = gone.come_back(at(1)).unwrap();
    assert_eq!(given(1, &[away(100, 2), back]).away_at(at(2)), None);
    assert_eq!(given(1, &[away(100, 2), PersonEvent::Removed { person: person(1) }]).away, None);
}

#[test]
fn nobody_is_away_into_the_past_for_months_or_with_a_deputy_who_could_not_decide() {
    let (mira, jon, staff) = (given(1, &[]), given(2, &[]), staff(&[1, 2]));
    let roles = |roles: Vec<Role>| PersonEvent::RolesSet { person: person(2), team: DEFAULT_TEAM.into(), roles };
    let reader = given(2, &[roles(vec![Role::Compliance])]);
    let gone = given(2, &[PersonEvent::Removed { person: person(2) }]);
    let most = MOST_DAYS_AWAY * 24 * 60 * 60;
    let says = |who: &Person, until: i64, deputy: &Person| who.go_away(at(until), deputy, &staff, at(0)).err();
    assert_eq!(says(&mira, most, &jon), None);
    assert_eq!(says(&mira, most + 1, &jon), Some(AwayError::TooFar));
    assert_eq!(says(&mira, 0, &jon), Some(AwayError::Past));
    assert_eq!(says(&mira, 9, &mira), Some(AwayError::OwnDeputy));
    assert_eq!(says(&mira, 9, &reader), Some(AwayError::DeputyDecidesNothing));
    assert_eq!(says(&mira, 9, &gone), Some(AwayError::DeputyNotHere));
    assert_eq!(says(&mira, 9, &Person::default()), Some(AwayError::DeputyNotHere));
    assert_eq!(says(&reader, 9, &mira), Some(AwayError::DecidesNothing));
    assert_eq!(says(&gone, 9, &mira), Some(AwayError::NotHere));
}

#[test]
fn being_away_changes_nothing_of_what_somebody_is() {
    let gone = given(1, &[away(100, 2), PersonEvent::Back { person: person(1) }]);
    assert_eq!((gone.version, gone.roles.as_slice()), (4, [Role::Supervisor].as_slice()));
    assert!(gone.stands_as(2) && gone.stands_as(4), "what was proposed of them before still fits");
    assert!(!gone.stands_as(1) && !gone.stands_as(5));
}

#[test]
fn a_reset_key_and_its_resetter_do_not_sign_together_until_it_is_over() {
    let reset = PersonEvent::KeyReset { person: person(1), key: offer(9), by: vec![person(2)], until: at(100) };
    let (one, resetter, other) = (given(1, &[reset]), given(2, &[]), given(3, &[]));
    let (k1, k2, k3) = (key(9), key(2), key(3));
    assert!(!sign_together((&one, &k1), (&resetter, &k2), at(99)));
    assert!(!sign_together((&resetter, &k2), (&one, &k1), at(99)), "whoever signs first");
    assert!(sign_together((&one, &k1), (&resetter, &k2), at(100)));
    assert!(sign_together((&one, &k1), (&other, &k3), at(0)));
}
