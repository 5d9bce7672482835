//! The statement that a person signs. Its canonical bytes are the signed message; every field stands in the open part
//! of the decision's event, so that anyone can verify it without a key.

use crate::canonical;
use crate::ids::{ActionId, LogId, PersonId, SigningKeyId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of the statement.
pub const STATEMENT_TYPE: &str = "countersign/decision/v1";

/// What a person says of a held action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// As proposed (or as an earlier signer overrode it).
    Approve,
    /// With changed arguments.
    Override,
    /// Not at all.
    Reject,
}

/// How a signing side made sure, for one decision, that it is still the person who sits there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepUp {
    /// They typed their password again, and it opened the key that signs.
    Password,
}

/// Everything that a countersignature covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionStatement {
    /// [`STATEMENT_TYPE`].
    pub r#type: String,
    /// The log that the action stands in.
    pub log: LogId,
    /// The action.
    pub action: ActionId,
    /// The position of its proposal.
    pub proposal: u64,
    /// The digest that the agent proposed, hexadecimal.
    pub digest_proposed: String,
    /// The digest that the person signs: the same unless overridden, hexadecimal.
    pub digest_decided: String,
    /// What the person says.
    pub decision: Choice,
    /// Which signature this is, from 1.
    pub which: u8,
    /// Of how many.
    pub of: u8,
    /// Version of the policy that the verdict on the card came from, hexadecimal.
    pub policy_version: String,
    /// Hash of the tool's definition, hexadecimal.
    pub definition: String,
    /// Digest of the card that was on screen, hexadecimal.
    pub card: String,
    /// Who signs.
    pub person: PersonId,
    /// With which key.
    pub key: SigningKeyId,
    /// When, by the signing side's clock.
    pub at: Timestamp,
    /// Set where the rules ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up: Option<StepUp>,
}

impl DecisionStatement {
    /// The signed message.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(&canonical::value_of(self))
    }
}
