//! Changes of the staff: who is here, what they may do, and with which keys they sign.

use super::effect::{Effect, Signers};
use crate::commit::event;
use crate::countersignature;
use crate::error::GateError;
use crate::folds::current;
use crate::gate::Gate;
use countersign_domain::authority::can_go_on;
use countersign_domain::change::ChangeError;
use countersign_domain::event::{Draft, Fields, fields};
use countersign_domain::ids::{KeyId, PersonId, SigningKeyId};
use countersign_domain::money::Money;
use countersign_domain::person::{DEFAULT_TEAM, KeyOffer, Person, PersonEvent, RevokeReason, Role};
use countersign_domain::station::StationEvent;
use countersign_event_log::envelope::{Actor, SealedPart};
use countersign_event_log::log::{StreamStates, Write};
use countersign_event_log::stream::StreamName;
use std::collections::BTreeSet;

/// For how long a key from a password reset signs nothing together with whoever reset it.
const APART_SECONDS: i64 = 7 * 24 * 60 * 60;
/// The most people on the staff: each of them is looked at when roles change.
const MOST_PEOPLE: usize = 500;
const MOST_KEYS: usize = 100;
const MOST_LIMITS: usize = 50;

type Refusal = Result<(), ChangeError>;

/// Somebody who joins.
pub(super) struct Joining {
    pub(super) person: PersonId,
    pub(super) team: String,
    pub(super) roles: Vec<Role>,
    pub(super) limits: Option<Vec<Money>>,
    pub(super) key: KeyOffer,
}

pub(super) fn join(joining: Joining, name: SealedPart) -> Effect {
    Box::new(move |states, signers| {
        let Joining { person, team, roles, limits, key } = joining;
        must_be_team(&team)?;
        must_be_roles(&roles)?;
        must_be_limits(limits.as_deref())?;
        must_be_key(&key)?;
        must(signers.staff.people.len() < MOST_PEOPLE, "there are as many people as there may be")?;
        let stream = StreamName::person(&person);
        must(states.version(&stream)? == 0, "this person is there already")?;
        let actor = actor(signers);
        let enrolled = Draft::open(&PersonEvent::Enrolled { person: person.clone(), roles });
        let KeyOffer { key, held, public } = key;
        let mut events = vec![
            event(enrolled, Some(name), &actor, None),
            open(&PersonEvent::KeyEnrolled { person: person.clone(), key, held, public }, &actor),
        ];
        if limits.is_some() {
            events.push(open(&PersonEvent::LimitsSet { person: person.clone(), limits }, &actor));
        }
        let station = on_station(states, &StationEvent::PersonJoined { person }, &actor)?;
        Ok(vec![Write { stream, expected: 0, events }, station])
    })
}

pub(super) fn roles(person: PersonId, team: String, roles: Vec<Role>) -> Effect {
    Box::new(move |states, signers| {
        must_be_team(&team)?;
        must_be_roles(&roles)?;
        let before = here(states, &person)?;
        must(before.roles != roles, "these are the roles that this person has")?;
        on_person(states, signers, &person, vec![PersonEvent::RolesSet { person: person.clone(), team, roles }])
    })
}

pub(super) fn limits(person: PersonId, limits: Option<Vec<Money>>) -> Effect {
    Box::new(move |states, signers| {
        must_be_limits(limits.as_deref())?;
        let before = here(states, &person)?;
        must(before.limits != limits, "these are the limits that this person has")?;
        on_person(states, signers, &person, vec![PersonEvent::LimitsSet { person: person.clone(), limits }])
    })
}

pub(super) fn leave(person: PersonId) -> Effect {
    Box::new(move |states, signers| {
        here(states, &person)?;
        let mut writes = on_person(states, signers, &person, vec![PersonEvent::Removed { person: person.clone() }])?;
        writes.push(on_station(states, &StationEvent::PersonLeft { person }, &actor(signers))?);
        Ok(writes)
    })
}

pub(super) fn enrol_key(person: PersonId, key: KeyOffer) -> Effect {
    Box::new(move |states, signers| {
        must_be_key(&key)?;
        let before = here(states, &person)?;
        must(signers.people.first() == Some(&person), "a further key is proposed by whoever holds it")?;
        must(before.keys.len() < MOST_KEYS, "this person has as many keys as there may be")?;
        must(before.key(&key.key).is_none(), "this key is enrolled already")?;
        let KeyOffer { key, held, public } = key;
        on_person(
            states,
            signers,
            &person,
            vec![PersonEvent::KeyEnrolled { person: person.clone(), key, held, public }],
        )
    })
}

pub(super) fn revoke_key(person: PersonId, key: SigningKeyId) -> Effect {
    Box::new(move |states, signers| {
        let before = here(states, &person)?;
        must(before.signing_key(&key).is_some(), "this person has no such key that signs")?;
        let reason = RevokeReason::Revoked;
        on_person(states, signers, &person, vec![PersonEvent::KeyRevoked { person: person.clone(), key, reason }])
    })
}

pub(super) fn reset_key(person: PersonId, key: KeyOffer) -> Effect {
    Box::new(move |states, signers| {
        must_be_key(&key)?;
        let before = here(states, &person)?;
        must(before.keys.len() < MOST_KEYS, "this person has as many keys as there may be")?;
        must(before.key(&key.key).is_none(), "this key is enrolled already")?;
        must(!signers.people.contains(&person), "a password reset is for somebody else")?;
        let revoked = before.keys.iter().filter(|known| !known.revoked).map(|known| PersonEvent::KeyRevoked {
            person: person.clone(),
            key: known.key.clone(),
            reason: RevokeReason::Reset,
        });
        let mut events: Vec<PersonEvent> = revoked.collect();
        events.push(PersonEvent::KeyReset {
            person: person.clone(),
            key,
            by: signers.people.clone(),
            until: signers.now.plus_seconds(APART_SECONDS),
        });
        on_person(states, signers, &person, events)
    })
}

pub(super) fn must(holds: bool, why: &'static str) -> Refusal {
    if holds { Ok(()) } else { Err(ChangeError::Impossible(why)) }
}

fn must_be_team(team: &str) -> Refusal {
    must(team == DEFAULT_TEAM, "there is one team so far")
}

fn must_be_roles(roles: &[Role]) -> Refusal {
    must(!roles.is_empty(), "a person has at least one role")?;
    must(roles.iter().collect::<BTreeSet<_>>().len() == roles.len(), "a role is named twice")?;
    must(roles.len() == 1 || !roles.contains(&Role::Compliance), "compliance decides nothing, so it is the only role")
}

fn must_be_limits(limits: Option<&[Money]>) -> Refusal {
    let limits = limits.unwrap_or_default();
    must(limits.len() <= MOST_LIMITS, "there are more limits than there may be")?;
    must(limits.iter().all(|limit| limit.minor >= 0), "a limit is not negative")?;
    let currencies: BTreeSet<_> = limits.iter().map(|limit| &limit.currency).collect();
    must(currencies.len() == limits.len(), "a currency is named twice")
}

fn must_be_key(key: &KeyOffer) -> Refusal {
    must(countersignature::is_key(&key.public), "this is no Ed25519 key")
}

fn here(states: &mut dyn StreamStates, id: &PersonId) -> Result<Person, GateError> {
    let person: Person = current(states, &StreamName::person(id))?;
    must(person.is_here(), "this person is not on the staff")?;
    Ok(person)
}

pub(super) fn actor(signers: &Signers) -> Actor {
    Actor::Person(signers.people.first().map(ToString::to_string).unwrap_or_default())
}

fn open(happened: &PersonEvent, actor: &Actor) -> countersign_event_log::log::NewEvent {
    event(Draft::open(happened), None, actor, None)
}

/// Events of a person, unless nobody could change anything any more by them.
fn on_person(
    states: &mut dyn StreamStates,
    signers: &Signers,
    id: &PersonId,
    events: Vec<PersonEvent>,
) -> Result<Vec<Write>, GateError> {
    let mut people = Vec::new();
    for other in &signers.staff.people {
        let mut person: Person = current(states, &StreamName::person(other))?;
        if other == id {
            events.iter().for_each(|happened| person.apply(happened));
        }
        people.push(person);
    }
    let why = "after this too few people could change anything: it takes an administrator who proposes and another \
               administrator or supervisor who signs; enrol somebody else first";
    must(can_go_on(&people, signers.staff.one_person_mode), why)?;
    let stream = StreamName::person(id);
    let (expected, actor) = (states.version(&stream)?, actor(signers));
    Ok(vec![Write { stream, expected, events: events.iter().map(|happened| open(happened, &actor)).collect() }])
}

pub(super) fn on_station(
    states: &mut dyn StreamStates,
    happened: &StationEvent,
    actor: &Actor,
) -> Result<Write, GateError> {
    let stream = StreamName::station();
    let expected = states.version(&stream)?;
    Ok(Write { stream, expected, events: vec![event(Draft::open(happened), None, actor, None)] })
}

impl Gate {
    /// The name of somebody who joins, sealed for their own stream under the key of the proposal.
    pub(super) fn sealed_name(&self, person: &PersonId, sealed: &Fields, key: &KeyId) -> Result<SealedPart, GateError> {
        let name = sealed.get("name").and_then(|name| name.as_str()).map(str::trim).unwrap_or_default();
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(ChangeError::Impossible("a person has a name").into());
        }
        let named = fields([("name", name.into())]);
        self.records.part(&named, &StreamName::person(person), "person.enrolled", key)
    }
}
