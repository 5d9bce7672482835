//! An outcome that no probe settles: two people at two desks say what became of it.

use crate::people::{countersign, enrol, people, sign_in};
use countersign_tests::crm::fault;
use countersign_tests::desk::{Desk, PASSWORD};
use countersign_tests::held::HeldRefund;
use countersign_tests::station::{Start, edited_assets};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_say_what_became_of_a_refund_and_the_customer_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // This shop answers no question about a refund that may have happened.
    let assets = edited_assets(folder.path(), "tools/crm.toml", |text| {
        let (before, probe) = text.split_once("\n[tool.probe]\n").unwrap();
        let after = probe.split_once("\n[").map(|(_, after)| format!("\n[{after}")).unwrap_or_default();
        format!("{before}\n{after}")
    });
    let start = Start::with_assets(&data, &assets).with(fault(folder.path(), "exit-after-commit"));
    let HeldRefund { station, desk: mut marta, mut customer, action } = HeldRefund::begin(start).await;
    let joined = json!({ "command": "propose_change", "request": enrol("Jonas Weber"), "why": null });
    marta.command(joined).await.unwrap();
    marta.approve(&action).await;
    marta.wait_for_action(&["unknown"]).await;
    let card = marta.card(&action).await;
    assert_eq!(card["settling"], json!({ "may_not_propose": null, "from": null, "proposed": null }), "{card:#}");

    let request = json!({ "change": "settle", "action": action, "how": "happened" });
    let propose = |why: Value| json!({ "command": "propose_change", "request": request, "why": why });
    assert_eq!(marta.command(propose(Value::Null)).await.unwrap_err()["field"], "why");
    marta.command(propose(json!("Refund R-1 in the shop's ledger."))).await.unwrap();
    let card = marta.card(&action).await;
    assert_eq!(card["settling"]["proposed"], json!({ "how": "happened", "by": "Marta Lindqvist" }));
    assert_eq!(card["state"], "unknown", "one signature settles nothing");

    let mut jonas = Desk::at(&station.desk);
    let id = people(&mut marta).await["people"][1]["id"].clone();
    sign_in(&mut jonas, &id, PASSWORD).await.unwrap();
    let change = countersign(&mut jonas).await;
    assert_eq!(change["title"], "What became of it: Refund €129.00", "{change:#}");
    assert_eq!(change["lines"][0]["to"], "Ana Ruiz, order 1042");
    assert_eq!((&change["lines"][1]["from"], &change["lines"][1]["to"]), (&json!("unknown"), &json!("it happened")));
    assert_eq!(change["action"], action.as_str());
    let card = marta.card(&action).await;
    assert_eq!((&card["state"], &card["settling"]), (&json!("settled_happened"), &Value::Null));
    assert_eq!(card["outcome"], "Settled by Marta Lindqvist and Jonas Weber: it happened, once.");
    customer.hear("is on its way back").await;
    station.stop().await;
}
