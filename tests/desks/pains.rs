//! What people who let agents act have suffered elsewhere, played at a real station with real tool servers: each pain is a
//! test that carries its name. docs/pains.md lists them all, with those that other tests play.

mod bound;
mod honoured;
mod shown;
mod stuck;

use countersign_tests::station::edited_assets;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A second article of the order that the stories are about: a wish of its own, smaller than the first.
const HEADLAMP: &str = "I want a refund for the headlamp of order 1042, it came damaged. The postcode is 46001.";
const HEADLAMP_COST: i64 = 4_900;

/// What turns a wish into one that the forgetful agent takes for another: each of these is a new one to it.
const PLEAS: [&str; 4] = [" Please.", " Once more.", " I insist.", " I am begging you."];

/// An agent that does not remember what it has asked for: whatever the customer's plea, it proposes anew. It tells wishes
/// apart by a note for staff, which makes no other action of it for the gate.
fn forgetful(folder: &Path) -> PathBuf {
    let mut slot = String::from("[[flow.refund.slot]]\nname = \"plea\"\nquestion = [\"Why?\"]\nagain = [\"Why?\"]\n");
    for plea in PLEAS {
        let words = plea.trim().trim_end_matches('.');
        slot.push_str(&format!(
            "[[flow.refund.slot.from.choice]]\nvalue = \"{words}\"\nlabel = \"they plead\"\nwords = [\"{}\"]\n",
            words.to_lowercase()
        ));
    }
    edited_assets(folder, "playbooks/refund.toml", |text| {
        let edits = [
            ("[[flow.refund.step]]\nsame =", format!("{slot}\n[[flow.refund.step]]\nsame =")),
            (
                "[[flow.refund.step]]\n[flow.refund.step.propose]",
                "[[flow.refund.step]]\n[flow.refund.step.ask]\nslots = [\"plea\"]\n\n\
                 [[flow.refund.step]]\n[flow.refund.step.propose]"
                    .to_owned(),
            ),
            ("once_per = [\"order_number\", \"amount_minor\", \"currency\"]", "once_per = [\"note\"]".to_owned()),
            ("reason = { slot = \"reason\" }", "reason = { slot = \"reason\" }\nnote = { slot = \"plea\" }".to_owned()),
        ];
        edits.into_iter().fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "the playbook says no {from:?} any more");
            text.replacen(from, &to, 1)
        })
    })
}

/// The rows of one list of the Approvals queue.
fn rows<'a>(queue: &'a Value, list: &str) -> &'a [Value] {
    queue[list].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The rules, with two who have to agree where one is enough as they are shipped.
pub(crate) fn two_approve(rules: &str) -> String {
    let (before, rule) = rules.split_once("@id(\"refund-over-50\")").unwrap();
    format!("{before}@id(\"refund-over-50\"){}", rule.replacen("@approvers(\"1\")", "@approvers(\"2\")", 1))
}
