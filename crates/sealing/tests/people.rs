//! Passwords and the keys that people sign with.
#![allow(clippy::unwrap_used, clippy::panic)]

use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_sealing::{DeviceKeys, PasswordError, Sealing, SigningKeyError, signature_holds};
use countersign_testkit::SeededEntropy;
use std::sync::Arc;
use tempfile::tempdir;

const PASSWORD: &str = "correct horse battery";

#[test]
fn a_password_verifies_and_a_wrong_or_missing_one_does_not() {
    let folder = tempdir().unwrap();
    let entropy = Arc::new(SeededEntropy::new(1));
    let sealing = Sealing::open(folder.path(), entropy.clone()).unwrap();
    let person = PersonId::random(entropy.as_ref());
    assert!(!sealing.verify_password(&person, PASSWORD).unwrap());
    sealing.set_password(&person, PASSWORD).unwrap();
    assert!(sealing.verify_password(&person, PASSWORD).unwrap());
    assert!(!sealing.verify_password(&person, "correct horse batterz").unwrap());
    assert!(!sealing.verify_password(&person, "").unwrap());
    assert!(!sealing.verify_password(&PersonId::random(entropy.as_ref()), PASSWORD).unwrap());
    sealing.set_password(&person, "another long password").unwrap();
    assert!(!sealing.verify_password(&person, PASSWORD).unwrap());
    sealing.remove_password(&person).unwrap();
    assert!(!sealing.verify_password(&person, "another long password").unwrap());
}

#[test]
fn passwords_are_stored_as_argon2id_with_the_documented_parameters() {
    let folder = tempdir().unwrap();
    let entropy = Arc::new(SeededEntropy::new(1));
    let sealing = Sealing::open(folder.path(), entropy.clone()).unwrap();
    sealing.set_password(&PersonId::random(entropy.as_ref()), PASSWORD).unwrap();
    let db = rusqlite::Connection::open(folder.path().join("keys.db")).unwrap();
    let phc: String = db.query_row("SELECT phc FROM passwords", [], |row| row.get(0)).unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
}

#[test]
fn a_password_out_of_bounds_is_refused_with_its_length() {
    let folder = tempdir().unwrap();
    let entropy = Arc::new(SeededEntropy::new(1));
    let sealing = Sealing::open(folder.path(), entropy.clone()).unwrap();
    let person = PersonId::random(entropy.as_ref());
    assert!(matches!(sealing.set_password(&person, "eleven char"), Err(PasswordError::TooShort(11))));
    assert!(matches!(sealing.set_password(&person, &"x".repeat(1025)), Err(PasswordError::TooLong)));
}

#[test]
fn a_device_key_unlocks_with_its_password_only() {
    let folder = tempdir().unwrap();
    let entropy = Arc::new(SeededEntropy::new(1));
    let keys = DeviceKeys::new(folder.path(), entropy.clone()).unwrap();
    let id = SigningKeyId::random(entropy.as_ref());
    let made = keys.create(&id, PASSWORD).unwrap();
    let unlocked = keys.unlock(&id, PASSWORD).unwrap();
    assert_eq!(unlocked.public_key(), made.public_key());
    let signature = unlocked.sign(b"decision");
    assert!(signature_holds(&made.public_key(), b"decision", &signature));
    assert!(!signature_holds(&made.public_key(), b"decisioN", &signature));
    assert!(matches!(keys.unlock(&id, "correct horse batterz"), Err(SigningKeyError::WrongPassword(_))));
    let other = SigningKeyId::random(entropy.as_ref());
    assert!(!keys.holds(&other));
    assert!(matches!(keys.unlock(&other, PASSWORD), Err(SigningKeyError::NotHere(_))));
    assert!(keys.create(&id, PASSWORD).is_err(), "a key is never replaced");
    assert!(matches!(keys.create(&other, "short"), Err(SigningKeyError::Password(PasswordError::TooShort(5)))));
}

#[test]
fn a_device_key_file_moved_under_another_id_does_not_unlock() {
    let folder = tempdir().unwrap();
    let entropy = Arc::new(SeededEntropy::new(1));
    let keys = DeviceKeys::new(folder.path(), entropy.clone()).unwrap();
    let (id, other) = (SigningKeyId::random(entropy.as_ref()), SigningKeyId::random(entropy.as_ref()));
    keys.create(&id, PASSWORD).unwrap();
    std::fs::rename(folder.path().join(format!("{id}.key")), folder.path().join(format!("{other}.key"))).unwrap();
    assert!(matches!(keys.unlock(&other, PASSWORD), Err(SigningKeyError::WrongPassword(_))));
}

#[test]
fn the_station_holds_desk_keys_across_runs() {
    let folder = tempdir().unwrap();
    let entropy = Arc::new(SeededEntropy::new(1));
    let id = SigningKeyId::random(entropy.as_ref());
    let public = Sealing::open(folder.path(), entropy.clone()).unwrap().create_desk_key(&id).unwrap().public_key();
    let sealing = Sealing::open(folder.path(), entropy).unwrap();
    let key = sealing.desk_key(&id).unwrap();
    assert_eq!(key.public_key(), public);
    assert!(signature_holds(&public, b"decision", &key.sign(b"decision")));
    sealing.remove_desk_key(&id).unwrap();
    assert!(matches!(sealing.desk_key(&id), Err(SigningKeyError::NotHere(_))));
}

#[test]
fn a_recovery_key_brings_the_master_key_back_once_and_only_the_newest_does() {
    let folder = tempdir().unwrap();
    let open = || Sealing::open(folder.path(), Arc::new(SeededEntropy::new(1))).unwrap();
    let sealing = open();
    let old = sealing.new_recovery_key().unwrap();
    let key = sealing.new_recovery_key().unwrap();
    let name = sealing.pseudonym("C-2001");
    drop(sealing);
    assert!(Sealing::recover(folder.path(), key.as_str()).is_err(), "there is a master key");
    std::fs::remove_file(folder.path().join("master.key")).unwrap();
    for wrong in ["", "nonsense", old.as_str()] {
        assert!(Sealing::recover(folder.path(), wrong).is_err());
        assert!(!folder.path().join("master.key").exists());
    }
    Sealing::recover(folder.path(), &key.as_str().to_lowercase()).unwrap();
    assert_eq!(open().pseudonym("C-2001"), name, "what was sealed opens again");
}
