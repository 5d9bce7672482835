//! Forged undo windows: what can be taken back does not start before its time, waits right behind its last signature, and is
//! taken back by people who may and by nobody else. Forged deadlines: people put them off, and not for ever. And what puts a held
//! action aside, by people who may, and to people who may.

use crate::forger::{Forger, at};
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::action::{ActionEvent, MOST_MORE_TIME, PERSON, VoidReason};
use countersign_domain::object::Stage;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

const WINDOW: i64 = 30;
/// The time that a rule gives of its own.
const OWN_SECONDS: i64 = 300;

/// A refund is approved under a rule that gives half a minute to take it back.
fn waiting() -> Forger {
    let mut log = Forger::honest();
    log.asked_and_held();
    log.line("held_asked").open["verdict"]["undo_seconds"] = json!(WINDOW);
    let second = log.second;
    log.approved(5, 2, (1, 1), standing(sums(LARGE, 1), Some(LARGE), second), "signed", "asked");
    let waits = ActionEvent::Waiting { at: at(second), until: at(second + WINDOW) };
    log.tell("waits", StreamName::action(&action(5)), by(2), &waits).cause = Some("signed");
    log.entry(5, LARGE, second, "reserved_asked", "waits", false);
    log.moved(5, Stage::Running, "running_asked", "waits");
    log.later();
    log
}

/// It is taken back.
fn undone() -> Forger {
    let mut log = waiting();
    let second = log.second;
    log.held(5, 1, "undone", "asked", sums(LARGE, 1));
    let line = log.line("undone");
    let held = serde_json::from_value(line.open.clone()).unwrap();
    let event = serde_json::to_value(ActionEvent::Voided { reason: VoidReason::Undone, held }).unwrap();
    (line.kind, line.open) = ("action.voided".to_owned(), event["open"].clone());
    (line.actor, line.cause) = (by(2), None);
    log.entry(5, LARGE, second - 1, "freed_asked", "undone", true);
    log.moved(5, Stage::Waiting, "again_asked", "undone");
    log.later();
    log
}

/// It starts once its time is over.
fn begun() -> Forger {
    let mut log = waiting();
    log.second += WINDOW;
    log.started(5, Some("signed"), "begun", "signed");
    log.later();
    log
}

/// As if nothing stood between the signature and what goes with it.
fn follow_the_signature(log: &mut Forger) {
    for name in ["reserved_asked", "running_asked"] {
        log.line(name).cause = Some("signed");
    }
}

fn forge(mut log: Forger, edit: impl FnOnce(&mut Forger)) -> Forger {
    edit(&mut log);
    log
}

#[test]
fn what_can_be_taken_back_starts_when_its_time_is_over_and_not_before() {
    assert_eq!(begun().verified().finding, None);
    let early = forge(begun(), |f| f.say("begun", "/at", json!(at(f.second - 3))));
    found(&early, "begun", "before the time to take it back was over");
    let said_later = forge(begun(), |f| f.line("begun").second -= 20);
    found(&said_later, "begun", "later than it was recorded");
    let at_once = forge(begun(), |f| {
        follow_the_signature(f);
        f.without(&["waits"]);
    });
    found(&at_once, "begun", "before the time to take it back was over");
}

#[test]
fn it_waits_as_long_as_the_rule_says_from_its_last_signature_on() {
    let shorter = forge(begun(), |f| f.say("waits", "/until", json!(at(f.second - 20))));
    found(&shorter, "waits", "another time to take it back");
    let unasked = forge(begun(), |f| f.say("held_asked", "/verdict/undo_seconds", json!(0)));
    found(&unasked, "waits", "a rule that lets it start at once");
    let disguised = forge(begun(), |f| f.line("waits").actor = by(1));
    found(&disguised, "waits", "it was caused by");
    let later = forge(waiting(), |f| {
        follow_the_signature(f);
        f.behind("waits", "running_asked");
    });
    found(&later, "waits", "from its last signature on");
}

#[test]
fn it_is_taken_back_by_people_who_may_and_as_long_as_it_waits() {
    assert_eq!(undone().verified().finding, None);
    let station = forge(undone(), |f| f.line("undone").actor = Actor::Station);
    found(&station, "undone", "only a person can");
    let stranger = forge(undone(), |f| f.line("undone").actor = by(9));
    found(&stranger, "undone", "was not enrolled then");
    let person = forge(undone(), |f| f.say("undone", "/reason", json!("evidence_changed")));
    found(&person, "undone", "it was caused by");
    let decided = forge(undone(), |f| {
        f.without(&["signed", "waits", "reserved_asked", "running_asked", "freed_asked", "again_asked"])
    });
    found(&decided, "undone", "can still be taken back");
}

/// A refund is held, and its deadline is put off by whoever says so, so many times.
fn put_off(times: u8) -> Forger {
    let mut log = Forger::honest();
    log.asked_and_held();
    for nth in 1..=times {
        let deadline = at(log.second + 900 * i64::from(nth));
        let name = if nth == 1 { "put_off" } else { "again" };
        let event = ActionEvent::DeadlineMoved { deadline, reason: PERSON.to_owned() };
        log.tell(name, StreamName::action(&action(5)), by(2), &event);
        log.later();
    }
    log
}

#[test]
fn a_deadline_is_put_off_by_people_who_may_and_not_for_ever() {
    assert_eq!(put_off(MOST_MORE_TIME).verified().finding, None);
    let for_ever = put_off(MOST_MORE_TIME + 1).verified().finding;
    assert!(for_ever.is_some_and(|found| found.what.contains("given more time")), "a customer waits for it");
    let station = forge(put_off(1), |f| f.line("put_off").actor = Actor::Station);
    found(&station, "put_off", "only a person can");
    let stranger = forge(put_off(1), |f| f.line("put_off").actor = by(9));
    found(&stranger, "put_off", "was not enrolled then");
    let earlier = forge(put_off(1), |f| f.say("put_off", "/deadline", json!(at(1))));
    found(&earlier, "put_off", "an earlier deadline");
}

/// One of the rules that hold a refund gives it five minutes, and it is put off by as much.
fn with_a_time_of_its_own() -> Forger {
    let mut log = Forger::honest();
    log.line("policy").open["rules"][2]["deadline_seconds"] = json!(OWN_SECONDS);
    log.asked_and_held();
    let held = log.line("held_asked");
    let deadline = held.second + OWN_SECONDS;
    let month = json!({ "id": "month", "reason": "A rule." });
    held.open["verdict"]["rules"].as_array_mut().unwrap().push(month);
    held.open["verdict"]["deadline_seconds"] = json!(OWN_SECONDS);
    held.open["deadline"] = json!(at(deadline));
    let put_off = ActionEvent::DeadlineMoved { deadline: at(deadline + OWN_SECONDS), reason: PERSON.to_owned() };
    log.tell("put_off", StreamName::action(&action(5)), by(2), &put_off);
    log.later();
    log
}

#[test]
fn what_a_rule_gives_a_time_of_its_own_waits_no_longer() {
    assert_eq!(with_a_time_of_its_own().verified().finding, None);
    let forged = |edit: fn(&mut Forger)| forge(with_a_time_of_its_own(), edit);
    let for_longer = forged(|f| f.say("held_asked", "/deadline", json!(at(f.second + 900))));
    found(&for_longer, "held_asked", "longer than its rules say");
    let as_the_house_says = forged(|f| f.say("held_asked", "/verdict/deadline_seconds", json!(0)));
    found(&as_the_house_says, "held_asked", "its rules let it wait 300 seconds, and the verdict 0");
    let for_no_time = forged(|f| f.say("held_asked", "/verdict/deadline_seconds", json!(30)));
    found(&for_no_time, "held_asked", "its rules let it wait 300 seconds, and the verdict 30");
    let by_no_rule = forged(|f| f.say("policy", "/rules/2/deadline_seconds", json!(0)));
    found(&by_no_rule, "held_asked", "its rules let it wait 0 seconds, and the verdict 300");
    let put_off_for_longer = forged(|f| f.say("put_off", "/deadline", json!(at(f.second + 900))));
    found(&put_off_for_longer, "put_off", "more time than the rules that hold it give");
    let again = forge(undone(), |f| f.line("undone").open["held"]["verdict"]["deadline_seconds"] = json!(OWN_SECONDS));
    found(&again, "undone", "its rules let it wait 0 seconds, and the verdict 300");
}

#[test]
fn what_is_held_again_waits_as_long_as_the_rules_say_then() {
    let again = |deadline: i64| {
        forge(undone(), |f| {
            f.line("policy").open["rules"][2]["deadline_seconds"] = json!(OWN_SECONDS);
            let line = f.line("undone");
            let late = json!(at(line.second + deadline));
            let held = &mut line.open["held"];
            held["verdict"]["rules"][0]["id"] = json!("month");
            held["verdict"]["deadline_seconds"] = json!(OWN_SECONDS);
            held["deadline"] = late;
        })
    };
    assert_eq!(again(OWN_SECONDS).verified().finding, None);
    found(&again(2 * OWN_SECONDS + 600), "undone", "longer than its rules say");
}

/// A refund is held, and somebody puts it aside in this way.
fn put_aside(event: &ActionEvent) -> Forger {
    let mut log = Forger::honest();
    log.asked_and_held();
    log.tell("aside", StreamName::action(&action(5)), by(2), event);
    log.later();
    log
}

#[test]
fn it_is_put_off_by_people_who_may_and_is_back_before_its_deadline() {
    let snoozed = || put_aside(&ActionEvent::Snoozed { until: Some(at(Forger::honest().second + 120)) });
    assert_eq!(snoozed().verified().finding, None);
    found(&forge(snoozed(), |f| f.line("aside").actor = Actor::Station), "aside", "only a person can");
    found(&forge(snoozed(), |f| f.line("aside").actor = by(9)), "aside", "was not enrolled then");
    found(&forge(snoozed(), |f| f.say("aside", "/until", json!(at(1 << 30)))), "aside", "a minute before its deadline");
    found(&put_aside(&ActionEvent::Snoozed { until: None }), "aside", "was not put off");
}

#[test]
fn it_is_delegated_by_people_who_may_to_somebody_who_decides() {
    let delegated = || put_aside(&ActionEvent::Delegated { to: Some(person(2)) });
    assert_eq!(delegated().verified().finding, None);
    found(&forge(delegated(), |f| f.line("aside").actor = Actor::Station), "aside", "only a person can");
    found(&forge(delegated(), |f| f.line("aside").actor = by(9)), "aside", "was not enrolled then");
    found(&put_aside(&ActionEvent::Delegated { to: None }), "aside", "is as it was");
    found(&put_aside(&ActionEvent::Delegated { to: Some(person(9)) }), "aside", "was not enrolled then");
}
