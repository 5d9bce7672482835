//! People and their signing keys, as the log knows them: the first set-up, and keys enrolled later.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::{DEFAULT_TEAM, sealing};
use countersign_domain::authority::Command;
use countersign_domain::change::ChangeKind;
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_domain::person::{KeyKind, PersonEvent, Role};
use countersign_domain::station::StationEvent;
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::log::{Append, NewEvent, Write};
use countersign_event_log::stream::StreamName;
use countersign_policy::Policies;
use countersign_sealing::RecoveryKey;
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

/// A second person at the first set-up: then it begins with two, and one-person mode never was.
#[derive(Debug, Clone)]
pub struct SecondPerson {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their key.
    pub key: NewKey,
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
        Ok(self.records.staff().await?.set_up)
    }

    /// Everybody on the staff, in the order in which they joined.
    pub async fn people(&self) -> Result<Vec<PersonId>, GateError> {
        Ok(self.records.staff().await?.people)
    }

    /// Whether one person decides everything; `None` before the first set-up.
    pub async fn one_person_mode(&self) -> Result<Option<bool>, GateError> {
        let staff = self.records.staff().await?;
        Ok(staff.set_up.then_some(staff.one_person_mode))
    }

    /// Enrols the first person, in one-person mode, with a first key. Once per log: `Moved` if somebody was first.
    pub async fn set_up(&self, set_up: SetUp) -> Result<(), GateError> {
        self.set_up_with(set_up, None).await
    }

    /// The first set-up, in one-person mode unless there is a second person from the beginning.
    pub async fn set_up_with(&self, set_up: SetUp, second: Option<SecondPerson>) -> Result<(), GateError> {
        loop {
            if self.is_set_up().await? {
                return Err(GateError::Moved);
            }
            match self.try_set_up(&set_up, second.as_ref()).await {
                // What moved may be the policy in force, which stands in the same stream.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    async fn try_set_up(&self, set_up: &SetUp, second: Option<&SecondPerson>) -> Result<(), GateError> {
        let station = self.records.stored(&StreamName::station(), 0).await?;
        let taken = |event: &StoredEvent| event.envelope.kind == "station.set_up";
        if station.iter().any(taken) {
            return Err(GateError::Moved);
        }
        let actor = Actor::Person(set_up.person.to_string());
        let begun = StationEvent::SetUp { one_person_mode: second.is_none(), sample_shop: set_up.sample_shop };
        let mut first = vec![unsealed(Draft::open(&begun), actor.clone())];
        let mut people = vec![(&set_up.person, &set_up.name, &set_up.key)];
        people.extend(second.map(|second| (&second.person, &second.name, &second.key)));
        let mut writes = Vec::new();
        for (person, name, key) in people {
            let joined = StationEvent::PersonJoined { person: person.clone() };
            first.push(unsealed(Draft::open(&joined), actor.clone()));
            let sealed_with = self.records.sealing().take_key().map_err(sealing)?;
            let stream = StreamName::person(person);
            let roles = vec![Role::Supervisor, Role::Administrator];
            let enrolled = PersonEvent::Enrolled { person: person.clone(), roles };
            let drafts =
                [Draft::with(&enrolled, fields([("name", json!(name))])), Draft::open(&key_enrolled(person, key))];
            let seal = |draft| self.records.seal(draft, &stream, &sealed_with, &actor, None);
            let events = drafts.into_iter().map(seal).collect::<Result<Vec<_>, _>>()?;
            writes.push(Write { stream, expected: 0, events });
        }
        let station = Write { stream: StreamName::station(), expected: station.len() as u64, events: first };
        writes.insert(0, station);
        self.records.log().append(Append { guards: Vec::new(), writes }).await?;
        Ok(())
    }

    /// Makes a recovery key in the place of the one before, and writes into the trail that it was made. An administrator
    /// does, or whoever decides everything alone.
    pub async fn new_recovery_key(&self, by: &PersonId) -> Result<RecoveryKey, GateError> {
        let (_, guard) = self.allowed(by, Command::Propose(ChangeKind::SetRoles)).await?;
        let made = Draft::open(&StationEvent::RecoveryKeyMade { by: by.clone() });
        let events = vec![unsealed(made, Actor::Person(by.to_string()))];
        let station = self.records.stored(&StreamName::station(), 0).await?;
        let writes = vec![Write { stream: StreamName::station(), expected: station.len() as u64, events }];
        // Told first: no key opens anything that the trail does not know of.
        self.records.log().append(Append { guards: vec![guard], writes }).await?;
        self.records.sealing().new_recovery_key().map_err(sealing)
    }

    /// Writes into the trail which policy is in force, unless the last such entry says the same.
    pub async fn record_policy(&self, files: std::collections::BTreeMap<String, String>) -> Result<(), GateError> {
        self.record(&self.policies(), &files).await
    }

    /// Puts other policies in force, once they stand in the trail: no verdict names rules that the trail does not.
    pub async fn adopt_policies(
        &self,
        policies: Policies,
        files: std::collections::BTreeMap<String, String>,
    ) -> Result<(), GateError> {
        self.record(&policies, &files).await?;
        self.put_policies(policies);
        Ok(())
    }

    async fn record(
        &self,
        policies: &Policies,
        files: &std::collections::BTreeMap<String, String>,
    ) -> Result<(), GateError> {
        loop {
            match self.try_record_policy(policies, files).await {
                // Somebody was set up in between.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    async fn try_record_policy(
        &self,
        policies: &Policies,
        files: &std::collections::BTreeMap<String, String>,
    ) -> Result<(), GateError> {
        let version = policies.version().to_owned();
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
        let draft =
            Draft::open(&StationEvent::PolicyInForce { version, files: files.clone(), rules: policies.in_force() });
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
