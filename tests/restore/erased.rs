//! A backup from before an erasure brings nobody back.

use crate::commands::{backup, restore, restore_with, same_crm, verify};
use countersign_tests::desk::Desk;
use countersign_tests::held::HeldRefund;
use countersign_tests::station::Start;
use countersign_tests::trail::Trail;
use serde_json::json;
use std::path::Path;

const WORDS: &[&str] = &["Varde 45 rucksack", "arrived damaged", "Ana Ruiz"];

/// Whether any file of the folder holds one of Ana's words; the CRM is another system.
fn holds_words(folder: &Path) -> Option<String> {
    for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        for word in WORDS {
            if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                return Some(format!("{:?} holds {word:?}", entry.file_name()));
            }
        }
    }
    None
}

/// Whether the log's sealed parts tell one of them to whoever has the keys.
async fn opens_words(data: &Path) -> bool {
    let trail = Trail::read(data).await;
    trail.all().iter().any(|event| {
        let told = serde_json::to_string(&event.fields).unwrap();
        WORDS.iter().any(|word| told.contains(word))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_an_erasure_does_not_bring_the_words_back() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    let HeldRefund { station, customer, action, .. } = HeldRefund::begin(Start::on(&data)).await;
    backup(&data, &file).unwrap();
    station.kill9().await;
    let absent = customer.leave().await;
    let trail = Trail::read(&data).await;
    let first = trail.all().iter().find(|event| event.stored.envelope.kind == "conversation.opened").unwrap();
    let key = first.stored.envelope.sealed.as_ref().unwrap().key.to_string();
    let list = folder.path().join("erased.keys");
    // As the station writes it; the last line was cut short by a crash before its key was destroyed.
    std::fs::write(&list, format!("{key}\nkey_00")).unwrap();

    let said = restore_with(&file, &again, &data, &["--erased", list.to_str().unwrap()]).unwrap();
    assert!(said.contains("1 erased keys were destroyed again"), "{said}");
    assert!(!opens_words(&again).await, "the words are back");
    same_crm(&data, &again);
    let station = Start::on(&again).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    // Nothing more can be said in what was hers.
    let mut page = absent.come_back(&station.chat).await;
    page.wait_for("the conversation has ended", |frame| frame["type"] == "closed").await;
    // Her refund was open, and is settled though nothing can be sealed for her any more.
    desk.wait_for_answer("the refund is settled", json!({"query": "approvals"}), |queue| {
        let rows = ["held", "unknown", "decided"].iter().filter_map(|list| queue[list].as_array()).flatten();
        rows.into_iter().find(|row| row["state"] == "settled_did_not_happen").cloned()
    })
    .await;
    desk.command(json!({"command": "resume"})).await.unwrap();
    desk.query(json!({"query": "conversations"})).await.unwrap();
    station.stop().await;
    assert_eq!(holds_words(&again), None);
    let (code, said) = verify(&[&again]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(Trail::read(&again).await.kinds_of(&action).last().unwrap(), "action.settled");
    // The list goes with the folder, for the next restore.
    assert!(std::fs::read_to_string(again.join("erased.keys")).unwrap().contains(&key));

    // Without the list they would have come back: that is what it is asked for.
    let careless = folder.path().join("careless");
    restore(&file, &careless, &data).unwrap();
    assert!(opens_words(&careless).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_restores_without_saying_who_was_erased() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    Start::on(&data).running().await.stop().await;
    backup(&data, &file).unwrap();
    let refused = restore_with(&file, &again, &data, &[]).unwrap_err();
    assert!(refused.contains("erased.keys"), "{refused}");
    let list = folder.path().join("erased.keys");
    std::fs::write(&list, "key_0123\nkey_4567\n").unwrap();
    let refused = restore_with(&file, &again, &data, &["--erased", list.to_str().unwrap()]).unwrap_err();
    assert!(refused.contains("line 1"), "{refused}");
    let both = ["--erased", list.to_str().unwrap(), "--nobody-erased"];
    assert!(restore_with(&file, &again, &data, &both).is_err());
    assert!(!again.exists());
}
