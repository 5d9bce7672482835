//! Records: streams read back with their sealed parts opened, and drafts sealed for the append.

use crate::error::GateError;
use countersign_domain::action::{Action, ActionEvent};
use countersign_domain::ambient::{Clock, Disk, Entropy};
use countersign_domain::conversation::{Assurance, Conversation, ConversationEvent, Opened};
use countersign_domain::event::{self, Draft, Event, Fields};
use countersign_domain::fleet::{Fleet, FleetEvent};
use countersign_domain::ids::{ActionId, ConversationId, KeyId, PersonId};
use countersign_domain::person::{Person, PersonEvent};
use countersign_domain::server::AddedServers;
use countersign_domain::station::Staff;
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::{Actor, SealedPart, SealedReference, StoredEvent};
use countersign_event_log::log::{Append, Cause, Log, NewEvent, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use countersign_sealing::{Opened as OpenedPart, SealContext, SealedBytes, Sealing, SealingError};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use countersign_domain::person::DEFAULT_TEAM;

const PAGE: usize = 512;
/// Conversations whose key is remembered; beyond it, the memory begins anew.
const MOST_KEYS: usize = 4096;

/// The log with its keys: what the gate, the agents and the desks read and write through.
pub struct Records {
    log: Arc<dyn Log>,
    sealing: Arc<Sealing>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    disk: Option<Arc<dyn Disk>>,
    /// A conversation keeps the key that it was opened with, so it is read once. Whether the key still opens anything
    /// is asked of the keys every time.
    keys: Mutex<HashMap<ConversationId, KeyId>>,
}

/// A stored event with its sealed fields.
#[derive(Debug, Clone)]
pub struct OpenedEvent {
    /// As stored.
    pub stored: StoredEvent,
    /// The sealed fields; `None` once erased; empty where nothing was sealed.
    pub fields: Option<Fields>,
}

impl OpenedEvent {
    /// A sealed field, unless erased or never there.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.as_ref()?.get(name)
    }

    /// A sealed field that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.field(name)?.as_str()
    }

    /// The event itself.
    pub fn event<E: Event>(&self) -> Result<E, GateError> {
        read(&self.stored)
    }
}

/// One action with everything that the log holds of it.
#[derive(Debug, Clone)]
pub struct ActionRecord {
    /// Its state.
    pub action: Action,
    /// Its events, opened, in order.
    pub events: Vec<OpenedEvent>,
}

impl ActionRecord {
    /// The person who caused its last event of this kind; nobody, where there is none, or where it was no person.
    pub fn last_by(&self, kind: &str) -> Option<PersonId> {
        person_of(&self.events.iter().rev().find(|opened| opened.stored.envelope.kind == kind)?.stored)
    }
}

/// The person who caused a stored event; nobody, where it was no person.
pub(crate) fn person_of(stored: &StoredEvent) -> Option<PersonId> {
    match &stored.envelope.actor {
        Actor::Person(id) => id.parse().ok(),
        _ => None,
    }
}

/// Reads the event of a stored envelope.
pub fn read<E: Event>(stored: &StoredEvent) -> Result<E, GateError> {
    let envelope = &stored.envelope;
    Ok(event::read(&envelope.kind, envelope.schema, &envelope.open)?)
}

/// Where an event of a conversation that a desk may send twice was stored the first time.
pub(crate) fn stored_before(events: &[OpenedEvent], same: impl Fn(ConversationEvent) -> bool) -> Option<u64> {
    let first = events.iter().find(|opened| opened.event().is_ok_and(&same));
    first.map(|opened| opened.stored.envelope.position)
}

impl Records {
    /// Over a log and its keys.
    pub fn new(log: Arc<dyn Log>, sealing: Arc<Sealing>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { log, sealing, clock, entropy, disk: None, keys: Mutex::default() }
    }

    /// Says which disk the log lies on: when it is nearly full, less is taken on.
    pub fn with_disk(mut self, disk: Arc<dyn Disk>) -> Self {
        self.disk = Some(disk);
        self
    }

    pub(crate) fn disk(&self) -> Option<&Arc<dyn Disk>> {
        self.disk.as_ref()
    }

    /// The log.
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// The keys.
    pub fn sealing(&self) -> &Arc<Sealing> {
        &self.sealing
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock: for what is decided in the log's writer, where the moment of storing counts.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// The source of randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// Opens the sealed part of a stored event.
    pub fn open(&self, stored: StoredEvent) -> Result<OpenedEvent, GateError> {
        let fields = match &stored.sealed {
            None => Some(Fields::new()),
            Some(SealedPart { bytes: None, .. }) => None,
            Some(SealedPart { reference, bytes: Some(bytes) }) => {
                let envelope = &stored.envelope;
                let (stream, kind) = (envelope.stream.as_str().to_owned(), envelope.kind.clone());
                // What a restored log has from another one was sealed for that one.
                let context = SealContext { log: envelope.log.clone(), stream, kind };
                match self.sealing.open_part(&reference.key, &context, bytes).map_err(sealing)? {
                    OpenedPart::Fields(fields) => Some(fields),
                    OpenedPart::Erased => None,
                }
            }
        };
        Ok(OpenedEvent { stored, fields })
    }

    fn context(&self, stream: &StreamName, kind: &str) -> SealContext {
        SealContext { log: self.log.id(), stream: stream.as_str().to_owned(), kind: kind.to_owned() }
    }

    /// Seals a draft's fields, if it has any, with a key.
    pub fn seal(
        &self,
        draft: Draft,
        stream: &StreamName,
        key: &KeyId,
        actor: &Actor,
        cause: Option<Cause>,
    ) -> Result<NewEvent, GateError> {
        let sealed = match draft.sealed.is_empty() {
            true => None,
            false => Some(self.part(&draft.sealed, stream, &draft.kind, key)?),
        };
        Ok(NewEvent {
            kind: draft.kind,
            schema: draft.schema,
            open: draft.open,
            sealed,
            actor: actor.clone(),
            cause,
            team: DEFAULT_TEAM.to_owned(),
        })
    }

    /// Seals fields for an event of this kind in that stream.
    pub(crate) fn part(
        &self,
        fields: &Fields,
        stream: &StreamName,
        kind: &str,
        key: &KeyId,
    ) -> Result<SealedPart, GateError> {
        Ok(sealed_part(self.sealing.seal(key, &self.context(stream, kind), fields).map_err(sealing)?, key))
    }

    /// Seals fields for an event in that stream whose kind will be one of these.
    pub(crate) fn part_of_one_of(
        &self,
        fields: &Fields,
        stream: &StreamName,
        kinds: &[&str],
        key: &KeyId,
    ) -> Result<Vec<SealedPart>, GateError> {
        let contexts: Vec<_> = kinds.iter().map(|kind| self.context(stream, kind)).collect();
        let sealed = self.sealing.seal_for_one_of(key, &contexts, fields).map_err(sealing)?;
        Ok(sealed.into_iter().map(|part| sealed_part(part, key)).collect())
    }

    /// A stream's stored events from a version on.
    pub async fn stored(&self, stream: &StreamName, from: Version) -> Result<Vec<StoredEvent>, GateError> {
        let mut all: Vec<StoredEvent> = Vec::new();
        loop {
            let page = self.log.read_stream(stream, from + all.len() as u64, PAGE).await?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// A stream's events from a version on, opened.
    pub async fn open_stream(&self, stream: &StreamName, from: Version) -> Result<Vec<OpenedEvent>, GateError> {
        self.stored(stream, from).await?.into_iter().map(|stored| self.open(stored)).collect()
    }

    /// An action with its events.
    pub async fn action(&self, id: &ActionId) -> Result<ActionRecord, GateError> {
        self.action_of(self.stored(&StreamName::action(id), 0).await?, |_| true)
    }

    /// An action with what it takes to run it. The cards that were approved stay sealed, and are as if they were erased.
    pub(crate) async fn action_to_run(&self, id: &ActionId) -> Result<ActionRecord, GateError> {
        self.action_of(self.stored(&StreamName::action(id), 0).await?, |kind| kind != "action.approved")
    }

    /// An action from its stored events. Whatever is of a kind that is not `opened` is as if it were erased.
    pub(crate) fn action_of(
        &self,
        stored: Vec<StoredEvent>,
        opened: impl Fn(&str) -> bool,
    ) -> Result<ActionRecord, GateError> {
        let action = state_of(&stored)?;
        let open = |stored: StoredEvent| match opened(&stored.envelope.kind) {
            true => self.open(stored),
            false => Ok(OpenedEvent { stored, fields: None }),
        };
        let events = stored.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok(ActionRecord { action, events })
    }

    /// Where an action stands; nothing that is sealed is opened for that.
    pub async fn action_state(&self, id: &ActionId) -> Result<Action, GateError> {
        state_of(&self.stored(&StreamName::action(id), 0).await?)
    }

    /// A conversation's state and its events, with nothing opened that is sealed.
    pub async fn conversation_state(&self, id: &ConversationId) -> Result<(Conversation, Vec<StoredEvent>), GateError> {
        let events = self.stored(&StreamName::conversation(id), 0).await?;
        let mut state = Conversation::default();
        for stored in &events {
            state.apply(&read::<ConversationEvent>(stored)?);
        }
        if events.is_empty() { Err(GateError::NotFound("conversation")) } else { Ok((state, events)) }
    }

    /// A conversation's state and its events.
    pub async fn conversation(&self, id: &ConversationId) -> Result<(Conversation, Vec<OpenedEvent>), GateError> {
        let events = self.open_stream(&StreamName::conversation(id), 0).await?;
        let mut state = Conversation::default();
        for opened in &events {
            state.apply(&opened.event::<ConversationEvent>()?);
        }
        if events.is_empty() { Err(GateError::NotFound("conversation")) } else { Ok((state, events)) }
    }

    /// The fleet and its version.
    pub async fn fleet(&self) -> Result<(Fleet, Version), GateError> {
        let events = self.stored(&StreamName::fleet(), 0).await?;
        let mut fleet = Fleet::default();
        for stored in &events {
            fleet.apply(&read::<FleetEvent>(stored)?);
        }
        Ok((fleet, events.len() as u64))
    }

    /// A person and, unless erased, their name.
    pub async fn person(&self, id: &PersonId) -> Result<(Person, Option<String>), GateError> {
        let events = self.open_stream(&StreamName::person(id), 0).await?;
        let mut person = Person::default();
        let mut name = None;
        for opened in &events {
            let happened: PersonEvent = opened.event()?;
            if matches!(happened, PersonEvent::Enrolled { .. }) {
                name = opened.text("name").map(str::to_owned);
            }
            person.apply(&happened);
        }
        if events.is_empty() { Err(GateError::NotFound("person")) } else { Ok((person, name)) }
    }

    /// A person as they were at a position of the log: what they sign verifies by the keys of its time.
    pub async fn person_before(&self, id: &PersonId, position: u64) -> Result<Person, GateError> {
        let mut person = Person::default();
        for stored in self.stored(&StreamName::person(id), 0).await? {
            if stored.envelope.position >= position {
                break;
            }
            person.apply(&read(&stored)?);
        }
        Ok(person)
    }

    /// The tool servers that people added.
    pub async fn added_servers(&self) -> Result<AddedServers, GateError> {
        let mut servers = AddedServers::default();
        for stored in &self.stored(&StreamName::servers(), 0).await? {
            servers.apply(&read(stored)?);
        }
        Ok(servers)
    }

    /// Who is on the staff, and how many must sign.
    pub async fn staff(&self) -> Result<Staff, GateError> {
        let mut staff = Staff::default();
        for stored in &self.stored(&StreamName::station(), 0).await? {
            staff.apply(&read(stored)?);
        }
        Ok(staff)
    }

    /// The key that a conversation was opened with.
    pub async fn conversation_key(&self, id: &ConversationId) -> Result<KeyId, GateError> {
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let first = self.log.read_stream(&StreamName::conversation(id), 0, 1).await?;
        let sealed = first.first().and_then(|e| e.envelope.sealed.as_ref());
        let key = sealed.map(|s| s.key.clone()).ok_or(GateError::NotFound("conversation"))?;
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        keys.insert(id.clone(), key.clone());
        Ok(key)
    }

    /// Whether anything more can be sealed for a conversation: not once its customer was erased.
    pub async fn seals(&self, id: &ConversationId) -> Result<bool, GateError> {
        let key = self.conversation_key(id).await?;
        match self.sealing.pseudonym_in(&key, "") {
            Ok(_) => Ok(true),
            Err(SealingError::Destroyed(_)) => Ok(false),
            Err(error) => Err(sealing(error)),
        }
    }

    /// A pseudonym under a conversation's own key: equal texts have equal names, and nobody can guess back.
    pub async fn pseudonym(&self, id: &ConversationId, text: &str) -> Result<String, GateError> {
        let key = self.conversation_key(id).await?;
        self.sealing.pseudonym_in(&key, text).map_err(sealing)
    }

    /// Begins a conversation with a key of its own.
    pub async fn open_conversation(
        &self,
        channel: &str,
        assurance: Assurance,
        name: Option<&str>,
        subject: Option<&str>,
        resume_hash: String,
    ) -> Result<(ConversationId, Receipt), GateError> {
        self.must_have_room_for_conversations()?;
        let id = ConversationId::random(self.entropy());
        let key = self.sealing.take_key().map_err(sealing)?;
        let opened = Opened {
            conversation: id.clone(),
            channel: channel.to_owned(),
            assurance,
            customer: subject.map(|s| self.sealing.pseudonym(s)),
            resume: resume_hash,
            agent: None,
            belongs_to: Vec::new(),
        };
        let fields = event::fields([("name", name.into()), ("subject", subject.into())]);
        let draft = Conversation::default().open(opened, fields)?;
        let stream = StreamName::conversation(&id);
        let actor = Actor::Customer(id.to_string());
        let event = self.seal(draft, &stream, &key, &actor, None)?;
        let writes = vec![Write { stream, expected: 0, events: vec![event] }];
        let receipt = self.log.append(Append { guards: Vec::new(), writes }).await?;
        Ok((id, receipt))
    }

    /// Appends drafts to a conversation that must be at `seen`.
    pub async fn append_conversation(
        &self,
        id: &ConversationId,
        seen: Version,
        drafts: Vec<Draft>,
        actor: Actor,
    ) -> Result<Receipt, GateError> {
        let key = self.conversation_key(id).await?;
        let stream = StreamName::conversation(id);
        let events = drafts
            .into_iter()
            .map(|draft| self.seal(draft, &stream, &key, &actor, None))
            .collect::<Result<Vec<_>, _>>()?;
        let writes = vec![Write { stream, expected: seen, events }];
        Ok(self.log.append(Append { guards: Vec::new(), writes }).await?)
    }
}

/// Where an action stands behind these events of it.
fn state_of(events: &[StoredEvent]) -> Result<Action, GateError> {
    let mut state: Option<Action> = None;
    for stored in events {
        let happened: ActionEvent = read(stored)?;
        match &mut state {
            None => state = Action::begin(&happened, stored.envelope.position),
            Some(action) => action.apply(&happened),
        }
    }
    state.ok_or(GateError::NotFound("action"))
}

fn sealed_part(part: SealedBytes, key: &KeyId) -> SealedPart {
    let reference =
        SealedReference { ciphertext: part.ciphertext_sha256, commitment: part.commitment, key: key.clone() };
    SealedPart { reference, bytes: Some(part.bytes.into()) }
}

/// A failure of the keys, without anything of what was sealed.
pub(crate) fn sealing(error: countersign_sealing::SealingError) -> GateError {
    GateError::Sealing(error.to_string())
}
