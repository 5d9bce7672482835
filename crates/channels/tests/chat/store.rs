//! Conversations in memory, held to the port's promises: stored once per client id, read by position, news never missed.

use async_trait::async_trait;
use countersign_agents::port::{Accepted, Begun, Conversations, Identity, IntakeError, Seen, SeenWhat};
use countersign_domain::conversation::{Assurance, ConversationError, LONGEST_MESSAGE_CHARS};
use countersign_domain::ids::{ConversationId, LogId};
use countersign_domain::time::Timestamp;
use countersign_testkit::SeededEntropy;
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::sync::watch;

pub(crate) struct Talk {
    pub(crate) identity: Identity,
    secret: String,
    pub(crate) seen: Vec<Seen>,
    clients: HashMap<String, u64>,
    news: watch::Sender<u64>,
}

impl Talk {
    /// Whether its last end still stands; with `for_good`, whether that one cannot be undone.
    fn ended(&self, only_for_good: bool) -> bool {
        let last = self.seen.iter().rev().find_map(|seen| match seen.what {
            SeenWhat::Closed { for_good, .. } => Some(for_good || !only_for_good),
            SeenWhat::Reopened => Some(false),
            _ => None,
        });
        last == Some(true)
    }
}

#[derive(Default)]
struct Inner {
    talks: HashMap<ConversationId, Talk>,
    next: u64,
    refusing: bool,
}

impl Inner {
    fn put(&mut self, conversation: &ConversationId, what: SeenWhat) -> u64 {
        // Positions of one conversation have gaps, as in a log that others write to as well.
        self.next += 3;
        let position = self.next;
        let talk = self.talks.get_mut(conversation).unwrap();
        talk.seen.push(Seen { position, at: at(), what });
        talk.news.send_replace(position);
        position
    }
}

pub(crate) struct Store {
    inner: Mutex<Inner>,
    log: Mutex<LogId>,
    entropy: SeededEntropy,
}

impl Store {
    pub(crate) fn new() -> Self {
        let entropy = SeededEntropy::new(7);
        Self { inner: Mutex::default(), log: Mutex::new(LogId::random(&entropy)), entropy }
    }

    /// From now on it is another log, with the same records: one that goes on from a backup.
    pub(crate) fn restored(&self) {
        *self.log.lock().unwrap() = LogId::random(&self.entropy);
    }

    /// Stores something that the customer may see; where.
    pub(crate) fn put(&self, conversation: &ConversationId, what: SeenWhat) -> u64 {
        self.inner.lock().unwrap().put(conversation, what)
    }

    pub(crate) fn say(&self, conversation: &ConversationId, text: &str) -> u64 {
        self.put(conversation, SeenWhat::Agent { text: text.to_owned() })
    }

    pub(crate) fn is_refusing(&self) -> bool {
        self.inner.lock().unwrap().refusing
    }

    /// The log answers again.
    pub(crate) fn answer(&self) {
        self.inner.lock().unwrap().refusing = false;
    }

    /// From now on the log is down.
    pub(crate) fn refuse(&self) {
        self.inner.lock().unwrap().refusing = true;
    }

    pub(crate) fn look<T>(&self, conversation: &ConversationId, look: impl FnOnce(&Talk) -> T) -> T {
        look(self.inner.lock().unwrap().talks.get(conversation).unwrap())
    }

    pub(crate) fn conversations(&self) -> usize {
        self.inner.lock().unwrap().talks.len()
    }

    /// Resolves once no connection listens to the conversation any more.
    pub(crate) async fn deserted(&self, conversation: &ConversationId) {
        let news = self.look(conversation, |talk| talk.news.clone());
        news.closed().await;
    }
}

pub(crate) fn at() -> Timestamp {
    "2026-11-23T12:00:00.000000Z".parse().unwrap()
}

#[async_trait]
impl Conversations for Store {
    fn log(&self) -> LogId {
        self.log.lock().unwrap().clone()
    }

    async fn begin(&self, channel: &str, identity: Identity) -> Result<Begun, IntakeError> {
        assert_eq!(channel, "chat");
        let conversation = ConversationId::random(&self.entropy);
        let secret = format!("secret of {conversation}");
        let mut inner = self.inner.lock().unwrap();
        if inner.refusing {
            return Err(IntakeError::Unavailable);
        }
        let (clients, news) = (HashMap::new(), watch::Sender::new(0));
        let talk = Talk { identity, secret: secret.clone(), seen: Vec::new(), clients, news };
        inner.talks.insert(conversation.clone(), talk);
        Ok(Begun { conversation, secret })
    }

    async fn resume(&self, conversation: &ConversationId, secret: &str) -> Result<Assurance, IntakeError> {
        let inner = self.inner.lock().unwrap();
        let talk = inner.talks.get(conversation).filter(|t| t.secret == secret).ok_or(IntakeError::NotYours)?;
        let signed_in = talk.seen.iter().any(|seen| matches!(seen.what, SeenWhat::SignedIn { .. }));
        Ok(if signed_in { Assurance::Verified } else { talk.identity.assurance })
    }

    async fn receive(
        &self,
        conversation: &ConversationId,
        text: &str,
        client: Option<&str>,
    ) -> Result<Accepted, IntakeError> {
        // One look and one write at once, as a log has it: a line that was cut may still be writing the same message.
        let mut inner = self.inner.lock().unwrap();
        let talk = inner.talks.get(conversation).unwrap();
        if let Some(position) = client.and_then(|client| talk.clients.get(client).copied()) {
            return Ok(Accepted { position });
        }
        if talk.ended(true) {
            return Err(ConversationError::ForGood.into());
        }
        let characters = text.chars().count();
        match characters {
            0 => return Err(ConversationError::Empty.into()),
            n if n > LONGEST_MESSAGE_CHARS => return Err(ConversationError::TooLong(n, LONGEST_MESSAGE_CHARS).into()),
            _ => {}
        }
        let position = inner.put(conversation, SeenWhat::Own { text: text.to_owned() });
        let talk = inner.talks.get_mut(conversation).unwrap();
        talk.clients.extend(client.map(|c| (c.to_owned(), position)));
        Ok(Accepted { position })
    }

    async fn done(&self, conversation: &ConversationId) -> Result<(), IntakeError> {
        if self.look(conversation, |t| t.ended(false)) {
            return Err(ConversationError::Closed.into());
        }
        self.put(conversation, SeenWhat::Closed { for_good: false, rates: true });
        Ok(())
    }

    async fn rate(&self, conversation: &ConversationId, score: u8) -> Result<(), IntakeError> {
        if !(1..=5).contains(&score) {
            return Err(ConversationError::NoScore.into());
        }
        if !self.look(conversation, |t| t.ended(false)) {
            return Err(ConversationError::NotToRate.into());
        }
        self.put(conversation, SeenWhat::Rated);
        Ok(())
    }

    async fn seen_after(&self, conversation: &ConversationId, after: Option<u64>) -> Result<Vec<Seen>, IntakeError> {
        if self.inner.lock().unwrap().refusing {
            return Err(IntakeError::Unavailable);
        }
        Ok(self.look(conversation, |talk| {
            talk.seen.iter().filter(|s| after.is_none_or(|after| s.position > after)).cloned().collect()
        }))
    }

    fn watch(&self, conversation: &ConversationId) -> watch::Receiver<u64> {
        self.look(conversation, |talk| talk.news.subscribe())
    }
}
