//! A stolen data folder. What can be read without the keys is exactly what the README says: the log holds no word of
//! anybody; `views.db` and the sample CRM's own database are plain.

use countersign_tests::held::HeldRefund;
use countersign_tests::station::{Start, assets};
use countersign_tests::words;
use std::path::Path;

/// What Ana said, who she is, and what she knows: in no file that a backup or a thief without keys may have.
const WORDS: &[&str] = &["Varde 45 rucksack", "arrived damaged", "Ana Ruiz", "46001"];

/// Whether a file holds one of the words, in the two forms that text takes on disk here.
fn holds(path: &Path, word: &str) -> bool {
    let bytes = std::fs::read(path).unwrap();
    let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    words::stand_in(&bytes, word.as_bytes()) || words::stand_in(&bytes, &wide)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_keys_the_log_tells_no_word_and_the_readme_says_what_is_plain() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer, action } = HeldRefund::begin(Start::on(&data)).await;
    desk.approve(&action).await;
    desk.wait_for_action(&["succeeded"]).await;
    // Killed, so that what SQLite has in its write-ahead log is stolen too.
    station.kill9().await;
    drop(customer);

    let mut looked_at = Vec::new();
    for entry in std::fs::read_dir(&data).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("views.db") || entry.path().is_dir() {
            continue;
        }
        for word in WORDS {
            assert!(!holds(&entry.path(), word), "{name} holds {word:?}");
        }
        looked_at.push(name);
    }
    for needed in ["log.db", "log.db-wal", "keys.db", "checkpoint"] {
        assert!(looked_at.iter().any(|name| name == needed), "{needed} is not among {looked_at:?}");
    }
    // Said plainly in the README, so it must be true: these are readable by whoever has the folder.
    let views = ["views.db", "views.db-wal"].map(|name| data.join(name));
    assert!(views.iter().any(|path| path.exists() && holds(path, WORDS[0])), "views.db is not plain any more: say so");
    let readme = std::fs::read_to_string(assets().with_file_name("README.md")).unwrap();
    assert!(readme.contains("### What a stolen folder tells"));

    // The thief starts a station on the copy: without the master key it opens nothing.
    std::fs::remove_file(data.join("master.key")).unwrap();
    let (code, said) = Start::on(&data).refused().await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("master.key"), "{said}");
}
