//! Clocks that were set back: what was in time by the station's clock is in time for a verifier.

use crate::forger::{Forger, at};
use crate::forgeries::found;
use serde_json::json;

/// `recorded_at` stands still while the clock is behind it, and deadlines follow the clock.
#[test]
fn a_decision_in_time_by_a_clock_that_was_set_back_holds() {
    let days = 3 * 86_400;
    let mut back = Forger::honest();
    let second = back.line("held").second;
    back.say("held", "/deadline", json!(at(second - days + 900)));
    for line in ["approved1", "approved2", "reserved", "running"] {
        back.line(line).second = second;
    }
    let late = back.clone();
    back.say("held", "/evidence", json!({ "state": "read", "at": at(second - days) }));
    for line in ["approved1", "approved2"] {
        back.say(line, "/statement/at", json!(at(second - days + 60)));
    }
    assert!(back.verified().is_good(), "{:?}", back.verified().finding);
    found(&late, "approved1", "after its deadline had passed");
}
