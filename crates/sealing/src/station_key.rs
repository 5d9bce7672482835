//! The station's own Ed25519 key: it signs checkpoints. It lies in a mode-600 file beside the log.

use crate::cipher::{self, Key};
use crate::error::SealingError;
use crate::files;
use countersign_domain::ambient::Entropy;
use ed25519_dalek::{Signer, SigningKey};
use std::path::Path;

/// The station's signing key, wiped when dropped.
pub struct StationKey(SigningKey);

impl StationKey {
    /// A key that is nowhere but in memory.
    #[cfg(feature = "test-support")]
    pub(crate) fn of(seed: &Key) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub(crate) fn open(folder: &Path, entropy: &dyn Entropy) -> Result<Self, SealingError> {
        let seed: Key = files::read_or_make(&folder.join("station.key"), || cipher::fresh_key(entropy))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The Ed25519 signature of a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for StationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StationKey({})", hex::encode(self.public_key()))
    }
}
