//! What people see of the log without asking the gate: which actions are held, and what is stopped. Read
//! from the open parts, once for all people.

use countersign_domain::fleet::Part;
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_event_log::log::ReadLog;
use countersign_event_log::memory::MemoryLog;
use futures::FutureExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Where an action stands, as far as people care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Proposed,
    /// Let through and not started, or started and not concluded.
    UnderWay,
    Held,
    /// Approved, and can be taken back.
    Waiting,
    Unknown,
    Over,
}

/// The list of work, folded as far as it was looked at.
#[derive(Default)]
pub(crate) struct Desk(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    position: u64,
    actions: BTreeMap<ActionId, Standing>,
    stopped: bool,
    /// What is stopped alone.
    parts: BTreeSet<Part>,
    lively: Option<ConversationId>,
}

impl Desk {
    fn look(&self, log: &MemoryLog, at: impl FnOnce(&Seen)) {
        let mut seen = self.0.lock().unwrap();
        let new = log.read_from(seen.position, usize::MAX).now_or_never().expect("the log in memory never waits");
        for stored in new.unwrap() {
            let envelope = stored.envelope;
            seen.position = envelope.position + 1;
            if let Some(id) = envelope.stream.as_str().strip_prefix("conversation/") {
                seen.lively = Some(id.parse().unwrap());
                continue;
            }
            let standing = match envelope.kind.as_str() {
                "fleet.stopped" => {
                    seen.stopped = true;
                    continue;
                }
                "fleet.resumed" => {
                    seen.stopped = false;
                    continue;
                }
                kind @ ("fleet.part_stopped" | "fleet.part_resumed") => {
                    let part: Part = serde_json::from_value(envelope.open["part"].clone()).unwrap();
                    let _ =
                        if kind == "fleet.part_stopped" { seen.parts.insert(part) } else { seen.parts.remove(&part) };
                    continue;
                }
                "action.proposed" => Standing::Proposed,
                "action.held" | "action.voided" => Standing::Held,
                "action.allowed" | "action.started" => Standing::UnderWay,
                "action.approved" | "action.overridden" => {
                    let statement = &envelope.open["statement"];
                    if statement["which"] == statement["of"] { Standing::UnderWay } else { Standing::Held }
                }
                "action.waiting" => Standing::Waiting,
                "action.unknown" => Standing::Unknown,
                "action.deadline_moved" | "action.snoozed" | "action.delegated" => continue,
                kind if kind.starts_with("action.") => Standing::Over,
                _ => continue,
            };
            let id = envelope.stream.as_str().trim_start_matches("action/").parse().unwrap();
            seen.actions.insert(id, standing);
        }
        at(&seen);
    }

    /// The actions that stand there, in the order of their ids.
    pub(crate) fn in_standing(&self, log: &MemoryLog, standing: Standing) -> Vec<ActionId> {
        let mut found = Vec::new();
        self.look(log, |seen| {
            found = seen.actions.iter().filter(|(_, s)| **s == standing).map(|(id, _)| id.clone()).collect();
        });
        found
    }

    /// The conversation in which something happened last.
    pub(crate) fn lively(&self, log: &MemoryLog) -> Option<ConversationId> {
        let mut lively = None;
        self.look(log, |seen| lively = seen.lively.clone());
        lively
    }

    /// What is stopped alone.
    pub(crate) fn stopped_parts(&self, log: &MemoryLog) -> Vec<Part> {
        let mut parts = Vec::new();
        self.look(log, |seen| parts = seen.parts.iter().cloned().collect());
        parts
    }

    /// Whether everything is stopped.
    pub(crate) fn is_stopped(&self, log: &MemoryLog) -> bool {
        let mut stopped = false;
        self.look(log, |seen| stopped = seen.stopped);
        stopped
    }
}
