//! The statement that signs a change. Its canonical bytes are the signed message; everything that it covers stands in
//! the open part of the proposal and its envelope, so that anyone can verify it without a key.

use super::event::ProposedChange;
use crate::canonical;
use crate::ids::{ChangeId, LogId, PersonId, SigningKeyId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The form of the statement.
pub const CHANGE_STATEMENT_TYPE: &str = "countersign/change/v1";

/// Everything that a signature on a change covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeStatement {
    /// [`CHANGE_STATEMENT_TYPE`].
    pub r#type: String,
    /// The log that the change stands in.
    pub log: LogId,
    /// The change.
    pub change: ChangeId,
    /// The position of its proposal.
    pub proposal: u64,
    /// The digest of the proposal, hexadecimal: [`change_digest`].
    pub digest: String,
    /// Which signature this is, from 1.
    pub which: u8,
    /// Of how many.
    pub of: u8,
    /// Who signs.
    pub person: PersonId,
    /// With which key.
    pub key: SigningKeyId,
    /// When, by the signing side's clock.
    pub at: Timestamp,
}

impl ChangeStatement {
    /// The signed message.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(&canonical::value_of(self))
    }
}

/// SHA-256 over what was proposed and the commitment to what was sealed with it, hexadecimal.
pub fn change_digest(proposed: &ProposedChange, commitment: Option<&str>) -> String {
    canonical::digest(&json!({
        "type": "countersign/change-digest/v1",
        "proposed": canonical::value_of(proposed),
        "sealed": commitment,
    }))
}
