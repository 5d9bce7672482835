//! What models write while they write it: kept in memory for desks that listen, and in no log. Nothing is done by it.

use countersign_domain::ids::ConversationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What is written in each conversation now, or listened to.
#[derive(Debug, Default)]
pub struct Aloud(Mutex<HashMap<ConversationId, watch::Sender<String>>>);

impl Aloud {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConversationId, watch::Sender<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an answer.
    pub(crate) fn begin(self: &Arc<Self>, conversation: &ConversationId) -> Writing {
        self.lock().entry(conversation.clone()).or_default();
        Writing { aloud: self.clone(), conversation: conversation.clone() }
    }

    /// What is written in a conversation now, whole, whenever it grows; empty where nothing is.
    pub fn listen(self: &Arc<Self>, conversation: &ConversationId) -> Listening {
        let told = self.lock().entry(conversation.clone()).or_default().subscribe();
        Listening { told, aloud: self.clone(), conversation: conversation.clone() }
    }

    /// Forgets a conversation in which nothing is written and to which nobody listens.
    fn forget(&self, conversation: &ConversationId) {
        let mut all = self.lock();
        if all.get(conversation).is_some_and(|told| told.receiver_count() == 0 && told.borrow().is_empty()) {
            all.remove(conversation);
        }
    }
}

/// An answer that is being written. With it its words are gone.
pub(crate) struct Writing {
    aloud: Arc<Aloud>,
    conversation: ConversationId,
}

impl Writing {
    /// It goes on.
    pub(crate) fn hear(&self, piece: &str) {
        if let Some(told) = self.aloud.lock().get(&self.conversation) {
            told.send_modify(|text| text.push_str(piece));
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(told) = self.aloud.lock().get(&self.conversation) {
            told.send_if_modified(|text| !std::mem::take(text).is_empty());
        }
        self.aloud.forget(&self.conversation);
    }
}

/// Somebody who listens.
#[derive(Debug)]
pub struct Listening {
    told: watch::Receiver<String>,
    aloud: Arc<Aloud>,
    conversation: ConversationId,
}

impl Listening {
    /// Which conversation is listened to.
    pub fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    /// The words as they stand, once they are others.
    pub async fn next(&mut self) -> Option<String> {
        self.told.changed().await.ok()?;
        Some(self.told.borrow_and_update().clone())
    }

    /// The words as they stand now.
    pub fn now(&mut self) -> String {
        self.told.borrow_and_update().clone()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // The receiver must be gone before it is counted who still listens.
        let (_, unheard) = watch::channel(String::new());
        drop(std::mem::replace(&mut self.told, unheard));
        self.aloud.forget(&self.conversation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_testkit::SeededEntropy;

    #[tokio::test]
    async fn who_listens_hears_the_words_so_far_and_that_they_are_over_and_then_nothing_is_kept() {
        let aloud = Arc::new(Aloud::default());
        let one = ConversationId::random(&SeededEntropy::new(1));
        let writing = aloud.begin(&one);
        writing.hear("It ");
        let mut listening = aloud.listen(&one);
        assert_eq!(listening.now(), "It ");
        writing.hear("was.");
        assert_eq!(listening.next().await.as_deref(), Some("It was."));
        drop(writing);
        assert_eq!(listening.next().await.as_deref(), Some(""));
        drop(listening);
        assert!(aloud.lock().is_empty());
        drop(aloud.begin(&one));
        assert!(aloud.lock().is_empty());
    }
}
