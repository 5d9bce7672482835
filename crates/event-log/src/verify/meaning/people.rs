//! People, the station and the fleet.

use super::changes::Effect;
use super::{At, Meaning, Wrong, caused_by, must, sealed};
use crate::envelope::Actor;
use crate::verify::signatures;
use countersign_domain::authority::Command;
use countersign_domain::change::ChangeKind;
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_domain::person::PersonEvent;
use countersign_domain::station::StationEvent;

impl Meaning {
    pub(super) fn person(&mut self, at: &At<'_>, name: &str, event: &PersonEvent) -> Wrong {
        let id: PersonId = name.parse().map_err(|_| format!("{} is the stream of no person", at.stream))?;
        let result = self.may_happen(at, &id, event);
        if let Some((key, _)) = offered(event) {
            self.signing_keys.entry(key.clone()).or_insert_with(|| id.clone());
        }
        self.staff.entry(id).or_default().apply(event);
        result
    }

    fn may_happen(&mut self, at: &At<'_>, id: &PersonId, event: &PersonEvent) -> Wrong {
        let (person, enrols) = match event {
            PersonEvent::Enrolled { person, .. } => (person, true),
            PersonEvent::KeyEnrolled { person, .. }
            | PersonEvent::KeyReset { person, .. }
            | PersonEvent::KeyRevoked { person, .. }
            | PersonEvent::RolesSet { person, .. }
            | PersonEvent::LimitsSet { person, .. }
            | PersonEvent::Away { person, .. }
            | PersonEvent::Back { person }
            | PersonEvent::Removed { person } => (person, false),
        };
        must(person == id, || format!("what happens to {person} stands in the stream of another person"))?;
        match (self.staff.get(id), enrols) {
            (Some(_), true) => return Err(format!("{person} is enrolled again")),
            (None, false) => return Err(format!("something happens to {person}, who was never enrolled")),
            (Some(known), false) if !known.is_here() => {
                return Err(format!("something happens to {person}, who has left"));
            }
            _ => {}
        }
        if let Some((key, public)) = offered(event) {
            must(!self.signing_keys.contains_key(key), || format!("the key {key} is enrolled again"))?;
            must(signatures::public_key(public).is_some(), || {
                "a key is enrolled that is no Ed25519 key that counts".to_owned()
            })?;
        }
        if self.is_in_set_up(at) && matches!(event, PersonEvent::Enrolled { .. } | PersonEvent::KeyEnrolled { .. }) {
            return must(matches!(at.actor, Actor::Person(_)), || "no person caused it".to_owned());
        }
        match event {
            PersonEvent::Away { until, deputy, .. } => {
                self.says_of(at, id)?;
                let (person, deputy) = (self.person_of(id)?, self.person_of(deputy)?);
                let why = person.may_be_away(*until, &deputy, &self.staff_list, at.recorded_at);
                why.map_err(|why| format!("{id} is said to be away: {why}"))
            }
            PersonEvent::Back { .. } => {
                self.says_of(at, id)?;
                let away = self.staff.get(id).is_some_and(|person| person.away.is_some());
                must(away, || format!("{id} is back, and was not away"))
            }
            _ => self.follows_from_a_change(at, &Effect::Person(event.clone())),
        }
    }

    /// Whether who said this of somebody are they themself, or whoever may propose what others may do.
    fn says_of(&self, at: &At<'_>, id: &PersonId) -> Wrong {
        let Actor::Person(by) = at.actor else { return Err("no person caused it".to_owned()) };
        let by: PersonId = by.parse().map_err(|_| "no person caused it".to_owned())?;
        must(at.cause.is_none(), || "it answers another event, and nothing asks for it".to_owned())?;
        match by == *id {
            true => Ok(()),
            false => self.may(&by, Command::Propose(ChangeKind::SetRoles)),
        }
    }

    /// Whether this stands in the append of the first set-up, which answers nothing.
    fn is_in_set_up(&self, at: &At<'_>) -> bool {
        let together = |(position, recorded_at): (u64, _)| recorded_at == at.recorded_at && at.position <= position + 8;
        at.cause.is_none() && self.set_up.is_some_and(together)
    }

    pub(super) fn station(&mut self, at: &At<'_>, event: &StationEvent) -> Wrong {
        must(at.stream == "station", || format!("{} is no stream of the station", at.stream))?;
        let result = self.may_happen_here(at, event);
        self.staff_list.apply(event);
        result
    }

    fn may_happen_here(&mut self, at: &At<'_>, event: &StationEvent) -> Wrong {
        match event {
            StationEvent::SetUp { .. } => {
                must(self.set_up.is_none(), || "the station is set up again".to_owned())?;
                self.set_up = Some((at.position, at.recorded_at));
                must(matches!(at.actor, Actor::Person(_)), || "no person set the station up".to_owned())
            }
            StationEvent::PersonJoined { person } => {
                let again = self.joined.iter().any(|(joined, _)| joined == person);
                self.joined.push((person.clone(), at.position));
                must(!again, || format!("{person} joins again"))?;
                match self.is_in_set_up(at) {
                    true => Ok(()),
                    false => self.follows_from_a_change(at, &Effect::Station(event.clone())),
                }
            }
            StationEvent::PersonLeft { .. } | StationEvent::AgentJoined { .. } => {
                self.follows_from_a_change(at, &Effect::Station(event.clone()))
            }
            StationEvent::PolicyInForce { version, rules, .. } => {
                self.policies.insert(version.clone(), rules.clone());
                let anew = self.in_force.replace(version.clone()).as_ref() != Some(version);
                match at.cause {
                    // A tool is treated otherwise: by the version, what was judged before is judged again.
                    Some(_) => {
                        must(anew, || "a tool is treated otherwise under the same version of the rules".to_owned())
                            .and(self.follows_from_a_change(at, &Effect::Rules))
                    }
                    None => caused_by(at, &Actor::Station),
                }
            }
            StationEvent::ClockJumped { .. } | StationEvent::RoomChanged { .. } => caused_by(at, &Actor::Station),
            StationEvent::Restored(_) => self.restored(at),
            StationEvent::ErasedAgain { keys } => self.erased_again(at, keys),
            StationEvent::RecoveryKeyMade { by } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                self.may(by, Command::Propose(ChangeKind::SetRoles))
            }
        }
    }

    pub(super) fn fleet(&mut self, at: &At<'_>, event: &FleetEvent) -> Wrong {
        must(at.stream == "fleet", || format!("{} is no stream of the fleet", at.stream))?;
        let (stopped, takes_two) = (self.fleet.stopped.is_some(), self.fleet.takes_two);
        let parts = self.fleet.parts.clone();
        let by_restore = self.fleet.stopped.as_ref().is_some_and(|stopped| stopped.by.is_none());
        self.fleet.apply(event);
        match event {
            FleetEvent::Stopped { by, .. } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                must(!stopped, || "everything is stopped already".to_owned())?;
                self.may(by, Command::Stop)
            }
            FleetEvent::ResumeTakesTwo { by, .. } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                must(stopped, || "nothing is stopped".to_owned())?;
                self.may(by, Command::Stop)
            }
            FleetEvent::StoppedByRestore { .. } => self.stopped_by_restore(at),
            FleetEvent::PartStopped { part, by, .. } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                must(!parts.contains_key(part), || format!("{} is stopped already", part.name()))?;
                self.may(by, Command::Stop)
            }
            FleetEvent::PartResumed { part, by, .. } => {
                self.resumed.insert(Some(part.clone()), at.recorded_at);
                caused_by(at, &Actor::Person(by.to_string()))?;
                must(parts.contains_key(part), || format!("{} is not stopped", part.name()))?;
                sealed(at)?;
                self.may(by, Command::Resume)
            }
            FleetEvent::Resumed { by, .. } => {
                self.resumed.insert(None, at.recorded_at);
                must(stopped, || "nothing is stopped".to_owned())?;
                match at.cause {
                    Some(_) => self.follows_from_a_change(at, &Effect::Resumed)?,
                    None => {
                        caused_by(at, &Actor::Person(by.to_string()))?;
                        let takes_two = takes_two || (by_restore && self.staff_list.signatures_needed() > 1);
                        must(!takes_two, || "one person ended a stop that takes two".to_owned())?;
                        self.may(by, Command::Resume)?;
                    }
                }
                if by_restore { self.must_be_reconciled() } else { Ok(()) }
            }
        }
    }
}

/// A key that an event enrols, with its public half.
fn offered(event: &PersonEvent) -> Option<(&SigningKeyId, &str)> {
    match event {
        PersonEvent::KeyEnrolled { key, public, .. } => Some((key, public)),
        PersonEvent::KeyReset { key, .. } => Some((&key.key, &key.public)),
        _ => None,
    }
}
