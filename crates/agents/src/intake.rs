//! Intake: what channels may do with conversations, over the log.

use crate::port::{Accepted, Begun, Conversations, Identity, IntakeError, Seen};
use crate::seen;
use crate::watching::Watchers;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::ambient::random_32;
use countersign_domain::conversation::{Assurance, Conversation, ConversationError, ConversationEvent};
use countersign_domain::ids::{ConversationId, LogId};
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use countersign_gate::records::{Records, read};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

/// How often a message is tried again because somebody wrote in between.
const MOST_TRIES: usize = 32;
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// Conversations over the log.
pub(crate) struct Intake {
    pub(crate) records: Arc<Records>,
    pub(crate) watchers: Arc<Watchers>,
}

impl Intake {
    /// A conversation by its open parts, with its stored events. No key is needed.
    async fn folded(&self, id: &ConversationId) -> Result<(Conversation, Vec<StoredEvent>), GateError> {
        let events = self.records.stored(&StreamName::conversation(id), 0).await?;
        let mut state = Conversation::default();
        for stored in &events {
            state.apply(&read(stored)?);
        }
        Ok((state, events))
    }
}

#[async_trait]
impl Conversations for Intake {
    fn log(&self) -> LogId {
        self.records.log().id()
    }

    async fn begin(&self, channel: &str, identity: Identity) -> Result<Begun, IntakeError> {
        let secret = URL_SAFE_NO_PAD.encode(random_32(self.records.entropy()));
        let name: Option<String> = identity.name.as_ref().map(|name| name.chars().take(LONGEST_NAME).collect());
        let hash = digest(&secret);
        let opened = self
            .records
            .open_conversation(channel, identity.assurance, name.as_deref(), identity.subject.as_deref(), hash)
            .await;
        let (conversation, _) = opened.map_err(refused)?;
        Ok(Begun { conversation, secret })
    }

    async fn resume(&self, conversation: &ConversationId, secret: &str) -> Result<Assurance, IntakeError> {
        let (state, _) = self.folded(conversation).await.map_err(refused)?;
        let expected = state.opened.as_ref().map(|o| o.resume.clone()).unwrap_or_default();
        // Compared even where there is no such conversation: how long it takes tells nothing.
        let same: bool = digest(secret).as_bytes().ct_eq(expected.as_bytes()).into();
        if same { Ok(state.assurance()) } else { Err(IntakeError::NotYours) }
    }

    async fn receive(
        &self,
        conversation: &ConversationId,
        text: &str,
        client: Option<&str>,
    ) -> Result<Accepted, IntakeError> {
        // One that has ended may have no key any more: whoever writes to it is told that it has ended.
        self.folded(conversation).await.map_err(refused)?.0.may_end_be_undone()?;
        let client = match client {
            Some(client) => Some(self.records.pseudonym(conversation, client).await.map_err(refused)?),
            None => None,
        };
        for _ in 0..MOST_TRIES {
            let (state, events) = self.folded(conversation).await.map_err(refused)?;
            let Some(drafts) = state.hear(text, client.clone())? else {
                return first_position(&events, client.as_deref());
            };
            let actor = Actor::Customer(conversation.to_string());
            match self.records.append_conversation(conversation, state.version, drafts, actor).await {
                Err(GateError::Moved) => {}
                Err(error) => return Err(refused(error)),
                Ok(receipt) => {
                    let stored = receipt.events().last().ok_or(IntakeError::Unavailable)?;
                    return Ok(Accepted { position: stored.envelope.position });
                }
            }
        }
        Err(IntakeError::Unavailable)
    }

    async fn done(&self, conversation: &ConversationId) -> Result<(), IntakeError> {
        self.records.close_for_customer(conversation).await.map_err(refused)
    }

    async fn rate(&self, conversation: &ConversationId, score: u8) -> Result<(), IntakeError> {
        for _ in 0..MOST_TRIES {
            let (state, _) = self.folded(conversation).await.map_err(refused)?;
            let draft = state.rate(score)?;
            let actor = Actor::Customer(conversation.to_string());
            match self.records.append_conversation(conversation, state.version, vec![draft], actor).await {
                Err(GateError::Moved) => {}
                done => return done.map(drop).map_err(refused),
            }
        }
        Err(IntakeError::Unavailable)
    }

    async fn seen_after(&self, conversation: &ConversationId, after: Option<u64>) -> Result<Vec<Seen>, IntakeError> {
        seen::after(&self.records, conversation, after).await.map_err(refused)
    }

    fn watch(&self, conversation: &ConversationId) -> watch::Receiver<u64> {
        self.watchers.watch(conversation)
    }
}

/// Where the message with this client's id was stored the first time.
fn first_position(events: &[StoredEvent], client: Option<&str>) -> Result<Accepted, IntakeError> {
    let is_it = |stored: &&StoredEvent| match read(stored) {
        Ok(ConversationEvent::Received(received)) => received.client.as_deref() == client,
        _ => false,
    };
    let stored = events.iter().find(is_it).ok_or(IntakeError::Unavailable)?;
    Ok(Accepted { position: stored.envelope.position })
}

fn digest(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn refused(error: GateError) -> IntakeError {
    match error {
        GateError::NotFound(_) | GateError::Conversation(ConversationError::NotOpen) => IntakeError::NotYours,
        GateError::Conversation(error) => IntakeError::Conversation(error),
        error => {
            tracing::warn!(%error, "a channel's request could not be carried out");
            IntakeError::Unavailable
        }
    }
}
