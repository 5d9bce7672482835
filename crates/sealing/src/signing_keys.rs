//! The Ed25519 keys that people sign decisions with. A device key lies in a file of the device, wrapped under the
//! person's password; a desk key is held by the station for the browser desk, wrapped by the master key.

use crate::cipher::{self, Key};
use crate::error::SealingError;
use crate::files;
use crate::master::purpose;
use crate::passwords::{self, LONGEST_PASSWORD, PasswordError};
use crate::sealing::Sealing;
use countersign_domain::ambient::{Entropy, random_16};
use countersign_domain::ids::SigningKeyId;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const WRAPPED_FOR: &str = "countersign/device-signing-key/v1";

/// Why a signing key was not made or not unlocked.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The password does not unlock the key.
    #[error("the password does not unlock the signing key {0}")]
    WrongPassword(SigningKeyId),
    /// There is no such key here.
    #[error("the signing key {0} is not on this device; enrol the device, or sign in where it was enrolled")]
    NotHere(SigningKeyId),
    /// The password is out of bounds, or hashing failed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A file or the key store failed.
    #[error(transparent)]
    Store(#[from] SealingError),
}

/// A signing key ready to sign, wiped when dropped.
pub struct UnlockedKey {
    id: SigningKeyId,
    key: SigningKey,
}

impl UnlockedKey {
    fn from_seed(id: &SigningKeyId, seed: &Key) -> Self {
        Self { id: id.clone(), key: SigningKey::from_bytes(seed) }
    }

    /// The key's id.
    pub fn id(&self) -> &SigningKeyId {
        &self.id
    }

    /// The public key, which goes into the enrolment event.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The Ed25519 signature of a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for UnlockedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UnlockedKey({})", self.id)
    }
}

/// Whether a signature of a message holds under a public key (strict: no weak keys, no second form of a signature).
pub fn signature_holds(public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(public_key);
    key.is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

/// The signing keys of one device: a folder with one file per key.
pub struct DeviceKeys {
    folder: PathBuf,
    entropy: Arc<dyn Entropy>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    /// The form of this file.
    version: u32,
    /// Salt of the password, hexadecimal.
    salt: String,
    /// Nonce and ciphertext of the seed, hexadecimal.
    wrapped: String,
}

impl DeviceKeys {
    /// The keys in a folder of this device; it is made if it is not there.
    pub fn new(folder: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, SigningKeyError> {
        files::private_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), entropy })
    }

    /// Makes a key, stored under the password. Takes tens of milliseconds of one core.
    pub fn create(&self, id: &SigningKeyId, password: &str) -> Result<UnlockedKey, SigningKeyError> {
        passwords::acceptable(password)?;
        let entropy = self.entropy.as_ref();
        let (seed, salt) = (cipher::fresh_key(entropy), random_16(entropy));
        let under = derive(password, &salt)?;
        let wrapped = cipher::encrypt(&under, seed.as_slice(), &cipher::bound(WRAPPED_FOR, &[id.as_str()]), entropy)
            .ok_or(SealingError::Encryption)?;
        let file = KeyFile { version: 1, salt: hex::encode(salt), wrapped: hex::encode(wrapped) };
        let path = self.path(id);
        let text = serde_json::to_vec(&file)
            .map_err(|_| SealingError::NotAKeyFile { path: path.clone(), why: "it cannot be written" })?;
        files::write_new(&path, &text)?;
        Ok(UnlockedKey::from_seed(id, &seed))
    }

    /// Unlocks a key. Takes tens of milliseconds of one core.
    pub fn unlock(&self, id: &SigningKeyId, password: &str) -> Result<UnlockedKey, SigningKeyError> {
        let path = self.path(id);
        let bytes = files::read(&path)?.ok_or_else(|| SigningKeyError::NotHere(id.clone()))?;
        let malformed = |why| SealingError::NotAKeyFile { path: path.clone(), why };
        let file: KeyFile = serde_json::from_slice(&bytes).map_err(|_| malformed("its form is not known"))?;
        if file.version != 1 {
            return Err(malformed("it was written by a newer Countersign").into());
        }
        let salt = hex::decode(&file.salt).map_err(|_| malformed("its salt is not hexadecimal"))?;
        let wrapped = hex::decode(&file.wrapped).map_err(|_| malformed("its key is not hexadecimal"))?;
        let under = derive(password, &salt)?;
        let seed = cipher::decrypt_key(&under, &wrapped, &cipher::bound(WRAPPED_FOR, &[id.as_str()]))
            .ok_or_else(|| SigningKeyError::WrongPassword(id.clone()))?;
        Ok(UnlockedKey::from_seed(id, &seed))
    }

    /// Whether the key is on this device.
    pub fn holds(&self, id: &SigningKeyId) -> bool {
        self.path(id).is_file()
    }

    fn path(&self, id: &SigningKeyId) -> PathBuf {
        self.folder.join(format!("{id}.key"))
    }
}

fn derive(password: &str, salt: &[u8]) -> Result<Key, PasswordError> {
    if password.len() > LONGEST_PASSWORD {
        return Err(PasswordError::TooLong);
    }
    let mut key = Key::default();
    passwords::argon2()?
        .hash_password_into(password.as_bytes(), salt, key.as_mut())
        .map_err(|e| PasswordError::Hashing(e.to_string()))?;
    Ok(key)
}

impl Sealing {
    /// Makes a signing key that the station holds for a person's browser desk.
    pub fn create_desk_key(&self, id: &SigningKeyId) -> Result<UnlockedKey, SigningKeyError> {
        let entropy = self.source.entropy.as_ref();
        let seed = cipher::fresh_key(entropy);
        let wrapped = self.source.master.wrap(&seed, purpose::DESK, id.as_str(), entropy)?;
        self.source.store.add_desk_key(id, &wrapped)?;
        Ok(UnlockedKey::from_seed(id, &seed))
    }

    /// A signing key that the station holds. The caller has checked the person's password.
    pub fn desk_key(&self, id: &SigningKeyId) -> Result<UnlockedKey, SigningKeyError> {
        let wrapped = self.source.store.desk_key(id)?.ok_or_else(|| SigningKeyError::NotHere(id.clone()))?;
        let seed = self.source.master.unwrap(&wrapped, purpose::DESK, id.as_str())?;
        Ok(UnlockedKey::from_seed(id, &seed))
    }

    /// Overwrites a signing key that the station holds.
    pub fn remove_desk_key(&self, id: &SigningKeyId) -> Result<(), SigningKeyError> {
        Ok(self.source.store.remove_desk_key(id)?)
    }
}
