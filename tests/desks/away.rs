//! Out of office: what is handed to somebody who is away reaches their deputy, both names said, and is theirs again when they are
//! back.

use crate::people::{countersign, enrol, people, sign_in, two};
use countersign_domain::time::Timestamp;
use countersign_tests::customer::Customer;
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::held::ask;
use countersign_tests::station::Start;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// A time so many seconds from now, by this machine's clock.
#[allow(clippy::disallowed_methods, reason = "a person at a desk looks at their own clock, and a station at its own")]
pub(crate) fn ahead(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    Timestamp::from_micros(now.try_into().unwrap()).unwrap().plus_seconds(seconds).to_string()
}

async fn ids(desk: &mut Desk) -> Vec<Value> {
    let view = people(desk).await;
    view["people"].as_array().unwrap().iter().map(|person| person["id"].clone()).collect()
}

fn go_away(until: &str, deputy: &Value) -> Value {
    json!({ "command": "go_away", "person": null, "until": until, "deputy": deputy })
}

async fn approvals(desk: &mut Desk) -> Value {
    desk.query(json!({ "query": "approvals" })).await.unwrap()
}

/// Until exactly this waits for whoever sits there.
async fn waits(desk: &mut Desk, actions: &[&String]) {
    let what = format!("{actions:?} waits");
    desk.wait_for(&what, |queue| (queue["for_you"] == json!(actions)).then_some(Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_to_somebody_who_is_away_is_their_deputys_until_they_are_back() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let (mut marta, mut jonas) = two(&station).await;
    let ids = ids(&mut marta).await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let action = ask(&mut ana, &mut marta).await;
    let to = |to: &Value| json!({ "command": "delegate", "action": action, "to": to });
    jonas.command(to(&ids[0])).await.unwrap();
    waits(&mut jonas, &[]).await;
    waits(&mut marta, &[&action]).await;

    let until = ahead(3 * 24 * 60 * 60);
    let session = marta.command(go_away(&until, &ids[1])).await.unwrap();
    let deputy = json!({ "person": ids[1], "name": "Jonas Weber" });
    assert_eq!(session["away"], json!({ "until": until, "deputy": deputy, "by": null }));
    assert_eq!(session["quiet"], true);
    waits(&mut jonas, &[&action]).await;
    waits(&mut marta, &[]).await;
    let queue = approvals(&mut jonas).await;
    let delegated = &queue["held"][0]["delegated"];
    assert_eq!((&delegated["to"], &delegated["name"]), (&ids[0], &json!("Marta Lindqvist")), "both names are said");
    assert_eq!(delegated["away"], json!({ "until": until, "deputy": deputy }));
    let card = marta.card(&action).await;
    assert_eq!(card["aside"]["delegated"]["away"]["deputy"], deputy);
    assert_eq!(card["may_decide"], true, "nothing of her authority moved");
    let waits_of = marta.query(json!({ "query": "waits" })).await.unwrap();
    assert_eq!((&waits_of["held"], &waits_of["held_of_all"]), (&json!(0), &json!(1)), "her tray tells nothing");
    let delegates = jonas.card(&action).await["aside"]["delegates"].clone();
    assert_eq!((&delegates[0]["away"]["deputy"], &delegates[1]["away"]), (&deputy, &Value::Null));

    marta.command(json!({ "command": "come_back", "person": null })).await.unwrap();
    waits(&mut marta, &[&action]).await;
    waits(&mut jonas, &[]).await;
    // The time passes by itself, and nothing is told of it.
    marta.command(go_away(&ahead(6), &ids[1])).await.unwrap();
    assert!(approvals(&mut marta).await["next_in_ms"].as_u64().is_some_and(|ms| ms <= 6_000));
    waits(&mut marta, &[&action]).await;
    assert_eq!(marta.query(json!({ "query": "session" })).await.unwrap()["away"], Value::Null);
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_deputy_is_away_too_or_has_left_it_waits_for_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let (mut marta, mut jonas) = two(&station).await;
    let mut third = enrol("Zsófia Németh");
    third["roles"] = json!(["supervisor"]);
    let propose = |request: Value| json!({ "command": "propose_change", "request": request, "why": null });
    marta.command(propose(third)).await.unwrap();
    countersign(&mut jonas).await;
    let ids = ids(&mut marta).await;
    let mut zsofia = Desk::at(&station.desk);
    sign_in(&mut zsofia, &ids[2], PASSWORD).await.unwrap();
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let action = ask(&mut ana, &mut marta).await;
    marta.command(json!({ "command": "delegate", "action": action, "to": ids[2] })).await.unwrap();
    waits(&mut marta, &[]).await;

    zsofia.command(go_away(&ahead(7_200), &ids[1])).await.unwrap();
    waits(&mut jonas, &[&action]).await;
    let refused = zsofia.command(json!({ "command": "come_back", "person": ids[0] })).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("takes an administrator"), "{refused}");
    // Whoever manages people says it for somebody who is ill.
    let ill = json!({ "command": "go_away", "person": ids[1], "until": ahead(3_600), "deputy": ids[2] });
    marta.command(ill).await.unwrap();
    waits(&mut marta, &[&action]).await;
    waits(&mut jonas, &[]).await;
    let view = people(&mut jonas).await;
    assert_eq!(view["people"][1]["away"]["by"], "Marta Lindqvist", "the record says who said it");
    let away = approvals(&mut marta).await["held"][0]["delegated"]["away"].clone();
    assert_eq!(away["deputy"], Value::Null, "there is one step, and then it is everybody's");

    // Where everybody is away, whoever sits there is told all the same.
    marta.command(go_away(&ahead(3_600), &ids[1])).await.unwrap();
    waits(&mut jonas, &[&action]).await;
    jonas.command(json!({ "command": "come_back", "person": null })).await.unwrap();
    waits(&mut jonas, &[&action]).await;
    waits(&mut marta, &[]).await;
    let remove = json!({ "change": "remove_person", "person": ids[1] });
    marta.command(json!({ "command": "come_back", "person": null })).await.unwrap();
    waits(&mut marta, &[]).await;
    marta.command(propose(remove)).await.unwrap();
    countersign(&mut zsofia).await;
    waits(&mut marta, &[&action]).await;
    let away = approvals(&mut marta).await["held"][0]["delegated"]["away"].clone();
    assert_eq!(away["deputy"], Value::Null, "whoever has left stands in for nobody");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_that_cannot_be_is_refused_at_its_field_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let (mut marta, _) = two(&station).await;
    let ids = ids(&mut marta).await;
    let nobody = json!(format!("per_{}", "0".repeat(32)));
    for (until, deputy, field, says) in [
        (ahead(3_600), &ids[0], "deputy", "somebody else is the deputy"),
        (ahead(3_600), &nobody, "deputy", "not on the staff"),
        (ahead(-60), &ids[1], "until", "lies ahead"),
        (ahead(91 * 86_400), &ids[1], "until", "for more than 90 days"),
        ("tomorrow".to_owned(), &ids[1], "until", ""),
    ] {
        let refused = marta.command(go_away(&until, deputy)).await.unwrap_err();
        assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid"), &json!(field)), "{refused}");
        assert!(refused["message"].as_str().unwrap().to_lowercase().contains(says), "{refused}");
    }
    let session = marta.query(json!({ "query": "session" })).await.unwrap();
    assert_eq!((&session["away"], &session["quiet"]), (&Value::Null, &json!(false)));
    station.stop().await;
}
