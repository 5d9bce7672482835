//! Invariants 8 and 10: what rules let through without a person stays within every limit, whatever was raced; no
//! conversation holds more than it may; and nothing with an effect starts on a disk that is nearly full.

use crate::checks::record::Record;
use crate::checks::{Violation, must};
use crate::crm;
use crate::world::World;
use countersign_domain::action::{ActionEvent, SettledHow, Standing};
use countersign_domain::conversation::{ConversationEvent, MOST_HELD_ACTIONS};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::tool::EffectClass;
use std::collections::BTreeMap;

/// What the starter rules let through without a person, in cents: one refund, and all of a customer's in 30 days. The
/// shift is shorter than that, clock jumps included.
const ONE: i64 = 5_000;
const ALL: i64 = 20_000;
/// The most actions of a conversation that wait for people, reads included.
const MOST_WAITING: usize = 8;

pub(super) fn check(world: &World, record: &Record, found: &mut Vec<Violation>) {
    let mut events: Vec<(u64, &ActionId, &ActionEvent)> = Vec::new();
    for (id, life) in &record.actions {
        events.extend(life.events.iter().map(|e| (e.position, id, &e.event)));
    }
    events.sort_by_key(|(position, ..)| *position);
    sums(world, record, &events, found);
    held(record, &events, found);
    for full in world.without_room.lock().unwrap().iter() {
        let starts = |(position, id, event): &&(u64, &ActionId, &ActionEvent)| {
            let effect = record.actions[*id].proposed.effect != EffectClass::Read;
            full.contains(position) && effect && matches!(event, ActionEvent::Started(_))
        };
        let started = events.iter().find(starts);
        must(found, "10", started.is_none(), || format!("{started:?} starts while the disk is nearly full"));
    }
    // The CRM's own sums: what it paid without a person's signature.
    let books = world.crm.books.lock().unwrap();
    let mut paid: BTreeMap<&str, i64> = BTreeMap::new();
    for effect in books.effects.iter().filter(|e| e.tool == "issue_refund") {
        let life = effect.key.parse::<ActionId>().ok().and_then(|id| record.actions.get(&id));
        let leave = life.and_then(|life| life.leave_at(life.starts().next()?));
        if leave.is_some_and(|leave| !leave.signed) {
            let owner = owner_of(&effect.arguments["order_number"]);
            *paid.entry(owner).or_default() += effect.arguments["amount_minor"].as_i64().unwrap_or(0);
        }
    }
    for (customer, minor) in paid {
        must(found, "8", minor <= ALL, || {
            format!("the CRM paid {minor} to {customer} without a person; {ALL} is the limit")
        });
    }
}

fn owner_of(order: &serde_json::Value) -> &'static str {
    order.as_str().and_then(crm::order).map_or("nobody", |order| order.owner)
}

/// Walks what was let through in the log's order: every allow must have had room beside all that was let through before
/// for the same customer and is not known not to have happened. Whose it is, the log says beside what let it through:
/// where the order could not be read, a person decided on a refund of whoever talks.
fn sums(world: &World, record: &Record, events: &[(u64, &ActionId, &ActionEvent)], found: &mut Vec<Violation>) {
    let mut running: BTreeMap<&ActionId, (String, i64)> = BTreeMap::new();
    for (position, id, event) in events {
        let life = &record.actions[*id];
        if life.proposed.tool != "crm.issue_refund" {
            continue;
        }
        let did_not = |event: &ActionEvent| {
            matches!(event, ActionEvent::Settled { how: SettledHow::DidNotHappen, .. } | ActionEvent::Failed { .. })
        };
        let Some(standing) = let_through(event) else {
            if did_not(event) || !life.events.iter().any(|e| e.position < *position && let_through(&e.event).is_some())
            {
                running.remove(*id);
            }
            if matches!(event, ActionEvent::Voided { .. } | ActionEvent::Denied(_) | ActionEvent::Withdrawn { .. }) {
                running.remove(*id);
            }
            continue;
        };
        let Some(leave) = life.leave_at(position + 1) else { continue };
        let customer = || customer_of(record, &life.proposed.conversation);
        let whose = standing.subject.clone().or_else(customer).unwrap_or_default();
        let minor = leave.arguments["amount_minor"].as_i64().unwrap_or(0);
        let euros = leave.arguments["currency"] == "EUR";
        if let ActionEvent::Allowed(_) = event {
            let before: i64 = running.values().filter(|(of, _)| *of == whose).map(|(_, minor)| minor).sum();
            must(found, "8", euros && minor <= ONE && before + minor <= ALL, || {
                format!("{id}: {minor} was let through at {position} beside {before} of {whose}, without a person")
            });
            let owner = owner_of(&leave.arguments["order_number"]);
            let known = world.begun.lock().unwrap().get(&life.proposed.conversation).cloned();
            // A conversation that its customer never heard of is as its log says.
            if let Some(signed_in) = known {
                must(found, "3", signed_in.as_deref() == Some(owner), || {
                    format!("{id}: let through without a person, and {owner}'s order is not {signed_in:?}'s")
                });
            }
        }
        if euros {
            running.insert(id, (whose, minor));
        }
    }
}

/// What stands beside an event that lets an action run.
fn let_through(event: &ActionEvent) -> Option<&Standing> {
    match event {
        ActionEvent::Allowed(judged) => Some(&judged.standing),
        ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) => {
            (decided.statement.which == decided.statement.of).then_some(&decided.standing)
        }
        _ => None,
    }
}

fn customer_of(record: &Record, conversation: &ConversationId) -> Option<String> {
    record.conversations.get(conversation)?.iter().rev().find_map(|(_, event)| match event {
        ConversationEvent::SignedIn(signed_in) => Some(signed_in.customer.clone()),
        ConversationEvent::Opened(opened) => opened.customer.clone(),
        _ => None,
    })
}

/// How many actions of a conversation wait for people, at every position.
fn held(record: &Record, events: &[(u64, &ActionId, &ActionEvent)], found: &mut Vec<Violation>) {
    let mut holds: BTreeMap<&ConversationId, BTreeMap<&ActionId, ()>> = BTreeMap::new();
    for (position, id, event) in events {
        let conversation = &record.actions[*id].proposed.conversation;
        let of = holds.entry(conversation).or_default();
        match event {
            // What was let through and is held again is not a new one.
            ActionEvent::Held(_) => of.insert(id, ()),
            ActionEvent::Voided { .. } | ActionEvent::DeadlineMoved { .. } | ActionEvent::Proposed(_) => None,
            ActionEvent::Snoozed { .. } | ActionEvent::Delegated { .. } => None,
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided)
                if decided.statement.which < decided.statement.of =>
            {
                None
            }
            _ => of.remove(id),
        };
        let effects = of.keys().filter(|id| record.actions[**id].proposed.effect != EffectClass::Read).count();
        must(found, "10", effects <= MOST_HELD_ACTIONS && of.len() <= MOST_WAITING, || {
            format!("{conversation} holds {effects} effects and {} actions at {position}", of.len())
        });
    }
    for (conversation, events) in &record.conversations {
        let mut asked = 0;
        for (position, event) in events {
            match event {
                ConversationEvent::Proposed { by: None, .. } => asked += 1,
                ConversationEvent::Turned(_) => asked = 0,
                _ => {}
            }
            let most = countersign_agents::MOST_PROPOSALS;
            must(found, "10", asked <= most, || {
                format!("{conversation} asks for {asked} actions in one turn at {position}")
            });
        }
    }
}
