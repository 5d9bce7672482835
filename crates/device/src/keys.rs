//! The signing keys that people have on this device, each wrapped under its person's password, in a folder of their own.

use countersign_domain::ambient::Entropy;
use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_sealing::{DeviceKeys, SigningKeyError, UnlockedKey};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) struct PeoplesKeys {
    folder: PathBuf,
    entropy: Arc<dyn Entropy>,
}

/// A key that somebody signs in with.
pub(crate) struct Unlocked {
    pub(crate) key: UnlockedKey,
    /// It was made now, because there was none, or none that this password opens.
    pub(crate) new: bool,
}

impl PeoplesKeys {
    pub(crate) fn new(folder: PathBuf, entropy: Arc<dyn Entropy>) -> Self {
        Self { folder, entropy }
    }

    fn of(&self, person: &PersonId) -> Result<DeviceKeys, SigningKeyError> {
        DeviceKeys::new(&self.folder.join(person.as_str()), self.entropy.clone())
    }

    fn held(&self, person: &PersonId) -> Vec<SigningKeyId> {
        let entries = fs::read_dir(self.folder.join(person.as_str())).into_iter().flatten().flatten();
        let id = |name: &str| name.strip_suffix(".key").and_then(|id| id.parse().ok());
        entries.filter_map(|entry| id(&entry.file_name().to_string_lossy())).collect()
    }

    /// The key that this password opens, or a new one: the password may have been reset, which only the station knows.
    /// Takes tens of milliseconds of one core.
    pub(crate) fn unlock(&self, person: &PersonId, password: &str) -> Result<Unlocked, SigningKeyError> {
        let keys = self.of(person)?;
        for id in self.held(person) {
            match keys.unlock(&id, password) {
                Ok(key) => return Ok(Unlocked { key, new: false }),
                Err(SigningKeyError::WrongPassword(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let key = keys.create(&SigningKeyId::random(self.entropy.as_ref()), password)?;
        Ok(Unlocked { key, new: true })
    }

    /// Whether this password opens this very key. Takes as long.
    pub(crate) fn opens(&self, person: &PersonId, key: &SigningKeyId, password: &str) -> Result<(), SigningKeyError> {
        self.of(person)?.unlock(key, password).map(drop)
    }

    /// Removes a key that came to nothing.
    pub(crate) fn remove(&self, person: &PersonId, key: &SigningKeyId) {
        let path = self.folder.join(person.as_str()).join(format!("{key}.key"));
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(%error, "a key that came to nothing could not be removed");
        }
    }

    /// Removes what the person had before this key.
    pub(crate) fn keep_only(&self, person: &PersonId, key: &SigningKeyId) {
        self.held(person).iter().filter(|held| *held != key).for_each(|held| self.remove(person, held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            use std::sync::atomic::{AtomicU8, Ordering};
            static NEXT: AtomicU8 = AtomicU8::new(1);
            buffer.fill(NEXT.fetch_add(1, Ordering::Relaxed));
        }
    }

    #[test]
    fn a_password_opens_its_key_and_another_one_makes_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = PeoplesKeys::new(folder.path().join("keys"), Arc::new(Fixed));
        let person = PersonId::random(&Fixed);
        let first = keys.unlock(&person, "a first long password").unwrap();
        assert!(first.new);
        let again = keys.unlock(&person, "a first long password").unwrap();
        assert!(!again.new && again.key.id() == first.key.id());
        let other = keys.unlock(&person, "another long password").unwrap();
        assert!(other.new && other.key.id() != first.key.id());
        keys.remove(&person, other.key.id());
        assert!(!keys.unlock(&person, "a first long password").unwrap().new, "what came to nothing harms nothing");
        let reset = keys.unlock(&person, "another long password").unwrap();
        keys.keep_only(&person, reset.key.id());
        assert_eq!(keys.held(&person), [reset.key.id().clone()]);
    }
}
