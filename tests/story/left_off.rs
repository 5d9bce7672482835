//! A station reads its log on from where the last run ended, and from the beginning where it does not know where that was.

use countersign_tests::crm::amounts;
use countersign_tests::desk::Desk;
use countersign_tests::held::{ASKED, HeldRefund, ORDER};
use countersign_tests::station::{Start, Station};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Where the log was read from at the newest start.
fn read_from(station: &Station) -> u64 {
    let said = station.said();
    let (_, said) = said.rsplit_once("the log is read from position ").expect("it says from where");
    said.split_whitespace().next().unwrap().parse().unwrap()
}

/// The file's text with something else in it, under a digest that fits.
fn with(kept: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut kept: Value = serde_json::from_str(kept.split_once('\n').unwrap().1).unwrap();
    edit(&mut kept);
    let kept = kept.to_string();
    format!("{}\n{kept}", hex::encode(Sha256::digest(&kept)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_reads_on_from_where_the_last_run_ended_unless_the_file_fits_no_log_and_no_past() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = data.join("left-off.json");
    let HeldRefund { station, customer, action, .. } = HeldRefund::begin(Start::on(&data)).await;
    assert_eq!(read_from(&station), 0);
    station.stop().await;
    drop(customer);

    let spoilers: [fn(&str) -> String; 4] = [
        str::to_owned,
        |kept| kept.replacen("held", "Held", 1),
        |kept| with(kept, |kept| kept["log"] = format!("log_{}", "0".repeat(32)).into()),
        |kept| with(kept, |kept| kept["record"] = "0".repeat(64).into()),
    ];
    for (nth, spoiled) in spoilers.into_iter().enumerate() {
        let kept = std::fs::read_to_string(&file).unwrap();
        let position =
            serde_json::from_str::<Value>(kept.split_once('\n').unwrap().1).unwrap()["left"]["open"]["position"]
                .as_u64()
                .unwrap();
        std::fs::write(&file, spoiled(&kept)).unwrap();
        let station = Start::on(&data).running().await;
        assert_eq!(read_from(&station), if nth == 0 { position } else { 0 }, "start {nth}");
        let mut desk = Desk::at(&station.desk);
        desk.sign_in().await;
        assert_eq!(desk.wait_for_action(&["held"]).await["action"], action.as_str());
        station.stop().await;
    }

    let station = Start::on(&data).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    desk.approve(&action).await;
    desk.wait_for_action(&["succeeded"]).await;
    assert_eq!(amounts(&data, ORDER), [ASKED]);
    station.stop().await;
}
