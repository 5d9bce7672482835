//! The digest of an action: what exactly would be called, bound by hash.

use crate::canonical;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a digest covers. The salt is sealed with the arguments, so that the digest, which is open, is no dictionary
/// oracle for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionBytes {
    /// `server.tool`.
    pub tool: String,
    /// The server.
    pub server: String,
    /// Hash of the pinned definition, hexadecimal.
    pub definition: String,
    /// The arguments: what is shown and sent, as canonical JSON.
    pub arguments: Value,
    /// Thirty-two random bytes, hexadecimal.
    pub salt: String,
}

/// SHA-256 over the canonical form of what the digest covers, hexadecimal.
pub fn action_digest(bytes: &ActionBytes) -> String {
    canonical::digest(&json!({
        "type": "countersign/action/v1",
        "tool": bytes.tool,
        "server": bytes.server,
        "definition": bytes.definition,
        "arguments": bytes.arguments,
        "salt": bytes.salt,
    }))
}
