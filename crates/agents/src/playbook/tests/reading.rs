//! Playbooks are read strictly.

use super::talk::REFUND;
use crate::playbook::{Playbook, PlaybookError};

fn with(from: &str, to: &str) -> PlaybookError {
    assert!(REFUND.contains(from), "{from}");
    Playbook::read(&REFUND.replacen(from, to, 1)).expect_err(to)
}

#[test]
fn a_playbook_that_says_what_means_nothing_is_refused_with_its_place() {
    for (from, to, word) in [
        ("version = \"1\"", "version = \"1\"\nvoice = \"calm\"", "voice"),
        ("threshold_permille = 550", "threshold_permille = 5500", "1000"),
        ("does = { flow = \"refund\" }", "does = { flow = \"refunds\" }", "no flow"),
        ("id = \"thanks\"", "id = \"person\"", "two of that name"),
        ("slots = [\"item\"]", "slots = [\"thing\"]", "no slot"),
        ("{money} for order {order_number} is on", "{amount} for order {order_number} is on", "{amount}"),
        ("miss = \"(?i)no", "miss = \"(?i)(no", "flow.refund"),
        ("once_per = [\"order_number\"", "once_per = [\"number\"", "no argument"),
        ("record = \"order\"\nlines", "record = \"orders\"\nlines", "no step gives"),
        ("unclear = [", "unclear = []\nother = [", "other"),
    ] {
        let error = with(from, to).to_string();
        assert!(error.contains(word), "{to}: {error}");
    }
}
