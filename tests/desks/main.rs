//! Several desks at one station at the same moment: who gets in, who is turned away, and in which words.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod added;
mod away;
mod cancelling;
mod crowd;
mod devices;
mod ending;
mod escalations;
mod fleet;
mod gateway;
mod looking;
mod models;
mod pains;
mod people;
mod pinning;
mod presence;
mod reading;
mod relaying;
mod rule_deadlines;
mod settling;
mod stdio;
mod takeover;
mod undoing;
mod unseen;
mod waiting;

use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::station::Start;
use futures::future::join_all;
use serde_json::json;

#[tokio::test]
async fn two_first_persons_at_once_are_one_and_the_token_is_good_once() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let token = station.desk.split_once("token=").map(|(_, token)| token.to_owned());
    let set_up = |name: &str| json!({"command": "set_up", "name": name, "password": PASSWORD, "token": token});
    let (mut one, mut other) = (Desk::at(&station.desk), Desk::at(&station.desk));
    let both = tokio::join!(one.command(set_up("Marta Lindqvist")), other.command(set_up("Jonas Weber")));
    let refused = match both {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("exactly one of them: {both:?}"),
    };
    assert_eq!(refused["code"], "forbidden", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("already"), "{refused}");
    let mut third = Desk::at(&station.desk);
    assert_eq!(third.command(set_up("Mallory")).await.unwrap_err()["code"], "forbidden");
    let session = third.query(json!({"query": "session"})).await.unwrap();
    assert_eq!(session["people"].as_array().unwrap().len(), 1);
    third.sign_in().await;
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_guesses_than_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    Desk::at(&station.desk).set_up("Marta Lindqvist").await;
    let guesses = (0..24).map(|n| {
        let mut desk = Desk::at(&station.desk);
        async move { desk.sign_in_with(&format!("not the password {n}")).await.unwrap_err()["code"].clone() }
    });
    let told = join_all(guesses).await;
    assert_eq!(told.iter().filter(|code| **code == "wrong_password").count(), 5, "{told:?}");
    assert_eq!(
        told.iter().filter(|code| **code == "unavailable").count(),
        19,
        "the others were not compared: {told:?}"
    );
}

#[tokio::test]
async fn browsers_that_were_closed_without_signing_out_keep_nobody_from_a_desk() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut first = Desk::at(&station.desk);
    first.set_up("Marta Lindqvist").await;
    for _ in 0..64 {
        Desk::at(&station.desk).sign_in().await;
    }
    let refused = first.query(json!({"query": "approvals"})).await.unwrap_err();
    assert_eq!(refused["code"], "sign_in_needed", "the oldest of 65 sessions has ended");
    first.sign_in().await;
    first.query(json!({"query": "approvals"})).await.unwrap();
}
