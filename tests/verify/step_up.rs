//! Forged approvals of what the rules ask more for: the password again, and a device of one's own.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::object::Stage;
use serde_json::{Value, json};

/// The rule that holds a refund says so much more of itself, and its verdict as well; the approval carries this.
fn approved(asks: &[(&str, Value)], step_up: Option<&str>) -> Forger {
    let mut log = Forger::honest();
    log.asked_and_held();
    for (asked, value) in asks {
        log.line("policy").open["rules"][2][*asked] = value.clone();
        let verdict = &mut log.line("held_asked").open["verdict"];
        verdict["rules"][0]["id"] = json!("month");
        verdict[*asked] = value.clone();
    }
    let second = log.second;
    log.approved(5, 2, (1, 1), standing(sums(LARGE, 1), Some(LARGE), second), "signed", "asked");
    if let Some(how) = step_up {
        log.line("signed").open["statement"]["step_up"] = json!(how);
    }
    log.entry(5, LARGE, second, "reserved_asked", "signed", false);
    log.moved(5, Stage::Running, "running_asked", "signed");
    log.later();
    log
}

#[test]
fn what_asks_for_the_password_is_approved_with_it_and_not_without() {
    let asks = [("step_up", json!(true))];
    assert_eq!(approved(&asks, Some("password")).verified().finding, None);
    assert_eq!(approved(&[], Some("password")).verified().finding, None, "more than is asked for is no harm");
    found(&approved(&asks, None), "signed", "the password again");
    let mut by_station = approved(&asks, Some("password"));
    by_station.line("signed").open["signed_by"] = json!("station");
    found(&by_station, "signed", "the password again");
}

#[test]
fn a_verdict_asks_what_its_rules_ask() {
    let forged = |asked: &str| {
        let mut log = approved(&[("step_up", json!(true)), ("devices", json!(1))], Some("password"));
        log.line("held_asked").open["verdict"].as_object_mut().unwrap().remove(asked);
        log
    };
    found(&forged("step_up"), "held_asked", "asks for the password again, and the verdict does not");
    found(&forged("devices"), "held_asked", "signed at a device of their own, and the verdict for 0");
}
