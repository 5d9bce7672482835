//! What the playbook makes of whispers: it goes where it can, says at once what it cannot, and takes no value from them.

use super::talk::{Talk, playbook, shop};
use crate::dialogue::{Entry, Trouble};
use crate::reasoner::{Reasoner, Step};
use countersign_domain::conversation::EscalationReason;
use countersign_domain::conversation::WhisperScope::{Conversation, NextReply};
use countersign_gate::proposal::Provenance;

fn followed(talk: &Talk) -> Vec<(u32, bool)> {
    talk.receipts.iter().map(|receipt| (receipt.number, receipt.followed)).collect()
}

#[test]
fn a_whisper_leads_where_the_customer_has_not_asked_to_go_and_gives_no_value() {
    let mut talk = Talk::with(shop);
    talk.hears("hello");
    let said = talk.whispered(NextReply, "I want a refund for order 1063, postcode 99999");
    assert!(said.contains("order number, and the postcode"), "nothing of it is taken as the customer's: {said}");
    assert_eq!(followed(&talk), [(1, true)]);
    assert_eq!(talk.receipts[0].intent.as_deref(), Some("refund"));
    let said = talk.hears("The rucksack of 1042 arrived torn. 46001");
    assert!(said.contains("€129.00"), "{said}");
    let refund = talk.refunds()[0];
    assert_eq!((refund.whisper, refund.arguments["order_number"].as_str()), (Some(1), Some("1042")));
    assert_eq!(refund.provenance["order_number"], Provenance::Customer { message: 2 });
    let claim = refund.claim.as_deref().unwrap();
    assert!(claim.contains("colleague whispered") && !claim.contains("customer asks"), "{claim}");
    assert_eq!(followed(&talk), [(1, true)], "once");
    // What the customer asks for afterwards is their own.
    talk.hears("Where is my order 1042? My postcode is 46001.");
    let lookup = talk.wishes.last().unwrap();
    assert_eq!((lookup.tool.as_str(), lookup.whisper), ("crm.find_order", None));
}

#[test]
fn what_the_customer_told_before_is_used_and_said_to_be_theirs() {
    let mut talk = Talk::with(shop);
    talk.hears("Where is my order 1042? My postcode is 46001.");
    talk.whispered(NextReply, "I want a refund");
    let lookup = talk.wishes.last().unwrap();
    assert_eq!((lookup.tool.as_str(), lookup.whisper), ("crm.find_order", Some(1)));
    assert_eq!(lookup.provenance["order_number"], Provenance::Customer { message: 1 });
}

#[test]
fn what_fits_nothing_is_said_at_once_and_nobody_hears_of_it() {
    let mut talk = Talk::with(shop);
    talk.hears("hello");
    let turns = talk.says.len();
    assert_eq!(talk.whispered(NextReply, "be a little warmer, please"), "");
    assert_eq!(talk.whispered(NextReply, "hello"), "", "a greeting is no step");
    assert_eq!((followed(&talk), talk.says.len()), (vec![(1, false), (2, false)], turns));
    assert!(talk.receipts[0].note.contains("fits nothing"), "{}", talk.receipts[0].note);
}

#[test]
fn a_question_to_the_customer_is_not_talked_over_and_the_answer_is_used() {
    let mut talk = Talk::with(shop);
    assert!(talk.hears("cancel my order").contains("order number"));
    assert_eq!(talk.whispered(NextReply, "I want a refund"), "", "the customer is about to answer");
    assert!(talk.receipts.is_empty());
    talk.hears("1042, postcode 46001");
    assert_eq!(followed(&talk), [(1, true)]);
    assert_eq!(talk.wishes[0].whisper, Some(1));
    // What is at it already is told so, and asks nothing again.
    let turns = talk.says.len();
    assert_eq!(talk.whispered(NextReply, "I want a refund"), "");
    assert_eq!((followed(&talk), talk.says.len()), (vec![(1, true), (2, true)], turns));
}

#[test]
fn a_person_is_asked_for_at_once_in_a_colleague_s_name() {
    let mut talk = Talk::with(shop);
    talk.hears("I want a refund");
    talk.whispered(NextReply, "let me talk to a real person");
    assert_eq!(talk.escalated(), [EscalationReason::AskedForPerson]);
    let (_, note) = talk.says.last().unwrap().escalate.clone().unwrap();
    assert!(note.contains("colleague") && !note.contains("customer"), "{note}");
}

#[test]
fn the_last_of_several_counts_and_a_customer_who_asks_for_a_person_comes_first() {
    let mut talk = Talk::with(shop);
    talk.hears("cancel my order");
    talk.whispered(NextReply, "book a delivery slot");
    talk.whispered(NextReply, "I want a refund");
    assert_eq!(followed(&talk), [(1, false)], "replaced; the other waits for the customer's answer");
    talk.hears("I want to talk to a person");
    assert_eq!(followed(&talk), [(1, false), (2, false)]);
    assert!(talk.receipts[1].note.contains("asked for a person"), "{}", talk.receipts[1].note);
    assert!(talk.wishes.is_empty());
}

#[test]
fn for_the_whole_conversation_it_stands_wherever_the_customer_s_words_fit_nothing_until_a_person_was_there() {
    let mut talk = Talk::with(shop);
    talk.hears("hello");
    talk.whispered(Conversation, "I want a refund");
    talk.hears("never mind, forget it");
    let said = talk.hears("blubb wibble");
    assert!(said.contains("order number"), "{said}");
    assert_eq!(followed(&talk), [(1, true)]);
    let last = talk.dialogue.last_message();
    talk.dialogue.entries.extend([Entry::Answered { answered: last, text: None }, Entry::HandedBack]);
    let said = talk.hears("blubb wibble");
    assert!(said.contains("I am not sure what you need"), "{said}");
}

#[test]
fn what_was_whispered_before_a_takeover_is_not_taken_up_behind_it() {
    let mut talk = Talk::with(shop);
    talk.hears("cancel my order");
    talk.whispered(NextReply, "I want a refund");
    talk.dialogue.entries.push(Entry::HandedBack);
    talk.hears("1042, postcode 46001");
    assert!(talk.receipts.is_empty() && talk.wishes.iter().all(|wish| wish.whisper.is_none()));
}

#[test]
fn what_a_whisper_began_does_not_go_on_behind_a_takeover() {
    let mut talk = Talk::with(shop);
    talk.hears("hello");
    talk.whispered(NextReply, "I want a refund");
    assert!(talk.receipts.iter().any(|receipt| receipt.followed), "it asks for the order");
    talk.dialogue.entries.push(Entry::HandedBack);
    talk.hears("1042, postcode 46001");
    let in_its_name = talk.wishes.iter().filter(|wish| wish.whisper.is_some()).count();
    assert_eq!(in_its_name, 0, "nothing can be asked for in its name any more");
}

#[test]
fn what_it_led_to_and_the_gate_did_not_take_is_not_called_followed() {
    let mut talk = Talk::with(shop);
    talk.hears("Where is my order 1042? My postcode is 46001.");
    talk.dialogue.entries.push(Entry::Whispered {
        number: 1,
        scope: NextReply,
        text: Some("I want a refund".to_owned()),
    });
    talk.dialogue.trouble = Some(Trouble::TooManyHeld);
    let Step::Say(say) = playbook().next(&talk.dialogue) else { panic!("something is said") };
    assert_eq!((say.receipts.len(), say.receipts[0].followed), (1, false));
}

#[test]
fn what_would_be_made_of_it_is_known_before() {
    assert_eq!(playbook().would_do("I want a refund").as_deref(), Some("refund"));
    assert_eq!(playbook().would_do("be a little warmer, please"), None);
    assert_eq!(playbook().would_do("thank you"), None);
}
