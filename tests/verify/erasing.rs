//! Forged erasures: what nobody ordered, what a hold forbids, and words of somebody else that are gone.

use crate::forger::{Forger, at, sealing_key, verified};
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::change::Change;
use countersign_domain::conversation::{CloseReason, ConversationEvent};
use countersign_domain::customer::{CustomerEvent, Done};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

fn stream() -> StreamName {
    StreamName::customer(&customer())
}

/// The true log, whose customer is then erased: two people order it, the conversation ends, its key is destroyed.
fn erased(edit: impl FnOnce(&mut Forger)) -> Forger {
    let mut log = Forger::honest();
    log.say("enrolled1", "/roles", json!(["supervisor", "administrator", "compliance"]));
    log.second = log.lines.last().unwrap().second + 1;
    let names = ["erasure", "erasure1", "erasure2", "erasure_signed"];
    log.change(2, Change::EraseCustomer { customer: customer() }, 0, names);
    let now = at(log.second);
    let ordered = CustomerEvent::ErasureOrdered { at: now };
    log.tell("ordered", stream(), by(1), &ordered).cause = Some("erasure_signed");
    log.later();
    let closed = ConversationEvent::Closed { reason: CloseReason::Erased };
    log.tell("closed", StreamName::conversation(&conversation()), Actor::Station, &closed);
    log.later();
    let (keys, conversations) = (vec![sealing_key(CONVERSATION_KEY)], vec![conversation()]);
    let destroyed = CustomerEvent::Erased { keys, conversations, parts: 12, at: at(log.second) };
    log.tell("destroyed", stream(), Actor::Station, &destroyed);
    log.later();
    let (parts, at) = (12, at(log.second));
    let done = Done { keys: 1, conversations: 1, parts, dropped: parts, elsewhere: 0, counts_until: None, at };
    log.tell("done", stream(), Actor::Station, &CustomerEvent::ErasureDone(done));
    edit(&mut log);
    log
}

#[test]
fn an_erasure_is_ordered_by_two_and_destroys_what_it_says_and_nothing_else() {
    let honest = erased(|_| {});
    assert!(honest.verified().is_good(), "{:?}", honest.verified().finding);
    let signed = ["erasure", "erasure1", "erasure2", "erasure_signed"];
    let mut nobody = erased(|f| f.without(&signed));
    nobody.line("ordered").cause = None;
    found(&nobody, "ordered", "no change that people signed");
    let unordered = erased(|f| {
        f.without(&signed);
        f.without(&["ordered"]);
    });
    found(&unordered, "destroyed", "no erasure of this customer is ordered");
    let another = erased(|f| f.line("ordered").stream = StreamName::customer(&"7".repeat(64)));
    found(&another, "ordered", "not what the change says");
    let person = erased(|f| f.line("destroyed").actor = by(1));
    found(&person, "destroyed", "only the station can");
    let open = erased(|f| f.without(&["closed"]));
    found(&open, "destroyed", "which has not ended");
    let key = erased(|f| f.say("destroyed", "/keys/0", json!(sealing_key(12))));
    found(&key, "destroyed", "sealed none of the conversations");
    let unknown = erased(|f| f.say("destroyed", "/conversations/0", json!(format!("cnv_{}", "d".repeat(32)))));
    found(&unknown, "destroyed", "which was never opened");
    let twice = erased(|f| f.again("done", "done", "again"));
    found(&twice, "again", "no erasure of this customer is ordered");
    let role = erased(|f| f.say("enrolled1", "/roles", json!(["supervisor", "administrator"])));
    found(&role, "erasure", "may not");
}

#[test]
fn somebody_else_s_conversation_is_not_erased_and_a_hold_keeps_everything() {
    let others = erased(|f| {
        for line in ["ordered", "destroyed", "done"] {
            f.line(line).stream = StreamName::customer(&"7".repeat(64));
        }
        f.say("erasure", "/what/customer", json!("7".repeat(64)));
    });
    found(&others, "destroyed", "a conversation with another customer");
    let held = erased(|f| {
        f.insert_behind("ordered", |f| {
            f.later();
            let names = ["hold", "hold1", "hold2", "hold_signed"];
            f.change(3, Change::PlaceHold { customer: customer() }, 1, names);
            let placed = CustomerEvent::HoldPlaced { at: at(f.second) };
            f.tell("placed", stream(), by(1), &placed).cause = Some("hold_signed");
        });
    });
    found(&held, "destroyed", "a legal hold stands");
    let over = erased(|f| {
        f.insert_behind("changed2", |f| {
            f.later();
            let names = ["hold", "hold1", "hold2", "hold_signed"];
            f.change(3, Change::PlaceHold { customer: customer() }, 0, names);
            let placed = CustomerEvent::HoldPlaced { at: at(f.second) };
            f.tell("placed", stream(), by(1), &placed).cause = Some("hold_signed");
            f.later();
        });
        f.behind("took_effect", "changed2");
        f.behind("roles", "took_effect");
        f.say("erasure", "/over", json!(1));
    });
    found(&over, "ordered", "a legal hold stands");
}

#[test]
fn what_is_gone_was_erased_and_what_was_erased_seals_nothing_any_more() {
    let honest = Forger::honest();
    let mut gone = honest.write();
    let place = honest.position("received") as usize;
    gone[place].sealed.as_mut().unwrap().bytes = None;
    let finding = verified(&gone).finding.expect("its words are gone");
    assert_eq!((finding.position, finding.until), (place as u64, None));
    assert!(finding.what.contains("no erasure says so"), "{finding}");
    let mut dropped = erased(|_| {}).write();
    dropped[place].sealed.as_mut().unwrap().bytes = None;
    assert!(verified(&dropped).is_good(), "{:?}", verified(&dropped).finding);
    let after = erased(|f| f.line("done").sealed = Some(CONVERSATION_KEY));
    found(&after, "done", "which was destroyed before");
}
