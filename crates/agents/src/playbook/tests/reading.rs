//! Playbooks are read strictly.

use crate::playbook::{Playbook, PlaybookError};
use countersign_testkit::playbook_files;

fn with(from: &str, to: &str) -> PlaybookError {
    let mut files = playbook_files().unwrap();
    let (_, text) = files.iter_mut().find(|(_, text)| text.contains(from)).expect(from);
    *text = text.replacen(from, to, 1);
    Playbook::read(&files).expect_err(to)
}

#[test]
fn a_playbook_that_says_what_means_nothing_is_refused_with_its_place() {
    for (from, to, word) in [
        ("version = \"2\"", "version = \"2\"\nvoice = \"calm\"", "voice"),
        ("sure_permille = 500", "sure_permille = 5000", "1000"),
        ("does = { flow = \"refund\" }", "does = { flow = \"refunds\" }", "no flow"),
        ("id = \"thanks\"", "id = \"person\"", "two of that name"),
        ("slots = [\"item\"]", "slots = [\"thing\"]", "no slot"),
        ("{money} for order {order_number} is on", "{amount} for order {order_number} is on", "{amount}"),
        ("miss = \"(?i)no order", "miss = \"(?i)(no order", "flow.book_delivery"),
        ("once_per = [\"order_number\", \"amount", "once_per = [\"number\", \"amount", "no argument"),
        ("record = \"order\"\nlines", "record = \"orders\"\nlines", "no step gives"),
        ("unclear = [", "unclear = []\nother = [", "other"),
        ("shares = [\"order_number\"", "shares = [\"number\"", "no file has a slot"),
        ("same = \"find_order\"", "same = \"find_orders\"", "no file has steps"),
        ("record = \"slots\"\nlist", "record = \"slot\"\nlist", "no step gives"),
        ("other = [\n  \"I found nothing", "others = [\n  \"I found nothing", "\"other\""),
        ("record = \"found\"\nby", "record = \"sought\"\nby", "an earlier step gives"),
        ("Order {order_number} is brought on {booked}.", "Order {order_number} is brought on {day}.", "{day}"),
        ("checking the delivery slot for order {order_number}.", "checking {booked} for {order_number}.", "{booked}"),
    ] {
        let error = with(from, to).to_string();
        assert!(error.contains(word), "{to}: {error}");
    }
}

#[test]
fn one_subject_stands_in_one_file() {
    let of = |name: &str| playbook_files().unwrap().into_iter().filter(|(file, _)| file == name).collect::<Vec<_>>();
    let twice = [playbook_files().unwrap(), of("cancel.toml")].concat();
    let error = Playbook::read(&twice).unwrap_err().to_string();
    assert!(error.contains("flow.cancel stands in two files"), "{error}");
    let headless = [of("cancel.toml"), of("refund.toml")].concat();
    assert!(Playbook::read(&headless).unwrap_err().to_string().contains("[playbook]"));
}
