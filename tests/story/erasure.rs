//! A customer erased while the station runs: none of their words in any file, everybody is told, and a restart changes
//! nothing of it.

use countersign_tests::held::HeldRefund;
use countersign_tests::station::Start;
use countersign_tests::trail::Trail;
use countersign_tests::words;
use serde_json::{Value, json};
use std::path::Path;

/// Whether any file below a folder holds these letters, in any case. The sample shop's CRM is not ours to erase.
fn holds(folder: &Path, word: &str) -> Option<String> {
    let word = word.to_lowercase();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name == "crm") {
                continue;
            }
            if let Some(found) = holds(&path, &word) {
                return Some(found);
            }
        } else if let Ok(bytes) = std::fs::read(&path)
            && words::stand_in(&bytes.to_ascii_lowercase(), word.as_bytes())
        {
            return Some(path.display().to_string());
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_customer_s_words_are_in_no_file_while_the_station_runs_and_the_trail_still_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer: mut ana, action } = HeldRefund::begin(Start::on(&data)).await;
    let conversation = ana.conversation().to_owned();
    desk.approve(&action).await;
    ana.hear("is on its way back").await;
    ana.say("Thank you for the quetzalcoatl").await;
    let view = || json!({ "query": "conversation", "conversation": conversation });
    let said = |shown: &Value| shown.to_string().contains("quetzalcoatl").then_some(Value::Null);
    desk.wait_for_answer("the words are on the Floor", view(), said).await;
    assert!(holds(&data, "quetzalcoatl").is_some(), "the views hold plain words");

    let of = json!({ "by": "conversation", "conversation": conversation });
    let request = json!({ "change": "erase_customer", "of": of });
    let silent = desk.command(json!({ "command": "propose_change", "request": request, "why": null })).await;
    assert_eq!(silent.unwrap_err()["field"], "why");
    let ordered = json!({ "command": "propose_change", "request": request, "why": "By letter of 12 November." });
    desk.command(ordered).await.unwrap();
    let asked = json!({ "query": "customer", "of": of });
    let words = desk.wait_for_answer("erased", asked, |known| known["certificate_words"].as_str().map(Value::from));
    let words = words.await.as_str().unwrap().to_owned();
    assert!(words.contains("1 key of 1 conversation"), "{words}");
    for word in ["quetzalcoatl", "ana ruiz", "rucksack of order", "46001"] {
        assert_eq!(holds(&data, word), None, "{word} is still in a file");
    }
    ana.wait_for("the conversation ends", |frame| frame["type"] == "closed").await;
    let transcript = desk.query(view()).await.unwrap();
    assert_eq!((&transcript["row"]["erased"], &transcript["row"]["customer"]), (&json!(true), &Value::Null));
    let card = desk.query(json!({ "query": "card", "action": action })).await.unwrap_err();
    assert_eq!(card["code"], "erased");
    station.stop().await;
    assert_eq!(std::fs::read_to_string(data.join("erased.keys")).unwrap().lines().count(), 1);
    // Opening the trail checks it against its checkpoint.
    let trail = Trail::read(&data).await;
    assert_eq!((trail.count("customer.erased"), trail.count("customer.erasure_done")), (1, 1));
}
