//! Policy files are read while the station runs: a changed limit rules the next refund, a broken file rules nothing.

use countersign_tests::crm::amounts;
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::held::{HeldRefund, ORDER};
use countersign_tests::process::{DEADLINE, until};
use countersign_tests::site;
use countersign_tests::station::{Start, copied_assets};
use serde_json::{Value, json};

/// An order of a customer with two articles below the limit.
const SMALL: &str = "1060";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_policy_file_is_told_and_the_old_rules_stay_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let assets = copied_assets(folder.path());
    let file = assets.join("policies/refunds.cedar");
    let good = std::fs::read_to_string(&file).unwrap();
    let HeldRefund { station, mut desk, mut customer, action } =
        HeldRefund::begin(Start::with_assets(&data, &assets)).await;
    let version = desk.card(&action).await["card"]["policy_version"].clone();

    std::fs::write(&file, format!("{good}\npermit (principal, action, resource) when {{ context.")).unwrap();
    let session = json!({ "query": "session" });
    let told = |view: &Value| view["policy_problem"].as_str().map(|problem| json!(problem));
    let problem = desk.wait_for_answer("the broken file is told", session.clone(), told).await;
    assert!(problem.as_str().unwrap().contains("refunds.cedar"), "it names the file: {problem}");

    // Under the old rules a person decides, and what they decide runs.
    assert_eq!(desk.card(&action).await["card"]["policy_version"], version);
    desk.approve(&action).await;
    customer.hear("is on its way back").await;
    assert_eq!(amounts(&data, ORDER).len(), 1);

    std::fs::write(&file, good).unwrap();
    let gone = |view: &Value| view["policy_problem"].is_null().then(|| json!(true));
    desk.wait_for_answer("the mended file is read", session, gone).await;
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_changed_in_the_file_holds_the_next_refund_and_names_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let assets = copied_assets(folder.path());
    let file = assets.join("policies/refunds.cedar");
    let good = std::fs::read_to_string(&file).unwrap();
    let station = Start::with_assets(&data, &assets).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;

    // A customer whom the shop signed in: €38.00 is below the limit of €50.00, and nobody is asked.
    let wish = |article: &str| {
        format!("I want a refund for the {article} of order {SMALL}, it came damaged. The postcode is 5003.")
    };
    let token = site::token(&data, "C-2002", "Bjørn Håkonsen");
    let mut customer = Customer::signed_in(&station.chat, &token).await;
    customer.say(&wish("wool socks")).await;
    customer.hear("is on its way back").await;
    assert_eq!(amounts(&data, SMALL).len(), 1);

    let stricter =
        good.replace("context.money.minor > 5000 }", "context.money.minor > 1000 }").replace("€50.00", "€10.00");
    assert_ne!(stricter, good, "the starter policy has no such limit any more");
    // As an editor or a slow disk may do it: half a file stands there for a moment, and parses. It rules nothing.
    std::fs::write(&file, "").unwrap();
    std::fs::write(&file, stricter).unwrap();
    let read = || station.said().contains("policy files read").then_some(());
    until("the changed file is read", DEADLINE, read).await;

    customer.say(&wish("steel bottle")).await;
    let row = desk.wait_for_action(&["held"]).await;
    let card = desk.card(row["action"].as_str().unwrap()).await;
    let rules = card["card"]["rules"].as_array().unwrap();
    let named = rules.iter().find(|rule| rule["id"] == "refund-over-50").expect("the rule is named");
    assert!(named["reason"].as_str().unwrap().contains("€10.00"), "{named:#}");
    assert_eq!(amounts(&data, SMALL).len(), 1, "it ran past the new limit");
    station.stop().await;
}
