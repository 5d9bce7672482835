//! People and their signing keys, as the log knows them: the first set-up, and keys enrolled later.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::{DEFAULT_TEAM, sealing};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_domain::person::{KeyKind, PersonEvent, Role};
use countersign_domain::station::StationEvent;
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::log::{Append, NewEvent, Write};
use countersign_event_log::stream::StreamName;
use serde_json::json;

/// The longest name of a person, in characters.
pub const LONGEST_NAME_CHARS: usize = 80;

/// A signing key about to be enrolled.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its id.
    pub key: SigningKeyId,
    /// Where it is held.
    pub held: KeyKind,
    /// Ed25519 public key, hexadecimal.
    pub public: String,
}

/// The first set-up.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// The first person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their key.
    pub key: NewKey,
    /// Whether this folder is the sample shop's.
    pub sample_shop: bool,
}

impl Gate {
    /// Whether the first person was enrolled.
    pub async fn is_set_up(&self) -> Result<bool, GateError> {
        Ok(self.set_up_event().await?.is_some())
    }

    /// Everybody on the staff, in the order in which they joined.
    pub async fn people(&self) -> Result<Vec<PersonId>, GateError> {
        let mut people = Vec::new();
        for stored in self.records.stored(&StreamName::station(), 0).await? {
            if let StationEvent::PersonJoined { person } = crate::records::read(&stored)? {
                people.push(person);
            }
        }
        Ok(people)
    }

    /// Whether one person decides everything; `None` before the first set-up.
    pub async fn one_person_mode(&self) -> Result<Option<bool>, GateError> {
        Ok(self.set_up_event().await?.map(|e| matches!(e, StationEvent::SetUp { one_person_mode: true, .. })))
    }

    async fn set_up_event(&self) -> Result<Option<StationEvent>, GateError> {
        for stored in self.records.stored(&StreamName::station(), 0).await? {
            let event: StationEvent = crate::records::read(&stored)?;
            if matches!(event, StationEvent::SetUp { .. }) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Enrols the first person, in one-person mode, with a first key. Once per log: `Moved` if somebody was first.
    pub async fn set_up(&self, set_up: SetUp) -> Result<(), GateError> {
        loop {
            if self.is_set_up().await? {
                return Err(GateError::Moved);
            }
            match self.try_set_up(&set_up).await {
                // What moved may be the policy in force, which stands in the same stream.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    async fn try_set_up(&self, set_up: &SetUp) -> Result<(), GateError> {
        let station = self.records.stored(&StreamName::station(), 0).await?;
        let taken = |event: &StoredEvent| event.envelope.kind == "station.set_up";
        if station.iter().any(taken) {
            return Err(GateError::Moved);
        }
        let actor = Actor::Person(set_up.person.to_string());
        let sealed_with = self.records.sealing().take_key().map_err(sealing)?;
        let stream = StreamName::person(&set_up.person);
        let enrolled = PersonEvent::Enrolled { person: set_up.person.clone(), roles: vec![Role::Supervisor] };
        let drafts = [
            Draft::with(&enrolled, fields([("name", json!(set_up.name))])),
            Draft::open(&key_enrolled(&set_up.person, &set_up.key)),
        ];
        let events = drafts
            .into_iter()
            .map(|draft| self.records.seal(draft, &stream, &sealed_with, &actor, None))
            .collect::<Result<Vec<_>, _>>()?;
        let begun = StationEvent::SetUp { one_person_mode: true, sample_shop: set_up.sample_shop };
        let joined = StationEvent::PersonJoined { person: set_up.person.clone() };
        let writes = vec![
            Write {
                stream: StreamName::station(),
                expected: station.len() as u64,
                events: vec![
                    unsealed(Draft::open(&begun), actor.clone()),
                    unsealed(Draft::open(&joined), actor.clone()),
                ],
            },
            Write { stream, expected: 0, events },
        ];
        self.records.log().append(Append { guards: Vec::new(), writes }).await?;
        Ok(())
    }

    /// Enrols a further key of a person, who has just proved their password.
    pub async fn enrol_key(&self, person: &PersonId, key: NewKey) -> Result<(), GateError> {
        let stream = StreamName::person(person);
        let version = self.records.stored(&stream, 0).await?.len() as u64;
        // A set-up that was cut short leaves a password behind that belongs to nobody.
        if version == 0 {
            return Err(GateError::NotFound("person"));
        }
        let draft = Draft::open(&key_enrolled(person, &key));
        let events = vec![unsealed(draft, Actor::Person(person.to_string()))];
        let writes = vec![Write { stream, expected: version, events }];
        self.records.log().append(Append { guards: Vec::new(), writes }).await?;
        Ok(())
    }

    /// Writes into the trail which policy is in force, unless the last such entry says the same.
    pub async fn record_policy(&self, files: std::collections::BTreeMap<String, String>) -> Result<(), GateError> {
        loop {
            match self.try_record_policy(&files).await {
                // Somebody was set up in between.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    async fn try_record_policy(&self, files: &std::collections::BTreeMap<String, String>) -> Result<(), GateError> {
        let version = self.policies().version().to_owned();
        let stored = self.records.stored(&StreamName::station(), 0).await?;
        let mut last = None;
        for event in &stored {
            if let StationEvent::PolicyInForce { version, .. } = crate::records::read(event)? {
                last = Some(version);
            }
        }
        if last.as_deref() == Some(&version) {
            return Ok(());
        }
        let draft = Draft::open(&StationEvent::PolicyInForce { version, files: files.clone() });
        let events = vec![unsealed(draft, Actor::Station)];
        let writes = vec![Write { stream: StreamName::station(), expected: stored.len() as u64, events }];
        self.records.log().append(Append { guards: Vec::new(), writes }).await?;
        Ok(())
    }
}

fn key_enrolled(person: &PersonId, key: &NewKey) -> PersonEvent {
    PersonEvent::KeyEnrolled {
        person: person.clone(),
        key: key.key.clone(),
        held: key.held,
        public: key.public.clone(),
    }
}

/// An event without a sealed part.
pub(crate) fn unsealed(draft: Draft, actor: Actor) -> NewEvent {
    NewEvent {
        kind: draft.kind,
        schema: draft.schema,
        open: draft.open,
        sealed: None,
        actor,
        cause: None,
        team: DEFAULT_TEAM.to_owned(),
    }
}
