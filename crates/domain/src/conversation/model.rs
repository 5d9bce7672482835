//! Calls of language models: which was asked for which step, how it ended, and what it cost. A call is stored before
//! anything is done by it, so a restart goes on with the same answer, and nothing is paid for twice.

use super::command::{ConversationError, LONGEST_NOTE_CHARS};
use super::event::{ConversationEvent, REPORTING_CURRENCY};
use super::follows::NotNext;
use super::state::Conversation;
use crate::event::{Draft, fields};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most calls of models in one conversation.
pub const MOST_MODEL_CALLS: u32 = 1_000;
/// The most tool calls of one answer that are looked at.
pub const MOST_ASKED: usize = 8;
/// The longest name of a provider, a model or a prompt, in characters.
pub const LONGEST_MODEL_NAME: usize = 120;

/// What a model is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelStep {
    /// What the customer wants.
    Classify,
    /// What to do next, where tools have answered.
    ToolStep,
    /// What to do or to say about the customer's words.
    Reason,
    /// What to do or to say where something went otherwise than the agent wanted, or it is unsure what is wanted.
    Hardest,
}

impl ModelStep {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Classify, Self::ToolStep, Self::Reason, Self::Hardest];

    /// Its name in settings and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::ToolStep => "tool_step",
            Self::Reason => "reason",
            Self::Hardest => "hardest",
        }
    }
}

/// How a call of a model ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelCallEnd {
    /// It answered. Sealed: `answer`.
    Answered,
    /// Nobody answered at its address.
    Unreachable,
    /// It did not answer in time, or stopped in the middle.
    TimedOut,
    /// It takes no more calls from us for now.
    RateLimited,
    /// It is overloaded, or failed by itself.
    Overloaded,
    /// It does not take our key.
    WrongKey,
    /// It has no model of that name.
    UnknownModel,
    /// It does not take what it was asked.
    NotTaken,
    /// What it answered cannot be read, or is only half of an answer.
    Garbled,
    /// It did not end.
    TooLong,
    /// Its answer was not waited for: the station ended.
    LeftAlone,
    /// It was not asked: it had failed too often just before.
    Resting,
    /// It was not asked: it could have cost more than may be spent.
    OverBudget,
}

impl ModelCallEnd {
    /// What happened, in plain words, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Answered => "It answered",
            Self::Unreachable => "It could not be reached",
            Self::TimedOut => "It did not answer in time",
            Self::RateLimited => "It takes no more calls for now",
            Self::Overloaded => "It is overloaded, or failed",
            Self::WrongKey => "It does not take the key",
            Self::UnknownModel => "It has no model of that name",
            Self::NotTaken => "It does not take what it was asked",
            Self::Garbled => "Its answer could not be read",
            Self::TooLong => "Its answer did not end",
            Self::LeftAlone => "The station ended before it had answered",
            Self::Resting => "It was not asked, for it had failed too often",
            Self::OverBudget => "It was not asked, for it could have cost more than may be spent",
        }
    }

    /// Whether anything left this machine.
    pub fn was_asked(self) -> bool {
        !matches!(self, Self::Resting | Self::OverBudget)
    }
}

/// Tokens of a call, as its provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Read by the model, those from its cache and those put there among them.
    #[serde(rename = "in")]
    pub read: u64,
    /// Of these, how many came from the provider's cache.
    pub cached: u64,
    /// Of these, how many were put into the provider's cache.
    pub cache_written: u64,
    /// Written by the model.
    #[serde(rename = "out")]
    pub written: u64,
}

/// A call of a model, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCalled {
    /// Its number in the conversation, from 1.
    pub number: u32,
    /// What it was asked for.
    pub step: ModelStep,
    /// The class of intent by which it was chosen.
    pub intent: String,
    /// The provider, as the operator named it.
    pub provider: String,
    /// The model, as the provider names it.
    pub model: String,
    /// The prompt and its version, such as `reason 1`.
    pub prompt: String,
    /// How it ended.
    pub end: ModelCallEnd,
    /// How many tool calls its answer asks for.
    pub asked: u32,
    /// What was counted.
    pub tokens: Tokens,
    /// Whether its provider counted; else it is the most that it can have been.
    pub counted: bool,
    /// What it cost, in millionths of the reporting currency's unit.
    pub cost_micros: u64,
    /// The reporting currency, ISO 4217.
    pub currency: String,
    /// The prices that it was reckoned by: the day that they are of.
    pub prices: String,
    /// How long it took to its first token, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// How long it took in all, in milliseconds.
    pub took_ms: u64,
}

/// By which call of a model an action was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedIn {
    /// The call of the model, by number.
    pub call: u32,
    /// Which of the tool calls of its answer, from 0.
    pub nth: u32,
}

/// What calls of models came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens in.
    pub tokens_in: u64,
    /// Tokens out.
    pub tokens_out: u64,
    /// In millionths of the reporting currency's unit.
    pub cost_micros: u64,
}

impl Spent {
    pub(super) fn add(&mut self, called: &ModelCalled) {
        self.tokens_in = self.tokens_in.saturating_add(called.tokens.read);
        self.tokens_out = self.tokens_out.saturating_add(called.tokens.written);
        self.cost_micros = self.cost_micros.saturating_add(called.cost_micros);
    }
}

/// What goes with a call, sealed.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelSaid {
    /// What it answered.
    Answer(Value),
    /// Why there is no answer, for people.
    Why(String),
}

impl Conversation {
    /// Takes down a call of a model; its number is given here.
    pub fn model_called(&self, called: ModelCalled, said: &ModelSaid) -> Result<Draft, ConversationError> {
        self.may_have_called()?;
        if self.model_calls >= MOST_MODEL_CALLS {
            return Err(ConversationError::TooManyModelCalls);
        }
        let called = ModelCalled { number: self.model_calls + 1, currency: REPORTING_CURRENCY.to_owned(), ..called };
        let sealed = match said {
            ModelSaid::Answer(answer) => fields([("answer", answer.clone())]),
            ModelSaid::Why(why) => fields([("why", json!(why.chars().take(LONGEST_NOTE_CHARS).collect::<String>()))]),
        };
        Ok(Draft::with(&ConversationEvent::ModelCalled(called), sealed))
    }

    /// A person may have taken the word while the model was at it, or it may have ended: what was spent is spent.
    fn may_have_called(&self) -> Result<(), ConversationError> {
        self.must_be_a_customers()?;
        match (&self.opened, self.erased) {
            (None, _) => Err(ConversationError::NotOpen),
            (Some(_), true) => Err(ConversationError::ForGood),
            (Some(_), false) => Ok(()),
        }
    }

    pub(super) fn model_call_may_follow(&self, called: &ModelCalled) -> Result<(), NotNext> {
        let next = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(NotNext::OutOfTurn(what)) };
        self.may_have_called()?;
        next(called.number == self.model_calls + 1, "not the next call of a model")?;
        next(called.number <= MOST_MODEL_CALLS, "one call of a model more than there may be")?;
        next(called.asked as usize <= MOST_ASKED, "an answer that asks for more tools than are looked at")?;
        next(called.end == ModelCallEnd::Answered || called.asked == 0, "asked for tools by what did not answer")?;
        let free = called.tokens == Tokens::default() && called.cost_micros == 0;
        next(called.end.was_asked() || free, "the cost of a call that was not made")?;
        next(
            called.tokens.cached.saturating_add(called.tokens.cache_written) <= called.tokens.read,
            "more tokens of a cache than were read",
        )
    }

    pub(super) fn take_model_call(&mut self, called: &ModelCalled) {
        self.model_calls = called.number;
        self.asked_last = called.asked;
        self.spent_in_turn.add(called);
        self.spent.add(called);
    }

    /// Whether an answer of a model asks for this, and it was the last.
    pub(super) fn is_asked_in(&self, asked: AskedIn) -> bool {
        asked.call == self.model_calls && asked.nth < self.asked_last
    }
}
