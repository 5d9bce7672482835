//! Countersignatures: Ed25519 over the canonical statement.

use crate::error::GateError;
use countersign_domain::action::DecisionStatement;
use countersign_domain::hexadecimal::bytes;
use countersign_sealing::signature_holds;

/// Verifies a decision strictly; the public key and the signature in hexadecimal.
pub fn verify(statement: &DecisionStatement, signature: &str, public: &str) -> Result<(), GateError> {
    verify_bytes(&statement.to_bytes(), signature, public)
}

/// Verifies the signature on a statement's canonical bytes strictly.
pub(crate) fn verify_bytes(statement: &[u8], signature: &str, public: &str) -> Result<(), GateError> {
    let key = bytes::<32>(public).ok_or(GateError::BadSignature("the enrolled key is no Ed25519 key"))?;
    let signature = bytes::<64>(signature).ok_or(GateError::BadSignature("it is no Ed25519 signature"))?;
    if signature_holds(&key, statement, &signature) {
        Ok(())
    } else {
        Err(GateError::BadSignature("it does not fit the statement"))
    }
}

/// Whether that is a public key at all.
pub(crate) fn is_key(public: &str) -> bool {
    bytes::<32>(public).is_some()
}
