//! A station that is asked to end does so by itself, whoever is connected, and says that it did.

use countersign_tests::held::HeldRefund;
use countersign_tests::station::Start;

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_end_it_ends_with_customers_and_desks_connected_and_what_is_held_stays_held() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let HeldRefund { station, desk, customer, action } = HeldRefund::begin(Start::on(&data)).await;
    let (code, said) = station.stopped().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("station ended"), "it did not end in order: {said}");
    assert!(!said.contains("panicked") && !said.contains("ERROR"), "{said}");
    drop(desk);

    let absent = customer.leave().await;
    let station = Start::on(&data).running().await;
    let mut desk = countersign_tests::desk::Desk::at(&station.desk);
    desk.sign_in().await;
    let mut customer = absent.come_back(&station.chat).await;
    assert_eq!(desk.wait_for_action(&["held"]).await["action"], action.as_str());
    desk.approve(&action).await;
    customer.hear("is on its way back").await;
    customer.heard_everything_once(&station.chat).await;
    station.stop().await;
}
