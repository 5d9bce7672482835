//! Which conversations are a customer's, and what is sealed in them: read from the log, by open parts alone.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::action::{Action, ActionEvent};
use countersign_domain::alias::AliasEvent;
use countersign_domain::conversation::{Conversation, ConversationEvent, Opened};
use countersign_domain::ids::{ActionId, ConversationId, KeyId};
use countersign_event_log::stream::StreamName;
use std::collections::{BTreeMap, BTreeSet};

const PAGE: usize = 1_024;

/// What is linked to a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linked {
    /// The conversations with them: they were signed in, or, where nobody was signed in, something that was asked for
    /// turned out to be about them.
    pub conversations: BTreeSet<ConversationId>,
    /// Actions about them in conversations with others.
    pub elsewhere: BTreeSet<ActionId>,
}

/// Which calls of agents belong to which conversations that they relay.
#[derive(Default)]
struct Ties {
    /// The conversation that a name means.
    names: BTreeMap<String, ConversationId>,
    /// The names that each call said.
    calls: BTreeMap<ConversationId, Vec<String>>,
}

impl Ties {
    fn opened(&mut self, opened: Opened) {
        if !opened.belongs_to.is_empty() {
            self.calls.insert(opened.conversation, opened.belongs_to);
        }
    }

    fn given(&mut self, stream: &str, event: AliasEvent) {
        let AliasEvent::Given { conversation, .. } = event;
        if let Some((_, name)) = stream.split_once('/') {
            self.names.insert(name.to_owned(), conversation);
        }
    }

    fn of(&self, id: &ConversationId) -> BTreeSet<ConversationId> {
        let means = |names: &Vec<String>| names.iter().any(|name| self.names.get(name) == Some(id));
        let calls = self.calls.iter().filter(|(_, names)| means(names)).map(|(call, _)| call.clone());
        let own = self.calls.get(id).into_iter().flatten().filter_map(|name| self.names.get(name).cloned());
        calls.chain(own).collect()
    }
}

/// What one conversation holds.
pub(super) struct Content {
    pub(super) conversation: ConversationId,
    /// The key that it was opened with.
    pub(super) key: KeyId,
    /// The positions of what that key sealed, the actions' parts among them.
    pub(super) sealed: Vec<u64>,
    /// How many of these have no bytes any more.
    pub(super) dropped: u64,
    /// Actions that may happen or may have happened.
    pub(super) under_way: Vec<ActionId>,
}

impl Gate {
    /// What is linked to a customer, of all that began before a position.
    pub async fn linked(&self, customer: &str, before: u64) -> Result<Linked, GateError> {
        let mut linked = Linked::default();
        let mut about = BTreeSet::new();
        let mut ties = Ties::default();
        let log = self.records.log();
        let mut position = 0;
        while position < log.size() {
            let page = log.read_from(position, PAGE).await?;
            if page.is_empty() {
                break;
            }
            position += page.len() as u64;
            for stored in &page {
                let envelope = &stored.envelope;
                if envelope.kind == "conversation.opened" && envelope.position < before {
                    if let ConversationEvent::Opened(opened) = read(stored)? {
                        if opened.customer.as_deref() == Some(customer) {
                            linked.conversations.insert(opened.conversation.clone());
                        }
                        ties.opened(opened);
                    }
                } else if envelope.kind == "alias.given" && envelope.position < before {
                    ties.given(envelope.stream.as_str(), read(stored)?);
                } else if envelope.kind == "conversation.signed_in" && envelope.position < before {
                    if let ConversationEvent::SignedIn(signed_in) = read(stored)?
                        && signed_in.customer == customer
                        && let Some(id) = envelope.stream.as_str().strip_prefix("conversation/")
                    {
                        linked.conversations.extend(id.parse().ok());
                    }
                } else if envelope.kind.starts_with("action.")
                    && read::<ActionEvent>(stored)?.subject() == Some(customer)
                    && let Some(id) = envelope.stream.as_str().strip_prefix("action/").and_then(|id| id.parse().ok())
                {
                    about.insert(id);
                }
            }
        }
        for id in about {
            self.link(&mut linked, id, customer, before).await?;
        }
        self.follow(&ties, &mut linked, customer).await?;
        Ok(linked)
    }

    /// The customer whose conversation this is, pseudonymous, as far as known.
    pub async fn customer_of(&self, id: &ConversationId) -> Result<Option<String>, GateError> {
        let events = self.records.stored(&StreamName::conversation(id), 0).await?;
        let mut state = Conversation::default();
        for stored in &events {
            state.apply(&read(stored)?);
        }
        if let Some(customer) = state.customer() {
            return Ok(Some(customer.to_owned()));
        }
        for stored in &events {
            if let ConversationEvent::Proposed { action, .. } = read(stored)? {
                for stored in self.records.stored(&StreamName::action(&action), 0).await? {
                    if let Some(subject) = read::<ActionEvent>(&stored)?.subject() {
                        return Ok(Some(subject.to_owned()));
                    }
                }
            }
        }
        if events.is_empty() { Err(GateError::NotFound("conversation")) } else { Ok(None) }
    }

    /// An action is about the customer: is its conversation with them?
    async fn link(&self, linked: &mut Linked, id: ActionId, customer: &str, before: u64) -> Result<(), GateError> {
        let log = self.records.log();
        let first = log.read_stream(&StreamName::action(&id), 0, 1).await?;
        let proposed = first.first().map(read::<ActionEvent>).transpose()?;
        let Some(ActionEvent::Proposed(proposed)) = proposed else { return Err(GateError::NotFound("proposal")) };
        let talk = self.records.stored(&StreamName::conversation(&proposed.conversation), 0).await?;
        let opening = talk.first().ok_or(GateError::NotFound("conversation"))?;
        let mut state = Conversation::default();
        for stored in &talk {
            state.apply(&read(stored)?);
        }
        match state.customer() {
            Some(other) if other != customer => drop(linked.elsewhere.insert(id)),
            // Theirs, or nobody's: also where they have signed in since.
            _ if opening.envelope.position < before => drop(linked.conversations.insert(proposed.conversation)),
            _ => {}
        }
        Ok(())
    }

    /// What an agent relays belongs to whom its calls there are about, and its calls to whom that is with, as far as neither
    /// is somebody else's.
    async fn follow(&self, ties: &Ties, linked: &mut Linked, customer: &str) -> Result<(), GateError> {
        let mut looked = BTreeSet::new();
        while let Some(next) = linked.conversations.difference(&looked).next().cloned() {
            for tied in ties.of(&next) {
                if linked.conversations.contains(&tied) {
                    continue;
                }
                match self.customer_of(&tied).await? {
                    Some(other) if other != customer => {
                        let (state, _) = self.records.conversation_state(&tied).await?;
                        linked.elsewhere.extend(state.actions.into_iter().map(|(action, _)| action));
                    }
                    _ => drop(linked.conversations.insert(tied)),
                }
            }
            looked.insert(next);
        }
        Ok(())
    }

    /// What one conversation holds now.
    pub(super) async fn content(&self, id: &ConversationId) -> Result<Content, GateError> {
        let key = self.records.conversation_key(id).await?;
        let mut content =
            Content { conversation: id.clone(), key, sealed: Vec::new(), dropped: 0, under_way: Vec::new() };
        let mut events = self.records.stored(&StreamName::conversation(id), 0).await?;
        let mut actions = Vec::new();
        for stored in &events {
            if let ConversationEvent::Proposed { action, .. } = read(stored)? {
                actions.push(action);
            }
        }
        for action in actions {
            let stored = self.records.stored(&StreamName::action(&action), 0).await?;
            let mut state: Option<Action> = None;
            for event in &stored {
                let happened: ActionEvent = read(event)?;
                match &mut state {
                    None => state = Action::begin(&happened, event.envelope.position),
                    Some(state) => state.apply(&happened),
                }
            }
            if state.is_some_and(|state| !state.phase.is_final()) {
                content.under_way.push(action);
            }
            events.extend(stored);
        }
        for part in events.iter().filter_map(|e| Some((e.envelope.position, e.sealed.as_ref()?))) {
            let (position, sealed) = part;
            if sealed.reference.key == content.key {
                content.sealed.push(position);
                content.dropped += u64::from(sealed.bytes.is_none());
            }
        }
        content.sealed.sort_unstable();
        Ok(content)
    }
}
