//! What an erasure promises of the files: no byte of an erased key is left in any of them, the list of erased keys is
//! written first, and it undoes whoever brings an older keys.db back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::KeyId;
use countersign_sealing::{ERASED_KEYS, Opened, SealContext, Sealing, SealingError};
use countersign_testkit::SeededEntropy;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::tempdir;

fn open(folder: &Path, seed: u64) -> Sealing {
    Sealing::open(folder, Arc::new(SeededEntropy::new(seed))).unwrap()
}

fn context() -> SealContext {
    let log = format!("log_{}", "0a".repeat(16)).parse().unwrap();
    SealContext { log, stream: "conversation/x".to_owned(), kind: "conversation.opened".to_owned() }
}

fn words() -> Fields {
    fields([("name", "Ada Lovelace".into())])
}

/// Every key as the store holds it, wrapped.
fn wrapped(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let db = rusqlite::Connection::open(folder.join("keys.db")).unwrap();
    let mut rows = db.prepare("SELECT id, wrapped FROM sealing_keys").unwrap();
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
}

/// All bytes of all files.
fn bytes(folder: &Path) -> Vec<u8> {
    fs::read_dir(folder).unwrap().flat_map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// The first half of a wrapped key is enough to be sure: it is random.
const ENOUGH: usize = 16;

/// Which of these keys are somewhere in the bytes.
fn held<'a>(bytes: &[u8], wrapped: &BTreeMap<String, Vec<u8>>, keys: &'a [KeyId]) -> Vec<&'a KeyId> {
    let there: HashSet<&[u8]> = bytes.windows(ENOUGH).collect();
    keys.iter().filter(|key| there.contains(&wrapped[key.as_str()][..ENOUGH])).collect()
}

#[test]
fn no_byte_of_an_erased_key_is_left_in_any_file_and_every_other_key_still_opens() {
    let folder = tempdir().unwrap();
    let sealing = open(folder.path(), 1);
    let keys: Vec<KeyId> = (0..600).map(|_| sealing.take_key().unwrap()).collect();
    let parts: Vec<_> = keys.iter().map(|key| sealing.seal(key, &context(), &words()).unwrap().bytes).collect();
    let before = wrapped(folder.path());
    assert_eq!(held(&bytes(folder.path()), &before, &keys).len(), keys.len());
    let erased: Vec<KeyId> = keys.iter().step_by(3).cloned().collect();
    sealing.erase(&erased).unwrap();

    // While it still runs.
    assert_eq!(held(&bytes(folder.path()), &before, &erased), Vec::<&KeyId>::new());
    for (key, part) in keys.iter().zip(&parts) {
        let opened = sealing.open_part(key, &context(), part).unwrap();
        assert_eq!(opened, if erased.contains(key) { Opened::Erased } else { Opened::Fields(words()) });
    }
    assert!(matches!(sealing.seal(&erased[0], &context(), &words()), Err(SealingError::Destroyed(_))));
    assert!(!folder.path().join("keys.db-journal").exists());
}

/// A second name of SQLite's journal still shows what stood in it once SQLite has deleted its own.
#[test]
fn no_byte_of_an_erased_key_is_left_on_the_disk_where_the_journal_was() {
    let folder = tempdir().unwrap();
    let sealing = open(folder.path(), 1);
    let key = sealing.take_key().unwrap();
    let before = wrapped(folder.path());
    let (journal, kept) = (folder.path().join("keys.db-journal"), folder.path().join("kept"));
    fs::write(&journal, b"").unwrap();
    fs::hard_link(&journal, &kept).unwrap();
    sealing.erase(std::slice::from_ref(&key)).unwrap();
    assert!(fs::metadata(&kept).unwrap().len() > 0, "the pages of before stood in it");
    assert_eq!(held(&bytes(folder.path()), &before, std::slice::from_ref(&key)), Vec::<&KeyId>::new());
}

#[test]
fn the_list_is_written_before_the_first_key_is_touched() {
    let folder = tempdir().unwrap();
    let sealing = open(folder.path(), 1);
    let key = sealing.take_key().unwrap();
    // A list that cannot be written.
    fs::create_dir(folder.path().join(ERASED_KEYS)).unwrap();
    assert!(matches!(sealing.erase(std::slice::from_ref(&key)), Err(SealingError::File { .. })));
    assert!(sealing.seal(&key, &context(), &words()).is_ok(), "nothing is destroyed that the list does not name");
    fs::remove_dir(folder.path().join(ERASED_KEYS)).unwrap();
    sealing.erase(std::slice::from_ref(&key)).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join(ERASED_KEYS)).unwrap(), format!("{key}\n"));
}

#[test]
fn keys_from_before_the_erasure_that_are_brought_back_are_destroyed_again_before_anything_opens() {
    let (folder, backup) = (tempdir().unwrap(), tempdir().unwrap());
    let sealing = open(folder.path(), 1);
    let (erased, kept) = (sealing.take_key().unwrap(), sealing.take_key().unwrap());
    let part = sealing.seal(&erased, &context(), &words()).unwrap();
    let other = sealing.seal(&kept, &context(), &words()).unwrap();
    for name in ["keys.db", "master.key", "station.key"] {
        fs::copy(folder.path().join(name), backup.path().join(name)).unwrap();
    }
    let wrapped = wrapped(backup.path());
    sealing.erase(std::slice::from_ref(&erased)).unwrap();
    drop(sealing);
    // Beside the backup, with a line of an erasure that was cut short before it destroyed anything.
    let list = fs::read_to_string(folder.path().join(ERASED_KEYS)).unwrap();
    fs::write(backup.path().join(ERASED_KEYS), format!("{list}{}", &kept.as_str()[..20])).unwrap();

    let restored = open(backup.path(), 2);
    assert_eq!(restored.open_part(&erased, &context(), &part.bytes).unwrap(), Opened::Erased);
    assert_eq!(restored.open_part(&kept, &context(), &other.bytes).unwrap(), Opened::Fields(words()));
    assert!(held(&bytes(backup.path()), &wrapped, std::slice::from_ref(&erased)).is_empty());
    restored.erase(std::slice::from_ref(&kept)).unwrap();
    drop(restored);
    assert_eq!(open(backup.path(), 3).destroyed().unwrap().len(), 2, "the line behind the torn one is read");
}

#[test]
fn a_list_that_was_lost_is_written_again_from_what_the_store_remembers() {
    let folder = tempdir().unwrap();
    let sealing = open(folder.path(), 1);
    let key = sealing.take_key().unwrap();
    sealing.erase(std::slice::from_ref(&key)).unwrap();
    drop(sealing);
    fs::remove_file(folder.path().join(ERASED_KEYS)).unwrap();
    drop(open(folder.path(), 2));
    assert_eq!(fs::read_to_string(folder.path().join(ERASED_KEYS)).unwrap(), format!("{key}\n"));
}

#[test]
fn a_key_that_only_the_list_knows_counts_as_erased() {
    let folder = tempdir().unwrap();
    let stranger: KeyId = format!("key_{}", "07".repeat(16)).parse().unwrap();
    fs::write(folder.path().join(ERASED_KEYS), format!("{stranger}\n")).unwrap();
    let sealing = open(folder.path(), 1);
    assert_eq!(sealing.open_part(&stranger, &context(), &[0; 64]).unwrap(), Opened::Erased);
}
