//! People at their desks: who joins, who signs second, and who is sent away at once.

use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::station::{Start, Station};
use serde_json::{Value, json};

pub(crate) async fn people(desk: &mut Desk) -> Value {
    desk.query(json!({"query": "people"})).await.unwrap()
}

pub(crate) async fn sign_in(desk: &mut Desk, person: &Value, password: &str) -> Result<Value, Value> {
    desk.command(json!({"command": "sign_in", "person": person, "password": password})).await
}

async fn propose(desk: &mut Desk, request: Value) -> Result<Value, Value> {
    desk.command(json!({"command": "propose_change", "request": request, "why": "For the test."})).await
}

/// Signs the newest change that waits; its view as it was.
pub(crate) async fn countersign(desk: &mut Desk) -> Value {
    let view = people(desk).await;
    let change = view["changes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(change["may_not_sign"], Value::Null, "{change}");
    let command = json!({"command": "sign_change", "change": change["change"], "digest": change["digest"]});
    desk.command(command).await.unwrap();
    change
}

pub(crate) fn enrol(name: &str) -> Value {
    let roles = ["supervisor", "administrator"];
    json!({"change": "enrol_person", "name": name, "password": PASSWORD, "roles": roles, "limits": null})
}

/// Marta and Jonas, both supervisors, each at a desk.
pub(crate) async fn two(station: &Station) -> (Desk, Desk) {
    let (mut marta, mut jonas) = (Desk::at(&station.desk), Desk::at(&station.desk));
    marta.set_up("Marta Lindqvist").await;
    marta.command(json!({ "command": "propose_change", "request": enrol("Jonas Weber"), "why": null })).await.unwrap();
    let id = people(&mut marta).await["people"][1]["id"].clone();
    sign_in(&mut jonas, &id, PASSWORD).await.unwrap();
    (marta, jonas)
}

/// The two at their desks again, after a start.
pub(crate) async fn two_again(station: &Station) -> (Desk, Desk) {
    let (mut marta, mut jonas) = (Desk::at(&station.desk), Desk::at(&station.desk));
    marta.sign_in().await;
    let id = people(&mut marta).await["people"][1]["id"].clone();
    sign_in(&mut jonas, &id, PASSWORD).await.unwrap();
    (marta, jonas)
}

#[tokio::test]
async fn a_change_takes_two_desks_and_who_was_removed_is_sent_away_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let view = people(&mut marta).await;
    assert_eq!(view["one_person_mode"], true);
    let unmet = view["unmet_rules"].as_array().unwrap();
    for rule in ["refund-over-500", "address-over-300"] {
        let named = unmet.iter().any(|why| why.as_str().unwrap().contains(rule));
        assert!(named, "a rule that nobody can satisfy is named: {unmet:?}");
    }

    // Alone, her signature is enough; with the second person that ends.
    propose(&mut marta, enrol("Jonas Weber")).await.unwrap();
    let view = people(&mut marta).await;
    assert_eq!((view["one_person_mode"].clone(), view["people"].as_array().unwrap().len()), (json!(false), 2));
    let jonas_id = view["people"][1]["id"].clone();
    let mut jonas = Desk::at(&station.desk);
    assert_eq!(sign_in(&mut jonas, &jonas_id, PASSWORD).await.unwrap()["stage"], "desk");

    // A third joins with the second signature and not before.
    propose(&mut marta, enrol("Zsófia Németh")).await.unwrap();
    let view = people(&mut marta).await;
    assert_eq!(view["people"].as_array().unwrap().len(), 2);
    let change = &view["changes"][0];
    assert!(change["may_not_sign"].as_str().unwrap().contains("You have signed this"), "{change}");
    assert_eq!(change["may_sign_next"], json!(["Jonas Weber"]));
    let zero = "00".repeat(32);
    let other = json!({"command": "sign_change", "change": change["change"], "digest": zero});
    assert_eq!(jonas.command(other).await.unwrap_err()["code"], "card_changed", "only what was shown is signed");
    assert_eq!(jonas.query(json!({"query": "session"})).await.unwrap()["changes_to_sign"], 1);
    let signed = countersign(&mut jonas).await;
    assert_eq!(
        (signed["title"].clone(), signed["why"].clone()),
        (json!("Zsófia Németh joins"), json!("For the test."))
    );
    let view = people(&mut marta).await;
    let zsofia_id = view["people"][2]["id"].clone();

    // Limits are seen by whoever looks, with what is used of them.
    let limits = json!([{"minor": 50_000, "currency": "EUR"}]);
    propose(&mut marta, json!({"change": "set_limits", "person": zsofia_id, "limits": limits})).await.unwrap();
    let signed = countersign(&mut jonas).await;
    assert_eq!(signed["lines"][0]["to"], "€500.00", "{signed}");
    let view = people(&mut marta).await;
    assert_eq!(view["people"][2]["limits"][0]["limit"]["minor"], 50_000);

    // Jonas leaves: his session ends with the second signature, and his password opens nothing.
    let mut zsofia = Desk::at(&station.desk);
    sign_in(&mut zsofia, &zsofia_id, PASSWORD).await.unwrap();
    propose(&mut marta, json!({"change": "remove_person", "person": jonas_id})).await.unwrap();
    people(&mut jonas).await;
    countersign(&mut zsofia).await;
    assert_eq!(jonas.query(json!({"query": "people"})).await.unwrap_err()["code"], "sign_in_needed");
    assert_eq!(sign_in(&mut jonas, &jonas_id, PASSWORD).await.unwrap_err()["code"], "wrong_password");
    let view = people(&mut marta).await;
    assert!(view["people"][2]["left_at"].is_string(), "he is remembered: {view}");
    let refused = propose(&mut marta, json!({"change": "remove_person", "person": zsofia_id})).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("too few people"), "{refused}");
}

#[tokio::test]
async fn a_new_password_opens_a_new_key_and_the_old_one_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    propose(&mut marta, enrol("Jonas Weber")).await.unwrap();
    let jonas_id = people(&mut marta).await["people"][1]["id"].clone();
    let mut jonas = Desk::at(&station.desk);
    sign_in(&mut jonas, &jonas_id, PASSWORD).await.unwrap();
    propose(&mut marta, enrol("Zsófia Németh")).await.unwrap();
    countersign(&mut jonas).await;
    let zsofia_id = people(&mut marta).await["people"][2]["id"].clone();

    let new = "another four plain words";
    propose(&mut marta, json!({"change": "reset_password", "person": zsofia_id, "password": new})).await.unwrap();
    let mut zsofia = Desk::at(&station.desk);
    sign_in(&mut zsofia, &zsofia_id, PASSWORD).await.expect("until the second signature nothing is different");
    countersign(&mut jonas).await;
    assert_eq!(zsofia.query(json!({"query": "people"})).await.unwrap_err()["code"], "sign_in_needed");
    assert_eq!(sign_in(&mut zsofia, &zsofia_id, PASSWORD).await.unwrap_err()["code"], "wrong_password");
    sign_in(&mut zsofia, &zsofia_id, new).await.unwrap();
    let keys = people(&mut zsofia).await["people"][2]["keys"].clone();
    assert!(keys[0]["apart_until"].is_string() && keys[1]["revoked_at"].is_string(), "{keys}");

    // Beside whoever reset it, the new key signs nothing for a while.
    let roles = ["supervisor"];
    propose(&mut marta, json!({"change": "set_roles", "person": jonas_id, "roles": roles})).await.unwrap();
    let change = people(&mut zsofia).await["changes"][0].clone();
    let command = json!({"command": "sign_change", "change": change["change"], "digest": change["digest"]});
    let refused = zsofia.command(command).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("seven days"), "{refused}");
}

#[tokio::test]
async fn a_set_up_with_two_begins_with_two_and_shows_the_recovery_key_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let station = Start::on(&data).running().await;
    let token = station.desk.split_once("token=").map(|(_, token)| token.to_owned());
    let mut desk = Desk::at(&station.desk);
    let second = json!({"name": "Jonas Weber", "password": "short"});
    let mut command =
        json!({"command": "set_up", "name": "Marta", "password": PASSWORD, "token": token, "second": second});
    assert_eq!(desk.command(command.clone()).await.unwrap_err()["field"], "second_password");
    command["second"]["password"] = json!(PASSWORD);
    let session = desk.command(command).await.unwrap();
    assert_eq!((session["one_person_mode"].clone(), session["people"].as_array().unwrap().len()), (json!(false), 2));
    let key = session["recovery_key"].as_str().unwrap().to_owned();
    assert_eq!(desk.query(json!({"query": "session"})).await.unwrap()["recovery_key"], Value::Null);
    let mut alone = desk.command(json!({"command": "stop", "takes_two": true})).await.unwrap();
    assert_eq!(alone["stopped"].take()["takes_two"], true);
    assert_eq!(desk.command(json!({"command": "resume"})).await.unwrap_err()["code"], "invalid");
    station.kill9().await;

    // The machine is lost, the backup and the paper are there.
    std::fs::remove_file(data.join("master.key")).unwrap();
    assert!(countersign_station::recover(&data, "7QK4-M2WX-0D9R-TZ5B-H8VC-1NFE-K3YA-P6SJ").is_err());
    countersign_station::recover(&data, &key).unwrap();
    let station = Start::on(&data).running().await;
    let mut desk = Desk::at(&station.desk);
    let session = desk.query(json!({"query": "session"})).await.unwrap();
    assert_eq!(session["people"][1]["name"], "Jonas Weber", "what was sealed opens again");
}
