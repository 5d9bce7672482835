//! Conversations that external agents have elsewhere, as they relay them: what they say was said, and the steps that they
//! say they took. All of it is their word.

use super::command::{ConversationError, Worded};
use super::event::{ConversationEvent, EXTERNAL_CHANNEL};
use super::follows::NotNext;
use super::state::Conversation;
use crate::event::{Draft, fields};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The most messages of one conversation that are taken from its agent.
pub const MOST_RELAYED: u32 = 1_000;
/// The longest of them, in characters.
pub const LONGEST_RELAYED_CHARS: usize = 8_000;
/// The most steps of one conversation that are taken from its agent.
pub const MOST_SPANS: u32 = 1_000;
/// The longest name of a model, a provider or a tool that is kept of a step, in characters.
const LONGEST_SPAN_NAME: usize = 120;

/// Who is said to have spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The customer.
    Customer,
    /// The agent itself.
    Agent,
    /// A person of the house, where the agent has its conversations.
    Person,
}

/// A message of a relayed conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relayed {
    /// Its number among those of the conversation, from 1.
    pub number: u32,
    /// Who is said to have spoken.
    pub speaker: Speaker,
    /// Its length in characters.
    pub characters: u32,
    /// How many card numbers were masked in it.
    pub masked: u32,
    /// The agent's own id of it, pseudonymous: the same message told again is stored once.
    pub client: String,
    /// When it was said, by the agent's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_at: Option<Timestamp>,
    /// Whether it was read from a span, and not told by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_span: bool,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanOperation {
    /// A model was asked.
    Model,
    /// A tool was called, by the agent itself.
    Tool,
    /// An agent was at work.
    Agent,
    /// Something else.
    Other,
}

/// A step of a relayed conversation: a span of its agent's traces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spanned {
    /// Its number among those of the conversation, from 1.
    pub number: u32,
    /// Trace and span id, pseudonymous: the same span told again is stored once.
    pub span: String,
    /// What it did.
    pub operation: SpanOperation,
    /// Tokens in, where a model was asked and that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_in: Option<u64>,
    /// Tokens out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_out: Option<u64>,
    /// When it began, by the agent's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Whether it failed.
    pub failed: bool,
}

/// What a step is called by its agent. Sealed, for these are somebody's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanNames {
    /// Whose model it was.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The tool.
    pub tool: Option<String>,
}

impl Conversation {
    /// Whether it is one that an external agent has elsewhere, and relays.
    pub fn is_relayed(&self) -> bool {
        self.external_agent().is_some() && self.channel() == EXTERNAL_CHANNEL
    }

    /// Takes a message from the agent that relays it, masked. `None` if this very message was taken before.
    pub fn relay(
        &self,
        speaker: Speaker,
        text: &str,
        client: String,
        (said_at, from_span): (Option<Timestamp>, bool),
    ) -> Result<Option<Draft>, ConversationError> {
        self.must_be_relayed()?;
        if self.clients.contains(&client) {
            return Ok(None);
        }
        if self.relayed >= MOST_RELAYED {
            return Err(ConversationError::TooManyRelayed);
        }
        let Worded { text, characters, masked } = Worded::within(text, LONGEST_RELAYED_CHARS)?;
        let number = self.relayed + 1;
        let relayed = Relayed { number, speaker, characters, masked, client, said_at, from_span };
        Ok(Some(Draft::with(&ConversationEvent::Relayed(relayed), fields([("text", json!(text))]))))
    }

    /// Takes a step from the agent that relays it; its number is given here. `None` if this very step was taken before.
    pub fn span(&self, spanned: Spanned, names: &SpanNames) -> Result<Option<Draft>, ConversationError> {
        self.must_be_relayed()?;
        if self.clients.contains(&spanned.span) {
            return Ok(None);
        }
        if self.spans >= MOST_SPANS {
            return Err(ConversationError::TooManySpans);
        }
        let short = |name: &Option<String>| {
            let name: Option<String> = name.as_ref().map(|name| name.trim().chars().take(LONGEST_SPAN_NAME).collect());
            json!(name.filter(|name| !name.is_empty()))
        };
        let sealed = fields([
            ("provider", short(&names.provider)),
            ("model", short(&names.model)),
            ("tool", short(&names.tool)),
        ]);
        let spanned = Spanned { number: self.spans + 1, ..spanned };
        Ok(Some(Draft::with(&ConversationEvent::Spanned(spanned), sealed)))
    }

    pub(super) fn must_be_relayed(&self) -> Result<(), ConversationError> {
        self.must_be_live()?;
        if self.is_relayed() { Ok(()) } else { Err(ConversationError::NotRelayed) }
    }

    pub(super) fn relayed_may_follow(&self, relayed: &Relayed) -> Result<(), NotNext> {
        self.must_be_relayed()?;
        next(relayed.number == self.relayed + 1, "not the next message that is relayed")?;
        next(relayed.number <= MOST_RELAYED, "one message more than are relayed")?;
        let characters = relayed.characters as usize;
        next((1..=LONGEST_RELAYED_CHARS).contains(&characters), "no message of a length that is taken")?;
        next(!self.clients.contains(&relayed.client), "a message that was taken before")
    }

    pub(super) fn span_may_follow(&self, spanned: &Spanned) -> Result<(), NotNext> {
        self.must_be_relayed()?;
        next(spanned.number == self.spans + 1, "not the next step that is told")?;
        next(spanned.number <= MOST_SPANS, "one step more than are told")?;
        next(!self.clients.contains(&spanned.span), "a step that was told before")
    }
}

fn next(holds: bool, what: &'static str) -> Result<(), NotNext> {
    if holds { Ok(()) } else { Err(NotNext::OutOfTurn(what)) }
}
