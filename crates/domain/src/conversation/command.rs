//! What may be done to a conversation, and its bounds.

use super::event::{CloseReason, ConversationEvent, EscalationReason, Opened, Received, Turned};
use super::state::Conversation;
use crate::event::{Draft, Fields, fields};
use crate::ids::PersonId;
use crate::masking::mask_card_numbers;
use serde_json::json;

/// The longest message that is taken, in characters.
pub const LONGEST_MESSAGE_CHARS: usize = 2_000;
/// The most messages that a customer may send in one conversation.
pub const MOST_MESSAGES: u32 = 500;
/// The most replies that people may write in one conversation.
pub const MOST_REPLIES: u32 = 500;
/// The most held actions that a conversation may have at once.
pub const MOST_HELD_ACTIONS: usize = 3;

/// Why a command to a conversation does nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversationError {
    /// It is open already.
    #[error("the conversation is open already")]
    AlreadyOpen,
    /// It was never opened.
    #[error("there is no such conversation")]
    NotOpen,
    /// It ended.
    #[error("the conversation has ended; start a new one")]
    Closed,
    /// Nothing to read.
    #[error("the message is empty")]
    Empty,
    /// Over [`LONGEST_MESSAGE_CHARS`].
    #[error("the message has {0} characters; at most {LONGEST_MESSAGE_CHARS} are taken")]
    TooLong(usize),
    /// Over [`MOST_MESSAGES`].
    #[error("this conversation has taken its {MOST_MESSAGES} messages; start a new one")]
    TooMany,
}

/// Why somebody has not the word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakeoverError {
    /// A person has it.
    #[error("a person has taken the conversation over; the agent says and does nothing in it")]
    TakenOver,
    /// Nothing to take.
    #[error("they have the conversation already")]
    AlreadyTheirs,
    /// Nothing to hand back.
    #[error("only whoever has taken a conversation over can do this in it")]
    NotTheirs,
    /// Over [`MOST_REPLIES`].
    #[error("this conversation has taken its {MOST_REPLIES} replies of people; nothing was sent")]
    TooManyReplies,
    /// There is no word to have.
    #[error(transparent)]
    NotLive(#[from] ConversationError),
}

/// What somebody wrote, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// The words, trimmed, card numbers masked.
    pub text: String,
    /// Their length before masking.
    pub characters: u32,
    /// How many card numbers were masked.
    pub masked: u32,
}

impl Worded {
    fn of(text: &str) -> Result<Self, ConversationError> {
        let text = text.trim();
        let characters = text.chars().count();
        if characters == 0 {
            return Err(ConversationError::Empty);
        }
        if characters > LONGEST_MESSAGE_CHARS {
            return Err(ConversationError::TooLong(characters));
        }
        let masked = mask_card_numbers(text);
        let characters = u32::try_from(characters).unwrap_or(u32::MAX);
        Ok(Self { text: masked.text, characters, masked: masked.count })
    }
}

impl Conversation {
    /// Begins it.
    pub fn open(&self, opened: Opened, sealed: Fields) -> Result<Draft, ConversationError> {
        match self.opened {
            None => Ok(Draft::with(&ConversationEvent::Opened(opened), sealed)),
            Some(_) => Err(ConversationError::AlreadyOpen),
        }
    }

    /// Takes a customer's message, masked. `None` if this very message was taken before.
    pub fn receive(&self, text: &str, client: Option<String>) -> Result<Option<Draft>, ConversationError> {
        self.must_be_live()?;
        if client.as_ref().is_some_and(|c| self.clients.contains(c)) {
            return Ok(None);
        }
        let Worded { text, characters, masked } = Worded::of(text)?;
        if self.messages >= MOST_MESSAGES {
            return Err(ConversationError::TooMany);
        }
        let received = Received { number: self.messages + 1, characters, masked, client };
        let sealed = fields([("text", json!(text))]);
        Ok(Some(Draft::with(&ConversationEvent::Received(received), sealed)))
    }

    /// A person's words as they may go out to the customer: theirs to say, bounded and masked.
    pub fn words_of(&self, by: &PersonId, text: &str) -> Result<Worded, TakeoverError> {
        self.must_be_theirs(by)?;
        if self.replies >= MOST_REPLIES {
            return Err(TakeoverError::TooManyReplies);
        }
        Ok(Worded::of(text)?)
    }

    /// Records the facts of a turn.
    pub fn turn(&self, turned: Turned) -> Result<Draft, ConversationError> {
        self.must_be_live()?;
        Ok(Draft::open(&ConversationEvent::Turned(turned)))
    }

    /// Notes that a person is asked for; `None` if the same reason is noted and nobody was there since.
    pub fn escalate(&self, reason: EscalationReason, note: &str) -> Result<Option<Draft>, ConversationError> {
        self.must_be_live()?;
        if self.escalations.contains(&reason) {
            return Ok(None);
        }
        let sealed = fields([("note", json!(note))]);
        Ok(Some(Draft::with(&ConversationEvent::Escalated { reason }, sealed)))
    }

    /// Gives a person the word; from whoever else has it as well.
    pub fn take_over(&self, by: PersonId) -> Result<Draft, TakeoverError> {
        self.must_be_live()?;
        match self.taken_over.as_ref() == Some(&by) {
            true => Err(TakeoverError::AlreadyTheirs),
            false => Ok(Draft::open(&ConversationEvent::TakenOver { by })),
        }
    }

    /// Gives the agent the word again.
    pub fn hand_back(&self, by: &PersonId) -> Result<Draft, TakeoverError> {
        self.must_be_theirs(by)?;
        Ok(Draft::open(&ConversationEvent::HandedBack { by: by.clone() }))
    }

    /// Whether this person has the word in it.
    pub fn must_be_theirs(&self, by: &PersonId) -> Result<(), TakeoverError> {
        self.must_be_live()?;
        if self.taken_over.as_ref() == Some(by) { Ok(()) } else { Err(TakeoverError::NotTheirs) }
    }

    /// Whether an agent may speak and ask in it.
    pub fn must_be_the_agent_s(&self) -> Result<(), TakeoverError> {
        self.must_be_live()?;
        if self.taken_over.is_none() { Ok(()) } else { Err(TakeoverError::TakenOver) }
    }

    /// Ends it.
    pub fn close(&self, reason: CloseReason) -> Result<Draft, ConversationError> {
        self.must_be_live()?;
        Ok(Draft::open(&ConversationEvent::Closed { reason }))
    }

    /// Whether it is open and has not ended.
    pub fn must_be_live(&self) -> Result<(), ConversationError> {
        match (&self.opened, self.closed) {
            (None, _) => Err(ConversationError::NotOpen),
            (Some(_), true) => Err(ConversationError::Closed),
            (Some(_), false) => Ok(()),
        }
    }
}
