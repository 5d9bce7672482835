//! Forged whispers: who may whisper and when, what an agent says of it, and what is proposed by one.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::conversation::{ConversationEvent, Reasoner, WhisperReceipted, WhisperScope, Whispered};
use countersign_event_log::envelope::Actor;
use serde_json::json;

/// A person whispers, the agent follows, and what it asks for by that is held.
fn whispered() -> Forger {
    let mut log = Forger::honest();
    log.later();
    let whispered =
        Whispered { number: 1, by: person(2), scope: WhisperScope::NextReply, characters: 10, masked: 0, client: None };
    log.talk("whispered", by(2), &ConversationEvent::Whispered(whispered)).sealed = Some(CONVERSATION_KEY);
    log.later();
    log.proposed(5, SMALL, "by_whisper");
    log.set("by_whisper", "whisper", json!({ "number": 1, "by": person(2) }));
    let receipt = WhisperReceipted {
        number: 1,
        followed: true,
        intent: Some("refund".into()),
        confidence_permille: 900,
        reasoner: Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() },
    };
    let said = Actor::Agent("refund".into());
    log.talk("receipt", said, &ConversationEvent::WhisperReceipted(receipt)).sealed = Some(CONVERSATION_KEY);
    log.link(5, "link_whisper", "by_whisper");
    log.later();
    log.held(5, 1, "held_whisper", "by_whisper", sums(LARGE, 1));
    log.moved(5, countersign_domain::object::Stage::Waiting, "waiting_whisper", "held_whisper");
    log.later();
    log
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    whispered().but(edit)
}

#[test]
fn a_person_whispers_only_to_an_agent_that_has_the_word() {
    assert_eq!(whispered().verified().finding, None);
    let late = forge(|f| f.behind("whispered", "answered"));
    found(&late, "whispered", "a person has taken the conversation over");
    let disguised = forge(|f| f.line("whispered").actor = by(1));
    found(&disguised, "whispered", "it was caused by");
    let stranger = forge(|f| {
        f.line("whispered").actor = by(9);
        f.say("whispered", "/by", json!(person(9)));
    });
    found(&stranger, "whispered", "was not enrolled then");
    let open = forge(|f| f.line("whispered").sealed = None);
    found(&open, "whispered", "sealed");
    let skipped = forge(|f| f.say("whispered", "/number", json!(2)));
    found(&skipped, "whispered", "not the next whisper");
    let long = forge(|f| f.say("whispered", "/characters", json!(501)));
    found(&long, "whispered", "no whisper of a length");
}

#[test]
fn an_agent_says_once_what_it_made_of_a_whisper_that_counts() {
    let twice = forge(|f| f.again("receipt", "waiting_whisper", "again"));
    found(&twice, "again", "a whisper that has one");
    let by_a_person = forge(|f| f.line("receipt").actor = by(1));
    found(&by_a_person, "receipt", "somebody else than the agent");
    let of_none = forge(|f| f.say("receipt", "/number", json!(2)));
    found(&of_none, "receipt", "no whisper that counts");
    let open = forge(|f| f.line("receipt").sealed = None);
    found(&open, "receipt", "sealed");
}

#[test]
fn what_is_proposed_by_a_whisper_names_one_that_is_followed_and_is_never_allowed_or_decided_by_whoever_whispered() {
    let not_followed = forge(|f| f.say("receipt", "/followed", json!(false)));
    found(&not_followed, "link_whisper", "does not follow");
    let of_none = forge(|f| f.set("by_whisper", "whisper", json!({ "number": 2, "by": person(2) })));
    found(&of_none, "link_whisper", "nobody whispered");
    let somebody_else = forge(|f| f.set("by_whisper", "whisper", json!({ "number": 1, "by": person(1) })));
    found(&somebody_else, "link_whisper", "nobody whispered");
    let own = forge(|f| f.approved(5, 2, (1, 1), standing(sums(LARGE, 1), None, f.second), "own", "by_whisper"));
    found(&own, "own", "whoever asked for it decided on it");
    let mut allowed = whispered();
    allowed.without(&["held_whisper", "waiting_whisper"]);
    let judged = countersign_domain::action::Judged {
        digest: digest(5),
        verdict: verdict(countersign_domain::verdict::Disposition::Allow, 0),
        evidence: countersign_domain::action::Evidence::None,
        standing: standing(sums(LARGE, 1), Some(SMALL), allowed.second),
    };
    let stream = countersign_event_log::stream::StreamName::action(&action(5));
    let event = countersign_domain::action::ActionEvent::Allowed(judged);
    allowed.tell("allowed_whisper", stream, Actor::Station, &event).cause = Some("by_whisper");
    found(&allowed, "allowed_whisper", "a person whispered for it");
}
