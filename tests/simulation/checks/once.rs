//! Invariant 4, and the comparison of the two records: an effect happens at most once, nothing is sent twice, and what
//! the log says of an outcome is what the CRM did.

use crate::checks::record::Record;
use crate::checks::{Violation, must};
use crate::world::World;
use countersign_domain::action::{ActionEvent, SettledHow};
use countersign_domain::tool::EffectClass;
use std::collections::BTreeMap;

pub(super) fn check(world: &World, record: &Record, found: &mut Vec<Violation>) {
    let books = world.crm.books.lock().unwrap();
    let (mut sent, mut done): (BTreeMap<&str, u64>, BTreeMap<&str, u64>) = (BTreeMap::new(), BTreeMap::new());
    for key in books.arrivals.iter().filter_map(|arrival| arrival.key.as_deref()) {
        *sent.entry(key).or_default() += 1;
    }
    for effect in &books.effects {
        *done.entry(&effect.key).or_default() += 1;
    }
    for (key, times) in &sent {
        must(found, "4", *times == 1, || format!("{key} was sent {times} times"));
    }
    for (key, times) in &done {
        must(found, "4", *times == 1, || format!("{key} happened {times} times"));
        let known = record.actions.keys().any(|id| id.as_str() == *key);
        must(found, "1", known, || format!("{key} happened and nothing is stored of it"));
    }
    for (id, life) in &record.actions {
        must(found, "4", life.starts().count() <= 1, || format!("{id} was started more than once"));
        if life.proposed.effect == EffectClass::Read {
            continue;
        }
        let happened = done.contains_key(id.as_str());
        let (says, may) = match life.last() {
            ActionEvent::Succeeded { .. } | ActionEvent::Settled { how: SettledHow::Happened, .. } => {
                ("it happened", happened)
            }
            ActionEvent::Unknown { .. } => ("it may have happened", true),
            ActionEvent::Settled { how: SettledHow::Compensated, .. } => ("it was made good", false),
            _ => ("it did not happen", !happened),
        };
        must(found, "4", may, || {
            format!("{id}: the log says that {says}, and the CRM that it {}", if happened { "did" } else { "did not" })
        });
    }
}
