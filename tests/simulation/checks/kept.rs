//! What was acknowledged is kept: messages and decisions stand where their senders were told, once; positions have no
//! gap, and no event is recorded before an earlier one.

use crate::checks::record::Record;
use crate::checks::{Violation, must};
use crate::world::World;
use countersign_domain::conversation::ConversationEvent;
use std::collections::BTreeSet;

pub(super) fn check(world: &World, record: &Record, found: &mut Vec<Violation>) {
    for (index, stored) in record.events.iter().enumerate() {
        let (position, at) = (stored.envelope.position, stored.envelope.recorded_at);
        must(found, "6", position == index as u64, || format!("position {position} stands at {index}"));
        let before = index.checked_sub(1).map(|n| record.events[n].envelope.recorded_at);
        must(found, "time", before.is_none_or(|before| before <= at), || format!("time runs backwards at {position}"));
    }
    let evidence = world.evidence();
    let mut places = BTreeSet::new();
    for told in world.acknowledged.lock().unwrap().iter() {
        let stored = record.events.get(told.position as usize);
        let text = stored.and_then(|s| evidence.open(s.clone()).ok()).and_then(|o| o.text("text").map(str::to_owned));
        let kept = text.as_deref() == Some(told.text.as_str());
        must(found, "durability", kept, || {
            format!(
                "the message {} of {} was acknowledged at {} and is not there",
                told.client, told.conversation, told.position
            )
        });
        must(found, "durability", places.insert(told.position), || {
            format!("two messages were acknowledged at {}", told.position)
        });
    }
    for deed in world.deeds.lock().unwrap().iter() {
        let Some(position) = deed.stored else { continue };
        let stored = record.events.get(position as usize);
        let there = stored.is_some_and(|s| s.envelope.open["statement"]["digest_decided"] == deed.digest);
        must(found, "durability", there, || {
            format!("the decision on {} was acknowledged at {position} and is not there", deed.action)
        });
    }
    for (conversation, events) in &record.conversations {
        let mut clients = BTreeSet::new();
        for (position, event) in events {
            if let ConversationEvent::Received(received) = event {
                must(found, "10", clients.insert(received.client.clone()), || {
                    format!("{conversation}: the message at {position} is stored twice")
                });
            }
        }
    }
}
