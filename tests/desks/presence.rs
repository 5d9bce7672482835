//! Who looks at a card is seen by everybody else while they do, and whoever decides second is told who was first.

use crate::people::{enrol, people, sign_in};
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::held::HeldRefund;
use countersign_tests::station::Start;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_who_looks_is_seen_until_they_move_on_or_are_gone_and_whoever_is_second_is_told_who_was_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = HeldRefund::begin(Start::on(&folder.path().join("data"))).await;
    let request = json!({ "command": "propose_change", "request": enrol("Jonas Weber"), "why": null });
    scene.desk.command(request).await.unwrap();
    let mut jonas = Desk::at(&scene.station.desk);
    let jonas_id = people(&mut scene.desk).await["people"][1]["id"].clone();
    sign_in(&mut jonas, &jonas_id, PASSWORD).await.unwrap();

    let mut marta_hears = scene.desk.notices().await;
    assert_eq!(marta_hears.looking().await, json!([]), "at first it is told how it is");
    let jonas_hears = jonas.notices().await;
    let size = scene.desk.query(json!({ "query": "session" })).await.unwrap()["log_size"].clone();
    jonas.command(json!({ "command": "look_at", "action": scene.action })).await.unwrap();
    assert_eq!(marta_hears.looking().await, json!([{ "action": scene.action, "person": jonas_id }]));
    jonas.command(json!({ "command": "look_at", "action": null })).await.unwrap();
    assert_eq!(marta_hears.looking().await, json!([]), "they moved on");
    jonas.command(json!({ "command": "look_at", "action": scene.action })).await.unwrap();
    assert_eq!(marta_hears.looking().await.as_array().map(Vec::len), Some(1));
    drop(jonas_hears);
    assert_eq!(marta_hears.looking().await, json!([]), "nobody is there any more");
    let after: Value = scene.desk.query(json!({ "query": "session" })).await.unwrap()["log_size"].clone();
    assert_eq!(size, after, "where somebody looks is no record");

    let mut second = scene.desk.card(&scene.action).await;
    jonas.decide(&scene.action, json!({ "choice": "reject", "guidance": "Ask for a photo first." })).await.unwrap();
    let no = json!({ "choice": "reject", "guidance": "No." });
    let late = scene.desk.decide_on(&scene.action, &second["card_digest"].take(), no).await.unwrap_err();
    assert_eq!(late["code"], "no_longer_held");
    assert_eq!(late["message"], "This was already rejected by Jonas Weber. Your decision was not recorded.");
    scene.station.stop().await;
}
