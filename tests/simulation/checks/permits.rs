//! Invariants 1, 2 and 7 at the CRM's door: nothing arrives without a stored start behind a stored verdict or decision,
//! and what arrives is exactly what was judged or signed.

use crate::checks::record::Record;
use crate::checks::{Violation, must};
use crate::crm::Arrival;
use crate::shop::shop;
use crate::world::World;
use countersign_domain::action::{ActionBytes, ActionEvent, action_digest};
use countersign_domain::ids::ActionId;
use serde_json::Value;

pub(super) fn check(world: &World, record: &Record, found: &mut Vec<Violation>) {
    for arrival in &world.crm.books.lock().unwrap().arrivals {
        match &arrival.key {
            Some(key) => keyed(record, arrival, key, found),
            None => without_key(record, arrival, found),
        }
    }
    for (id, life) in &record.actions {
        let soon = life.started_too_soon();
        must(found, "1", soon.is_none(), || format!("{id} starts at {soon:?}, and could still be taken back"));
        for start in life.starts() {
            must(found, "1", life.leave_at(start).is_some(), || format!("{id} starts at {start} and nothing lets it"));
        }
    }
}

fn keyed(record: &Record, arrival: &Arrival, key: &str, found: &mut Vec<Violation>) {
    let Some(life) = key.parse::<ActionId>().ok().and_then(|id| record.actions.get(&id)) else {
        must(found, "1", false, || format!("{} arrived for {key}, of which nothing is stored", arrival.tool));
        return;
    };
    let start = life.starts().find(|position| *position < arrival.log_size);
    let Some(leave) = start.and_then(|start| life.leave_at(start)) else {
        let size = arrival.log_size;
        must(found, "1", false, || {
            format!("{} arrived for {key} at log size {size}: no start was stored", arrival.tool)
        });
        return;
    };
    let sent = without_key_argument(&arrival.arguments);
    must(found, "7", sent == leave.arguments, || {
        format!("{key}: {sent} arrived, and {} was let through at {}", leave.arguments, leave.position)
    });
    let bytes = ActionBytes {
        tool: life.proposed.tool.clone(),
        server: life.proposed.server.clone(),
        definition: life.proposed.definition.clone(),
        arguments: sent,
        salt: life.asked("salt").as_str().unwrap_or_default().to_owned(),
    };
    let tool = format!("crm.{}", arrival.tool);
    must(found, "2", tool == life.proposed.tool && action_digest(&bytes) == leave.digest, || {
        format!("{key}: the digest at {} is not that of what arrived", leave.position)
    });
    if let Some(named) = arrival.arguments.get("idempotency_key") {
        must(found, "4", named == key, || format!("{key}: it arrived under the key {named}"));
    }
}

fn without_key_argument(arguments: &Value) -> Value {
    let mut sent = arguments.clone();
    if let Some(object) = sent.as_object_mut() {
        object.remove("idempotency_key");
    }
    sent
}

/// Evidence is read for a stored proposal whose tool's settings ask for it, with its arguments, and a probe asks after a stored unknown outcome.
fn without_key(record: &Record, arrival: &Arrival, found: &mut Vec<Violation>) {
    let before = |position: u64| position < arrival.log_size;
    let covered = match arrival.tool.as_str() {
        "get_order" => record.actions.values().any(|life| {
            let tool = shop(false).toolbox.get(&life.proposed.tool);
            let read = tool.and_then(|tool| tool.settings.evidence.as_ref());
            let (named, read_with) = (life.asked("arguments"), &arrival.arguments);
            let asks = read.is_some_and(|read| {
                read.tool == "crm.get_order"
                    && read.arguments.iter().all(|(theirs, ours)| read_with[theirs] == named[ours])
            });
            asks && before(life.events[0].position)
        }),
        "probe_refund" | "probe_change" => {
            let key = arrival.arguments["idempotency_key"].as_str().unwrap_or_default();
            key.parse::<ActionId>().ok().and_then(|id| record.actions.get(&id)).is_some_and(|life| {
                life.events.iter().any(|e| matches!(e.event, ActionEvent::Unknown { .. }) && before(e.position))
            })
        }
        _ => false,
    };
    must(found, "1", covered, || {
        format!("{} {} arrived and nothing stored asks for it", arrival.tool, arrival.arguments)
    });
}
