//! An outcome that nobody can know yet: it is shown as unknown, told as "a person is checking", never tried again, and
//! settled by the probe as soon as the CRM can be asked.

use countersign_tests::crm::{amounts, fault};
use countersign_tests::desk::Desk;
use countersign_tests::held::{HeldRefund, ORDER};
use countersign_tests::station::{Start, copied_assets};
use countersign_tests::trail::Trail;

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_hangs_leaves_it_unknown_and_a_restart_settles_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let assets = copied_assets(folder.path());
    let tools = assets.join("tools/crm.toml");
    let text = std::fs::read_to_string(&tools).unwrap();
    // Nobody waits fifteen seconds here for a CRM that will never answer.
    std::fs::write(&tools, text.replace("timeout_seconds = 15", "timeout_seconds = 1")).unwrap();
    let start = Start::with_assets(&data, &assets).with(fault(folder.path(), "hang-before-commit"));
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(start).await;
    desk.approve(&action).await;

    customer.hear("I cannot say yet whether your refund of €129.00 for order 1042 went through").await;
    customer.hear("A person is checking whether it did.").await;
    let row = desk.wait_for_action(&["unknown"]).await;
    assert_eq!(row["action"], action.as_str());
    let outcome = desk.card(&action).await["outcome"].as_str().unwrap().to_owned();
    assert!(outcome.contains("It may have happened."), "{outcome}");
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0]);

    station.kill9().await;
    let absent = customer.leave().await;
    let station = Start::with_assets(&data, &assets).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let mut customer = absent.come_back(&station.chat).await;
    desk.wait_for_action(&["settled_did_not_happen"]).await;
    customer.hear("did not go through, and nothing was paid back").await;
    customer.heard_everything_once(&station.chat).await;
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0], "it happened after all");
    station.stop().await;
    let trail = Trail::read(&data).await;
    assert_eq!(trail.of(&action).filter(|event| event.stored.envelope.kind == "action.started").count(), 1);
}
