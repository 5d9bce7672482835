//! Keys and roles, from their events.

use super::*;
use crate::ids::{PersonId, SigningKeyId};
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
