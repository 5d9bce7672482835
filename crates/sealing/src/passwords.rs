//! Passwords of persons: Argon2id hashes in keys.db. Every call here takes tens of milliseconds of one core: run it
//! where blocking is allowed.

use crate::error::SealingError;
use crate::sealing::Sealing;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use countersign_domain::ambient::random_16;
use countersign_domain::ids::PersonId;

/// The fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 12;
/// The most bytes of a password.
pub const LONGEST_PASSWORD: usize = 1024;

/// Argon2id with 19 MiB, two passes, one lane: the OWASP recommendation.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Why a password was not set or could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Fewer characters than [`SHORTEST_PASSWORD`].
    #[error("the password has {0} characters; choose one with at least {SHORTEST_PASSWORD}")]
    TooShort(usize),
    /// More bytes than [`LONGEST_PASSWORD`].
    #[error("the password is longer than {LONGEST_PASSWORD} bytes; choose a shorter one")]
    TooLong,
    /// The stored hash cannot be read, or hashing failed.
    #[error("the password could not be hashed or compared: {0}")]
    Hashing(String),
    /// The key store failed.
    #[error(transparent)]
    Store(#[from] SealingError),
}

/// Refuses a password that is too short or too long.
pub(crate) fn acceptable(password: &str) -> Result<(), PasswordError> {
    let characters = password.chars().count();
    if characters < SHORTEST_PASSWORD {
        return Err(PasswordError::TooShort(characters));
    }
    if password.len() > LONGEST_PASSWORD { Err(PasswordError::TooLong) } else { Ok(()) }
}

/// Argon2id with this crate's parameters.
pub(crate) fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| PasswordError::Hashing(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

impl Sealing {
    /// Sets a person's password.
    pub fn set_password(&self, person: &PersonId, password: &str) -> Result<(), PasswordError> {
        acceptable(password)?;
        let salt = random_16(self.source.entropy.as_ref());
        let hash: PasswordHash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(hashing)?;
        Ok(self.source.store.set_password(person, &hash.to_string())?)
    }

    /// Whether this is the person's password. Takes as long where the person has none.
    pub fn verify_password(&self, person: &PersonId, password: &str) -> Result<bool, PasswordError> {
        if password.len() > LONGEST_PASSWORD {
            return Ok(false);
        }
        let Some(phc) = self.source.store.password(person)? else {
            let _same_work: PasswordHash =
                argon2()?.hash_password_with_salt(password.as_bytes(), &[0; 16]).map_err(hashing)?;
            return Ok(false);
        };
        let hash = PasswordHash::new(&phc).map_err(|e| PasswordError::Hashing(e.to_string()))?;
        match argon2()?.verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(true),
            Err(HashError::PasswordInvalid) => Ok(false),
            Err(other) => Err(hashing(other)),
        }
    }

    /// Whether a person has a password.
    pub fn has_password(&self, person: &PersonId) -> Result<bool, PasswordError> {
        Ok(self.source.store.password(person)?.is_some())
    }

    /// Removes a person's password: nobody signs in with it again.
    pub fn remove_password(&self, person: &PersonId) -> Result<(), PasswordError> {
        Ok(self.source.store.remove_password(person)?)
    }
}

fn hashing(error: HashError) -> PasswordError {
    PasswordError::Hashing(error.to_string())
}
