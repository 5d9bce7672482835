//! What sealing promises: it opens where it was sealed and nowhere else, an erasure is final, and key files are private.
#![allow(clippy::unwrap_used, clippy::panic)]

use countersign_domain::commitment::SaltedFields;
use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::{KeyId, LogId};
use countersign_sealing::{Opened, SealContext, Sealing, SealingError};
use countersign_testkit::SeededEntropy;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use tempfile::{TempDir, tempdir};

fn open(folder: &Path, seed: u64) -> Sealing {
    Sealing::open(folder, Arc::new(SeededEntropy::new(seed))).unwrap()
}

fn fresh() -> (TempDir, Sealing) {
    let folder = tempdir().unwrap();
    let sealing = open(folder.path(), 1);
    (folder, sealing)
}

fn context() -> SealContext {
    let log: LogId = format!("log_{}", "0a".repeat(16)).parse().unwrap();
    SealContext { log, stream: "conversation/x".to_owned(), kind: "conversation.opened".to_owned() }
}

fn words() -> Fields {
    fields([("name", "Ada Lovelace".into()), ("score", 0.1.into()), ("none", serde_json::Value::Null)])
}

#[test]
fn what_is_sealed_opens_in_its_context_with_its_commitment() {
    let (_folder, sealing) = fresh();
    let key = sealing.take_key().unwrap();
    let part = sealing.seal(&key, &context(), &words()).unwrap();
    assert_eq!(sealing.open_part(&key, &context(), &part.bytes).unwrap(), Opened::Fields(words()));
    let Opened::Fields(salted) = sealing.open_salted(&key, &context(), &part.bytes).unwrap() else { panic!("erased") };
    assert_eq!(salted.commitment(), part.commitment);
    assert!(salted.disclose("name").unwrap().proves(&part.commitment));
    assert_ne!(sealing.seal(&key, &context(), &words()).unwrap().commitment, part.commitment, "salts are fresh");
}

#[test]
fn a_sealed_part_does_not_open_elsewhere() {
    let (_folder, sealing) = fresh();
    let key = sealing.take_key().unwrap();
    let part = sealing.seal(&key, &context(), &words()).unwrap();
    let elsewhere = [
        SealContext { log: format!("log_{}", "0b".repeat(16)).parse().unwrap(), ..context() },
        SealContext { stream: "conversation/y".to_owned(), ..context() },
        SealContext { kind: "conversation.closed".to_owned(), ..context() },
    ];
    for other in elsewhere {
        let error = sealing.open_part(&key, &other, &part.bytes).unwrap_err();
        assert!(matches!(error, SealingError::NotAuthentic(_)), "{error}");
    }
    let other_key = sealing.take_key().unwrap();
    assert!(matches!(sealing.open_part(&other_key, &context(), &part.bytes), Err(SealingError::NotAuthentic(_))));
    let mut changed = part.bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(sealing.open_part(&key, &context(), &changed), Err(SealingError::NotAuthentic(_))));
}

#[test]
fn an_erased_key_is_gone_for_good() {
    let (folder, sealing) = fresh();
    let key = sealing.take_key().unwrap();
    let part = sealing.seal(&key, &context(), &words()).unwrap();
    sealing.erase(std::slice::from_ref(&key)).unwrap();
    sealing.erase(std::slice::from_ref(&key)).unwrap();
    assert_eq!(sealing.open_part(&key, &context(), &part.bytes).unwrap(), Opened::Erased);
    assert!(matches!(sealing.seal(&key, &context(), &words()), Err(SealingError::Destroyed(_))));
    assert!(matches!(sealing.pseudonym_in(&key, "x"), Err(SealingError::Destroyed(_))));
    drop(sealing);
    let again = open(folder.path(), 2);
    assert_eq!(again.open_part(&key, &context(), &part.bytes).unwrap(), Opened::Erased);
    assert_eq!(again.destroyed().unwrap(), vec![key]);
}

#[test]
fn a_key_that_was_never_here_is_not_taken_for_erased() {
    let (_folder, sealing) = fresh();
    let stranger: KeyId = format!("key_{}", "00".repeat(16)).parse().unwrap();
    assert!(matches!(sealing.open_part(&stranger, &context(), &[0; 64]), Err(SealingError::UnknownKey(_))));
}

#[test]
fn a_later_run_opens_old_parts_and_never_reuses_the_stock() {
    let folder = tempdir().unwrap();
    let mut seen = HashSet::new();
    let first = open(folder.path(), 1);
    for _ in 0..10 {
        assert!(seen.insert(first.take_key().unwrap()));
    }
    let stocked: HashSet<String> = {
        let db = rusqlite::Connection::open(folder.path().join("keys.db")).unwrap();
        let mut ids = db.prepare("SELECT id FROM sealing_keys").unwrap();
        ids.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let key = seen.iter().next().unwrap().clone();
    let part = first.seal(&key, &context(), &words()).unwrap();
    drop(first);
    let second = open(folder.path(), 2);
    assert_eq!(second.open_part(&key, &context(), &part.bytes).unwrap(), Opened::Fields(words()));
    for _ in 0..600 {
        let taken = second.take_key().unwrap();
        assert!(!stocked.contains(taken.as_str()), "a key of the earlier run's stock was handed out");
        assert!(seen.insert(taken), "a key was handed out twice");
    }
}

#[test]
fn a_key_is_durable_before_it_is_handed_out() {
    let (folder, sealing) = fresh();
    for _ in 0..300 {
        let key = sealing.take_key().unwrap();
        let db = rusqlite::Connection::open(folder.path().join("keys.db")).unwrap();
        let stored = db.prepare("SELECT 1 FROM sealing_keys WHERE id = ?1").unwrap().exists([key.as_str()]).unwrap();
        assert!(stored);
    }
}

#[test]
fn keys_are_made_ahead_once_half_of_them_are_taken_and_not_before() {
    let (folder, sealing) = fresh();
    let db = rusqlite::Connection::open(folder.path().join("keys.db")).unwrap();
    let made = || -> i64 { db.query_row("SELECT count(*) FROM sealing_keys", [], |row| row.get(0)).unwrap() };
    sealing.take_key().unwrap();
    let first = made();
    for _ in 1..first / 2 {
        sealing.take_key().unwrap();
        assert_eq!(made(), first, "taking one costs no write while half of them are left");
    }
    sealing.take_key().unwrap();
    while made() == first {
        std::thread::yield_now();
    }
}

#[test]
fn concurrent_callers_get_keys_of_their_own() {
    let (_folder, sealing) = fresh();
    let taken: Vec<KeyId> = std::thread::scope(|scope| {
        let callers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| (0..100).map(|_| sealing.take_key().unwrap()).collect::<Vec<_>>())).collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 800);
}

#[test]
fn names_are_equal_for_equal_texts_and_end_with_their_key() {
    let (folder, sealing) = fresh();
    let (one, two) = (sealing.take_key().unwrap(), sealing.take_key().unwrap());
    assert_eq!(
        sealing.pseudonym_in(&one, "ada@example.org").unwrap(),
        sealing.pseudonym_in(&one, "ada@example.org").unwrap()
    );
    assert_ne!(
        sealing.pseudonym_in(&one, "ada@example.org").unwrap(),
        sealing.pseudonym_in(&two, "ada@example.org").unwrap()
    );
    assert_ne!(
        sealing.pseudonym_in(&one, "ada@example.org").unwrap(),
        sealing.pseudonym_in(&one, "bo@example.org").unwrap()
    );
    let name = sealing.pseudonym("ada@example.org");
    assert_ne!(name, sealing.pseudonym("bo@example.org"));
    drop(sealing);
    assert_eq!(open(folder.path(), 9).pseudonym("ada@example.org"), name, "the index key stays");
}

#[test]
fn the_station_key_stays_the_same() {
    let (folder, sealing) = fresh();
    let key = sealing.station_key();
    let signature = key.sign(b"head");
    assert!(countersign_sealing::signature_holds(&key.public_key(), b"head", &signature));
    drop(sealing);
    assert_eq!(open(folder.path(), 5).station_key().public_key(), key.public_key());
}

#[cfg(unix)]
#[test]
fn every_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, sealing) = fresh();
    sealing.take_key().unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        files += 1;
    }
    assert_eq!(files, 3);
}

#[test]
fn a_missing_or_foreign_file_is_a_clear_error() {
    let (folder, sealing) = fresh();
    let key = sealing.take_key().unwrap();
    drop(sealing);
    let master = folder.path().join("master.key");
    let kept = std::fs::read(&master).unwrap();
    std::fs::remove_file(&master).unwrap();
    let reopen = || Sealing::open(folder.path(), Arc::new(SeededEntropy::new(3)));
    assert!(matches!(reopen(), Err(SealingError::MasterMissing(_))));
    std::fs::write(&master, [9; 32]).unwrap();
    assert!(matches!(reopen(), Err(SealingError::WrongMaster)));
    std::fs::write(&master, kept).unwrap();
    assert!(reopen().unwrap().seal(&key, &context(), &words()).is_ok());
    let db = || rusqlite::Connection::open(folder.path().join("keys.db")).unwrap();
    db().pragma_update(None, "user_version", 2).unwrap();
    assert!(matches!(reopen(), Err(SealingError::Newer(2))));
    db().pragma_update(None, "user_version", 0).unwrap();
    assert!(matches!(reopen(), Err(SealingError::Foreign)), "no layout of ours ever had that number");
    db().pragma_update(None, "application_id", 0).unwrap();
    assert!(matches!(reopen(), Err(SealingError::Foreign)), "somebody else's database, with tables of theirs");
    std::fs::write(folder.path().join("keys.db"), b"this is a letter to my aunt, and no database at all").unwrap();
    assert!(matches!(reopen(), Err(SealingError::Foreign)));
}

#[test]
fn a_first_start_that_was_cut_short_does_not_keep_the_next_from_starting() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("keys.db"), b"").unwrap();
    let sealing = open(folder.path(), 1);
    assert!(sealing.seal(&sealing.take_key().unwrap(), &context(), &words()).is_ok());
}

#[test]
fn an_empty_part_has_a_commitment_too() {
    let entropy = SeededEntropy::new(1);
    assert_eq!(SaltedFields::new(&Fields::new(), &entropy).commitment().len(), 64);
}
