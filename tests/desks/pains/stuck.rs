//! What waits is lost, stuck, or ended by something that is no decision.

use super::rows;
use countersign_domain::time::Timestamp;
use countersign_tests::crm::amounts;
use countersign_tests::desk::Desk;
use countersign_tests::held::{ASKED, HeldRefund, ORDER};
use countersign_tests::station::Start;
use serde_json::{Value, json};

/// The customer's connection ends while a person is asked, and the conversation is wedged for good
/// (letta-ai/lettabot#127).
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_gone_while_it_waits_finds_the_answer_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer, action } = HeldRefund::begin(Start::on(&data)).await;
    let absent = customer.hang_up();
    desk.approve(&action).await;
    desk.wait_for_action(&["succeeded"]).await;
    let mut ana = absent.come_back(&station.chat).await;
    ana.hear("is on its way back").await;
    ana.say("no that is all, goodbye").await;
    ana.hear("You can come back here").await;
    ana.heard_everything_once(&station.chat).await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    station.stop().await;
}

/// A desk that is loaded anew shows a card that can no longer be decided, or one that was decided as if it were open
/// (CopilotKit#6101).
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_opened_anew_shows_what_is_so_and_can_decide() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, customer: _ana, action } = HeldRefund::begin(Start::on(&data)).await;
    let before = desk.card(&action).await;
    drop(desk);
    let anew = async || {
        let mut desk = Desk::at(&station.desk);
        desk.sign_in().await;
        desk
    };
    let mut desk = anew().await;
    let card = desk.card(&action).await;
    assert_eq!((&card["card_digest"], &card["may_decide"]), (&before["card_digest"], &json!(true)), "{card:#}");
    desk.approve(&action).await;
    desk.wait_for_action(&["succeeded"]).await;

    let mut desk = anew().await;
    let queue = desk.query(json!({ "query": "approvals" })).await.unwrap();
    assert!(rows(&queue, "held").is_empty(), "{queue:#}");
    let card = desk.card(&action).await;
    assert_eq!((&card["state"], &card["may_decide"]), (&json!("succeeded"), &json!(false)), "{card:#}");
    desk.decide(&action, json!({ "choice": "approve" })).await.expect_err("it is decided already");
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    station.stop().await;
}

/// Whoever polls gives up after ten seconds, and that denies what had five minutes (agent-os PR 1613); or a
/// disconnect counts as a no.
#[tokio::test(flavor = "multi_thread")]
async fn neither_asking_often_nor_hanging_up_takes_time_from_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(Start::on(&data)).await;
    let card = desk.card(&action).await["card"].clone();
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    let whole = time(&card["proposed_at"]).plus_seconds(900);
    assert!(time(&card["deadline"]) >= whole, "it has the whole quarter of an hour of its tool's settings: {card:#}");
    for _ in 0..20 {
        let queue = desk.query(json!({ "query": "approvals" })).await.unwrap();
        assert_eq!(rows(&queue, "held")[0]["deadline"], card["deadline"], "{queue:#}");
        customer = customer.hang_up().come_back(&station.chat).await;
    }
    station.kill9().await;
    let absent = customer.leave().await;
    let station = Start::on(&data).running().await;
    let mut ana = absent.come_back(&station.chat).await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let now = desk.card(&action).await;
    assert_eq!((&now["state"], &now["card"]["deadline"]), (&json!("held"), &card["deadline"]), "{now:#}");
    desk.approve(&action).await;
    ana.hear("is on its way back").await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    station.stop().await;
}
