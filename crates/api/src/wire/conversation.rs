//! Conversations and their transcripts.

use crate::wire::queue::ActionRow;
use countersign_domain::conversation::{ModelStep, SpanOperation, Speaker};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a desk wants to see of the floor. What is empty or absent wants everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export_to = "wire.ts", optional_fields = nullable)]
pub struct FloorSearch {
    /// What they wait for.
    #[ts(as = "Option<Vec<ConversationState>>")]
    pub states: Vec<ConversationState>,
    /// What they are about.
    pub intent: Option<String>,
    /// How they came.
    pub channel: Option<String>,
    /// The agent that last spoke in them.
    pub agent: Option<String>,
    /// The team whose they are.
    pub team: Option<String>,
    /// So many, 200 where it is absent, 10,000 at most.
    pub first: Option<u32>,
    /// Those that are told too, wanted or not: somebody has them before their eyes.
    #[ts(as = "Option<Vec<String>>")]
    pub besides: Vec<String>,
}

/// So many live conversations of a floor wait for the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct FoundOnFloor {
    /// What they wait for.
    pub state: ConversationState,
    /// How many.
    pub count: u32,
}

/// The answer to `conversations`: the most urgent live ones that are wanted, then those that ended lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ConversationsView {
    /// The log position up to which this is folded.
    #[ts(type = "number")]
    pub as_of: u64,
    /// How many live at all.
    pub live: u32,
    /// How many of them need a person.
    pub needing: u32,
    /// How many live ones are wanted, by what they wait for; `rows` may hold fewer.
    pub found: Vec<FoundOnFloor>,
    /// Intents of live ones.
    pub intents: Vec<String>,
    /// Channels of live ones.
    pub channels: Vec<String>,
    /// Agents of live ones.
    pub agents: Vec<String>,
    /// Teams of live ones.
    pub teams: Vec<String>,
    /// The rows.
    pub rows: Vec<ConversationRow>,
    /// Of those that were to be told besides, the ones that are not in `rows`.
    pub besides: Vec<ConversationRow>,
}

/// The answer to `escalations`: live conversations in which a person is asked for. Those that nobody has answered first,
/// by when they are due; then the others; then, by when it is due, those in which something promised is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct EscalationsView {
    /// The log position up to which this is folded.
    #[ts(type = "number")]
    pub as_of: u64,
    /// The rows.
    pub rows: Vec<ConversationRow>,
}

/// One conversation in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ConversationRow {
    /// Its id.
    pub conversation: String,
    /// `chat`; `mcp` for the call of an agent of others, `external` for what one relays.
    pub channel: String,
    /// The agent that last had the word in it, or whose it is.
    pub agent: Option<String>,
    /// The customer's name as far as known; absent if erased or never said.
    pub customer: Option<String>,
    /// Whether the customer is erased: names, words and arguments are gone for good.
    pub erased: bool,
    /// `anonymous`, `claimed` or `verified`.
    pub assurance: String,
    /// What it is about, as far as recognised, such as "Refund".
    pub intent: Option<String>,
    /// Why it is listed where it is.
    pub state: ConversationState,
    /// Who has the word in the agent's place.
    pub taken_by: Option<TakenBy>,
    /// Why a person is asked for, until one was there and handed it back.
    pub escalation: Option<EscalationView>,
    /// What people have promised the customer and nobody has kept.
    pub promise: Option<OpenPromise>,
    /// One line: the last words, or what is held.
    pub line: String,
    /// Set while an action is held: its deadline.
    pub deadline: Option<String>,
    /// When the customer's oldest unanswered message, or else the last event, was stored.
    pub since: String,
}

/// The person who has the word in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct TakenBy {
    /// Who.
    pub person: String,
    /// Their name; absent once erased.
    pub name: Option<String>,
}

/// A person is asked for in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct EscalationView {
    /// Why, in plain words.
    pub reason: String,
    /// When that was noted.
    pub at: String,
    /// When a person answers the customer at the latest; absent once one has.
    pub due: Option<String>,
}

/// Promises that nobody has kept yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct OpenPromise {
    /// The words of the one that is due first; absent once erased.
    pub text: Option<String>,
    /// Until when it is to be kept, if that was said.
    pub due: Option<String>,
    /// How many there are.
    pub open: u32,
}

/// One promise of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PromiseRow {
    /// Its number in the conversation, from 1.
    pub number: u32,
    /// The name of whoever made it; absent once erased.
    pub person: Option<String>,
    /// The words; absent once erased.
    pub text: Option<String>,
    /// Until when it is to be kept, if that was said.
    pub due: Option<String>,
    /// When it was said to be kept.
    pub kept_at: Option<String>,
    /// The name of whoever said so; absent once erased.
    pub kept_by: Option<String>,
}

/// What can come of a conversation that a person ends, as it is offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ResolutionChoice {
    /// The code, for the command `resolve`.
    pub code: String,
    /// In plain words.
    pub words: String,
}

/// What a conversation waits for. Ordered by urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ConversationState {
    /// An outcome is unknown.
    Unknown,
    /// An escalation was noted.
    Escalated,
    /// An action is held.
    Held,
    /// A person has the word.
    Person,
    /// The agent works.
    Agent,
    /// The customer has the word.
    Customer,
    /// Ended.
    Closed,
}

/// The answer to `conversation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct TranscriptView {
    /// The log position up to which this is folded.
    #[ts(type = "number")]
    pub as_of: u64,
    /// The conversation.
    pub row: ConversationRow,
    /// Everything that happened, oldest first.
    pub entries: Vec<TranscriptEntry>,
    /// What people promised in it, in order.
    pub promises: Vec<PromiseRow>,
    /// What can come of it, in the order in which it is offered.
    pub resolutions: Vec<ResolutionChoice>,
    /// Facts of the agent's turns.
    pub facts: ConversationFacts,
    /// The conversation that it belongs to, where it holds a call of the agent that relays that.
    pub within: Option<String>,
    /// Why the person at this desk cannot take it over; absent if they can.
    pub may_not_take: Option<String>,
    /// Why they cannot whisper to its agent; absent if they can.
    pub may_not_whisper: Option<String>,
}

/// Facts of a conversation, all from the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ConversationFacts {
    /// When it began.
    pub opened_at: String,
    /// Milliseconds from the first message to the first segment of an answer.
    #[ts(type = "number | null")]
    pub first_reply_ms: Option<i64>,
    /// Turns that the agent took.
    pub turns: u32,
    /// What it reasons with, such as `playbook refund 1`.
    pub reasoner: Option<String>,
    /// What calls of language models cost so far, in millionths of the currency's unit. A playbook costs nothing.
    #[ts(type = "number")]
    pub cost_micros: u64,
    /// ISO 4217.
    pub currency: String,
}

/// One entry of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct TranscriptEntry {
    /// Its log position: stable key and order.
    #[ts(type = "number")]
    pub position: u64,
    /// When it was stored.
    pub at: String,
    /// What it is.
    pub entry: Entry,
}

/// How long a whisper counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum WhisperScope {
    /// For what the agent does next.
    NextReply,
    /// Until a person takes the conversation over, or it ends.
    Conversation,
}

/// Whether the agent followed a whisper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum WhisperHeard {
    /// It has said nothing yet.
    NotYet,
    /// It says that it did.
    Followed,
    /// It says that it did not.
    NotFollowed,
    /// A person took the word, or it ended, before the agent said anything.
    Never,
}

/// The answer to `whisper_preview`: the very words that the agent would read, and what it would make of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct WhisperPreview {
    /// The words, trimmed, card numbers masked.
    pub words: String,
    /// What it would go on with, such as "cancel"; absent if it could do nothing by them.
    pub would: Option<String>,
}

/// What a transcript entry is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Entry {
    /// A customer's message. `text` is absent once erased.
    Customer {
        /// The words, masked as stored.
        text: Option<String>,
        /// How many card numbers were masked in it.
        masked: u32,
    },
    /// A segment of the agent's reply.
    Agent {
        /// The agent's name.
        agent: String,
        /// The words.
        text: Option<String>,
    },
    /// A reply of the person who had the word.
    Person {
        /// Their name; absent once erased.
        person: Option<String>,
        /// The words.
        text: Option<String>,
    },
    /// An action and where it stands now; it is listed where it was proposed.
    Action {
        /// The row.
        row: Box<ActionRow>,
        /// What would be called, `server.tool`.
        tool: String,
        /// Headline, such as "Refund €129.00 to Ana Ruiz for order 1042".
        headline: Option<String>,
        /// `read`, `reversible` or `irreversible`.
        effect: String,
        /// Milliseconds from start to outcome.
        #[ts(type = "number | null")]
        took_ms: Option<i64>,
    },
    /// An escalation was noted.
    Escalated {
        /// Its reason in plain words.
        reason: String,
        /// What the agent, or whoever pulled it, noted for a person; absent if nothing was noted, or once erased.
        note: Option<String>,
        /// The person who pulled it, looking at a held action.
        pulled_by: Option<TakenBy>,
    },
    /// A person has the word from here on.
    TakenOver {
        /// Their name; absent once erased.
        person: Option<String>,
    },
    /// The agent has the word again.
    HandedBack {
        /// The name of the person who had it; absent once erased.
        person: Option<String>,
    },
    /// A person whispered to the agent. The customer never sees it.
    Whispered {
        /// Their name; absent once erased.
        person: Option<String>,
        /// The words, masked as stored; absent once erased.
        text: Option<String>,
        /// How long it counts.
        scope: WhisperScope,
        /// Whether the agent followed it.
        heard: WhisperHeard,
        /// How, or why not, as the agent says.
        note: Option<String>,
    },
    /// A person promised something: see `TranscriptView.promises`.
    Promised {
        /// Its number.
        number: u32,
    },
    /// What an agent of others says was said in a conversation that it has elsewhere.
    Relayed {
        /// The agent.
        agent: String,
        /// Who is said to have spoken.
        #[ts(type = "\"customer\" | \"agent\" | \"person\"")]
        speaker: Speaker,
        /// The words, masked as stored; absent once erased.
        text: Option<String>,
        /// How many card numbers were masked in it.
        masked: u32,
        /// When it was said, by the agent's clock, as far as told.
        said_at: Option<String>,
        /// Whether it was read from what a model was given or answered.
        from_span: bool,
    },
    /// A step that such an agent says it took there.
    Step {
        /// What it did.
        #[ts(type = "\"model\" | \"tool\" | \"agent\" | \"other\"")]
        operation: SpanOperation,
        /// The model or the tool, as the agent calls it.
        name: Option<String>,
        /// Tokens in, as far as told.
        #[ts(type = "number | null")]
        tokens_in: Option<u64>,
        /// Tokens out, as far as told.
        #[ts(type = "number | null")]
        tokens_out: Option<u64>,
        /// How long it took, in milliseconds.
        #[ts(type = "number")]
        took_ms: u64,
        /// Whether it failed.
        failed: bool,
    },
    /// A call of a language model by our agent.
    ModelCall {
        /// What it was asked for.
        #[ts(type = "\"classify\" | \"tool_step\" | \"reason\" | \"hardest\"")]
        step: ModelStep,
        /// The provider, as the operator named it.
        provider: String,
        /// The model.
        model: String,
        /// The prompt and its version.
        prompt: String,
        /// Whether it answered.
        answered: bool,
        /// How it ended, in plain words.
        end: String,
        /// Tokens in.
        #[ts(type = "number")]
        tokens_in: u64,
        /// Of these, how many came from the provider's cache.
        #[ts(type = "number")]
        tokens_cached: u64,
        /// Tokens out.
        #[ts(type = "number")]
        tokens_out: u64,
        /// Whether the provider counted them; else it is the most that it can have been.
        counted: bool,
        /// What it cost, in millionths of the currency's unit.
        #[ts(type = "number")]
        cost_micros: u64,
        /// ISO 4217.
        currency: String,
        /// How long it took, in milliseconds.
        #[ts(type = "number")]
        took_ms: u64,
    },
    /// A promise was kept.
    PromiseKept {
        /// Its number.
        number: u32,
    },
    /// The person who had the word ended it.
    Resolved {
        /// Their name; absent once erased.
        person: Option<String>,
        /// What came of it, in plain words.
        code: String,
        /// Their note; absent once erased.
        note: Option<String>,
    },
    /// It ended, and no person ended it.
    Closed {
        /// Why, in plain words.
        reason: String,
    },
    /// The customer took it up again.
    Reopened,
    /// The customer said how satisfied they were.
    Rated {
        /// From 1 to 5.
        score: u32,
    },
    /// The customer asked for a code that signs them in.
    SignInAsked {
        /// The e-mail address; absent once erased.
        address: Option<String>,
    },
    /// Nothing came of that.
    SignInFailed {
        /// Why, in plain words. The customer was not told.
        reason: String,
    },
    /// The customer is known from here on.
    SignedIn {
        /// Their name, as the shop has it; absent if it has none, or once erased.
        name: Option<String>,
    },
}
