//! What an event says, as the type of its concept. Read from the canonical bytes without a value tree in between.

use countersign_domain::action::{ActionEvent, Evidence};
use countersign_domain::agent::AgentEvent;
use countersign_domain::alias::AliasEvent;
use countersign_domain::call::CallEvent;
use countersign_domain::change::ChangeEvent;
use countersign_domain::channel::ChannelEvent;
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::customer::CustomerEvent;
use countersign_domain::event::known::Known;
use countersign_domain::event::read_text;
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ledger::LedgerEvent;
use countersign_domain::object::ObjectEvent;
use countersign_domain::person::PersonEvent;
use countersign_domain::server::ServerEvent;
use countersign_domain::station::StationEvent;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::ToolEvent;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An event by its concept, small enough to be handed on.
pub(crate) enum Happened {
    Action(Box<ActionEvent>),
    Agent(Box<AgentEvent>),
    Alias(Box<AliasEvent>),
    Call(Box<CallEvent>),
    Change(Box<ChangeEvent>),
    Channel(Box<ChannelEvent>),
    Conversation(Box<ConversationEvent>),
    Customer(Box<CustomerEvent>),
    Fleet(Box<FleetEvent>),
    Ledger(Box<LedgerEvent>),
    Object(Box<ObjectEvent>),
    Person(Box<PersonEvent>),
    Server(Box<ServerEvent>),
    Station(Box<StationEvent>),
    Tool(Box<ToolEvent>),
    /// A known kind whose meaning no rule here is about.
    Other,
}

impl Happened {
    /// What the station's clock, or that of whoever signed, said when it was stored or a moment before, where the event
    /// tells.
    pub(crate) fn station_time(&self) -> Option<Timestamp> {
        match self {
            Self::Action(event) => match event.as_ref() {
                ActionEvent::Proposed(proposed) => Some(proposed.at),
                ActionEvent::Started(started) => Some(started.at),
                ActionEvent::Allowed(judged) => read_at(&judged.evidence),
                ActionEvent::Held(held) | ActionEvent::Voided { held, .. } => read_at(&held.evidence),
                ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                    Some(decided.statement.at)
                }
                _ => None,
            },
            Self::Change(event) => match event.as_ref() {
                ChangeEvent::Proposed(proposed) => Some(proposed.at),
                ChangeEvent::Signed(signed) => Some(signed.statement.at),
                ChangeEvent::TookEffect { at } => Some(*at),
                _ => None,
            },
            Self::Conversation(event) => match event.as_ref() {
                ConversationEvent::Turned(turned) => turned.last_segment_at,
                _ => None,
            },
            Self::Fleet(event) => match event.as_ref() {
                FleetEvent::Stopped { at, .. } | FleetEvent::Resumed { at, .. } => Some(*at),
                _ => None,
            },
            Self::Station(event) => match event.as_ref() {
                StationEvent::ClockJumped { at, .. } | StationEvent::RoomChanged { at, .. } => Some(*at),
                _ => None,
            },
            _ => None,
        }
    }

    /// Reads the open part, given as canonical JSON. What is wrong, if it is not what its kind says.
    pub(crate) fn read(known: &Known, schema: u32, open: &str) -> Result<Self, String> {
        known.must_read(schema).map_err(|unknown| unknown.to_string())?;
        let kind = known.kind;
        let lifted;
        let open = match schema == known.schema() {
            true => open,
            false => {
                let value: Value = serde_json::from_str(open).map_err(|e| e.to_string())?;
                lifted = known.lift(schema, &value).map_err(|e| e.to_string())?.to_string();
                &lifted
            }
        };
        let concept = kind.split_once('.').map_or(kind, |(concept, _)| concept);
        Ok(match concept {
            "action" => Self::Action(event(kind, open)?),
            "agent" => Self::Agent(event(kind, open)?),
            "alias" => Self::Alias(event(kind, open)?),
            "call" => Self::Call(event(kind, open)?),
            "change" => Self::Change(event(kind, open)?),
            "channel" => Self::Channel(event(kind, open)?),
            "conversation" => Self::Conversation(event(kind, open)?),
            "customer" => Self::Customer(event(kind, open)?),
            "fleet" => Self::Fleet(event(kind, open)?),
            "ledger" => Self::Ledger(event(kind, open)?),
            "object" => Self::Object(event(kind, open)?),
            "person" => Self::Person(event(kind, open)?),
            "server" => Self::Server(event(kind, open)?),
            "station" => Self::Station(event(kind, open)?),
            "tool" => Self::Tool(event(kind, open)?),
            _ => Self::Other,
        })
    }
}

fn read_at(evidence: &Evidence) -> Option<Timestamp> {
    match evidence {
        Evidence::Read { at } => Some(*at),
        Evidence::None | Evidence::Failed { .. } => None,
    }
}

fn event<E: DeserializeOwned>(kind: &str, open: &str) -> Result<Box<E>, String> {
    read_text(kind, open).map(Box::new).map_err(|e| format!("its open part is none of {kind}: {e}"))
}
