//! What happens in a conversation. Open parts only; words and names are sealed beside them.

use super::model::{AskedIn, ModelCalled};
use super::relayed::{Relayed, Spanned};
use super::whisper::{WhisperReceipted, Whispered};
use crate::event::Event;
use crate::ids::{ActionId, ConversationId, PersonId};
use crate::time::Timestamp;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// How sure we are who the customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Nobody said anything.
    Anonymous,
    /// The customer said a name.
    Claimed,
    /// A signed token of the embedding site named the customer, or a code that went to their address signed them in.
    Verified,
}

impl Assurance {
    /// The word for it in rules and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Claimed => "claimed",
            Self::Verified => "verified",
        }
    }
}

/// The class of intent of a turn that recognised nothing.
pub const UNCLEAR_INTENT: &str = "unclear";
/// The currency in which costs are reported, ISO 4217.
pub const REPORTING_CURRENCY: &str = "EUR";
/// The channel of what external agents call for.
pub const CALL_CHANNEL: &str = "mcp";
/// The channel of what external agents say in conversations of their own, as they relay it.
pub const EXTERNAL_CHANNEL: &str = "external";

/// An event of a conversation's stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum ConversationEvent {
    /// It begins. Sealed: `name`, `subject` (the embedding site's id of the customer).
    #[serde(rename = "conversation.opened")]
    Opened(Opened),
    /// The customer asked to be signed in by a code to an e-mail address. What is stored is the leave to ask whose the
    /// address is. Sealed: `address`.
    #[serde(rename = "conversation.sign_in_asked")]
    SignInAsked {
        /// How often they have asked, from 1. Each takes the place of the one before.
        number: u32,
    },
    /// Nothing came of what they asked for last.
    #[serde(rename = "conversation.sign_in_failed")]
    SignInFailed {
        /// Which asking.
        number: u32,
        /// Why. The customer is not told: it would tell who is a customer.
        reason: SignInFailure,
    },
    /// From here on it is verified who the customer is. Sealed: `subject` (the shop's id of the customer), `name`,
    /// `address` (where the proof went).
    #[serde(rename = "conversation.signed_in")]
    SignedIn(SignedIn),
    /// A customer's message, card numbers masked. Sealed: `text`.
    #[serde(rename = "conversation.received")]
    Received(Received),
    /// The agent proposed an action, or the person who has the word, in the same append as the proposal.
    #[serde(rename = "conversation.proposed")]
    Proposed {
        /// The action.
        action: ActionId,
        /// `server.tool`.
        tool: String,
        /// The person who proposed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// Their desk's own id of it, pseudonymous: the same one again is the same proposal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<String>,
        /// By which call of a model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked_in: Option<AskedIn>,
    },
    /// A call of a language model ended. Sealed: `answer`, or `why` there is none.
    #[serde(rename = "conversation.model_called")]
    ModelCalled(ModelCalled),
    /// A segment of a reply: proposal, verdict and start of a `channel.reply` in one. In chat its append is its
    /// execution. Sealed: `text`, `salt`.
    #[serde(rename = "conversation.replied")]
    Replied(Replied),
    /// A reply of the person who has the word: proposal, verdict and start of a `channel.reply` in one, like a segment.
    /// Sealed: `text`, `salt`.
    #[serde(rename = "conversation.answered")]
    Answered(Answered),
    /// An agent's turn ended: the facts that cannot be made up later.
    #[serde(rename = "conversation.turned")]
    Turned(Turned),
    /// A person is asked for. Sealed: `note`.
    #[serde(rename = "conversation.escalated")]
    Escalated {
        /// Why.
        reason: EscalationReason,
        /// Who pulled it and from which action, where a person did and no agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pulled: Option<Pulled>,
    },
    /// A person has the word from here on: no agent says or starts anything.
    #[serde(rename = "conversation.taken_over")]
    TakenOver {
        /// Who.
        by: PersonId,
    },
    /// The agent has the word again.
    #[serde(rename = "conversation.handed_back")]
    HandedBack {
        /// Who had it.
        by: PersonId,
    },
    /// A promise that whoever has the word made to the customer. Sealed: `text`.
    #[serde(rename = "conversation.promised")]
    Promised(Promised),
    /// A promise was kept.
    #[serde(rename = "conversation.promise_kept")]
    PromiseKept {
        /// Its number.
        number: u32,
        /// Who says so.
        by: PersonId,
    },
    /// The person who has the word ended it. Sealed: `note`.
    #[serde(rename = "conversation.resolved")]
    Resolved {
        /// Who.
        by: PersonId,
        /// What came of it.
        code: ResolutionCode,
    },
    /// A person whispered to the agent that has the word; the customer never reads it. Sealed: `text`.
    #[serde(rename = "conversation.whispered")]
    Whispered(Whispered),
    /// The agent says what it made of a whisper, in the append of what it does by it. Sealed: `note`.
    #[serde(rename = "conversation.whisper_receipted")]
    WhisperReceipted(WhisperReceipted),
    /// It ended, and no person ended it.
    #[serde(rename = "conversation.closed")]
    Closed {
        /// Why.
        reason: CloseReason,
    },
    /// The customer wrote to it after it had ended; their message follows in the same append.
    #[serde(rename = "conversation.reopened")]
    Reopened {
        /// How often it was, from 1.
        number: u32,
    },
    /// An external agent relays what was said in a conversation of its own: its word, which nobody here has heard.
    /// Sealed: `text`.
    #[serde(rename = "conversation.relayed")]
    Relayed(Relayed),
    /// An external agent tells of a step that it took in a conversation of its own: a call of a model or of a tool.
    /// Sealed: `provider`, `model`, `tool`.
    #[serde(rename = "conversation.spanned")]
    Spanned(Spanned),
    /// After it had ended the customer said how satisfied they were.
    #[serde(rename = "conversation.rated")]
    Rated {
        /// From 1, not at all, to 5.
        score: u8,
    },
}

impl Event for ConversationEvent {}

/// The beginning of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Its id.
    pub conversation: ConversationId,
    /// `chat`, [`CALL_CHANNEL`] or [`EXTERNAL_CHANNEL`].
    pub channel: String,
    /// How sure we are who the customer is.
    pub assurance: Assurance,
    /// The customer, pseudonymous (HMAC under the station's index key), where verified.
    pub customer: Option<String>,
    /// SHA-256 of the secret that resumes it, hexadecimal; empty where nothing does.
    pub resume: String,
    /// The external agent whose call it holds, or who relays it: nobody writes in it, and no other agent is at work in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// By which names of its own the agent says that a call belongs to a conversation, pseudonymous: see
    /// [`crate::alias`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub belongs_to: Vec<String>,
}

/// A customer who was signed in while they wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Which asking it answers.
    pub number: u32,
    /// How they proved who they are.
    pub by: SignInProof,
    /// The customer, pseudonymous (HMAC under the station's index key).
    pub customer: String,
}

/// How a customer proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInProof {
    /// They knew the code that went to the e-mail address that the shop has of them.
    MailedCode,
}

/// Why a customer was not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInFailure {
    /// The address is no customer's.
    UnknownAddress,
    /// Whose it is could not be found out.
    NotLookedUp,
    /// The code could not be sent.
    NotSent,
    /// As many wrong codes were tried as may be.
    WrongCodes,
}

impl SignInFailure {
    /// The reason in plain words, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::UnknownAddress => "The address is no customer's",
            Self::NotLookedUp => "Whose address it is could not be found out",
            Self::NotSent => "The code could not be sent",
            Self::WrongCodes => "Too many wrong codes were tried",
        }
    }
}

/// A customer's message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// Its number among the customer's messages, from 1.
    pub number: u32,
    /// Its length in characters.
    pub characters: u32,
    /// How many card numbers were masked in it.
    pub masked: u32,
    /// The client's own id of it, pseudonymous (HMAC): the same message sent again is stored once.
    pub client: Option<String>,
}

/// A segment of an agent's reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replied {
    /// The reply action's id.
    pub action: ActionId,
    /// The agent's name.
    pub agent: String,
    /// The turn that it belongs to, from 1.
    pub turn: u32,
    /// Its number in the turn, from 1.
    pub segment: u32,
    /// Digest of the `channel.reply` action, hexadecimal.
    pub digest: String,
    /// What policy said.
    pub verdict: Verdict,
    /// Effects that it claims: actions that succeeded.
    pub claims: Vec<ActionId>,
}

/// A person's reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The reply action's id.
    pub action: ActionId,
    /// Who wrote it.
    pub by: PersonId,
    /// Its number among people's replies in the conversation, from 1.
    pub number: u32,
    /// Its length in characters.
    pub characters: u32,
    /// How many card numbers were masked in it.
    pub masked: u32,
    /// The customer's messages, by number, up to which it answers: those that the person had on screen.
    pub answered: u32,
    /// The desk's own id of it, pseudonymous (HMAC): the same reply sent again is stored once.
    pub client: Option<String>,
    /// Digest of the `channel.reply` action, hexadecimal.
    pub digest: String,
    /// What policy said.
    pub verdict: Verdict,
}

/// Something that a person promised a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promised {
    /// Its number in the conversation, from 1.
    pub number: u32,
    /// Who made it.
    pub by: PersonId,
    /// Until when it is to be kept, if that was said.
    pub due: Option<Timestamp>,
}

/// What reasoned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasoner {
    /// `playbook` or `model`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl std::fmt::Display for Reasoner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.kind, self.name, self.version)
    }
}

/// The facts of one agent's turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turned {
    /// Its number, from 1.
    pub turn: u32,
    /// The class of intent, such as `refund`, or [`UNCLEAR_INTENT`].
    pub intent: String,
    /// How sure the match is, in thousandths.
    pub confidence_permille: u32,
    /// When the customer's message that it answers was stored; absent for a turn that an outcome began.
    pub received_at: Option<Timestamp>,
    /// When its first segment was stored; absent if it said nothing.
    pub first_segment_at: Option<Timestamp>,
    /// When its last segment was stored.
    pub last_segment_at: Option<Timestamp>,
    /// What reasoned.
    pub reasoner: Reasoner,
    /// Tokens in, of all calls of models since the turn before; 0 for a playbook.
    pub tokens_in: u64,
    /// Tokens out; 0 for a playbook.
    pub tokens_out: u64,
    /// Cost in millionths of the reporting currency's unit; 0 for a playbook.
    pub cost_micros: u64,
    /// The reporting currency, ISO 4217.
    pub currency: String,
    /// The messages, by number, up to which it has answered.
    pub answered: u32,
    /// The actions whose end it has told the customer.
    pub told: Vec<ActionId>,
}

/// A person who looked at a held action and called for a colleague in its conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    /// Who.
    pub by: PersonId,
    /// What they looked at. It stays held.
    pub action: ActionId,
}

/// Why a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationReason {
    /// A person was asked for: by the customer, or by a colleague who whispered it. The note says by whom.
    AskedForPerson,
    /// The agent could not tell what is wanted.
    LowConfidence,
    /// The same question had to be asked twice.
    SameQuestionTwice,
    /// A tool failed twice.
    ToolFailedTwice,
    /// A rule denied it.
    Denied,
    /// Nobody decided in time.
    ApprovalExpired,
    /// An outcome is unknown.
    OutcomeUnknown,
    /// Whoever looked at a held action called for a colleague in its conversation.
    PulledBySupervisor,
    /// What it would take of models could have cost more than may be spent.
    Budget,
}

impl EscalationReason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AskedForPerson,
        Self::LowConfidence,
        Self::SameQuestionTwice,
        Self::ToolFailedTwice,
        Self::Denied,
        Self::ApprovalExpired,
        Self::OutcomeUnknown,
        Self::PulledBySupervisor,
        Self::Budget,
    ];

    /// The reason in plain words, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::AskedForPerson => "Asked for a person",
            Self::LowConfidence => "The agent could not tell what is wanted",
            Self::SameQuestionTwice => "The same question had to be asked twice",
            Self::ToolFailedTwice => "A tool failed twice",
            Self::Denied => "A rule denied what was asked for",
            Self::ApprovalExpired => "Nobody decided in time",
            Self::OutcomeUnknown => "An outcome is unknown",
            Self::PulledBySupervisor => "Pulled by a supervisor",
            Self::Budget => "It could have cost more than may be spent",
        }
    }
}

/// Why a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The customer said that it is done.
    CustomerDone,
    /// Nothing came for long.
    Idle,
    /// The customer is erased, and with them what was said.
    Erased,
    /// What an external agent had called for has come to its end.
    CallEnded,
    /// The external agent that relayed it says that it is over.
    AgentDone,
}

/// What came of a conversation that a person ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolutionCode {
    /// What was asked for was done, or the question was answered.
    Solved,
    /// The customer got money, a voucher or a replacement.
    Compensated,
    /// It could not, or must not, be done, and the customer was told.
    Declined,
    /// Somebody else sees to it; the customer was told who.
    PassedOn,
    /// The customer did not answer any more.
    NoAnswer,
    /// Nothing was wanted, or nothing honest.
    NoRequest,
}

impl ResolutionCode {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Solved, Self::Compensated, Self::Declined, Self::PassedOn, Self::NoAnswer, Self::NoRequest];

    /// The code in plain words, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Solved => "Solved",
            Self::Compensated => "Compensated",
            Self::Declined => "Declined, and told why",
            Self::PassedOn => "Passed on to somebody else",
            Self::NoAnswer => "The customer did not answer",
            Self::NoRequest => "Nothing was asked for",
        }
    }
}
