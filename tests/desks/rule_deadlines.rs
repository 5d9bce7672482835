//! A deadline that a rule gives in a real station: row, card and the rule in Settings say the same, and more time is as much.

use countersign_domain::time::Timestamp;
use countersign_tests::held::HeldRefund;
use countersign_tests::station::{Start, edited_assets};
use serde_json::{Value, json};

fn moment(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_gives_is_the_deadline_of_row_and_card_and_more_time_is_as_much_again() {
    let folder = tempfile::tempdir().unwrap();
    let line = "@id(\"refund-over-50\")\n";
    let with_time = |text: &str| text.replace(line, &format!("{line}@deadline(\"120\")\n"));
    let assets = edited_assets(folder.path(), "policies/refunds.cedar", with_time);
    let scene = HeldRefund::begin(Start::with_assets(&folder.path().join("data"), &assets)).await;
    let HeldRefund { station, mut desk, action, .. } = scene;
    let row = desk.wait_for_action(&["held"]).await;
    let (asked, deadline) = (moment(&row["proposed_at"]), moment(&row["deadline"]));
    let waits = deadline.millis_since(asked);
    assert!((120_000..180_000).contains(&waits), "two minutes from when it was held, and not fifteen: {waits} ms");
    assert_eq!(desk.card(&action).await["card"]["deadline"], row["deadline"]);

    let settings = desk.query(json!({ "query": "policies", "from": "2026-01-01T00:00:00Z" })).await.unwrap();
    let rule = settings["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == "refund-over-50").unwrap();
    assert_eq!(rule["deadline_seconds"], 120);

    desk.command(json!({ "command": "more_time", "action": action, "saw": row["deadline"] })).await.unwrap();
    let later = deadline.plus_seconds(120).to_string();
    desk.wait_for("the row follows", |queue| (queue["held"][0]["deadline"] == later.as_str()).then(|| json!({}))).await;
    station.stop().await;
}
