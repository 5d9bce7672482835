//! Nobody decides in time: it expires, closed, and the customer is told so and not that somebody refused.

use countersign_tests::crm::amounts;
use countersign_tests::held::{HeldRefund, ORDER};
use countersign_tests::station::{Start, edited_assets};
use countersign_tests::trail::Trail;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_decides_in_time_never_runs_and_is_told_as_expired() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // Nobody waits a quarter of an hour here; long enough that it is seen held before.
    let sooner = |text: &str| text.replace("hold_seconds = 900", "hold_seconds = 15");
    let start = Start::with_assets(&data, &edited_assets(folder.path(), "tools/crm.toml", sooner));
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(start).await;
    let digest = desk.card(&action).await["card_digest"].clone();

    let row = desk.wait_for_action(&["expired"]).await;
    assert_eq!(row["action"], action.as_str());
    customer.hear("It was not refused").await;
    desk.decide_on(&action, &digest, json!({ "choice": "approve" })).await.expect_err("it is too late");
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0]);
    station.stop().await;
    let trail = Trail::read(&data).await;
    let kinds = ["proposed", "held", "expired"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
}
