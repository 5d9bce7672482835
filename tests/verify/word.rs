//! Forged words: who may speak and start anything when, after a stop, after a takeover, and what a reply may claim.

use crate::forger::{Forger, at};
use crate::forgeries::{forge, found};
use crate::story::*;
use countersign_domain::fleet::FleetEvent;
use countersign_event_log::stream::StreamName;
use serde_json::json;

#[test]
fn nothing_starts_after_a_stop_and_no_reply_goes_out() {
    let started = forge(|f| f.behind("stopped", "running"));
    found(&started, "started", "while everything was stopped");
    let replied = forge(|f| f.behind("stopped", "ended"));
    found(&replied, "replied", "while everything was stopped");
    let twice = forge(|f| f.again("stopped", "stopped", "again"));
    found(&twice, "again", "stopped already");
    let resumed = forge(|f| f.without(&["stopped"]));
    found(&resumed, "resumed", "nothing is stopped");
    let stranger = forge(|f| {
        f.line("stopped").actor = by(9);
        f.say("stopped", "/by", json!(person(9)));
    });
    found(&stranger, "stopped", "was not enrolled then");
    let alone = forge(|f| {
        f.insert_behind("stopped", |f| {
            let event = FleetEvent::ResumeTakesTwo { by: person(1), at: at(f.second) };
            f.tell("takes_two", StreamName::fleet(), by(1), &event);
        });
    });
    found(&alone, "resumed", "one person ended a stop that takes two");
}

#[test]
fn after_a_takeover_the_agent_is_silent_and_nothing_of_it_starts() {
    let asks = forge(|f| f.without(&["handed"]));
    let mut asks = asks;
    asks.insert_behind("ended_taken", |f| {
        f.later();
        f.proposed(5, LARGE, "proposed5");
    });
    found(&asks, "proposed5", "a person has taken the conversation over");
    let kept = forge(|f| f.without(&["withdrawn", "ended_taken"]));
    found(&kept, "taken", "is not taken back");
    let reply = forge(|f| {
        f.without(&["replied", "turned"]);
        f.insert_behind("ended_taken", |f| f.replied("replied", 1));
    });
    found(&reply, "replied", "a person has taken the conversation over");
    let run = forge(|f| {
        f.without(&["withdrawn", "ended_taken"]);
        f.behind("taken", "running");
        f.without(&["proposed_taken", "link_taken", "held_taken", "waiting_taken", "handed"]);
    });
    found(&run, "started", "after a person had taken the conversation over");
    let other = forge(|f| {
        f.line("handed").actor = by(1);
        f.say("handed", "/by", json!(person(1)));
    });
    found(&other, "handed", "only whoever has taken");
    let mut cause = Forger::honest();
    cause.line("withdrawn").cause = Some("held_taken");
    found(&cause, "withdrawn", "as its cause");
    let mut forward = forge(|f| f.without(&["taken"]));
    forward.line("withdrawn").cause = None;
    found(&forward, "withdrawn", "nobody has taken its conversation over");
}

#[test]
fn a_person_writes_to_a_customer_only_while_they_have_the_word() {
    let early = forge(|f| f.behind("answered", "waiting_taken"));
    found(&early, "answered", "only whoever has taken");
    let late = forge(|f| f.behind("answered", "handed"));
    found(&late, "answered", "only whoever has taken");
    let other = forge(|f| {
        f.line("answered").actor = by(1);
        f.say("answered", "/by", json!(person(1)));
    });
    found(&other, "answered", "only whoever has taken");
    let disguised = forge(|f| f.line("answered").actor = by(1));
    found(&disguised, "answered", "it was caused by");
    let kept_back = forge(|f| f.say("answered", "/verdict/disposition", json!("hold")));
    found(&kept_back, "answered", "no rule lets through");
    let unread = forge(|f| f.say("answered", "/answered", json!(9)));
    found(&unread, "answered", "messages that were not sent");
    let reused = forge(|f| f.say("answered", "/action", json!(action(1))));
    found(&reused, "answered", "the name of another action");
    let mut open = Forger::honest();
    open.line("answered").sealed = None;
    found(&open, "answered", "sealed");
}

#[test]
fn a_reply_claims_only_what_happened() {
    let failed = forge(|f| f.say("replied", "/claims", json!([action(2)])));
    found(&failed, "replied", "did not happen");
    let early = forge(|f| f.behind("replied", "link"));
    found(&early, "replied", "did not happen");
    let turn = forge(|f| f.say("replied", "/turn", json!(4)));
    found(&turn, "replied", "a segment of another turn");
    let reused = forge(|f| f.say("replied", "/action", json!(action(1))));
    found(&reused, "replied", "the name of another action");
}
