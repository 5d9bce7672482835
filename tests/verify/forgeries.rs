//! One forgery of each kind: the log is well formed, hashed and signed, and the verifier names the first record that
//! cannot be true.

use crate::forger::{Forger, at};
use crate::story::*;
use countersign_domain::action::{ActionEvent, Choice, SettledHow};
use countersign_domain::ledger::Sums;
use countersign_domain::person::PersonEvent;
use countersign_domain::station::StationEvent;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::{Value, json};

/// The forged log is found out at that record, for that reason.
pub(crate) fn found(forged: &Forger, name: &str, why: &str) {
    let report = forged.verified();
    let finding = report.finding.unwrap_or_else(|| panic!("{name}: nothing was found, and it should be {why:?}"));
    let place = (finding.position, finding.until);
    assert_eq!(
        place,
        (forged.position(name), None),
        "{name} was to be found for {why:?}, and this was found: {finding}"
    );
    assert!(finding.what.contains(why), "{name}: {:?} was to be found, and this was: {finding}", why);
}

/// Forges an honest log.
pub(crate) fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    Forger::honest().but(edit)
}

#[test]
fn a_true_log_holds_and_no_more_is_claimed_of_it_than_was_proved() {
    let report = Forger::honest().verified();
    assert!(report.is_good(), "{:?}", report.finding);
    let proved = &report.proved;
    assert_eq!((proved.countersignatures, proved.actions, proved.started, proved.conversations), (4, 3, 2, 1));
    let told = report.in_words().join("\n");
    assert!(told.contains("cannot be excluded"), "{told}");
}

#[test]
fn nothing_starts_without_what_permits_it() {
    let unsigned = forge(|f| f.without(&["approved1", "approved2", "reserved", "running"]));
    let mut unsigned = unsigned;
    unsigned.line("started").permit = Some("held");
    unsigned.line("started").cause = Some("held");
    found(&unsigned, "started", "needs an allowed or approved action");
    let mut one = forge(|f| f.without(&["approved2", "reserved", "running"]));
    one.line("started").permit = Some("approved1");
    one.line("started").cause = Some("approved1");
    found(&one, "started", "an allowed or approved action");
    let mut other = Forger::honest();
    other.line("started").permit = Some("approved1");
    found(&other, "started", "it started by the permit of position");
    let mut cause = Forger::honest();
    cause.line("started").cause = Some("held");
    found(&cause, "started", "as its cause");
    let mut none = Forger::honest();
    none.line("started").permit = None;
    found(&none, "started", "does not stand in its append");
    let mut none = Forger::honest();
    none.line("started").cause = None;
    found(&none, "started", "names no cause");
    let another = forge(|f| f.say("started", "/digest", json!(digest(77))));
    found(&another, "started", "another digest");
}

#[test]
fn what_ended_did_start_and_once() {
    let twice = forge(|f| f.again("started", "started", "again"));
    found(&twice, "again", "an allowed or approved action");
    let mut never = forge(|f| f.without(&["started"]));
    never.line("succeeded").cause = Some("approved2");
    found(&never, "succeeded", "a started action");
    let after = forge(|f| f.again("succeeded", "ended", "again"));
    found(&after, "again", "the action is over");
    let mut other = Forger::honest();
    other.line("succeeded").cause = Some("held");
    found(&other, "succeeded", "another event than the start");
    let settled = forge(|f| {
        f.insert_behind("started", |f| {
            let event = ActionEvent::Settled { how: SettledHow::Happened, by: "probe".into() };
            f.tell("settled", StreamName::action(&action(1)), Actor::Station, &event).cause = Some("started");
        });
    });
    found(&settled, "settled", "whose outcome is unknown");
}

#[test]
fn as_many_different_people_sign_as_the_rules_ask_for() {
    let mut same = Forger::honest();
    for pointer in ["/statement/person", "/statement/key"] {
        let value = same.line("approved1").open.pointer(pointer).cloned().unwrap();
        same.say("approved2", pointer, value);
    }
    same.line("approved2").signs = Some(1);
    same.line("approved2").actor = by(1);
    found(&same, "approved2", "signed already");
    let fewer = forge(|f| f.say("approved1", "/statement/of", json!(1)));
    found(&fewer, "approved1", "another count of signatures");
    let skipped = forge(|f| f.say("approved1", "/statement/which", json!(2)));
    found(&skipped, "approved1", "another count of signatures");
    let nobody = forge(|f| f.say("held", "/verdict/approvers", json!(0)));
    found(&nobody, "held", "a hold that asks for nobody");
    let role = forge(|f| {
        f.say("policy", "/rules/1/roles", json!(["finance"]));
        f.say("held", "/verdict/roles", json!(["finance"]));
    });
    found(&role, "approved1", "none of the roles");
    let missing = forge(|f| f.say("held", "/verdict/roles", json!(["finance", "supervisor"])));
    found(&missing, "approved2", "a role that the rules ask for is missing");
}

#[test]
fn every_field_of_a_countersignature_is_held_against_the_action() {
    let fields: [(&str, Value, &str); 11] = [
        ("type", json!("countersign/decision/v2"), "another form of statement"),
        ("log", json!(format!("log_{}", "2".repeat(32))), "for another log"),
        ("action", json!(action(2)), "another action"),
        ("digest_proposed", json!(digest(77)), "another proposed digest"),
        ("digest_decided", json!(digest(77)), "another digest"),
        ("decision", json!("reject"), "another decision than what was signed"),
        ("policy_version", json!(digest(77)), "another policy version"),
        ("definition", json!(digest(77)), "another tool definition"),
        ("person", json!(person(2)), "was caused by"),
        ("key", json!(key(2)), "with a key of"),
        ("key", json!(key(9)), "which was not enrolled then"),
    ];
    for (field, value, why) in fields {
        let forged = forge(|f| f.say("approved1", &format!("/statement/{field}"), value));
        found(&forged, "approved1", why);
    }
    let mut proposal = Forger::honest();
    proposal.line("approved1").proposal = Some("held");
    found(&proposal, "approved1", "another proposal");
    let mut cause = Forger::honest();
    cause.line("approved1").cause = Some("held");
    found(&cause, "approved1", "as its cause");
    let held = forge(|f| f.say("approved1", "/signed_by", json!("station")));
    found(&held, "approved1", "where the key is held");
}

#[test]
fn a_signature_is_the_signers_own() {
    let mut other = Forger::honest();
    other.line("approved1").signs = Some(2);
    found(&other, "approved1", "does not fit the statement");
    let mut last = Forger::honest();
    last.line("approved2").signs = Some(1);
    found(&last, "approved2", "does not fit the statement");
    for (field, value) in [("card", json!(digest(77))), ("at", json!(at(99_999)))] {
        // Signed, and changed after that.
        let events = Forger::honest().write();
        let signature = events[Forger::honest().position("approved1") as usize].envelope.open["signature"].clone();
        let mut forged = forge(|f| f.say("approved1", &format!("/statement/{field}"), value));
        forged.line("approved1").signs = None;
        forged.say("approved1", "/signature", signature);
        found(&forged, "approved1", "does not fit the statement");
    }
    let mut none = Forger::honest();
    none.line("approved1").signs = None;
    none.say("approved1", "/signature", json!("00".repeat(64)));
    found(&none, "approved1", "does not fit the statement");
    let mut short = Forger::honest();
    short.line("approved1").signs = None;
    found(&short, "approved1", "no Ed25519 signature");
    let mut actor = Forger::honest();
    actor.line("approved1").actor = by(2);
    found(&actor, "approved1", "was caused by");
    let mut station = Forger::honest();
    station.line("approved1").actor = Actor::Station;
    found(&station, "approved1", "was caused by the station");
}

#[test]
fn a_decision_is_used_once_and_in_time() {
    let again = forge(|f| f.again("approved1", "approved1", "again"));
    found(&again, "again", "signed already");
    // Held again, and the old signature brought out once more.
    let voided = forge(|f| {
        f.insert_behind("approved1", |f| {
            let held = serde_json::from_value(Forger::honest().line("held").open.clone()).unwrap();
            let reason = countersign_domain::action::VoidReason::EvidenceChanged;
            let event = ActionEvent::Voided { reason, held };
            f.later();
            f.tell("voided", StreamName::action(&action(1)), Actor::Station, &event);
        });
        f.again("approved1", "voided", "again");
    });
    found(&voided, "again", "used before");
    let late = forge(|f| {
        for line in ["approved1", "approved2", "reserved", "running", "started", "succeeded"] {
            f.line(line).second += 2_000;
        }
        let place = f.position("approved1") as usize;
        let second = f.line("approved1").second;
        f.lines.iter_mut().skip(place).for_each(|line| line.second = line.second.max(second));
    });
    found(&late, "approved1", "after its deadline had passed");
    let expired = forge(|f| {
        f.insert_behind("waiting", |f| {
            let event = ActionEvent::Expired { deadline: at(f.second + 901) };
            f.later();
            f.tell("expired", StreamName::action(&action(1)), Actor::Station, &event);
        });
    });
    found(&expired, "expired", "another deadline");
    let before = forge(|f| {
        let deadline = f.line("held").open["deadline"].as_str().unwrap().parse().unwrap();
        f.insert_behind("waiting", |f| {
            f.later();
            f.tell("expired", StreamName::action(&action(1)), Actor::Station, &ActionEvent::Expired { deadline });
        });
    });
    found(&before, "expired", "before its deadline");
}

#[test]
fn rules_decide_by_what_they_were_and_let_through_what_they_allow() {
    let never = forge(|f| f.say("allowed", "/verdict/policy_version", json!(digest(77))));
    found(&never, "allowed", "never in force");
    let holds = forge(|f| f.say("allowed", "/verdict/disposition", json!("hold")));
    found(&holds, "allowed", "a verdict that does not allow it");
    let asks = forge(|f| f.say("allowed", "/verdict/approvers", json!(1)));
    found(&asks, "allowed", "asks for people and does not hold");
    let none = forge(|f| f.say("allowed", "/verdict/rules", json!([])));
    found(&none, "allowed", "names no rule");
    let other_rule = forge(|f| f.say("allowed", "/verdict/rules/0/id", json!("hold")));
    found(&other_rule, "allowed", "the rule hold does something else");
    let no_rule = forge(|f| f.say("allowed", "/verdict/rules/0/id", json!("nobody-s")));
    found(&no_rule, "allowed", "is none of those in force");
    let fewer = forge(|f| {
        f.say("policy", "/rules/1/approvers", json!(3));
    });
    found(&fewer, "held", "asks for 3 people");
    let role = forge(|f| f.say("policy", "/rules/1/roles", json!(["finance"])));
    found(&role, "held", "a role that the verdict does not ask for");
    let another_tool = forge(|f| f.say("policy", "/rules/0/tools", json!(["channel.reply"])));
    found(&another_tool, "allowed", "not about this tool");
    let digest_of_another = forge(|f| f.say("allowed", "/digest", json!(digest(77))));
    found(&digest_of_another, "allowed", "another digest");
    let somebody = forge(|f| {
        f.say("allowed", "/standing/subject", json!(digest(66)));
        f.say("allowed", "/standing/reserved/0/ledger", json!(format!("customer/{}", digest(66))));
    });
    found(&somebody, "allowed", "about another customer");
    let reply = forge(|f| f.say("replied", "/verdict/disposition", json!("deny")));
    found(&reply, "replied", "no rule lets through");
    let mut by_customer = Forger::honest();
    by_customer.line("allowed").actor = Actor::Customer(conversation().to_string());
    found(&by_customer, "allowed", "only the station can");
}

#[test]
fn no_limit_is_exceeded() {
    let alone = forge(|f| f.say("policy", "/rules/1/limit/most", json!(1_999)));
    found(&alone, "allowed", "beyond the limit of the rule hold");
    let month = forge(|f| f.say("policy", "/rules/2/limit/most", json!(LARGE + SMALL - 1)));
    found(&month, "allowed", "beyond the limit of the rule month");
    let unseen = forge(|f| {
        f.line("allowed").open["standing"].as_object_mut().unwrap().remove("customer");
        f.say("allowed", "/standing/reserved", json!([]));
        f.without(&["reserved_small", "released"]);
    });
    found(&unseen, "allowed", "was not looked at");
    // Nothing by rules: a person signs more in a day than they may.
    let person = forge(|f| {
        f.insert_behind("key2", |f| {
            let limits = Some(vec![eur(LARGE - 1)]);
            let event = PersonEvent::LimitsSet { person: person(2), limits };
            f.tell("limits", StreamName::person(&person(2)), by(1), &event);
        });
    });
    found(&person, "limits", "no change that people signed");
}

#[test]
fn what_was_signed_under_older_rules_is_judged_again_before_it_starts() {
    let newer = |judged: Value| {
        let mut forged = forge(|f| {
            f.insert_behind("running", |f| {
                f.later();
                let event =
                    StationEvent::PolicyInForce { version: digest(55), files: Default::default(), rules: Vec::new() };
                f.tell("policy2", StreamName::station(), Actor::Station, &event);
            });
            f.without(&["proposed_small", "allowed", "started_small", "link_small", "reserved_small", "running_small"]);
            f.without(&["failed", "released", "ended_small"]);
        });
        forged.line("started").open["judged"] = judged;
        forged
    };
    assert!(newer(json!(digest(55))).verified().is_good(), "{:?}", newer(json!(digest(55))).verified().finding);
    found(&newer(json!(policy())), "started", "not judged again under those in force");
    found(&newer(Value::Null), "started", "not judged again under those in force");
    let stale = forge(|f| {
        f.insert_behind("turned", |f| {
            f.later();
            let event =
                StationEvent::PolicyInForce { version: digest(55), files: Default::default(), rules: Vec::new() };
            f.tell("policy2", StreamName::station(), Actor::Station, &event);
        });
    });
    found(&stale, "allowed", "not in force any more");
}

#[test]
fn ledgers_say_what_actions_say() {
    let unreserved = forge(|f| f.say("approved2", "/standing/reserved", json!([])));
    found(&unreserved, "approved2", "reserves nothing in a ledger");
    let missing = forge(|f| f.without(&["reserved"]));
    found(&missing, "approved2", "does not stand in the ledger");
    let small = forge(|f| f.say("reserved", "/money/minor", json!(1)));
    found(&small, "reserved", "what the action does not");
    let smaller = forge(|f| {
        f.say("approved2", "/standing/reserved/0/money/minor", json!(1));
        f.say("reserved", "/money/minor", json!(1));
    });
    found(&smaller, "approved2", "another amount than the one that it lets through");
    let sums = forge(|f| f.say("allowed", "/standing/customer/minor_30d", json!(0)));
    found(&sums, "allowed", "was judged as if the ledger");
    let split = forge(|f| f.line("allowed").open["standing"]["object"] = json!(Sums::default()));
    found(&split, "allowed", "reserves nothing in a ledger");
    let freed = forge(|f| f.again("released", "ended", "freed"));
    let mut freed = freed;
    freed.line("freed").cause = Some("succeeded");
    found(&freed, "freed", "of which nothing in this append tells");
    let kept = forge(|f| f.without(&["released"]));
    found(&kept, "failed", "does not stand in the ledger");
    let ahead = forge(|f| {
        let later = json!(at(40 * 86_400));
        f.say("approved2", "/standing/reserved/0/at", later.clone());
        f.say("reserved", "/at", later);
    });
    found(&ahead, "approved2", "a time that had not come");
    let other = forge(|f| f.line("reserved").stream = StreamName::stored("ledger/agent/refund".into()));
    found(&other, "reserved", "what the action does not");
}

#[test]
fn one_action_at_a_time_is_open_on_an_object() {
    // The second refund is of the same order, while the first runs.
    let raced = forge(|f| {
        f.say("proposed_small", "/object", json!(object(1)));
        for line in ["running_small", "ended_small"] {
            f.line(line).stream = StreamName::object(&object(1));
        }
        f.without(&["succeeded", "ended", "replied", "turned"]);
    });
    found(&raced, "allowed", "as if other actions were open on its object than were");
    let told = forge(|f| {
        f.say("proposed_small", "/object", json!(object(1)));
        f.without(&["succeeded", "ended", "replied", "turned"]);
        f.line("allowed").open["standing"]["open"] = json!([action(1)]);
        for line in ["running_small", "ended_small"] {
            f.line(line).stream = StreamName::object(&object(1));
        }
    });
    found(&told, "allowed", "while another action was open on its object");
    let silent = forge(|f| f.without(&["running"]));
    found(&silent, "approved2", "its object does not say");
    let elsewhere = forge(|f| f.line("running").stream = StreamName::object(&object(9)));
    found(&elsewhere, "running", "about another one");
    let stage = forge(|f| f.say("running", "/stage", json!("ended")));
    found(&stage, "running", "stands where it does not");
    let refusals = forge(|f| f.line("held").open["standing"]["refusals"] = json!(3));
    found(&refusals, "held", "people had refused");
}

#[test]
fn events_stand_in_their_own_streams_and_come_from_whom_they_say() {
    let conversation_event = forge(|f| f.line("received").stream = StreamName::fleet());
    found(&conversation_event, "received", "stands in the stream fleet");
    let of_another = forge(|f| f.line("proposed").stream = StreamName::action(&action(9)));
    found(&of_another, "proposed", "in the stream of another action");
    let no_action = forge(|f| f.line("proposed").stream = StreamName::stored("action/42".into()));
    found(&no_action, "proposed", "is the stream of no action");
    let mut actor = Forger::honest();
    actor.line("proposed").actor = Actor::Agent("other".into());
    found(&actor, "proposed", "was caused by the agent other");
    let mut customer = Forger::honest();
    customer.line("received").actor = agent();
    found(&customer, "received", "was caused by the agent refund");
    let mut agent_says = Forger::honest();
    agent_says.line("succeeded").actor = agent();
    found(&agent_says, "succeeded", "only the station can");
    let unopened = forge(|f| f.without(&["opened", "received"]));
    found(&unopened, "proposed", "which was never opened");
    let unlinked = forge(|f| f.without(&["link"]));
    found(&unlinked, "proposed", "does not name the action");
    let again = forge(|f| f.again("received", "received", "again"));
    found(&again, "again", "not the customer's next message");
    let mut bare = Forger::honest();
    bare.line("approved1").sealed = None;
    found(&bare, "approved1", "not sealed with it");
    let mut key = Forger::honest();
    key.line("approved1").sealed = Some(77);
    found(&key, "approved1", "under another key");
    let set_up = forge(|f| f.again("set_up", "received", "again"));
    found(&set_up, "again", "set up again");
    let mut unknown = Forger::honest();
    unknown.line("received").kind = "conversation.teleported".into();
    found(&unknown, "received", "update to open this log");
    let mut newer = Forger::honest();
    newer.line("received").schema = 9;
    found(&newer, "received", "newer version");
    let mut empty = Forger::honest();
    empty.line("received").open = json!({});
    found(&empty, "received", "its open part is none of");
}

#[test]
fn nobody_decides_on_what_they_asked_for_themselves() {
    let own = forge(|f| {
        f.line("proposed").actor = by(1);
    });
    found(&own, "proposed", "was caused by");
}

#[test]
fn an_override_is_judged_and_stays_with_its_subject() {
    let overridden = |edit: fn(&mut Value)| {
        forge(|f| {
            f.without(&["approved1", "approved2", "reserved", "running", "started", "succeeded", "ended", "replied"]);
            f.without(&["turned", "allowed", "started_small", "link_small", "proposed_small", "reserved_small"]);
            f.without(&["running_small", "failed", "released", "ended_small"]);
            f.insert_behind("waiting", |f| {
                f.later();
                let mut decided = f.decision(1, 1, (1, 2), Choice::Override, standing(sums(0, 0), None, f.second));
                decided.statement.digest_decided = digest(50);
                decided.verdict = Some(verdict(countersign_domain::verdict::Disposition::Hold, 2));
                let event = ActionEvent::Overridden(decided);
                let line = f.tell("overridden", StreamName::action(&action(1)), by(1), &event);
                (line.cause, line.proposal, line.signs, line.sealed) =
                    (Some("proposed"), Some("proposed"), Some(1), Some(1));
                edit(&mut line.open);
            });
            f.without(&["proposed_taken", "link_taken", "held_taken", "waiting_taken", "taken", "withdrawn"]);
            f.without(&["ended_taken", "answered", "promised", "handed", "kept"]);
        })
    };
    let honest = overridden(|_| {});
    assert!(honest.verified().is_good(), "{:?}", honest.verified().finding);
    let nothing = overridden(|open| open["statement"]["digest_decided"] = json!(digest(1)));
    found(&nothing, "overridden", "changes nothing");
    let unjudged = overridden(|open| open["verdict"] = json!(null));
    found(&unjudged, "overridden", "was not judged");
    let denied = overridden(|open| {
        open["verdict"] = json!(verdict(countersign_domain::verdict::Disposition::Deny, 0));
    });
    found(&denied, "overridden", "policy denies it");
    let subject = overridden(|open| open["standing"]["subject"] = json!(digest(66)));
    found(&subject, "overridden", "whom the action is about changed");
    let alone = overridden(|open| open["statement"]["of"] = json!(1));
    found(&alone, "overridden", "another count of signatures");
}

#[test]
fn what_people_refused_or_decided_in_a_conversation_is_not_let_through_as_if_they_had_not() {
    let refused = forge(|f| f.line("allowed").open["standing"]["refused_here"] = json!(1));
    found(&refused, "allowed", "as if people had refused 1 times here, and they had 0 times");
    let decided = forge(|f| f.line("allowed").open["standing"]["decided"] = json!(true));
    found(&decided, "allowed", "people had refused or decided on it in this conversation");
}

#[test]
fn what_is_denied_as_decided_already_names_what_a_person_decided() {
    let deny = |answered: Option<String>| {
        forge(|f| {
            let line = f.line("held");
            line.kind = "action.denied".into();
            let held = line.open.clone();
            let rules = json!([{"id": "decided-already", "reason": "Decided."}]);
            let version = held["verdict"]["policy_version"].clone();
            let verdict = json!({
                "disposition": "deny", "rules": rules, "approvers": 0, "roles": [], "policy_version": version,
            });
            let mut standing = held["standing"].clone();
            if let Some(answered) = answered {
                standing["answered"] = json!(answered);
            }
            line.open = json!({
                "digest": held["digest"], "verdict": verdict, "evidence": held["evidence"], "standing": standing,
            });
        })
    };
    found(&deny(None), "held", "denied as decided already, and names no earlier action");
    let nobody = format!("act_{}", "9".repeat(32));
    found(&deny(Some(nobody)), "held", "which no person decided in this conversation");
}
