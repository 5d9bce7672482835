//! A desktop whose station is on another machine: connected by its code, let in by a second person, and its person decides
//! there with a key that lies here.

use std::time::Instant;

use countersign_tests::customer::Customer;
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::held::ask;
use countersign_tests::process::{DEADLINE, LOOK};
use countersign_tests::station::Start;
use countersign_tests::trail::{Trail, verified};
use serde_json::json;

use crate::at_the_desk::session;
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_connects_to_a_station_on_another_machine_and_its_person_approves_there() {
    let folder = tempfile::tempdir().unwrap();
    let (data, own) = (folder.path().join("station"), folder.path().join("own"));
    let station = Start::on(&data).letting_devices_in("127.0.0.1:0").running().await;
    let [mut marta, mut jonas] = [Desk::at(&station.desk), Desk::at(&station.desk)];
    marta.set_up("Marta Lindqvist").await;
    let joins = json!({
        "change": "enrol_person", "name": "Jonas Weber", "password": PASSWORD,
        "roles": ["supervisor", "administrator"], "limits": null
    });
    marta.command(json!({ "command": "propose_change", "request": joins, "why": null })).await.unwrap();
    let view = marta.query(json!({ "query": "people" })).await.unwrap();
    let id = &view["people"][1]["id"];
    jonas.command(json!({ "command": "sign_in", "person": id, "password": PASSWORD })).await.unwrap();
    let channels = marta.query(json!({ "query": "channels" })).await.unwrap();
    let code = channels["devices"]["code"].as_str().expect("an administrator sees the code").to_owned();
    assert_eq!(Some(&code), station.devices.as_ref());

    let window = Window::open(&own, &[]).await;
    window.push("Connect to another station").await;
    window.fill("Connection code", "station.example.com").await;
    window.press("Control+Enter").await;
    window.wait_for_text("This is no connection code").await;
    window.screenshot("connecting").await;
    window.fill("Connection code", &code).await;
    let before = window.process();
    window.press_last("Control+Enter").await;
    window.started_again(before).await;

    let window = Window::open(&own, &[]).await;
    window.wait_for_text("This desktop is connected to the station").await;
    window.screenshot("connected").await;
    window.fill("Password", PASSWORD).await;
    window.press("Enter").await;
    window.wait_for_text("This device is not let in yet").await;
    window.screenshot("device-waits").await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    let action = ask(&mut ana, &mut marta).await;
    assert_eq!(session(&window).await["stage"], "device_waits");
    let refused = window.invoke("query", json!({ "query": { "query": "approvals" } })).await.unwrap_err();
    assert_eq!(refused["code"], "forbidden", "{refused}");

    // A second person signs for its key, and it opens by itself.
    let view = jonas.query(json!({ "query": "people" })).await.unwrap();
    let change = &view["changes"][0];
    let sign = json!({ "command": "sign_change", "change": change["change"], "digest": change["digest"] });
    jonas.command(sign).await.unwrap();
    window.wait_for_text("Refund \u{20ac}129.00").await;
    let mut look = tokio::time::interval(LOOK);
    let asks = "return document.body.innerText.includes('Approve what cannot be undone?')";
    let began = Instant::now();
    // A key that comes too soon after the card has come does nothing.
    while window.run(asks).await != json!(true) {
        assert!(began.elapsed() < DEADLINE, "A does nothing");
        look.tick().await;
        window.press("a").await;
    }
    window.press("Shift+A").await;
    jonas.wait_for_action(&["succeeded"]).await;
    window.screenshot("approved-afar").await;

    // A station that is gone is told, and nothing is taken for what it was.
    station.stop().await;
    window.wait_for_text("This desk lost its station").await;
    let lost = window.invoke("query", json!({ "query": { "query": "approvals" } })).await.unwrap_err();
    assert!(lost.as_str().is_some_and(|why| why.contains("cannot be reached")), "{lost}");
    verified(&data);
    let (decided, _) = Trail::read(&data).await.verified_decision(&action).await;
    let person = decided.statement.person.as_str();
    let key = own.join("connection/keys").join(person).join(format!("{}.key", decided.statement.key));
    assert!(key.exists(), "she signed with the key that lies on her desktop");

    // Whoever leaves a station leaves no key behind, whether it is there or not.
    let before = window.process();
    window.run("window.__TAURI_INTERNALS__.invoke('disconnect');").await;
    window.started_again(before).await;
    assert!(!own.join("connection").exists());
}
