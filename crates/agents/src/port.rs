//! The ports through which channels reach conversations. A channel stores nothing itself: what it receives is masked,
//! bounded and stored here, and what it sends was stored before.

use async_trait::async_trait;
use countersign_domain::conversation::{Assurance, ConversationError, SignInFailure};
use countersign_domain::ids::{ConversationId, LogId};
use countersign_domain::time::Timestamp;

pub use countersign_gate::sign_in::AddressOwner;

/// Who begins a conversation, as far as the channel could check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// How sure the channel is.
    pub assurance: Assurance,
    /// The name that was said or signed.
    pub name: Option<String>,
    /// The embedding site's id of the customer; only where signed.
    pub subject: Option<String>,
}

/// A conversation that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its id.
    pub conversation: ConversationId,
    /// The secret that resumes it: shown once, kept only as a hash.
    pub secret: String,
}

/// A message that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Where: an earlier position, if the same message had been stored before.
    pub position: u64,
}

/// What a customer may see of a conversation, by log position, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The log position: the client drops what it has.
    pub position: u64,
    /// When it was stored.
    pub at: Timestamp,
    /// What.
    pub what: SeenWhat,
}

/// What a customer may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenWhat {
    /// Their own words, as stored. What was erased is not seen at all.
    Own {
        /// The words.
        text: String,
    },
    /// A segment of the agent's reply.
    Agent {
        /// The words.
        text: String,
    },
    /// A reply of the person who has the word.
    Person {
        /// The words.
        text: String,
    },
    /// A person has the word from here on.
    PersonAnswers,
    /// The agent has the word again.
    AgentAnswers,
    /// A colleague is checking something, until this time at the latest.
    Checking {
        /// The latest deadline among the held actions.
        until: Timestamp,
    },
    /// Nothing is being checked any more.
    CheckingOver,
    /// An escalation was noted.
    Noted,
    /// The conversation ended.
    Closed {
        /// Whether writing to it does not take it up again.
        for_good: bool,
        /// Whether the customer may say how satisfied they were.
        rates: bool,
    },
    /// The customer has taken it up again.
    Reopened,
    /// They have said how satisfied they were.
    Rated,
    /// It is known who they are.
    SignedIn {
        /// Their name, as the shop has it.
        name: Option<String>,
    },
}

/// Why a channel's request did nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IntakeError {
    /// The conversation refuses it.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// No such conversation, or not that secret: which of both is not told.
    #[error("this conversation cannot be resumed here; start a new one")]
    NotYours,
    /// The station takes no new conversations, or its log is down.
    #[error("the service cannot take messages now; try again in a minute")]
    Unavailable,
}

/// Conversations, for channels.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// The log in which positions count.
    fn log(&self) -> LogId;
    /// Begins one.
    async fn begin(&self, channel: &str, identity: Identity) -> Result<Begun, IntakeError>;
    /// Checks the secret of one.
    async fn resume(&self, conversation: &ConversationId, secret: &str) -> Result<Assurance, IntakeError>;
    /// Takes a customer's message, which takes one up again that has ended; `client` is the client's own id of it, at most 64 bytes. Stored once however often
    /// it comes.
    async fn receive(
        &self,
        conversation: &ConversationId,
        text: &str,
        client: Option<&str>,
    ) -> Result<Accepted, IntakeError>;
    /// Ends one for its customer, who says that it is done.
    async fn done(&self, conversation: &ConversationId) -> Result<(), IntakeError>;
    /// Takes down how satisfied its customer was, from 1 to 5, once it has ended.
    async fn rate(&self, conversation: &ConversationId, score: u8) -> Result<(), IntakeError>;
    /// What the customer may see behind a position (all, if `None`), as far as stored now.
    async fn seen_after(&self, conversation: &ConversationId, after: Option<u64>) -> Result<Vec<Seen>, IntakeError>;
    /// Resolves when there may be something new for this conversation. Never misses: take the ticket before reading.
    fn watch(&self, conversation: &ConversationId) -> tokio::sync::watch::Receiver<u64>;
}

/// Signing customers in while they write, for channels that can send a proof to an address.
#[async_trait]
pub trait SignIns: Send + Sync {
    /// Stores that the customer of this conversation asks for a code to this address.
    async fn ask(&self, conversation: &ConversationId, address: &str) -> Result<Box<dyn AskedForCode>, IntakeError>;
    /// Takes down why nothing came of it, if anything is still waited for. The customer sees nothing of it.
    async fn fail(&self, conversation: &ConversationId, number: u32, reason: SignInFailure);
    /// Binds the conversation to whom they have proved to be.
    async fn sign_in(
        &self,
        conversation: &ConversationId,
        number: u32,
        owner: &AddressOwner,
    ) -> Result<(), IntakeError>;
}

/// What a customer asked for, stored.
#[async_trait]
pub trait AskedForCode: Send {
    /// Its number in the conversation.
    fn number(&self) -> u32;
    /// Asks, once, whose the address is.
    async fn owner(self: Box<Self>) -> Result<AddressOwner, SignInFailure>;
}
