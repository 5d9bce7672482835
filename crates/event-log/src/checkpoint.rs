//! Checkpoints: signed tree heads (C2SP tlog-checkpoint, a signed note with an Ed25519 signature).
//!
//! ```text
//! countersign/log_…
//! <size>
//! <root, base64>
//!
//! — countersign/log_… <key id and signature, base64>
//! ```

use crate::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_domain::ids::LogId;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// The most bytes that a note may have before it is refused unread.
pub const LARGEST_NOTE: usize = 64 * 1024;
const ORIGIN: &str = "countersign/";

/// Whoever signs checkpoints: the station's Ed25519 key.
pub trait Signer: Send + Sync {
    /// The public key.
    fn public_key(&self) -> [u8; 32];
    /// The Ed25519 signature of a message.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

impl Signer for ed25519_dalek::SigningKey {
    fn public_key(&self) -> [u8; 32] {
        self.verifying_key().to_bytes()
    }
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        ed25519_dalek::Signer::sign(self, message).to_bytes()
    }
}

/// A signer whose key lies elsewhere.
pub struct SignerFn<F> {
    /// The public key.
    pub public_key: [u8; 32],
    /// Signs with the key that belongs to it.
    pub sign: F,
}

impl<F: Fn(&[u8]) -> [u8; 64] + Send + Sync> Signer for SignerFn<F> {
    fn public_key(&self) -> [u8; 32] {
        self.public_key
    }
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        (self.sign)(message)
    }
}

/// A tree head: what a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    /// The log.
    pub log: LogId,
    /// How many records it held.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a checkpoint is worth nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no checkpoint of a Countersign log.
    #[error("this is not a checkpoint: {0}")]
    Malformed(&'static str),
    /// No signature under the expected key.
    #[error(
        "the checkpoint carries no signature by the key {0}: it was signed by another station, or the key file was replaced"
    )]
    NotSigned(String),
    /// There is a signature under the key's name, and it is wrong.
    #[error("the signature of the checkpoint is wrong: its text was changed after it was signed")]
    WrongSignature,
}

impl TreeHead {
    /// The signed note.
    pub fn sign(&self, signer: &dyn Signer) -> String {
        let text = self.text();
        let name = self.origin();
        let mut signature = key_id(&name, &signer.public_key()).to_vec();
        signature.extend_from_slice(&signer.sign(text.as_bytes()));
        format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(signature))
    }

    /// Reads a note without judging its signatures.
    pub fn parse(note: &str) -> Result<Self, CheckpointError> {
        Ok(split(note)?.0)
    }

    /// Reads a note that `public_key` must have signed; other signatures, such as witnesses', are left alone.
    pub fn verify(note: &str, public_key: &[u8; 32]) -> Result<Self, CheckpointError> {
        let (head, text, signatures) = split(note)?;
        let name = head.origin();
        let wanted = key_id(&name, public_key);
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| CheckpointError::Malformed("the key is none"))?;
        for line in signatures.lines() {
            let Some((signer, encoded)) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')) else {
                return Err(CheckpointError::Malformed("a signature line is malformed"));
            };
            let bytes =
                STANDARD.decode(encoded).map_err(|_| CheckpointError::Malformed("a signature is not base64"))?;
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else {
                return Err(CheckpointError::Malformed("a signature is too short"));
            };
            if signer != name || *id != wanted {
                continue;
            }
            let signature = Signature::from_slice(signature).map_err(|_| CheckpointError::WrongSignature)?;
            key.verify_strict(text.as_bytes(), &signature).map_err(|_| CheckpointError::WrongSignature)?;
            return Ok(head);
        }
        Err(CheckpointError::NotSigned(hex::encode(wanted)))
    }

    /// A public key in the form of a note's verifier key (C2SP signed-note): what others need to check checkpoints.
    pub fn verifier_key(log: &LogId, public_key: &[u8; 32]) -> String {
        let name = format!("{ORIGIN}{log}");
        let id = hex::encode(key_id(&name, public_key));
        let typed: Vec<u8> = std::iter::once(1).chain(*public_key).collect();
        format!("{name}+{id}+{}\n", STANDARD.encode(typed))
    }

    /// The log and the public key that a verifier key names.
    pub fn read_verifier_key(text: &str) -> Option<(LogId, [u8; 32])> {
        let encoded = text.trim_end().splitn(3, '+').nth(2)?;
        let public_key: [u8; 32] = STANDARD.decode(encoded).ok()?.strip_prefix(&[1])?.try_into().ok()?;
        let log = text.strip_prefix(ORIGIN)?.split_once('+')?.0.parse().ok()?;
        (Self::verifier_key(&log, &public_key).trim_end() == text.trim_end()).then_some((log, public_key))
    }

    fn origin(&self) -> String {
        format!("{ORIGIN}{}", self.log)
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin(), self.size, STANDARD.encode(self.root))
    }
}

/// The note's head, its signed text, its signature lines.
fn split(note: &str) -> Result<(TreeHead, &str, &str), CheckpointError> {
    use CheckpointError::Malformed;
    if note.len() > LARGEST_NOTE {
        return Err(Malformed("it is larger than any checkpoint"));
    }
    let at = note.find("\n\n").ok_or(Malformed("there is no blank line before the signatures"))?;
    let (text, rest) = note.split_at(at + 1);
    let mut lines = text.lines();
    let log = lines.next().and_then(|line| line.strip_prefix(ORIGIN)?.parse().ok());
    let size = lines.next().and_then(|line| line.parse().ok());
    let root = lines.next().and_then(|line| STANDARD.decode(line).ok()?.try_into().ok());
    let (Some(log), Some(size), Some(root), None) = (log, size, root, lines.next()) else {
        return Err(Malformed("expected the lines origin, size and root"));
    };
    let head = TreeHead { log, size, root };
    // One head has one spelling: no leading zeros, no sign, no other base64.
    if head.text() != text {
        return Err(Malformed("its lines are not in the one form that is written"));
    }
    Ok((head, text, rest.trim_start_matches('\n')))
}

/// The first four bytes of SHA-256(name, newline, 1 for Ed25519, public key).
fn key_id(name: &str, public_key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', 1]).chain_update(public_key).finalize();
    hash.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    fn head() -> TreeHead {
        TreeHead { log: format!("log_{}", "ab".repeat(16)).parse().unwrap(), size: 12, root: [7; 32] }
    }

    #[test]
    fn a_signed_head_verifies_and_reads_back() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let note = head().sign(&key);
        assert_eq!(TreeHead::verify(&note, &key.public_key()), Ok(head()));
        assert_eq!(TreeHead::parse(&note), Ok(head()));
        assert!(note.starts_with("countersign/log_abab"));
        assert_eq!(note.lines().count(), 5);
    }

    #[test]
    fn a_witness_signature_beside_ours_is_left_alone() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let note = head().sign(&key) + "\u{2014} witness.example AAAAAAAAAAAA\n";
        assert_eq!(TreeHead::verify(&note, &key.public_key()), Ok(head()));
    }

    #[test]
    fn every_changed_byte_is_found() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let note = head().sign(&key);
        for at in 0..note.len() - 1 {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(TreeHead::verify(&changed, &key.public_key()).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn a_verifier_key_reads_back_and_a_changed_one_does_not() {
        let public = SigningKey::from_bytes(&[1; 32]).public_key();
        let text = TreeHead::verifier_key(&head().log, &public);
        assert_eq!(TreeHead::read_verifier_key(&text), Some((head().log, public)));
        for at in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(String::from_utf8(bytes).ok().and_then(|t| TreeHead::read_verifier_key(&t)), None, "byte {at}");
        }
    }

    #[test]
    fn another_key_is_refused_by_name() {
        let note = head().sign(&SigningKey::from_bytes(&[1; 32]));
        let other = SigningKey::from_bytes(&[2; 32]).public_key();
        assert!(matches!(TreeHead::verify(&note, &other), Err(CheckpointError::NotSigned(_))));
        assert!(TreeHead::parse("").is_err());
        assert!(TreeHead::parse(&"x".repeat(LARGEST_NOTE + 1)).is_err());
    }
}
