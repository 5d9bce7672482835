//! Ed25519 signatures, verified in batches: one equation for many is several times as quick as each alone.

use super::map::Map;
use super::report::Finding;
use countersign_domain::hexadecimal;
use ed25519_dalek::{Signature, VerifyingKey};

/// A signature that must hold.
pub(crate) struct Signed {
    pub(crate) position: u64,
    pub(crate) key: VerifyingKey,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Signature,
}

/// The first of a batch that does not hold.
pub(crate) fn first_wrong(batch: &[Signed]) -> Option<Finding> {
    let messages: Vec<&[u8]> = batch.iter().map(|signed| signed.message.as_slice()).collect();
    let signatures: Vec<Signature> = batch.iter().map(|signed| signed.signature).collect();
    let keys: Vec<VerifyingKey> = batch.iter().map(|signed| signed.key).collect();
    if ed25519_dalek::verify_batch(&messages, &signatures, &keys).is_ok() {
        return None;
    }
    let wrong = |signed: &&Signed| signed.key.verify_strict(&signed.message, &signed.signature).is_err();
    let first = batch.iter().filter(wrong).min_by_key(|signed| signed.position)?;
    Some(Finding::at(
        first.position,
        "the countersignature does not fit the statement: it was not signed so, or not with this key",
    ))
}

/// A public key that signatures may count under.
pub(crate) fn public_key(text: &str) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(&hexadecimal::bytes(text)?).ok()?;
    // Under a weak key one signature fits many messages.
    (!key.is_weak()).then_some(key)
}

/// Public keys that were read before: few people sign often, and reading a key costs as much as a part of a signature.
#[derive(Default)]
pub(crate) struct PublicKeys(Map<String, Option<VerifyingKey>>);

impl PublicKeys {
    /// As [`public_key`].
    pub(crate) fn read(&mut self, text: &str) -> Option<VerifyingKey> {
        if let Some(known) = self.0.get(text) {
            return *known;
        }
        let key = public_key(text);
        self.0.insert(text.to_owned(), key);
        key
    }
}

/// A signature in hexadecimal.
pub(crate) fn signature(text: &str) -> Option<Signature> {
    hexadecimal::bytes(text).map(|bytes| Signature::from_bytes(&bytes))
}

/// Whether a signature holds, everything in hexadecimal but the message.
pub fn holds(public: &str, message: &[u8], signed: &str) -> bool {
    let parts = public_key(public).zip(signature(signed));
    parts.is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
}
