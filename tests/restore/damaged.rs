//! Backups that are not whole, keys that are not theirs, places that are taken: refused with words, and nothing changed.

use crate::commands::{backup, hashes, restore, restore_with};
use countersign_tests::station::Start;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_cut_short_or_changed_is_refused_and_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    Start::on(&data).running().await.stop().await;
    backup(&data, &file).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let broken = folder.path().join("broken");
    let step = whole.len() / 12;
    for cut in (0..whole.len() - 2_048).step_by(step) {
        std::fs::write(&broken, &whole[..cut]).unwrap();
        let refused = restore(&broken, &again, &data).unwrap_err();
        assert!(refused.contains("cannot be restored"), "cut at {cut}: {refused}");
        assert!(!again.exists());
    }
    // A byte of the content, wherever it lies: the hash of its part finds it, or it was none of the content.
    for at in (600..whole.len() - 2_048).step_by(step / 3) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&broken, &changed).unwrap();
        if restore(&broken, &again, &data).is_ok() {
            assert!(whole[at] == 0, "byte {at} was changed and nobody noticed");
            std::fs::remove_dir_all(&again).unwrap();
        }
        assert!(!again.exists());
    }
    std::fs::write(&broken, "a letter").unwrap();
    assert!(restore(&broken, &again, &data).unwrap_err().contains("no backup"));
    restore(&file, &again, &data).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_not_overwritten_and_other_stations_keys_open_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, other, again, file) = (
        folder.path().join("data"),
        folder.path().join("other"),
        folder.path().join("again"),
        folder.path().join("backup"),
    );
    Start::on(&data).running().await.stop().await;
    Start::on(&other).running().await.stop().await;
    backup(&data, &file).unwrap();
    let before = (hashes(&data), std::fs::read(&file).unwrap());
    assert!(backup(&other, &file).unwrap_err().contains("nothing is overwritten"));
    assert!(restore(&file, &data, &data).unwrap_err().contains("nothing is overwritten"));
    assert!(restore(&file, &again, &other).unwrap_err().contains("another station"));
    let master = folder.path().join("master");
    std::fs::create_dir(&master).unwrap();
    std::fs::copy(other.join("master.key"), master.join("master.key")).unwrap();
    assert!(restore(&file, &again, &master).unwrap_err().contains("master.key does not open keys.db"));
    assert!(restore(&file, &again, folder.path()).unwrap_err().contains("--keys"));
    let elsewhere = other.join("checkpoint");
    let more = ["--nobody-erased", "--checkpoint", elsewhere.to_str().unwrap()];
    assert!(restore_with(&file, &again, &data, &more).unwrap_err().contains("checkpoint"));
    assert!(!again.exists());
    assert_eq!((hashes(&data), std::fs::read(&file).unwrap()), before);
    assert!(backup(folder.path(), &folder.path().join("none")).is_err());
}
