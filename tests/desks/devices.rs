//! Desktops on other machines, over TLS: they decide with keys that never leave them, together and against each other; and
//! whoever is not let in is shown nothing.

use crate::pains::two_approve;
use crate::people::{countersign, enrol, people, two};
use countersign_api::wire::command::{Command, Query};
use countersign_api::wire::device::ConnectionCode;
use countersign_api::wire::error::ProblemCode;
use countersign_api::wire::queue::{DecisionReceipt, DecisionRequest, Password};
use countersign_api::wire::session::{SessionView, Stage};
use countersign_device::{Connection, DeviceDesk, Failed, Told};
use countersign_station::SystemEntropy;
use countersign_tests::customer::Customer;
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::held::ask;
use countersign_tests::station::{Start, Station, edited_assets};
use countersign_tests::trail::{Trail, verified};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A desktop on another machine, which keeps what it keeps in this folder.
fn desktop(station: &Station, folder: &Path) -> Arc<DeviceDesk> {
    let code: ConnectionCode = station.devices.as_ref().unwrap().parse().unwrap();
    let connection = Connection::new(folder);
    connection.keep(&code).unwrap();
    Arc::new(DeviceDesk::new(&code, &connection, Arc::new(SystemEntropy)).unwrap())
}

async fn signs_in(desk: &DeviceDesk, person: &Value, password: &str) -> Result<SessionView, Failed> {
    let person = person.as_str().unwrap().to_owned();
    desk.command(Command::SignIn { person, password: password.to_owned() }).await
}

async fn decides(desk: &Arc<DeviceDesk>, action: &str, choice: Value) -> Result<DecisionReceipt, Failed> {
    let card = desk.query(Query::Card { action: action.to_owned() }).await?;
    desk.decide(decision(action, &card["card_digest"], choice)).await
}

fn decision(action: &str, digest: &Value, choice: Value) -> DecisionRequest {
    let decision = json!({ "action": action, "card_digest": digest, "choice": choice, "looked_ms": 1_500 });
    serde_json::from_value(decision).unwrap()
}

fn problem(failed: Failed) -> (ProblemCode, String) {
    match failed {
        Failed::Problem(problem) => (problem.code, problem.message),
        Failed::Lost(why) => panic!("the station was lost: {why}"),
    }
}

/// Marta and Jonas at browser desks of the station, and their ids.
async fn two_with_ids(station: &Station) -> ([Desk; 2], [Value; 2]) {
    let (mut marta, jonas) = two(station).await;
    let view = people(&mut marta).await;
    let ids = [0, 1].map(|n| view["people"][n]["id"].clone());
    ([marta, jonas], ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_two_desktops_decide_together_and_against_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let assets = edited_assets(folder.path(), "policies/refunds.cedar", two_approve);
    let station = Start::with_assets(&data, &assets).letting_devices_in("127.0.0.1:0").running().await;
    let ([mut marta, mut jonas], ids) = two_with_ids(&station).await;
    let [hers, his] = ["hers", "his"].map(|name| desktop(&station, &folder.path().join(name)));

    // A new device is shown nothing until a second person has signed for its key.
    for (desk, id, second) in [(&hers, &ids[0], &mut jonas), (&his, &ids[1], &mut marta)] {
        let session = signs_in(desk, id, PASSWORD).await.unwrap();
        assert_eq!(session.stage, Stage::DeviceWaits);
        for query in [Query::Approvals, Query::People, Query::Waits] {
            let (code, why) = problem(desk.query(query).await.unwrap_err());
            assert_eq!((code, why.contains("second person")), (ProblemCode::Forbidden, true), "{why}");
        }
        let (code, _) = problem(desk.command(Command::Stop { takes_two: false, part: None }).await.unwrap_err());
        assert_eq!(code, ProblemCode::Forbidden, "and does nothing");
        // Whoever tries again proposes nothing twice.
        signs_in(desk, id, PASSWORD).await.unwrap();
        assert_eq!(people(second).await["changes"].as_array().unwrap().len(), 1);
        countersign(second).await;
        let session: SessionView = serde_json::from_value(desk.query(Query::Session).await.unwrap()).unwrap();
        assert_eq!(session.stage, Stage::Desk);
    }

    // Together.
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let together = ask(&mut ana, &mut marta).await;
    let approve = json!({ "choice": "approve" });
    decides(&hers, &together, approve.clone()).await.unwrap();
    let (code, why) = problem(decides(&hers, &together, approve.clone()).await.unwrap_err());
    assert_eq!((code, why.contains("another person")), (ProblemCode::Forbidden, true), "{why}");
    let shown = his.query(Query::Card { action: together.clone() }).await.unwrap();
    let other = decision(&together, &json!("00".repeat(32)), approve.clone());
    let (code, _) = problem(his.decide(other).await.unwrap_err());
    assert_eq!(code, ProblemCode::CardChanged, "only what was shown is signed");
    his.decide(decision(&together, &shown["card_digest"], approve.clone())).await.unwrap();
    marta.wait_for_action(&["succeeded"]).await;

    // Against each other: one of them is first, and the other is told by whom.
    ana.say("Please cancel order 1063, I ordered twice by mistake. Postcode 46001.").await;
    let row = marta.wait_for_action(&["held"]).await;
    let against = row["action"].as_str().unwrap().to_owned();
    let reject = json!({ "choice": "reject", "guidance": "Ask what it is about first." });
    let both = tokio::join!(decides(&hers, &against, reject.clone()), decides(&his, &against, reject));
    let refused = match both {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("exactly one of them: {both:?}"),
    };
    let (code, why) = problem(refused);
    assert_eq!(code, ProblemCode::NoLongerHeld, "{why}");
    assert!(why.contains("already rejected by") || why.contains("no longer waiting"), "{why}");

    // The trail has each signature under the key of its device, and whoever signs out is nobody there.
    hers.command(Command::SignOut).await.unwrap();
    let (code, _) = problem(hers.query(Query::Approvals).await.unwrap_err());
    assert_eq!(code, ProblemCode::SignInNeeded);
    station.stop().await;
    verified(&data);
    let trail = Trail::read(&data).await;
    let decisions = trail.verified_decisions(&together).await;
    assert_eq!(decisions.len(), 2);
    for (decided, _) in decisions {
        let person = decided.statement.person.as_str();
        let name = if ids[0] == person { "hers" } else { "his" };
        let key = folder.path().join(name).join("keys").join(person).join(format!("{}.key", decided.statement.key));
        assert!(key.exists(), "the key lies on that person's device");
        assert!(
            !data.join("device-keys").join(format!("{}.key", decided.statement.key)).exists(),
            "and not at the station"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_of_the_house_is_told_nothing_and_a_revoked_device_is_sent_away() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).letting_devices_in("127.0.0.1:0").running().await;
    let ([mut marta, mut jonas], ids) = two_with_ids(&station).await;
    let code: ConnectionCode = station.devices.as_ref().unwrap().parse().unwrap();
    let at = |code: &ConnectionCode, name: &str| {
        let connection = Connection::new(&folder.path().join(name));
        Arc::new(DeviceDesk::new(code, &connection, Arc::new(SystemEntropy)).unwrap())
    };

    // Another certificate than the one that is pinned: nothing is sent to whoever shows it, and no key is made there.
    let elsewhere = at(&ConnectionCode { pin: [7; 32], ..code.clone() }, "elsewhere");
    let Err(Failed::Lost(why)) = signs_in(&elsewhere, &ids[0], PASSWORD).await else { panic!("it was let in") };
    assert!(why.contains("its certificate is another one"), "{why}");

    // Without the house's word not even the names of those who work there.
    let stranger = at(&ConnectionCode { word: [7; 16], ..code.clone() }, "stranger");
    let (refused, why) = problem(stranger.query(Query::Session).await.unwrap_err());
    assert_eq!((refused, why.contains("connection code")), (ProblemCode::Forbidden, true), "{why}");

    // A wrong password leaves nothing behind, here or there.
    let hers = at(&code, "hers");
    let (refused, _) = problem(signs_in(&hers, &ids[0], "not her password at all").await.unwrap_err());
    assert_eq!(refused, ProblemCode::WrongPassword);
    let kept = std::fs::read_dir(folder.path().join("hers/keys").join(ids[0].as_str().unwrap())).unwrap();
    assert_eq!(kept.count(), 0);
    assert_eq!(people(&mut jonas).await["changes"], json!([]));

    signs_in(&hers, &ids[0], PASSWORD).await.unwrap();
    let enrolled = countersign(&mut jonas).await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let following = tokio::spawn(hers.clone().follow(move |one| drop(tell.send(one))));
    assert_eq!(told.recv().await, Some(Told::Found));
    assert!(matches!(told.recv().await, Some(Told::Notice(_))));

    // A person who joins at a device has a key that the station holds, and not one of a device that is not theirs.
    let joins: Command = serde_json::from_value(json!({
        "command": "propose_change", "request": enrol("Zsófia Németh"), "why": null
    }))
    .unwrap();
    hers.command(joins).await.unwrap();
    countersign(&mut jonas).await;
    let view = people(&mut jonas).await;
    assert_eq!(view["people"][2]["keys"][0]["held"], "station", "{view:#}");

    // Her device's key is revoked: its session ends, and its key opens nothing any more.
    let key = view["people"][0]["keys"].as_array().unwrap().iter().find(|key| key["held"] == "device").unwrap();
    let revoke = json!({ "change": "revoke_key", "person": ids[0], "key": key["key"] });
    marta
        .command(json!({ "command": "propose_change", "request": revoke, "why": "Her laptop is lost." }))
        .await
        .unwrap();
    countersign(&mut jonas).await;
    let (refused, _) = problem(hers.query(Query::Approvals).await.unwrap_err());
    assert_eq!(refused, ProblemCode::SignInNeeded, "{enrolled}");
    let (refused, why) = problem(signs_in(&hers, &ids[0], PASSWORD).await.unwrap_err());
    assert_eq!((refused, why.contains("revoked")), (ProblemCode::Forbidden, true), "{why}");
    drop(told);
    following.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_that_lost_its_station_says_so_decides_nothing_and_finds_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let station = Start::on(&data).letting_devices_in("127.0.0.1:0").running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let id = people(&mut marta).await["people"][0]["id"].clone();
    let hers = desktop(&station, &folder.path().join("hers"));
    // Alone, her own signature is enough for her device.
    assert_eq!(signs_in(&hers, &id, PASSWORD).await.unwrap().stage, Stage::Desk);
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let action = ask(&mut ana, &mut marta).await;
    let shown = hers.query(Query::Card { action: action.clone() }).await.unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    let following = tokio::spawn(hers.clone().follow(move |one| drop(tell.send(one))));
    assert_eq!(told.recv().await, Some(Told::Found));

    let address = hers_address(&station);
    station.kill9().await;
    while !matches!(told.recv().await.unwrap(), Told::Lost(_)) {}
    let approve = decision(&action, &shown["card_digest"], json!({ "choice": "approve" }));
    let Err(Failed::Lost(why)) = hers.decide(approve.clone()).await else { panic!("it decided") };
    assert!(why.contains("Nothing was recorded"), "{why}");

    // The same station under the same certificate; whoever was signed in there is not any more.
    let station = Start::on(&data).letting_devices_in(&address).running().await;
    hers.retry();
    while told.recv().await.unwrap() != Told::SignedOut {}
    let (refused, _) = problem(hers.decide(approve).await.unwrap_err());
    assert_eq!(refused, ProblemCode::SignInNeeded);
    assert_eq!(signs_in(&hers, &id, PASSWORD).await.unwrap().stage, Stage::Desk, "its key is enrolled already");
    decides(&hers, &action, json!({ "choice": "approve" })).await.unwrap();
    marta = Desk::at(&station.desk);
    marta.sign_in().await;
    marta.wait_for_action(&["succeeded"]).await;
    following.abort();
    station.stop().await;
    verified(&data);
}

fn hers_address(station: &Station) -> String {
    let code: ConnectionCode = station.devices.as_ref().unwrap().parse().unwrap();
    code.authority()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_the_password_is_approved_at_a_desktop_by_whoever_types_it_and_not_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let line = "@id(\"refund-over-50\")\n";
    let asks = |text: &str| text.replace(line, &format!("{line}@step_up(\"password\")\n"));
    let assets = edited_assets(folder.path(), "policies/refunds.cedar", asks);
    let station = Start::with_assets(&data, &assets).letting_devices_in("127.0.0.1:0").running().await;
    let ([mut marta, mut jonas], ids) = two_with_ids(&station).await;
    let desk = desktop(&station, &folder.path().join("hers"));
    signs_in(&desk, &ids[0], PASSWORD).await.unwrap();
    countersign(&mut jonas).await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let action = ask(&mut ana, &mut marta).await;

    let card = jonas.card(&action).await;
    assert_eq!(card["step_up"], true);
    let why = card["may_not_approve_reason"].as_str().unwrap();
    assert!(why.contains("this is a browser"), "{why}");
    let mut decision = decision(&action, &card["card_digest"], json!({ "choice": "approve" }));
    for password in [Value::Null, json!(PASSWORD)] {
        let mut sent = serde_json::to_value(&decision).unwrap();
        sent["password"] = password;
        let refused = jonas.decides(&sent).await.unwrap_err();
        assert_eq!(refused["field"], "password", "{refused}");
    }

    let card = desk.query(Query::Card { action: action.clone() }).await.unwrap();
    assert_eq!((&card["step_up"], &card["may_not_approve_reason"]), (&json!(true), &Value::Null));
    decision.card_digest = card["card_digest"].as_str().unwrap().to_owned();
    for (typed, code) in [
        (None, ProblemCode::Invalid),
        (Some("not her password"), ProblemCode::WrongPassword),
        (Some("x"), ProblemCode::WrongPassword),
    ] {
        decision.password = typed.map(|typed| Password(typed.to_owned()));
        assert_eq!(problem(desk.decide(decision.clone()).await.unwrap_err()).0, code, "{typed:?}");
    }
    assert_eq!(jonas.card(&action).await["state"], "held", "and nothing ran");
    decision.password = Some(Password(PASSWORD.to_owned()));
    desk.decide(decision.clone()).await.unwrap();
    marta.wait_for_action(&["succeeded"]).await;
    let stored = marta.card(&action).await;
    assert_eq!((&stored["decision"]["signed_by"], &stored["decision"]["step_up"]), (&json!("device"), &json!(true)));

    // Whoever guesses at somebody else's desk is out after five.
    decision.password = Some(Password("not her password".to_owned()));
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(problem(desk.decide(decision.clone()).await.unwrap_err()).0);
    }
    assert_eq!(codes.last(), Some(&ProblemCode::SignInNeeded), "{codes:?}");
    assert!(!desk.is_signed_in());
    station.stop().await;
    verified(&data);
}
