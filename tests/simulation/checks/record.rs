//! The log as the checks read it: typed open parts by stream, and sealed fields of the events that they need.

use crate::checks::stored;
use crate::world::World;
use countersign_domain::action::{ActionEvent, Choice, Proposed};
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::event::Fields;
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_event_log::envelope::StoredEvent;
use countersign_gate::records::read;
use serde_json::Value;
use std::collections::BTreeMap;

/// One event of an action.
pub(crate) struct Happened {
    pub(crate) position: u64,
    pub(crate) event: ActionEvent,
    /// Its sealed fields.
    pub(crate) sealed: Fields,
}

/// One action's events, in order.
pub(crate) struct Life {
    pub(crate) proposed: Proposed,
    pub(crate) events: Vec<Happened>,
}

/// What lets an action run.
pub(crate) struct Leave {
    pub(crate) position: u64,
    pub(crate) digest: String,
    pub(crate) arguments: Value,
    /// Whether a person signed it.
    pub(crate) signed: bool,
}

/// The whole log.
pub(crate) struct Record {
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) actions: BTreeMap<ActionId, Life>,
    pub(crate) conversations: BTreeMap<ConversationId, Vec<(u64, ConversationEvent)>>,
    pub(crate) fleet: Vec<(u64, FleetEvent)>,
    /// Where people left.
    pub(crate) left: BTreeMap<String, u64>,
}

impl Record {
    pub(crate) fn read(world: &World) -> Self {
        let evidence = world.evidence();
        let mut record = Self {
            events: stored(world),
            actions: BTreeMap::new(),
            conversations: BTreeMap::new(),
            fleet: Vec::new(),
            left: BTreeMap::new(),
        };
        for stored in &record.events {
            let (position, stream) = (stored.envelope.position, stored.envelope.stream.as_str());
            if let Some(id) = stream.strip_prefix("action/") {
                let event: ActionEvent = read(stored).unwrap();
                let sealed = evidence.open(stored.clone()).unwrap().fields.expect("nothing was erased");
                if let ActionEvent::Proposed(proposed) = &event {
                    let life = Life { proposed: proposed.clone(), events: Vec::new() };
                    record.actions.insert(id.parse().unwrap(), life);
                }
                let life =
                    record.actions.get_mut(&id.parse::<ActionId>().unwrap()).expect("it begins with its proposal");
                life.events.push(Happened { position, event, sealed });
            } else if let Some(id) = stream.strip_prefix("conversation/") {
                record.conversations.entry(id.parse().unwrap()).or_default().push((position, read(stored).unwrap()));
            } else if stored.envelope.kind == "person.removed" {
                record.left.insert(stream.trim_start_matches("person/").to_owned(), position);
            } else if stream == "fleet" {
                record.fleet.push((position, read(stored).unwrap()));
            }
        }
        record
    }
}

impl Life {
    /// A sealed field of the proposal.
    pub(crate) fn asked(&self, name: &str) -> &Value {
        &self.events[0].sealed[name]
    }

    /// Where the tool was said to be called, each time.
    pub(crate) fn starts(&self) -> impl Iterator<Item = u64> {
        self.events.iter().filter(|e| matches!(e.event, ActionEvent::Started(_))).map(|e| e.position)
    }

    /// Where it started although people could still take it back.
    pub(crate) fn started_too_soon(&self) -> Option<u64> {
        let mut not_before = None;
        self.events.iter().find_map(|happened| match &happened.event {
            ActionEvent::Waiting { until, .. } => {
                not_before = Some(*until);
                None
            }
            // What is decided anew waits anew, or not at all where its rules let it start.
            ActionEvent::Voided { .. } => {
                not_before = None;
                None
            }
            ActionEvent::Started(started) => (not_before > Some(started.at)).then_some(happened.position),
            _ => None,
        })
    }

    /// The last that was said of it.
    pub(crate) fn last(&self) -> &ActionEvent {
        &self.events[self.events.len() - 1].event
    }

    /// What let it run by then, if anything did: an allow, or the last of all signatures that were asked for.
    pub(crate) fn leave_at(&self, position: u64) -> Option<Leave> {
        let mut arguments = self.asked("arguments").clone();
        let mut leave = None;
        for happened in self.events.iter().filter(|e| e.position < position) {
            let leave_of = |digest: &str, arguments: &Value, signed| {
                Some(Leave {
                    position: happened.position,
                    digest: digest.to_owned(),
                    arguments: arguments.clone(),
                    signed,
                })
            };
            match &happened.event {
                ActionEvent::Allowed(judged) => leave = leave_of(&judged.digest, &arguments, false),
                ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) => {
                    if decided.statement.decision == Choice::Override {
                        arguments = happened.sealed["arguments"].clone();
                    }
                    let all = decided.statement.which == decided.statement.of;
                    leave = if all { leave_of(&decided.statement.digest_decided, &arguments, true) } else { None };
                }
                ActionEvent::Voided { .. } => {
                    arguments = self.asked("arguments").clone();
                    leave = None;
                }
                ActionEvent::Waiting { .. } | ActionEvent::Started(_) => {}
                ActionEvent::Unknown { .. }
                | ActionEvent::DeadlineMoved { .. }
                | ActionEvent::Snoozed { .. }
                | ActionEvent::Delegated { .. } => {}
                ActionEvent::Proposed(_) | ActionEvent::Held(_) => leave = None,
                // Whatever ended it otherwise, nothing may start behind it.
                _ => leave = None,
            }
        }
        leave
    }
}
