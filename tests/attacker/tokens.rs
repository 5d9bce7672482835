//! Tokens: guessed, cut, replayed.

use crate::wire::{ask, authority};
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::station::Start;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn no_part_or_relative_of_a_token_opens_a_session_and_a_token_ends_with_its_session() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let token = desk.bearer().unwrap().to_owned();
    let host = authority(&station.desk);
    let own = format!("http://{host}");
    let approvals = async |authorization: &str| {
        let headers = [
            ("host", host.as_str()),
            ("origin", own.as_str()),
            ("content-type", "application/json"),
            ("authorization", authorization),
        ];
        ask(&station.desk, "POST /api/query", &headers, r#"{"query":{"query":"approvals"}}"#).await.status
    };
    assert_eq!(approvals(&format!("Bearer {token}")).await, 200);
    let last = token.len() - 1;
    let other = if token.ends_with('A') { "B" } else { "A" };
    let set_up = station.desk.split_once("token=").unwrap().1.to_owned();
    for guess in [
        String::new(),
        "Bearer ".to_owned(),
        "Bearer null".to_owned(),
        format!("Bearer {}", &token[..last]),
        format!("Bearer {}{other}", &token[..last]),
        format!("Bearer {token}="),
        format!("Bearer {token} {token}"),
        format!("Bearer {}", token.to_ascii_lowercase()),
        format!("Basic {token}"),
        token.clone(),
        format!("Bearer {set_up}"),
    ] {
        assert_eq!(approvals(&guess).await, 401, "{guess}");
    }
    desk.command(json!({"command": "sign_out"})).await.unwrap();
    assert_eq!(approvals(&format!("Bearer {token}")).await, 401, "it was signed out");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_set_up_token_is_good_for_one_person_and_guessing_voids_it() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let token = station.desk.split_once("token=").unwrap().1.to_owned();
    let set_up = |token: Option<&str>, password: &str| json!({"command": "set_up", "name": "Mallory", "password": password, "token": token});
    let mut mallory = Desk::at(&station.desk);
    let refused = mallory.command(set_up(None, PASSWORD)).await.unwrap_err();
    assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid"), &json!("token")), "{refused}");
    // A set-up that comes to nothing does not use the token up.
    let refused = mallory.command(set_up(Some(&token), "short")).await.unwrap_err();
    assert_eq!(refused["field"], "password", "{refused}");
    for n in 0..10 {
        let refused = mallory.command(set_up(Some(&format!("guess {n}")), PASSWORD)).await.unwrap_err();
        assert_eq!(refused["field"], "token", "{refused}");
    }
    let refused = mallory.command(set_up(Some(&token), PASSWORD)).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("void"), "{refused}");
    station.stop().await;

    // The station prints another one; the old one is nobody's.
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    let refused = Desk::at(&station.desk).command(set_up(Some(&token), PASSWORD)).await.unwrap_err();
    assert_eq!(refused["field"], "token", "{refused}");
    marta.set_up("Marta Lindqvist").await;
    let token = station.desk.split_once("token=").unwrap().1.to_owned();
    let refused = Desk::at(&station.desk).command(set_up(Some(&token), PASSWORD)).await.unwrap_err();
    assert_eq!(refused["code"], "forbidden", "{refused}");
    station.stop().await;
    let station = Start::on(&folder.path().join("data")).running().await;
    assert!(!station.desk.contains("token"), "{}", station.desk);
    let refused = Desk::at(&station.desk).command(set_up(Some(&token), PASSWORD)).await.unwrap_err();
    assert_eq!(refused["code"], "forbidden", "{refused}");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_tries_one_password_on_many_people_has_to_wait_and_is_told_for_how_long() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let mut mallory = Desk::at(&station.desk);
    let mut codes = Vec::new();
    for n in 0..21 {
        let person = format!("per_{n:032x}");
        let command = json!({"command": "sign_in", "person": person, "password": "correct horse battery"});
        let refused = mallory.command(command).await.unwrap_err();
        codes.push(refused["code"].as_str().unwrap().to_owned());
        if n == 20 {
            let message = refused["message"].as_str().unwrap();
            assert!(message.contains("wait ") && message.contains("not compared"), "{message}");
        }
    }
    assert!(codes[..20].iter().all(|code| code == "wrong_password"), "{codes:?}");
    assert_eq!(codes[20], "unavailable");
    station.stop().await;
}
