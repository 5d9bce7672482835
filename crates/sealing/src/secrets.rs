//! Secrets that the station shows to others in somebody's name, such as the token of a tool server: in keys.db, under the master
//! key. Each is found by what it is for, and by a fingerprint that tells one value from another.

use crate::cipher;
use crate::error::SealingError;
use crate::sealing::Sealing;
use zeroize::Zeroizing;

/// The longest secret that is kept, in bytes.
pub const LONGEST_SECRET: usize = 4 * 1024;
/// What a secret's ciphertext is bound to, beside its name.
const PURPOSE: &str = "countersign/secret/v1";
/// Beginnings of names in the table of the station's keys.
const KEPT: &str = "secret/";

impl Sealing {
    /// The fingerprint of a secret for that use: HMAC-SHA-256 under the station's index key, hexadecimal.
    pub fn fingerprint(&self, of: &str, secret: &str) -> String {
        self.pseudonym(&format!("secret\n{of}\n{secret}"))
    }

    /// Keeps a secret; durable when it returns. `of` says what it is for. Gives its fingerprint.
    pub fn keep_secret(&self, of: &str, secret: &str) -> Result<String, SealingError> {
        let fingerprint = self.fingerprint(of, secret);
        let name = named(of, &fingerprint);
        let bound = cipher::bound(PURPOSE, &[&name]);
        let sealed = self.source.master.encrypt(secret.as_bytes(), &bound, self.source.entropy.as_ref())?;
        self.source.store.put_station_key(&name, &sealed)?;
        Ok(fingerprint)
    }

    /// The secret for that use with that fingerprint, if it is kept here.
    pub fn secret(&self, of: &str, fingerprint: &str) -> Result<Option<Zeroizing<String>>, SealingError> {
        let name = named(of, fingerprint);
        let Some(sealed) = self.source.store.station_key(&name)? else { return Ok(None) };
        let opened = self.source.master.decrypt(&sealed, &cipher::bound(PURPOSE, &[&name]))?;
        let secret = String::from_utf8(opened.to_vec()).map(Zeroizing::new).map_err(|_| SealingError::WrongMaster)?;
        Ok(Some(secret))
    }

    /// Forgets a secret.
    pub fn forget_secret(&self, of: &str, fingerprint: &str) -> Result<(), SealingError> {
        self.source.store.remove_station_key(&named(of, fingerprint))
    }

    /// Forgets every secret but these, each by what it is for and its fingerprint.
    pub fn forget_secrets_but(&self, kept: &[(String, String)]) -> Result<(), SealingError> {
        let kept: Vec<String> = kept.iter().map(|(of, fingerprint)| named(of, fingerprint)).collect();
        for name in self.source.store.station_keys_named(KEPT)? {
            if !kept.contains(&name) {
                self.source.store.remove_station_key(&name)?;
            }
        }
        Ok(())
    }
}

fn named(of: &str, fingerprint: &str) -> String {
    format!("{KEPT}{of}/{fingerprint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_testkit::SeededEntropy;
    use std::sync::Arc;

    #[test]
    fn a_secret_is_found_by_its_use_and_its_fingerprint_and_lies_nowhere_in_the_clear() {
        let folder = tempfile::tempdir().unwrap();
        let sealing = Sealing::open(folder.path(), Arc::new(SeededEntropy::new(1))).unwrap();
        let fingerprint = sealing.keep_secret("hotel/authorization", "correct horse battery").unwrap();
        let other = sealing.keep_secret("hotel/authorization", "another").unwrap();
        assert_ne!(fingerprint, other);
        assert_ne!(fingerprint, sealing.fingerprint("post/authorization", "correct horse battery"));
        let found =
            |of: &str, fingerprint: &str| sealing.secret(of, fingerprint).unwrap().map(|secret| secret.to_string());
        assert_eq!(found("hotel/authorization", &fingerprint).as_deref(), Some("correct horse battery"));
        assert_eq!(found("post/authorization", &fingerprint), None);
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            assert!(!bytes.windows(13).any(|part| part == b"horse battery"), "{:?}", file.path());
        }
        sealing.forget_secrets_but(&[("hotel/authorization".into(), fingerprint.clone())]).unwrap();
        assert_eq!(found("hotel/authorization", &other), None);
        assert!(found("hotel/authorization", &fingerprint).is_some());
        let again = Sealing::open(folder.path(), Arc::new(SeededEntropy::new(2))).unwrap();
        assert!(again.secret("hotel/authorization", &fingerprint).unwrap().is_some(), "the index key is none of them");
    }
}
