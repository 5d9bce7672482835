//! An outcome that nobody can know yet: the customer is told that it is being checked, it is never tried again, and the
//! probe settles it as soon as the CRM can be asked.

use countersign_tests::crm::{amounts, fault};
use countersign_tests::held::{HeldRefund, ORDER};
use countersign_tests::station::{Start, edited_assets};
use countersign_tests::trail::Trail;

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_hangs_leaves_it_unknown_until_the_probe_settles_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // Nobody waits fifteen seconds here for a CRM that will never answer.
    let sooner = |text: &str| text.replace("timeout_seconds = 15", "timeout_seconds = 1");
    let assets = edited_assets(folder.path(), "tools/crm.toml", sooner);
    let start = Start::with_assets(&data, &assets).with(fault(folder.path(), "hang-before-commit"));
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(start).await;
    desk.approve(&action).await;

    customer.hear("I cannot say yet whether your refund of €129.00 for order 1042 went through").await;
    customer.hear("A person is checking whether it did.").await;
    // The hanging CRM was ended, and its successor claims the key: from now on it cannot happen any more.
    let row = desk.wait_for_action(&["settled_did_not_happen"]).await;
    assert_eq!(row["action"], action.as_str());
    customer.hear("did not go through, and nothing was paid back").await;
    customer.heard_everything_once(&station.chat).await;
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0], "it happened after all");
    station.stop().await;
    let trail = Trail::read(&data).await;
    let kinds = ["proposed", "held", "approved", "started", "unknown", "settled"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
}
