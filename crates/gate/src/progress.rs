//! What tools say of how far they are, to whoever listens meanwhile. Nothing of it is kept: it is no fact, and no rule or
//! person decides by it.

use countersign_domain::ids::ConversationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// Notices that wait for one listener; of more, the newest are kept.
const MOST_WAITING: usize = 32;

/// The longest account of its own that a tool gives, in characters; more is cut.
const LONGEST_WORDS: usize = 300;

/// What a tool says of how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How much is done, in a measure of its own.
    pub done: f64,
    /// Out of how much, where it says so.
    pub total: Option<f64>,
    /// In its own words.
    pub words: Option<String>,
}

/// Who listens, by the conversation that is called for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<Mutex<HashMap<ConversationId, broadcast::Sender<Notice>>>>);

/// Somebody who listens, until it is dropped.
#[derive(Debug)]
pub struct Listening {
    of: Progress,
    conversation: ConversationId,
    heard: Option<broadcast::Receiver<Notice>>,
}

/// Where the notices of one call go. Where nobody listens, nowhere.
#[derive(Debug, Clone)]
pub struct ProgressTo {
    of: Progress,
    conversation: ConversationId,
    words: bool,
}

impl Progress {
    fn listeners(&self) -> MutexGuard<'_, HashMap<ConversationId, broadcast::Sender<Notice>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens to whatever is called for a conversation, from now on.
    pub(crate) fn listen(&self, conversation: &ConversationId) -> Listening {
        let mut listeners = self.listeners();
        let tell = listeners.entry(conversation.clone()).or_insert_with(|| broadcast::channel(MOST_WAITING).0);
        Listening { of: self.clone(), conversation: conversation.clone(), heard: Some(tell.subscribe()) }
    }

    /// Where a call's notices go; without its `words` where these may be what its result is kept back for.
    pub(crate) fn of(&self, conversation: &ConversationId, words: bool) -> ProgressTo {
        ProgressTo { of: self.clone(), conversation: conversation.clone(), words }
    }
}

impl ProgressTo {
    /// Tells whoever listens.
    pub fn tell(&self, mut notice: Notice) {
        let said = notice.words.filter(|_| self.words);
        notice.words = said.map(|said| said.chars().take(LONGEST_WORDS).collect());
        if let Some(tell) = self.of.listeners().get(&self.conversation) {
            let _nobody = tell.send(notice);
        }
    }
}

impl Listening {
    /// The next notice. It may be dropped at any await and called again.
    pub async fn next(&mut self) -> Notice {
        loop {
            let Some(heard) = &mut self.heard else { return std::future::pending().await };
            match heard.recv().await {
                Ok(notice) => return notice,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => self.heard = None,
            }
        }
    }

    /// The next notice that is here already.
    pub fn waiting(&mut self) -> Option<Notice> {
        loop {
            match self.heard.as_mut()?.try_recv() {
                Ok(notice) => return Some(notice),
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut listeners = self.of.listeners();
        self.heard = None;
        if listeners.get(&self.conversation).is_some_and(|tell| tell.receiver_count() == 0) {
            listeners.remove(&self.conversation);
        }
    }
}

#[cfg(any(test, feature = "test-support"))]
impl Listening {
    /// A listener without a gate, and where it is told, for tests of tool clients.
    pub fn for_test(conversation: &ConversationId) -> (Self, ProgressTo) {
        let progress = Progress::default();
        (progress.listen(conversation), progress.of(conversation, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation() -> ConversationId {
        "cnv_00000000000000000000000000000001".parse().unwrap()
    }

    fn notice(done: f64) -> Notice {
        Notice { done, total: None, words: Some("Ana Ruiz".to_owned()) }
    }

    #[tokio::test]
    async fn whoever_listens_hears_the_newest_and_nobody_else_costs_anything() {
        let (mut listening, to) = Listening::for_test(&conversation());
        for n in 0..100 {
            to.tell(notice(f64::from(n)));
        }
        let heard: Vec<Notice> = std::iter::from_fn(|| listening.waiting()).collect();
        assert_eq!(heard.len(), MOST_WAITING, "what waits is bounded");
        assert_eq!(heard.last(), Some(&notice(99.0)));
        let of = listening.of.clone();
        drop(listening);
        assert!(of.listeners().is_empty(), "whoever has gone is forgotten");
        to.tell(notice(1.0));
    }

    #[test]
    fn words_of_a_tool_whose_result_may_be_kept_back_are_kept_back_too() {
        let (mut listening, to) = Listening::for_test(&conversation());
        ProgressTo { words: false, ..to }.tell(notice(1.0));
        assert_eq!(listening.waiting(), Some(Notice { words: None, ..notice(1.0) }));
    }
}
