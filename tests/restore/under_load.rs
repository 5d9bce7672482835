//! A backup while customers write, and the log that goes on from it.

use crate::commands::{backup, restore, restore_with, verify};
use countersign_domain::station::StationEvent;
use countersign_event_log::checkpoint::TreeHead;
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::held::WISH;
use countersign_tests::station::Start;
use countersign_tests::trail::Trail;
use std::os::unix::fs::PermissionsExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_holds_a_whole_beginning_of_the_log_and_the_restored_log_goes_on_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) =
        (folder.path().join("data"), folder.path().join("again"), folder.path().join("countersign.backup"));
    let station = Start::on(&data).running().await;
    Desk::at(&station.desk).set_up("Marta Lindqvist").await;
    let talking = (0..6).map(|n| {
        let chat = station.chat.clone();
        tokio::spawn(async move {
            let mut customer = Customer::arrive(&chat, &format!("Ana Ruiz {n}")).await;
            for _ in 0..4 {
                customer.say(WISH).await;
            }
        })
    });
    let talking: Vec<_> = talking.collect();
    let (from, to) = (data.clone(), file.clone());
    let said = tokio::task::spawn_blocking(move || {
        // Until there is something in it.
        loop {
            let said = backup(&from, &to).unwrap();
            if !said.contains(" holds 0 records") {
                return said;
            }
            std::fs::remove_file(&to).unwrap();
        }
    })
    .await
    .unwrap();
    assert!(said.contains("opens only with this station's master.key"), "{said}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let note = &said[said.find("countersign/log_").unwrap()..];
    let head = TreeHead::parse(note).unwrap();
    for one in talking {
        one.await.unwrap();
    }
    station.stop().await;
    let later = std::fs::read_to_string(data.join("checkpoint")).unwrap();
    let later = TreeHead::parse(&later).unwrap();
    assert!(later.size > head.size, "nothing came behind the backup");

    let checkpoint = data.join("checkpoint");
    let more = ["--nobody-erased", "--checkpoint", checkpoint.to_str().unwrap()];
    let said = restore_with(&file, &again, &data, &more).unwrap();
    assert!(said.contains(&format!("{} are lost", later.size - head.size)), "{said}");

    let (code, told) = verify(&[&again, std::path::Path::new("--checkpoint"), &checkpoint]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("{} more, which are lost", later.size - head.size)), "{told}");
    let (old, new) = (Trail::read(&data).await, Trail::read(&again).await);
    let size = usize::try_from(head.size).unwrap();
    assert_eq!(new.all().len(), size + 2, "the beginning, where it comes from, and the stop");
    for (old, new) in old.all().iter().zip(&new.all()[..size]) {
        assert_eq!(old.stored.envelope.to_bytes(), new.stored.envelope.to_bytes());
        assert_eq!(old.fields, new.fields, "what was sealed opens as before");
    }
    let first = &new.all()[size].stored.envelope;
    assert_ne!(first.log, head.log, "a restored log has an id of its own");
    let StationEvent::Restored(restored) = new.all()[size].event().unwrap() else { panic!("{first:?}") };
    assert_eq!((restored.log, restored.size, restored.root), (head.log, head.size, hex::encode(head.root)));
    let last_known = restored.last_known.unwrap();
    assert_eq!((last_known.size, last_known.root), (later.size, hex::encode(later.root)));
    assert_eq!(new.all()[size + 1].stored.envelope.kind, "fleet.stopped_by_restore");

    // Whoever reads the trail has the folder.
    drop((old, new));
    // It is a station like any other: it starts, it can be backed up, and restored again.
    let station = Start::on(&again).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let session = desk.query(serde_json::json!({"query": "session"})).await.unwrap();
    assert_eq!(session["stopped"]["by"], "A restore from a backup", "{session:#}");
    station.stop().await;
    let (second, third) = (folder.path().join("second.backup"), folder.path().join("third"));
    backup(&again, &second).unwrap();
    restore(&second, &third, &again).unwrap();
    let (code, told) = verify(&[&third]);
    assert_eq!(code, 0, "{told}");
    let third = Trail::read(&third).await;
    let logs: std::collections::BTreeSet<_> = third.all().iter().map(|event| &event.stored.envelope.log).collect();
    assert_eq!(logs.len(), 3);
    assert_eq!(third.count("station.restored"), 2);
}
