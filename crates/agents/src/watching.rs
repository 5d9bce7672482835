//! Who watches which conversation: a channel learns that there may be something new, and reads it from the log.

use countersign_domain::ids::ConversationId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// So many entries are kept before those that nobody holds any more are looked for.
const SWEEP_AT: usize = 256;

/// The watched conversations. An entry lives as long as somebody watches it.
#[derive(Default)]
pub(crate) struct Watchers {
    watched: Mutex<Watched>,
}

#[derive(Default)]
struct Watched {
    senders: HashMap<ConversationId, watch::Sender<u64>>,
    sweep_at: usize,
}

impl Watchers {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to watch. What is stored after this returns is told.
    pub(crate) fn watch(&self, conversation: &ConversationId) -> watch::Receiver<u64> {
        let mut watched = self.lock();
        if watched.senders.len() >= watched.sweep_at.max(SWEEP_AT) {
            watched.senders.retain(|_, sender| sender.receiver_count() > 0);
            watched.sweep_at = watched.senders.len().saturating_mul(2);
        }
        watched.senders.entry(conversation.clone()).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// Something about this conversation is stored at `position`.
    pub(crate) fn tell(&self, conversation: &ConversationId, position: u64) {
        let mut watched = self.lock();
        let Some(sender) = watched.senders.get(conversation) else { return };
        if sender.receiver_count() == 0 {
            watched.senders.remove(conversation);
        } else {
            sender.send_replace(position);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().senders.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_testkit::SeededEntropy;

    #[test]
    fn what_nobody_watches_any_more_is_forgotten() {
        let (watchers, entropy) = (Watchers::default(), SeededEntropy::new(1));
        let ids: Vec<_> = (0..2_000).map(|_| ConversationId::random(&entropy)).collect();
        for id in &ids {
            drop(watchers.watch(id));
        }
        assert!(watchers.len() <= SWEEP_AT, "{}", watchers.len());
        let held = watchers.watch(&ids[0]);
        watchers.tell(&ids[0], 7);
        assert!(held.has_changed().unwrap() && *held.borrow() == 7);
        drop(held);
        let before = watchers.len();
        watchers.tell(&ids[0], 8);
        assert_eq!(watchers.len(), before - 1);
    }
}
