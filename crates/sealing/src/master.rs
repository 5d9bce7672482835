//! The master key, in a mode-600 file: it wraps every other key and never touches content.

use crate::cipher::{self, Key};
use crate::error::SealingError;
use crate::files;
use countersign_domain::ambient::Entropy;
use std::path::Path;
use zeroize::Zeroizing;

/// The key that wraps keys.
pub(crate) struct Master(Key);

impl Master {
    /// Reads `master.key`; makes it only where there is no key store yet that would need another one.
    pub(crate) fn open(folder: &Path, store_exists: bool, entropy: &dyn Entropy) -> Result<Self, SealingError> {
        let path = folder.join("master.key");
        if store_exists && files::read(&path)?.is_none() {
            return Err(SealingError::MasterMissing(path));
        }
        files::read_or_make(&path, || cipher::fresh_key(entropy)).map(Self)
    }

    /// A master key at hand.
    pub(crate) fn of(key: Key) -> Self {
        Self(key)
    }

    /// The master key itself, wrapped under another one.
    pub(crate) fn wrapped_under(
        &self,
        under: &Key,
        purpose: &str,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealingError> {
        cipher::encrypt(under, self.0.as_slice(), &cipher::bound(purpose, &[]), entropy).ok_or(SealingError::Encryption)
    }

    /// Wraps a key, bound to what it is for and to its name.
    pub(crate) fn wrap(
        &self,
        key: &Key,
        purpose: &str,
        name: &str,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealingError> {
        cipher::encrypt(&self.0, key.as_slice(), &cipher::bound(purpose, &[name]), entropy)
            .ok_or(SealingError::Encryption)
    }

    /// Encrypts what is no key of ours.
    pub(crate) fn encrypt(&self, plain: &[u8], bound: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealingError> {
        cipher::encrypt(&self.0, plain, bound, entropy).ok_or(SealingError::Encryption)
    }

    /// The same, opened.
    pub(crate) fn decrypt(&self, sealed: &[u8], bound: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        cipher::decrypt(&self.0, sealed, bound).ok_or(SealingError::WrongMaster)
    }

    /// Unwraps a key.
    pub(crate) fn unwrap(&self, wrapped: &[u8], purpose: &str, name: &str) -> Result<Key, SealingError> {
        cipher::decrypt_key(&self.0, wrapped, &cipher::bound(purpose, &[name])).ok_or(SealingError::WrongMaster)
    }
}

impl std::fmt::Debug for Master {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Master(hidden)")
    }
}

/// What wrapped keys are for; part of what their ciphertext is bound to.
pub(crate) mod purpose {
    /// A conversation's or person's sealing key.
    pub(crate) const SEALING: &str = "countersign/sealing-key/v1";
    /// The station's index key.
    pub(crate) const INDEX: &str = "countersign/index-key/v1";
    /// A signing key that the station holds for a person's browser desk.
    pub(crate) const DESK: &str = "countersign/desk-signing-key/v1";
}
