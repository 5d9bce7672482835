//! What may be done to a conversation, and its bounds.

use super::event::{
    CloseReason, ConversationEvent, EscalationReason, Opened, Promised, Pulled, Received, ResolutionCode, Turned,
};
use super::relayed::{MOST_RELAYED, MOST_SPANS};
use super::state::Conversation;
use crate::event::{Draft, Fields, fields};
use crate::ids::PersonId;
use crate::masking::mask_card_numbers;
use crate::time::Timestamp;
use serde_json::json;

/// The longest message that is taken, in characters.
pub const LONGEST_MESSAGE_CHARS: usize = 2_000;
/// The most messages that a customer may send in one conversation.
pub const MOST_MESSAGES: u32 = 500;
/// The most replies that people may write in one conversation.
pub const MOST_REPLIES: u32 = 500;
/// The longest promise, and the longest note of whoever ends or escalates a conversation, in characters.
pub const LONGEST_NOTE_CHARS: usize = 500;
/// The most promises that people may make in one conversation.
pub const MOST_PROMISES: usize = 20;
/// The best that a customer can say of a conversation; the worst is 1.
pub const BEST_SCORE: u8 = 5;
/// How often a customer may ask to be signed in, in one conversation.
pub const MOST_SIGN_INS: u32 = 5;
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
    /// Longer than is taken: so long, and the most.
    #[error("the message has {0} characters; at most {1} are taken")]
    TooLong(usize, usize),
    /// Over [`MOST_MESSAGES`].
    #[error("this conversation has taken its {MOST_MESSAGES} messages; start a new one")]
    TooMany,
    /// Its customer is erased.
    #[error("the conversation has ended for good; start a new one")]
    ForGood,
    /// There is something to do or to wait for in it.
    #[error("something is still under way in this conversation")]
    UnderWay,
    /// A score that is none.
    #[error("a score is 1 to {BEST_SCORE}")]
    NoScore,
    /// Their customer is known.
    #[error("you are signed in already")]
    SignedIn,
    /// Over [`MOST_SIGN_INS`].
    #[error("a code was asked for {MOST_SIGN_INS} times in this conversation; ask for a person, or start a new one")]
    TooManySignIns,
    /// It was not asked for, or another was asked for since, or nothing can come of it any more.
    #[error("no code is waited for in this conversation; ask for a new one")]
    NoSignIn,
    /// It holds the call of an external agent, or is relayed by one.
    #[error("no customer writes here: it is an external agent's")]
    NotACustomers,
    /// No external agent has it elsewhere.
    #[error("this conversation is not one that an agent relays")]
    NotRelayed,
    /// Over [`MOST_RELAYED`].
    #[error("this conversation has taken its {MOST_RELAYED} relayed messages; go on in a new one")]
    TooManyRelayed,
    /// Over [`MOST_SPANS`].
    #[error("this conversation has taken its {MOST_SPANS} steps; go on in a new one")]
    TooManySpans,
    /// Over [`super::MOST_MODEL_CALLS`].
    #[error("this conversation has made its {} calls of models; a person goes on with it", super::MOST_MODEL_CALLS)]
    TooManyModelCalls,
    /// Said before, or before it has ended.
    #[error("a conversation is rated once, after it has ended")]
    NotToRate,
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
    /// Over [`LONGEST_NOTE_CHARS`].
    #[error("this has {0} characters; at most {LONGEST_NOTE_CHARS} are taken")]
    NoteTooLong(usize),
    /// Over [`MOST_PROMISES`].
    #[error("this conversation has its {MOST_PROMISES} promises; nothing was promised")]
    TooManyPromises,
    /// Over [`super::MOST_WHISPERS`].
    #[error("this conversation has taken its {} whispers; nothing was whispered", super::MOST_WHISPERS)]
    TooManyWhispers,
    /// There is none that counts, or the agent has said what it made of it.
    #[error("there is no such whisper, or the agent has said before what it made of it")]
    NoWhisper,
    /// A time that has passed.
    #[error("a promise is kept in the future; this time has passed")]
    DueBefore,
    /// There is none, or it was kept.
    #[error("there is no such promise, or it was kept already")]
    NoPromise,
    /// What a person asked for in it has not come to its end, and nobody else would tell the customer how it did.
    #[error("what a person asked for in this conversation has not come to its end")]
    StillAsked,
    /// A person is asked for in it already.
    #[error("a person is asked for in this conversation already: {}", .0.in_words())]
    AlreadyEscalated(EscalationReason),
    /// It holds the call of an external agent, or is relayed by one.
    #[error(
        "this is an external agent's: nobody writes here, so there is no word to have; decide on what it calls for, or stop it"
    )]
    NobodyWrites,
    /// The customer wrote, and it was not on screen.
    #[error("the customer has written meanwhile; read it first")]
    Unread,
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
        Self::within(text, LONGEST_MESSAGE_CHARS)
    }

    pub(super) fn within(text: &str, longest: usize) -> Result<Self, ConversationError> {
        let text = text.trim();
        let characters = text.chars().count();
        if characters == 0 {
            return Err(ConversationError::Empty);
        }
        if characters > longest {
            return Err(ConversationError::TooLong(characters, longest));
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
        self.must_be_a_customers()?;
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

    /// The same for one that may have ended: the customer takes it up again by writing.
    pub fn hear(&self, text: &str, client: Option<String>) -> Result<Option<Vec<Draft>>, ConversationError> {
        let before = client.as_ref().is_some_and(|client| self.clients.contains(client));
        if !self.closed || before {
            return if before { Ok(None) } else { Ok(self.receive(text, client)?.map(|received| vec![received])) };
        }
        let reopened = ConversationEvent::Reopened { number: self.reopened + 1 };
        self.may_end_be_undone()?;
        let mut again = self.clone();
        again.apply(&reopened);
        Ok(again.receive(text, client)?.map(|received| vec![Draft::open(&reopened), received]))
    }

    /// Whether it was opened, and has not ended for good.
    pub fn may_end_be_undone(&self) -> Result<(), ConversationError> {
        match (&self.opened, self.closed && self.erased) {
            (None, _) => Err(ConversationError::NotOpen),
            (Some(_), true) => Err(ConversationError::ForGood),
            (Some(_), false) => Ok(()),
        }
    }

    /// Takes down how satisfied the customer was: once, after it has ended.
    pub fn rate(&self, score: u8) -> Result<Draft, ConversationError> {
        self.may_rate()?;
        if !(1..=BEST_SCORE).contains(&score) {
            return Err(ConversationError::NoScore);
        }
        Ok(Draft::open(&ConversationEvent::Rated { score }))
    }

    /// Whether its customer may say how satisfied they were.
    pub fn may_rate(&self) -> Result<(), ConversationError> {
        self.may_end_be_undone()?;
        // Where nobody said anything there is nothing to be satisfied with.
        if self.closed && self.rated.is_none() && self.messages > 0 {
            Ok(())
        } else {
            Err(ConversationError::NotToRate)
        }
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
        Ok(Some(Draft::with(&ConversationEvent::Escalated { reason, pulled: None }, sealed)))
    }

    /// Calls for a colleague, from an action that somebody looked at: once, and only while no person is there.
    pub fn pull(&self, pulled: Pulled, words: &str) -> Result<Draft, TakeoverError> {
        self.may_be_pulled()?;
        let reason = EscalationReason::PulledBySupervisor;
        let event = ConversationEvent::Escalated { reason, pulled: Some(pulled) };
        Ok(Draft::with(&event, fields([("note", json!(note(words)?))])))
    }

    /// Whether a colleague may be called for: the agent has the word, and nobody is asked for yet.
    pub fn may_be_pulled(&self) -> Result<(), TakeoverError> {
        self.may_be_entered()?;
        self.must_be_the_agent_s()?;
        match self.escalations.first() {
            None => Ok(()),
            Some(reason) => Err(TakeoverError::AlreadyEscalated(*reason)),
        }
    }

    /// Gives a person the word; from whoever else has it as well.
    pub fn take_over(&self, by: PersonId) -> Result<Draft, TakeoverError> {
        self.must_be_live()?;
        self.may_be_entered()?;
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

    /// Takes down what a person promised the customer.
    pub fn promise(
        &self,
        by: &PersonId,
        text: &str,
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Draft, TakeoverError> {
        self.must_be_theirs(by)?;
        if self.promises.len() >= MOST_PROMISES {
            return Err(TakeoverError::TooManyPromises);
        }
        if due.is_some_and(|due| due <= now) {
            return Err(TakeoverError::DueBefore);
        }
        let number = u32::try_from(self.promises.len()).unwrap_or(u32::MAX).saturating_add(1);
        let promised = Promised { number, by: by.clone(), due };
        Ok(Draft::with(&ConversationEvent::Promised(promised), fields([("text", json!(note(text)?))])))
    }

    /// Takes down that a promise was kept; whoever sees to it need not have the word, and it may have ended since.
    pub fn keep_promise(&self, number: u32, by: PersonId) -> Result<Draft, TakeoverError> {
        self.may_end_be_undone()?;
        match self.is_kept(number) {
            Some(false) => Ok(Draft::open(&ConversationEvent::PromiseKept { number, by })),
            Some(true) | None => Err(TakeoverError::NoPromise),
        }
    }

    /// Ends it: for the person who has the word.
    pub fn resolve(&self, by: &PersonId, code: ResolutionCode, words: &str) -> Result<Draft, TakeoverError> {
        self.must_be_theirs(by)?;
        let resolved = ConversationEvent::Resolved { by: by.clone(), code };
        Ok(Draft::with(&resolved, fields([("note", json!(note(words)?))])))
    }

    /// Ends it because nothing comes any more. It is for the agent to wait, and only while nobody else does.
    pub fn close_as_idle(&self) -> Result<Draft, TakeoverError> {
        self.must_be_waited_in_by_nobody()?;
        Ok(self.close(CloseReason::Idle)?)
    }

    pub(super) fn must_be_waited_in_by_nobody(&self) -> Result<(), TakeoverError> {
        self.must_be_the_agent_s()?;
        let waits = self.answered < self.messages || !self.escalations.is_empty();
        if waits { Err(ConversationError::UnderWay.into()) } else { Ok(()) }
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

    /// Ends it. What has ended is ended once more, for good, when its customer is erased.
    pub fn close(&self, reason: CloseReason) -> Result<Draft, ConversationError> {
        self.may_close(reason)?;
        Ok(Draft::open(&ConversationEvent::Closed { reason }))
    }

    pub(super) fn may_close(&self, reason: CloseReason) -> Result<(), ConversationError> {
        match reason {
            CloseReason::Erased => self.may_end_be_undone(),
            CloseReason::CustomerDone => self.may_be_done(),
            CloseReason::Idle => self.must_be_live(),
            CloseReason::CallEnded => {
                self.must_be_live()?;
                let holds_call = self.external_agent().is_some() && !self.is_relayed();
                if holds_call { Ok(()) } else { Err(ConversationError::UnderWay) }
            }
            CloseReason::AgentDone => self.must_be_relayed(),
        }
    }

    /// Whether the customer may end it: not while a person has the word, which they alone give up.
    fn may_be_done(&self) -> Result<(), ConversationError> {
        self.must_be_live()?;
        if self.taken_over.is_none() { Ok(()) } else { Err(ConversationError::UnderWay) }
    }

    /// Whether a customer writes in it.
    pub(super) fn must_be_a_customers(&self) -> Result<(), ConversationError> {
        if self.external_agent().is_none() { Ok(()) } else { Err(ConversationError::NotACustomers) }
    }

    /// Whether a person could have the word in it, or a word with its agent.
    pub(super) fn may_be_entered(&self) -> Result<(), TakeoverError> {
        if self.external_agent().is_none() { Ok(()) } else { Err(TakeoverError::NobodyWrites) }
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

/// A person's own words that no customer reads, card numbers masked all the same.
fn note(words: &str) -> Result<String, TakeoverError> {
    let words = words.trim();
    match words.chars().count() {
        0 => Err(ConversationError::Empty.into()),
        long if long > LONGEST_NOTE_CHARS => Err(TakeoverError::NoteTooLong(long)),
        _ => Ok(mask_card_numbers(words).text),
    }
}
