//! What happens to a change: its stream.

use super::kind::Change;
use super::statement::ChangeStatement;
use crate::event::Event;
use crate::ids::{ChangeId, PersonId};
use crate::person::KeyKind;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An event of a change's stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum ChangeEvent {
    /// Somebody asks for it. Sealed: `why`, and what the kind of change names.
    #[serde(rename = "change.proposed")]
    Proposed(ProposedChange),
    /// A person signed it.
    #[serde(rename = "change.signed")]
    Signed(SignedChange),
    /// Every signature is there. What follows from it stands behind this in the same append and names it as its cause.
    #[serde(rename = "change.took_effect")]
    TookEffect {
        /// By the station's clock.
        at: Timestamp,
    },
    /// A second person does not want it. Sealed: `why`.
    #[serde(rename = "change.refused")]
    Refused {
        /// Who.
        by: PersonId,
    },
    /// Whoever proposed it took it back.
    #[serde(rename = "change.withdrawn")]
    Withdrawn {
        /// Who.
        by: PersonId,
    },
    /// Nobody signed it in time. Nothing changed.
    #[serde(rename = "change.expired")]
    Expired {
        /// When it ended.
        expires: Timestamp,
    },
}

impl Event for ChangeEvent {}

/// A change as it was proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposedChange {
    /// Its id.
    pub id: ChangeId,
    /// Who proposes it.
    pub by: PersonId,
    /// What is to be different.
    pub what: Change,
    /// The version of what it changes, where it must find it as it was proposed.
    pub over: Option<u64>,
    /// How many people must sign it, whoever proposed it among them.
    pub of: u8,
    /// By the station's clock.
    pub at: Timestamp,
    /// After this nobody can sign it any more.
    pub expires: Timestamp,
}

/// A signature on a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignedChange {
    /// What was signed.
    pub statement: ChangeStatement,
    /// Ed25519 over the statement's canonical bytes, hexadecimal.
    pub signature: String,
    /// Where the key is held.
    pub signed_by: KeyKind,
}
