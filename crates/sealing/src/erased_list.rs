//! The list of erased keys: a file beside keys.db that names every key that was destroyed, one a line. It is no secret.
//!
//! Whoever restores keys.db from before an erasure brings the keys back that it destroyed. This file is kept apart from
//! such a backup; wherever it lies beside a keys.db, its keys are destroyed again before anything is opened.

use crate::error::SealingError;
use crate::files;
use crate::store::Store;
use countersign_domain::ids::KeyId;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The list's name in a data folder.
pub const ERASED_KEYS: &str = "erased.keys";

/// The list in one data folder.
#[derive(Clone)]
pub(crate) struct ErasedList(PathBuf);

impl ErasedList {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self(folder.join(ERASED_KEYS))
    }

    /// Adds those that it does not name yet; durable when it returns.
    pub(crate) fn add(&self, keys: &[KeyId]) -> Result<(), SealingError> {
        let known = self.read()?;
        let new: BTreeSet<&KeyId> = keys.iter().filter(|key| !known.contains(*key)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let lines: String = new.into_iter().map(|key| format!("{key}\n")).collect();
        files::append_lines(&self.0, &lines)
    }

    /// Destroys whatever the list names and the store still holds or does not know, and names what only the store does.
    pub(crate) fn enforce(&self, store: &Store) -> Result<(), SealingError> {
        let listed = self.read()?;
        let destroyed: BTreeSet<KeyId> = store.destroyed_keys()?.into_iter().filter_map(|id| id.parse().ok()).collect();
        let again: Vec<KeyId> = listed.difference(&destroyed).cloned().collect();
        if !again.is_empty() {
            store.destroy_sealing_keys(&again)?;
        }
        let unlisted: Vec<KeyId> = destroyed.difference(&listed).cloned().collect();
        self.add(&unlisted)
    }

    /// The keys that it names. A line that a crash cut short names none: nothing was destroyed for it yet.
    fn read(&self) -> Result<BTreeSet<KeyId>, SealingError> {
        match fs::read_to_string(&self.0) {
            Ok(text) => Ok(text.lines().filter_map(|line| line.trim().parse().ok()).collect()),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(source) => Err(SealingError::File { path: self.0.clone(), source }),
        }
    }
}
