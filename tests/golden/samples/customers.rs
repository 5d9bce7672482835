//! Events of a customer beyond one conversation: holds and erasure.

use super::{Sample, at, conversation};
use countersign_domain::customer::{CustomerEvent, Done};
use countersign_domain::event::Draft;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;

pub(super) fn all() -> Vec<Sample> {
    let events = [
        CustomerEvent::HoldPlaced { at: at(0) },
        CustomerEvent::HoldLifted { at: at(1) },
        CustomerEvent::ErasureOrdered { at: at(2) },
        CustomerEvent::Erased {
            keys: vec![format!("key_{}", "2".repeat(32)).parse().unwrap()],
            conversations: vec![conversation()],
            parts: 12,
            at: at(3),
        },
        CustomerEvent::ErasureDone(Done {
            keys: 1,
            conversations: 1,
            parts: 12,
            dropped: 12,
            elsewhere: 2,
            counts_until: Some(at(2_592_000)),
            at: at(4),
        }),
    ];
    let stream = StreamName::customer(&"6".repeat(64));
    events.into_iter().map(|event| (stream.clone(), Actor::Station, Draft::open(&event))).collect()
}
