//! Takes a batch of events into the tables: rows and cursor in one commit.

mod actions;
mod conversations;
mod measures;
mod messages;
mod people;
mod promises;
mod relayed;
mod trail;
mod waiting;
mod whispers;

use crate::codes::signed;
use crate::error::ViewsError;
use crate::facets::{Facet, Facets};
use crate::opening::OpenParts;
use countersign_domain::action::ActionEvent;
use countersign_domain::agent::AgentEvent;
use countersign_domain::alias::AliasEvent;
use countersign_domain::call::CallEvent;
use countersign_domain::case::CaseEvent;
use countersign_domain::change::ChangeEvent;
use countersign_domain::channel::ChannelEvent;
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::customer::CustomerEvent;
use countersign_domain::event::{self, Event, Fields, UnknownEvent};
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ledger::LedgerEvent;
use countersign_domain::object::ObjectEvent;
use countersign_domain::person::PersonEvent;
use countersign_domain::server::ServerEvent;
use countersign_domain::station::StationEvent;
use countersign_domain::time::Timestamp;
use countersign_domain::trail::TrailEvent;
use countersign_event_log::envelope::{Actor, StoredEvent};
use messages::Messages;
use rusqlite::{Connection, Transaction, params};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
pub(crate) use waiting::LIVE_WITHIN;

/// One batch in its transaction.
struct Fold<'a> {
    transaction: &'a Transaction<'a>,
    /// Conversations, by row, whose place in the lists may have moved, with the time of the last event in each.
    touched: BTreeMap<i64, Timestamp>,
    /// Messages that their conversation's row has yet to take in: before anything else that happens in it.
    messages: HashMap<i64, Messages>,
    /// Rows of conversations by their ids, as far as the batch asked.
    rows: HashMap<String, i64>,
    facets: Facets,
}

/// What every handler needs of an event, beside the event itself.
struct Stored {
    position: u64,
    at: Timestamp,
    kind: String,
    actor: Actor,
    team: String,
    /// The stream's name behind its concept: the id of what it happened to.
    subject: String,
    /// The sealed fields; `None` once erased; empty where this view opens none.
    fields: Option<Fields>,
}

impl Stored {
    fn field(&self, name: &str) -> Option<&Value> {
        self.fields.as_ref()?.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.field(name)?.as_str()
    }

    /// The person who caused it, if one did.
    fn person(&self) -> Option<&str> {
        match &self.actor {
            Actor::Person(person) => Some(person),
            _ => None,
        }
    }

    /// The agent that caused it, if one did.
    fn agent(&self) -> Option<&str> {
        match &self.actor {
            Actor::Agent(agent) => Some(agent),
            _ => None,
        }
    }

    fn sql_position(&self) -> i64 {
        signed(self.position)
    }

    fn out_of_place<T>(&self, why: &'static str) -> Result<T, ViewsError> {
        Err(ViewsError::OutOfPlace { position: self.position, why })
    }
}

/// Folds events that begin at `next` and commits; the next position. An error leaves nothing of the batch behind.
pub(crate) fn fold<'a>(
    connection: &mut Connection,
    next: u64,
    events: impl Iterator<Item = &'a StoredEvent> + Clone,
    parts: &dyn OpenParts,
) -> Result<u64, ViewsError> {
    let mut at = next;
    for event in events.clone() {
        if event.envelope.position != at {
            return Err(ViewsError::OutOfPlace { position: at, why: "the log gave another position in its place" });
        }
        at += 1;
    }
    let transaction = connection.transaction()?;
    take_all(&transaction, events, parts)?;
    transaction.prepare_cached("UPDATE cursor SET next = ?1")?.execute(params![signed(at)])?;
    transaction.commit()?;
    Ok(at)
}

/// Takes events into the tables.
pub(crate) fn take_all<'a>(
    transaction: &Transaction<'_>,
    events: impl Iterator<Item = &'a StoredEvent>,
    parts: &dyn OpenParts,
) -> Result<(), ViewsError> {
    let mut fold = Fold {
        transaction,
        touched: BTreeMap::new(),
        messages: HashMap::new(),
        rows: HashMap::new(),
        facets: Facets::default(),
    };
    for event in events {
        fold.take(event, parts)?;
    }
    fold.place_touched()
}

impl Fold<'_> {
    fn take(&mut self, stored: &StoredEvent, parts: &dyn OpenParts) -> Result<(), ViewsError> {
        let envelope = &stored.envelope;
        let stream = envelope.stream.as_str();
        let subject = stream.split_once('/').map_or("", |(_, subject)| subject);
        let happened = Stored {
            position: envelope.position,
            at: envelope.recorded_at,
            kind: envelope.kind.clone(),
            actor: envelope.actor.clone(),
            team: envelope.team.clone(),
            subject: subject.to_owned(),
            fields: if shows_sealed(&envelope.kind) { opened(stored, parts)? } else { Some(Fields::new()) },
        };
        let concept = envelope.kind.split_once('.').map_or("", |(concept, _)| concept);
        match concept {
            "action" => self.action(&read(stored)?, &happened),
            "conversation" => self.conversation(&read(stored)?, &happened),
            "person" => self.person(&read(stored)?, &happened),
            "case" => self.case(&read::<CaseEvent>(stored)?, &happened),
            "change" => self.record_change(&read::<ChangeEvent>(stored)?, &happened),
            "fleet" => self.record_fleet(&read::<FleetEvent>(stored)?, &happened),
            "trail" => self.searched(&read::<TrailEvent>(stored)?, &happened),
            "station" => self.record_station(&read::<StationEvent>(stored)?, &happened),
            "tool" => self.record_tool(&happened),
            "agent" => self.record_agent(&read::<AgentEvent>(stored)?, &happened),
            "customer" => {
                read::<CustomerEvent>(stored)?;
                self.record(&happened, &trail::Record::default())
            }
            "channel" => {
                read::<ChannelEvent>(stored)?;
                self.record(&happened, &trail::Record::default())
            }
            "server" => self.record_server(&read::<ServerEvent>(stored)?, &happened),
            "alias" => self.alias(&read(stored)?, &happened),
            // Nothing of these is shown from here; they are read, so that an unknown one stops the fold.
            "call" => read::<CallEvent>(stored).map(drop),
            "ledger" => read::<LedgerEvent>(stored).map(drop),
            "object" => read::<ObjectEvent>(stored).map(drop),
            _ => Err(unknown(
                stored,
                UnknownEvent {
                    kind: envelope.kind.clone(),
                    schema: envelope.schema,
                    why: "no concept of this name".to_owned(),
                },
            )),
        }
    }

    fn action(&mut self, event: &ActionEvent, happened: &Stored) -> Result<(), ViewsError> {
        let conversation = actions::take(self.transaction, event, happened)?;
        measures::action(self.transaction, conversation, event, happened)?;
        self.touch(conversation, happened.at)?;
        self.record_action(event, happened)
    }

    fn alias(&mut self, event: &AliasEvent, happened: &Stored) -> Result<(), ViewsError> {
        let (conversation, moved) = relayed::named(self.transaction, event, happened)?;
        for row in moved.into_iter().chain([conversation]) {
            self.touched.insert(row, happened.at);
        }
        let who = happened.agent().map(|agent| (Facet::Agent, agent));
        self.record(happened, &trail::Record { who, conversation: Some(conversation), ..trail::Record::default() })
    }

    /// What happens to a call happens in the conversation that it belongs to.
    fn touch(&mut self, conversation: i64, at: Timestamp) -> Result<(), ViewsError> {
        self.touched.insert(conversation, at);
        if let Some(around) = relayed::around(self.transaction, conversation)? {
            // Folded again by itself, what happens here may lie before what happened there.
            let at = relayed::moved_at(self.transaction, around)?.map_or(at, |moved| moved.max(at));
            self.touched.insert(around, at);
        }
        Ok(())
    }

    fn conversation(&mut self, event: &ConversationEvent, happened: &Stored) -> Result<(), ViewsError> {
        let known = self.row_of(&happened.subject)?;
        let conversation = match (event, known) {
            (ConversationEvent::Received(received), Some(row)) => {
                let messages = self.messages.entry(row).or_insert_with(|| Messages::since(happened.at));
                messages.receive(self.transaction, row, received, happened)?;
                row
            }
            _ => {
                if let Some((row, messages)) = known.and_then(|row| self.messages.remove_entry(&row)) {
                    messages.put(self.transaction, row)?;
                }
                conversations::take(self.transaction, known, event, happened)?
            }
        };
        measures::conversation(self.transaction, conversation, event, happened)?;
        self.touch(conversation, happened.at)?;
        self.record_conversation(event, happened, conversation)
    }

    /// The row of a conversation, by its id.
    fn row_of(&mut self, id: &str) -> Result<Option<i64>, ViewsError> {
        if let Some(row) = self.rows.get(id) {
            return Ok(Some(*row));
        }
        let row = conversations::row_of(self.transaction, id)?;
        if let Some(row) = row {
            self.rows.insert(id.to_owned(), row);
        }
        Ok(row)
    }

    fn person(&mut self, event: &PersonEvent, happened: &Stored) -> Result<(), ViewsError> {
        people::take(self.transaction, event, happened)?;
        self.record_person(event, happened)
    }

    /// Who looked at a conversation, and what of it left the house.
    fn case(&mut self, event: &CaseEvent, happened: &Stored) -> Result<(), ViewsError> {
        let by = match event {
            CaseEvent::Opened { by, .. } => Some(by),
            CaseEvent::Exported { by, .. } => by.as_ref(),
        };
        let who = by.map(|person| (Facet::Person, person.as_str()));
        let conversation = self.row_of(&happened.subject)?;
        self.record(happened, &trail::Record { who, conversation, ..trail::Record::default() })
    }

    fn searched(&mut self, event: &TrailEvent, happened: &Stored) -> Result<(), ViewsError> {
        let TrailEvent::Searched { by, .. } = event;
        // What was searched for may name a customer, and would outlive their erasure here: it stands in the record alone.
        let who = Some((Facet::Person, by.as_str()));
        self.record(happened, &trail::Record { who, ..trail::Record::default() })
    }

    fn place_touched(&mut self) -> Result<(), ViewsError> {
        for (row, messages) in self.messages.drain() {
            messages.put(self.transaction, row)?;
        }
        for (conversation, changed_at) in std::mem::take(&mut self.touched) {
            let moved = relayed::moved_within(self.transaction, conversation)?;
            waiting::place(self.transaction, conversation, moved.map_or(changed_at, |moved| moved.max(changed_at)))?;
        }
        Ok(())
    }
}

/// Whether an event is nothing but somebody's reading: it is in the trail, and wakes no view.
pub(crate) fn is_reading(kind: &str) -> bool {
    kind.starts_with("case.") || kind.starts_with("trail.")
}

/// The kinds whose sealed part a view shows; the others stay shut.
fn shows_sealed(kind: &str) -> bool {
    matches!(
        kind,
        "action.proposed"
            | "action.overridden"
            | "action.rejected"
            | "action.failed"
            | "action.unknown"
            | "conversation.opened"
            | "conversation.received"
            | "conversation.sign_in_asked"
            | "conversation.signed_in"
            | "conversation.relayed"
            | "conversation.spanned"
            | "conversation.replied"
            | "conversation.answered"
            | "conversation.escalated"
            | "conversation.promised"
            | "conversation.resolved"
            | "conversation.whispered"
            | "conversation.whisper_receipted"
            | "fleet.part_resumed"
            | "person.enrolled"
    )
}

fn opened(stored: &StoredEvent, parts: &dyn OpenParts) -> Result<Option<Fields>, ViewsError> {
    let position = stored.envelope.position;
    parts.fields(stored).map_err(|error| ViewsError::Sealed { position, why: error.to_string() })
}

fn read<E: Event>(stored: &StoredEvent) -> Result<E, ViewsError> {
    let envelope = &stored.envelope;
    event::read(&envelope.kind, envelope.schema, &envelope.open).map_err(|why| unknown(stored, why))
}

fn unknown(stored: &StoredEvent, why: UnknownEvent) -> ViewsError {
    ViewsError::UnknownEvent { position: stored.envelope.position, why }
}
