//! Two hundred customers at once, from one machine: every one of them stands on the floor, is heard, and is answered.

use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde_json::json;
use std::collections::BTreeSet;

const CUSTOMERS: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_customers_at_once_are_on_the_floor_and_answered() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let arriving: Vec<_> = (0..CUSTOMERS)
        .map(|nth| {
            let chat = station.chat.clone();
            tokio::spawn(async move {
                let mut customer = Customer::arrive(&chat, &format!("Customer {nth}")).await;
                customer.say("hello").await;
                customer.hear("Hello.").await;
                customer
            })
        })
        .collect();
    let mut all = Vec::new();
    for customer in arriving {
        all.push(customer.await.expect("nobody is turned away"));
    }
    let known: BTreeSet<&str> = all.iter().map(Customer::conversation).collect();
    assert_eq!(known.len(), CUSTOMERS);
    let floor = marta
        .wait_for_answer("everybody is on the floor", json!({ "query": "conversations" }), |view| {
            let rows = view["rows"].as_array()?;
            let live = |row: &&serde_json::Value| known.contains(row["conversation"].as_str().unwrap_or_default());
            (rows.iter().filter(live).count() == CUSTOMERS).then(|| view.clone())
        })
        .await;
    assert_eq!(floor["rows"].as_array().map(Vec::len), Some(CUSTOMERS), "and nobody else");
}
