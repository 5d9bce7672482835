//! What the views answer with. Texts stand as they were stored: whoever draws them shows hidden characters as code
//! points. Whatever was said or named is absent once erased.

use countersign_domain::action::Choice;
use countersign_domain::conversation::{Assurance, EscalationReason, ModelCalled, Relayed, Spanned, WhisperScope};
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::money::Money;
use countersign_domain::person::Role;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::EffectClass;
use serde::{Deserialize, Serialize};

/// An answer and the log position up to which it is folded (exclusive: the number of events in it).
#[derive(Debug, Clone, PartialEq)]
pub struct AsOf<T> {
    /// The events folded.
    pub as_of: u64,
    /// The answer.
    pub value: T,
}

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// Asked, not yet judged.
    Proposed,
    /// Rules let it run; not yet started.
    Allowed,
    /// Waits for people.
    Held,
    /// Rules forbid it.
    Denied,
    /// Signed by all that it needs; not yet started.
    Approved,
    /// The same, and it can still be taken back before it starts.
    Waiting,
    /// A person refused.
    Rejected,
    /// Nobody decided in time. Not a person's no.
    Expired,
    /// Taken back.
    Withdrawn,
    /// Replaced.
    Superseded,
    /// The tool is being called.
    Started,
    /// Done.
    Succeeded,
    /// Did not happen.
    Failed,
    /// May have happened.
    Unknown,
    /// Unknown before; it happened.
    SettledHappened,
    /// Unknown before; it did not happen.
    SettledDidNotHappen,
    /// Unknown before; it happened and was made good.
    SettledCompensated,
}

/// A held action that is put off.
#[derive(Debug, Clone, PartialEq)]
pub struct Snoozed {
    /// When it comes back by itself.
    pub until: Timestamp,
    /// Who put it off, by name as far as known.
    pub by: Option<String>,
}

/// A held action that was handed to somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Delegated {
    /// Whose it is to decide.
    pub to: PersonId,
    /// Their name as far as known.
    pub name: Option<String>,
    /// Who handed it over.
    pub by: Option<PersonId>,
    /// Their name as far as known.
    pub by_name: Option<String>,
    /// Set where whose it is said that they are away.
    pub away: Option<Away>,
}

/// Until when somebody is away. The time may have passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Away {
    /// When they are back by themself.
    pub until: Timestamp,
    /// Who stands in for them.
    pub deputy: Option<Deputy>,
}

/// Who stands in for somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Deputy {
    /// Who.
    pub person: PersonId,
    /// Their name as far as known.
    pub name: Option<String>,
    /// Until when they are away themself. The time may have passed.
    pub away_until: Option<Timestamp>,
}

/// One action in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionRow {
    /// The action.
    pub action: ActionId,
    /// The position of its proposal.
    pub position: u64,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Where people see it: its conversation, or the one that an agent relays and that it belongs to.
    pub seen_in: ConversationId,
    /// The conversation's channel.
    pub channel: String,
    /// The agent that asks; where a person asks, their id.
    pub agent: String,
    /// The person who asks in its place.
    pub asker: Option<PersonId>,
    /// The person whose whisper led to it.
    pub whisperer: Option<PersonId>,
    /// The name of who asks as far as known.
    pub asked_by: Option<String>,
    /// `server.tool`.
    pub tool: String,
    /// What it does to the world.
    pub effect: EffectClass,
    /// One word, from the tool's label; else the tool's own name.
    pub noun: String,
    /// Verb, amount, to whom, for what: from the tool's label, if all of it is known.
    pub headline: Option<String>,
    /// The amount in force.
    pub money: Option<Money>,
    /// The customer's name as far as known.
    pub customer: Option<String>,
    /// Whether its customer is erased: what was said and named is gone for good.
    pub erased: bool,
    /// The object, such as "order 1042".
    pub object: Option<String>,
    /// Where it stands.
    pub state: ActionState,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// When it expires, while held; when it starts, while it can be taken back.
    pub deadline: Option<Timestamp>,
    /// Until when it is put off, and by whom, while held. It may be back by now.
    pub snoozed: Option<Snoozed>,
    /// Whose it is to decide, while held, where it was delegated.
    pub delegated: Option<Delegated>,
    /// When the last thing happened to it.
    pub changed_at: Timestamp,
    /// How many signatures the hold in force asks for; 0 where it was never held.
    pub needed: u8,
    /// How many contradictions there were between words, arguments and facts when it came to wait.
    pub contradictions: u32,
    /// Who signed the digest in force, or refused, in order.
    pub signers: Vec<Signer>,
    /// A short plain remark: the rule that holds it, a person's words, why it failed.
    pub remark: Option<String>,
    /// Milliseconds from start to outcome.
    pub took_ms: Option<i64>,
}

/// A person's decision on an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: Option<String>,
    /// What they decided.
    pub choice: Choice,
    /// When it was stored.
    pub at: Timestamp,
}

/// The Approvals lists, all as of one position.
#[derive(Debug, Clone, PartialEq)]
pub struct Approvals {
    /// Held, nearest deadline first.
    pub held: Vec<ActionRow>,
    /// Approved, and can still be taken back: the next to start first.
    pub waiting: Vec<ActionRow>,
    /// Outcomes that nobody knows, the longest open first.
    pub unknown: Vec<ActionRow>,
    /// Decided or ended, newest first: what was ever held, and effects that rules allowed or denied; no mere reads.
    pub decided: Vec<ActionRow>,
}

/// What a conversation waits for, the most urgent first. An ended one is unknown or held while an action of it is,
/// and closed otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// An outcome is unknown.
    Unknown,
    /// An escalation was noted.
    Escalated,
    /// An action is held.
    Held,
    /// A person has the word.
    Person,
    /// A message waits for the agent.
    Agent,
    /// The customer has the word.
    Customer,
    /// Ended.
    Closed,
}

/// One conversation in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationRow {
    /// Its id.
    pub conversation: ConversationId,
    /// How it came, such as `chat`.
    pub channel: String,
    /// The agent that last had the word in it, or whose it is.
    pub agent: Option<String>,
    /// The customer's name as far as known.
    pub customer: Option<String>,
    /// Whether its customer is erased: what was said and named is gone for good.
    pub erased: bool,
    /// How sure we are who the customer is.
    pub assurance: Assurance,
    /// The class of intent last recognised, such as `refund`.
    pub intent: Option<String>,
    /// What it waits for.
    pub state: ConversationState,
    /// The person who has the word.
    pub taken_by: Option<PersonId>,
    /// Their name; absent once erased.
    pub taken_by_name: Option<String>,
    /// Why a person is asked for, until one was there and handed it back.
    pub escalation: Option<Escalation>,
    /// What people have promised the customer and nobody has kept.
    pub promise: Option<OpenPromise>,
    /// What is held, else the last words; absent if erased or nothing was said.
    pub line: Option<String>,
    /// The nearest deadline of its held actions.
    pub deadline: Option<Timestamp>,
    /// When the oldest unanswered message, or else the last event, was stored.
    pub since: Timestamp,
}

/// A person is asked for in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escalation {
    /// Why, the first time since somebody was there.
    pub reason: EscalationReason,
    /// When that was noted.
    pub at: Timestamp,
    /// Whether a person has written to the customer since.
    pub answered: bool,
}

/// Promises that nobody has kept yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPromise {
    /// The words of the one that is due first; absent once erased.
    pub text: Option<String>,
    /// Until when it is to be kept, if that was said.
    pub due: Option<Timestamp>,
    /// How many there are.
    pub open: u32,
}

/// One promise of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseRow {
    /// Its number in the conversation, from 1.
    pub number: u32,
    /// The name of whoever made it; absent once erased.
    pub person: Option<String>,
    /// The words; absent once erased.
    pub text: Option<String>,
    /// Until when it is to be kept, if that was said.
    pub due: Option<Timestamp>,
    /// When it was said to be kept.
    pub kept_at: Option<Timestamp>,
    /// The name of whoever said so; absent once erased.
    pub kept_by: Option<String>,
}

/// One conversation, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// The row.
    pub row: ConversationRow,
    /// What happened, oldest first; the newest [`crate::MOST_ENTRIES`] if there is more.
    pub entries: Vec<TranscriptEntry>,
    /// What people promised in it, in order.
    pub promises: Vec<PromiseRow>,
    /// Facts of its turns.
    pub facts: Facts,
    /// The conversation that it belongs to, where it holds the call of an agent that relays that.
    pub within: Option<ConversationId>,
}

/// Facts of a conversation, all from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When it began.
    pub opened_at: Timestamp,
    /// Milliseconds from the first message to the first segment of an answer.
    pub first_reply_ms: Option<i64>,
    /// Turns that the agent took.
    pub turns: u32,
    /// What reasoned last, such as `playbook refund 1`.
    pub reasoner: Option<String>,
    /// What its turns cost; absent before the first.
    pub cost: Option<Cost>,
}

/// A cost, finer than money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Millionths of the currency's unit.
    pub micros: u64,
    /// ISO 4217.
    pub currency: String,
}

/// One entry of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct TranscriptEntry {
    /// Its log position: stable key and order.
    pub position: u64,
    /// When it was stored.
    pub at: Timestamp,
    /// What it is.
    pub entry: Entry,
}

/// What became of a whisper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhisperRow {
    /// How long it counts.
    pub scope: WhisperScope,
    /// Whether the agent followed it.
    pub heard: Heard,
    /// How, or why not, as the agent says; absent before, and once erased.
    pub note: Option<String>,
}

/// Whether an agent followed a whisper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It has said nothing yet.
    NotYet,
    /// It says that it did.
    Followed,
    /// It says that it did not.
    NotFollowed,
    /// A person took the word, or it ended, before the agent said anything.
    Never,
}

/// What a transcript entry is.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A customer's message.
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
    /// An action, where it was proposed and as it stands now.
    Action(Box<ActionRow>),
    /// What an external agent says was said in a conversation of its own.
    Relayed {
        /// The agent.
        agent: String,
        /// The words, masked as stored; absent once erased.
        text: Option<String>,
        /// Who is said to have spoken, when, and how it was told.
        told: Relayed,
    },
    /// A step that an external agent says it took there.
    Step {
        /// The model or the tool, as the agent calls it; absent if it said none, or once erased.
        name: Option<String>,
        /// Its facts.
        step: Spanned,
    },
    /// A call of a language model by our agent.
    ModelCall {
        /// Its facts.
        call: ModelCalled,
    },
    /// An escalation was noted.
    Escalated {
        /// Its reason in plain words.
        reason: String,
        /// What the agent, or whoever pulled it, noted for a person; absent if nothing was noted, or once erased.
        note: Option<String>,
        /// Who pulled it, where a person did.
        pulled_by: Option<PersonId>,
        /// Their name; absent once erased.
        pulled_by_name: Option<String>,
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
    /// A person whispered to the agent; the customer never saw it.
    Whispered {
        /// Their name; absent once erased.
        person: Option<String>,
        /// The words, masked as stored; absent once erased.
        text: Option<String>,
        /// What became of it.
        whisper: WhisperRow,
    },
    /// A person promised something: see [`Transcript::promises`].
    Promised {
        /// Its number.
        number: u32,
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

/// A person of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: Option<String>,
    /// What they may do.
    pub roles: Vec<Role>,
}
