//! What happens to an action. Open parts only: arguments, evidence, cards and words are sealed beside them, under the
//! names that each variant gives.

use super::decision::DecisionStatement;
use super::standing::Standing;
use crate::event::Event;
use crate::ids::{ActionId, ConversationId, PersonId};
use crate::money::Money;
use crate::person::KeyKind;
use crate::time::Timestamp;
use crate::tool::EffectClass;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// An event of an action's stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum ActionEvent {
    /// An agent asks, or a person who has the word. Sealed: `arguments`, `salt`, `claim`, `provenance`, `definition` (the whole pinned definition).
    #[serde(rename = "action.proposed")]
    Proposed(Proposed),
    /// Rules let it run. Sealed: `evidence`.
    #[serde(rename = "action.allowed")]
    Allowed(Judged),
    /// Rules ask for people. Sealed: `evidence`.
    #[serde(rename = "action.held")]
    Held(Held),
    /// Rules forbid it. Sealed: `evidence`.
    #[serde(rename = "action.denied")]
    Denied(Judged),
    /// A person signed it as it stands. Sealed: `card`.
    #[serde(rename = "action.approved")]
    Approved(Decided),
    /// The last signature is there, and a rule gives time to take it back before it starts.
    #[serde(rename = "action.waiting")]
    Waiting {
        /// By the station's clock.
        at: Timestamp,
        /// It does not start before.
        until: Timestamp,
    },
    /// A person signed other arguments. Sealed: `card`, `arguments`, `salt`, `words`, `changes`.
    #[serde(rename = "action.overridden")]
    Overridden(Decided),
    /// A person refused it. Sealed: `card`, `words`.
    #[serde(rename = "action.rejected")]
    Rejected(Decided),
    /// Its deadline passed. Nothing ran, and nobody said no.
    #[serde(rename = "action.expired")]
    Expired {
        /// The deadline that passed.
        deadline: Timestamp,
    },
    /// Taken back before a decision.
    #[serde(rename = "action.withdrawn")]
    Withdrawn {
        /// A code: `conversation_closed`, `requester`, `takeover`, `erasure`, `restore`.
        reason: String,
    },
    /// A later action took its place.
    #[serde(rename = "action.superseded")]
    Superseded {
        /// The later one.
        by: ActionId,
    },
    /// Its deadline moved: a stop froze it ([`STOP`]), or a person asked for more time ([`PERSON`]).
    #[serde(rename = "action.deadline_moved")]
    DeadlineMoved {
        /// The new deadline.
        deadline: Timestamp,
        /// A code: `stop`, `person`.
        reason: String,
    },
    /// Put off until then: nobody is told of it before, and it can be decided all the same. Absent: it is brought back.
    #[serde(rename = "action.snoozed")]
    Snoozed {
        /// When it comes back by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// A person hands it to somebody who may decide it, or takes it upon themself. Whoever else may decide still may.
    /// Absent: it is everybody's again.
    #[serde(rename = "action.delegated")]
    Delegated {
        /// Who is to decide it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<PersonId>,
    },
    /// What was signed does not hold any more; it waits again. Sealed: `evidence`.
    #[serde(rename = "action.voided")]
    Voided {
        /// Why.
        reason: VoidReason,
        /// How it is held now.
        held: Held,
    },
    /// The tool is about to be called. Nothing was sent before this was stored.
    #[serde(rename = "action.started")]
    Started(Started),
    /// The tool did it. Sealed: `result`, or `withheld`: a result that the agent is not told, for it is about somebody
    /// else than the conversation's verified customer.
    #[serde(rename = "action.succeeded")]
    Succeeded {
        /// Milliseconds from start to answer.
        took_ms: i64,
        /// Whom the result is about, pseudonymous (HMAC under the station's index key), where the tool says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    /// It did not happen. Sealed: `message`.
    #[serde(rename = "action.failed")]
    Failed {
        /// A code: `tool_error`, `unavailable`, `definition_changed`.
        code: String,
        /// Milliseconds from start to answer.
        took_ms: i64,
    },
    /// It may have happened. It is not tried again. Sealed: `message`.
    #[serde(rename = "action.unknown")]
    Unknown {
        /// A code: `timeout`, `connection_lost`, `restart`; or [`RESTORED`], behind a restore only, of whatever was open.
        code: String,
    },
    /// An unknown outcome became known. Sealed: `result`.
    #[serde(rename = "action.settled")]
    Settled {
        /// What is known now.
        how: SettledHow,
        /// A code: `probe`; people settle with the issue on reconciliation.
        by: String,
    },
}

impl Event for ActionEvent {}

impl ActionEvent {
    /// Whom the action is about, pseudonymous, as far as this event knows.
    pub fn subject(&self) -> Option<&str> {
        let standing = match self {
            Self::Allowed(judged) | Self::Denied(judged) => &judged.standing,
            Self::Held(held) | Self::Voided { held, .. } => &held.standing,
            Self::Approved(decided) | Self::Overridden(decided) | Self::Rejected(decided) => &decided.standing,
            Self::Succeeded { subject, .. } => return subject.as_deref(),
            _ => return None,
        };
        standing.subject.as_deref()
    }
}

/// The code of a deadline that moved because everything was stopped.
pub const STOP: &str = "stop";
/// The code of a deadline that a person moved.
pub const PERSON: &str = "person";
/// How often people give an action more time while it is held once.
pub const MOST_MORE_TIME: u8 = 3;
/// So long before its deadline, at least, what was put off is back, in seconds.
pub const BACK_BEFORE_SECONDS: i64 = 60;

/// The code of an action that was open in a backup: what became of it behind the backup, the restored log cannot know.
pub const RESTORED: &str = "restore";

/// A proposal: an agent's, or a person's who has the word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed {
    /// The action; also the idempotency key.
    pub action: ActionId,
    /// The conversation that it comes from, whose key seals it.
    pub conversation: ConversationId,
    /// The agent's name; where a person proposes, their id.
    pub agent: String,
    /// The person who proposes it in the agent's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// The whisper that it is proposed by: then nobody may say that the customer asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whisper: Option<WhisperedFor>,
    /// `server.tool`.
    pub tool: String,
    /// The server.
    pub server: String,
    /// Hash of the pinned definition, hexadecimal.
    pub definition: String,
    /// What it does to the world.
    pub effect: EffectClass,
    /// Its digest, hexadecimal.
    pub digest: String,
    /// The money argument.
    pub money: Option<Money>,
    /// The object, pseudonymous (HMAC), where the tool names one.
    pub object: Option<String>,
    /// By the station's clock.
    pub at: Timestamp,
}

/// The whisper behind a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhisperedFor {
    /// Its number in the conversation.
    pub number: u32,
    /// Who whispered: they do not decide on it.
    pub by: PersonId,
}

/// A verdict that needs no person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The digest that was judged, hexadecimal.
    pub digest: String,
    /// What policy says.
    pub verdict: Verdict,
    /// How reading evidence went.
    pub evidence: Evidence,
    /// How limits stood, and what was reserved.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub standing: Standing,
}

/// A verdict that asks for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The digest that was judged, hexadecimal.
    pub digest: String,
    /// What policy says.
    pub verdict: Verdict,
    /// When it expires.
    pub deadline: Timestamp,
    /// How reading evidence went.
    pub evidence: Evidence,
    /// How limits stood, and what was reserved.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub standing: Standing,
}

/// How reading evidence went; what was read is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Evidence {
    /// The tool's settings name none.
    None,
    /// Read.
    Read {
        /// When.
        at: Timestamp,
    },
    /// It failed or timed out: a code.
    Failed {
        /// `tool_error`, `unavailable`, `timeout`, `not_a_read`, `missing_fact`.
        code: String,
    },
}

/// A person's decision with its countersignature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// What was signed.
    pub statement: DecisionStatement,
    /// Ed25519 over the statement's canonical bytes, hexadecimal.
    pub signature: String,
    /// Where the key is held: a policy may ask for a device's.
    pub signed_by: KeyKind,
    /// How long the card was on screen, in milliseconds.
    pub looked_ms: u64,
    /// The amount as decided.
    pub money: Option<Money>,
    /// What policy says of the decided arguments, the person counted as co-author.
    pub verdict: Option<Verdict>,
    /// How limits stood, and what was reserved.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub standing: Standing,
}

/// A start: from here on it may have happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// What runs, hexadecimal.
    pub digest: String,
    /// The position of the decision or verdict that permits it; absent where that stands in this same append.
    pub permitted_at: Option<u64>,
    /// The version of the rules that were in force when it was looked at once more right before this; absent where the
    /// verdict stands in this same append.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<String>,
    /// By the station's clock.
    pub at: Timestamp,
}

/// Why a signed action waits again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// A fact that counts is different now.
    EvidenceChanged,
    /// It was decided under an older policy, and the present one asks for more.
    PolicyChanged,
    /// Something else was let through meanwhile, and beside it the rules ask for more.
    LimitReached,
    /// Somebody who had signed it has left the staff.
    SignerLeft,
    /// The customer has signed in since, and for whoever that is the rules ask for more.
    CustomerSignedIn,
    /// A person took it back before it started.
    Undone,
}

/// What became of an unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledHow {
    /// It happened.
    Happened,
    /// It did not, and its key can never be used again.
    DidNotHappen,
    /// It happened and was made good.
    Compensated,
}

impl Decided {
    /// Who decided.
    pub fn person(&self) -> &PersonId {
        &self.statement.person
    }
}
