//! A trail verifies with nothing of the station running; a conversation leaves the house as one file that does so too, and
//! the trail says that it left.

use countersign_tests::held::HeldRefund;
use countersign_tests::process::program;
use countersign_tests::station::Start;
use countersign_tests::trail::Trail;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The exit code of the verifier, and what it says.
fn verify(arguments: &[&Path]) -> (i32, String) {
    let done = Command::new(program("countersign-verify")).args(arguments).output().unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_exported_to_one_file_that_verifies_offline() {
    let folder = tempfile::tempdir().unwrap();
    let (data, case) = (folder.path().join("data"), folder.path().join("case.json"));
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(Start::on(&data)).await;
    desk.approve(&action).await;
    customer.hear("is on its way back").await;
    // While it runs, too: verifying takes no lock.
    let (code, said) = verify(&[&data]);
    assert_eq!(code, 0, "{said}");
    station.stop().await;
    let witness = folder.path().join("witness");
    std::fs::copy(data.join("checkpoint"), &witness).unwrap();

    let conversation = Trail::read(&data).await.conversation_of(&action);
    let mut export = Command::new(program("countersign-station"));
    export.arg("export-case").arg("--data").arg(&data).args(["--conversation", &conversation]).arg("--to").arg(&case);
    let done = export.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(Trail::read(&data).await.count("case.exported"), 1, "the trail says that it left the house");
    let (code, said) = verify(&[&data, Path::new("--checkpoint"), &witness]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("Held against a checkpoint from outside"), "{said}");

    let alone = tempfile::tempdir().unwrap();
    let moved = alone.path().join("case.json");
    std::fs::rename(&case, &moved).unwrap();
    let (code, said) =
        verify(&[&moved, Path::new("--checkpoint"), &witness, Path::new("--key"), &data.join("checkpoint.key")]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("countersignatures hold") && said.contains("stands under the checkpoint"), "{said}");

    let text = std::fs::read_to_string(&moved).unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let shown = parsed["records"].as_array().unwrap().iter().filter(|record| !record["disclosed"].is_null()).count();
    assert!(shown >= 6, "words, arguments and cards are shown");
    assert!(text.contains("arrived damaged") && text.contains("Marta Lindqvist"));
    for (from, to, why) in [
        ("arrived damaged", "arrived in time", "not what was sealed"),
        ("\\\"minor\\\":12900", "\\\"minor\\\":12901", "does not lead to the checkpoint"),
        ("\"position\": 0", "\"position\": 1", "position"),
    ] {
        assert!(text.contains(from), "{from}");
        std::fs::write(&moved, text.replacen(from, to, 1)).unwrap();
        let (code, said) = verify(&[&moved]);
        assert_eq!(code, 1, "{from}: {said}");
        assert!(said.contains("WRONG at position") && said.contains(why), "{from}: {said}");
    }
    std::fs::write(&moved, "{\"type\":\"a letter\"}").unwrap();
    assert_eq!(verify(&[&moved]).0, 2);
}
