//! The trail as it is read at a desk: found, read, taken out of the house; and each of these is in the trail itself.

use countersign_event_log::verify::{Against, Case, verify_case};
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde_json::{Value, json};

async fn rows(desk: &mut Desk, search: Value) -> Vec<Value> {
    let view = desk.query(json!({ "query": "trail", "search": search })).await.unwrap();
    view["rows"].as_array().cloned().unwrap_or_default()
}

/// Waits until a search finds so many records.
async fn found(desk: &mut Desk, what: &str, search: Value, count: usize) -> Vec<Value> {
    let query = json!({ "query": "trail", "search": search });
    let view = desk
        .wait_for_answer(what, query, |view| {
            view["rows"].as_array().filter(|rows| rows.len() == count).map(|_| view.clone())
        })
        .await;
    view["rows"].as_array().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_read_what_is_recorded_once_an_hour_and_a_case_that_leaves_verifies_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("I want to talk to a person").await;
    ana.hear("I have noted for a colleague").await;
    let conversation = ana.conversation().to_owned();

    let said =
        found(&mut marta, "her words", json!({ "words": "want to talk to a pers", "customer": "ruiz" }), 1).await;
    assert_eq!(said[0]["text"], "I want to talk to a person");
    let position = said[0]["position"].clone();
    for _ in 0..3 {
        let record = marta.query(json!({ "query": "record", "position": position })).await.unwrap();
        assert_eq!((&record["reading_recorded"], &record["sealed"]), (&json!(true), &json!("open")));
        marta.command(json!({ "command": "note_search", "search": "talk customer:ruiz" })).await.unwrap();
    }
    let opened = found(&mut marta, "that she read it", json!({ "kind": "case.opened" }), 1).await;
    assert_eq!((&opened[0]["who"]["name"], &opened[0]["customer"]), (&json!("Marta Lindqvist"), &json!("Ana Ruiz")));
    let searched = found(&mut marta, "what she searched", json!({ "kind": "trail.searched" }), 1).await;
    // It may name a customer who is erased one day: no list shows it, and no search finds it.
    assert_eq!(searched[0]["text"], json!(null));
    assert!(rows(&mut marta, json!({ "kind": "trail.searched", "words": "talk" })).await.is_empty());
    let record = marta.query(json!({ "query": "record", "position": searched[0]["position"] })).await.unwrap();
    assert!(
        record["fields"].as_array().unwrap().iter().any(|field| field["value"] == "talk customer:ruiz"),
        "{record}"
    );

    let file = marta.query(json!({ "query": "case_file", "conversation": conversation })).await.unwrap();
    let case: Case = serde_json::from_str(file["text"].as_str().unwrap()).unwrap();
    assert_eq!(json!(case.records.len()), file["records"]);
    let report = verify_case(&case, &Against::default());
    assert!(report.is_good(), "{:?}", report.in_words());
    let left = found(&mut marta, "that it left", json!({ "kind": "case.exported", "person": "marta" }), 1).await;
    assert_eq!(left[0]["conversation"], json!(conversation));
    assert!(rows(&mut marta, json!({ "kind": "case", "person": "nobody" })).await.is_empty());

    let nothing = marta.query(json!({ "query": "record", "position": 999_999 })).await.unwrap_err();
    assert_eq!(nothing["code"], "not_found");
    let wrong = marta.query(json!({ "query": "trail", "search": { "currency": "euro" } })).await.unwrap_err();
    assert_eq!((&wrong["code"], &wrong["field"]), (&json!("invalid"), &json!("currency")));
    station.stop().await;
}
