//! Forged people: keys that were not enrolled, and changes of what people may do that nobody signed.

use crate::forger::{Forger, at, key_of};
use crate::forgeries::{forge, found};
use crate::story::*;
use countersign_domain::person::{KeyKind, PersonEvent};
use countersign_domain::station::StationEvent;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

#[test]
fn keys_count_between_enrolment_and_revocation() {
    let early = forge(|f| f.without(&["key1"]));
    found(&early, "approved1", "which was not enrolled then");
    let late = forge(|f| f.behind("key1", "approved1"));
    found(&late, "approved1", "which was not enrolled then");
    let stranger = forge(|f| f.without(&["enrolled2", "key2"]));
    found(&stranger, "joined2", "was never enrolled");
    let weak = forge(|f| f.say("key1", "/public", json!(format!("01{}", "00".repeat(31)))));
    found(&weak, "key1", "no Ed25519 key that counts");
    let twice = forge(|f| f.say("key2", "/key", json!(key(1))));
    found(&twice, "key2", "is enrolled again");
    let of_another = forge(|f| f.say("key2", "/person", json!(person(1))));
    found(&of_another, "key2", "in the stream of another person");
    let behind = forge(|f| {
        f.insert_behind("policy", |f| {
            let (person, key, held, public) =
                (person(2), key(7), KeyKind::Device, hex::encode(key_of(7).verifying_key()));
            let event = PersonEvent::KeyEnrolled { person: person.clone(), key, held, public };
            f.tell("key7", StreamName::person(&person), by(2), &event);
        });
    });
    found(&behind, "key7", "no change that people signed");
    let role = forge(|f| f.say("enrolled1", "/roles", json!(["compliance"])));
    found(&role, "approved1", "may not: none of this person's roles does this");
}

#[test]
fn what_people_may_do_changes_by_two_signatures_and_as_they_signed() {
    let one = forge(|f| f.without(&["changed2"]));
    found(&one, "took_effect", "without every signature");
    let unsigned = forge(|f| f.without(&["change", "changed1", "changed2", "took_effect"]));
    let mut unsigned = unsigned;
    unsigned.line("roles").cause = None;
    found(&unsigned, "roles", "no change that people signed");
    let more = forge(|f| f.say("roles", "/roles", json!(["supervisor", "administrator", "escalation_handler"])));
    found(&more, "roles", "not what the change says");
    let never = forge(|f| f.without(&["roles"]));
    found(&never, "took_effect", "does not follow from it");
    let mut forged = Forger::honest();
    forged.line("changed2").signs = Some(1);
    found(&forged, "changed2", "does not fit the statement");
    let alone = forge(|f| f.say("change", "/of", json!(1)));
    found(&alone, "change", "is proposed for 1 signatures");
    let mut other = Forger::honest();
    other.line("roles").actor = by(2);
    found(&other, "roles", "somebody else than whoever proposed");
    let joined = forge(|f| {
        f.insert_behind("policy", |f| {
            f.later();
            f.tell("joined9", StreamName::station(), by(1), &StationEvent::PersonJoined { person: person(9) });
        });
    });
    found(&joined, "joined9", "no change that people signed");
    let outdated = forge(|f| f.say("change", "/over", json!(1)));
    found(&outdated, "took_effect", "was not as it was when the change was proposed");
}

/// The second person is away, and the first stands in.
fn away() -> Forger {
    let mut log = Forger::honest();
    let stream = StreamName::person(&person(2));
    let event = PersonEvent::Away { person: person(2), until: at(log.second + 600), deputy: person(1) };
    log.tell("away", stream.clone(), by(2), &event);
    log.later();
    log.tell("back", stream, by(1), &PersonEvent::Back { person: person(2) });
    log.later();
    log
}

#[test]
fn somebody_is_away_by_their_own_word_or_that_of_whoever_manages_people_and_a_deputy_decides() {
    assert_eq!(away().verified().finding, None);
    let forge = |edit: fn(&mut Forger)| {
        let mut log = away();
        edit(&mut log);
        log
    };
    // The second is a supervisor and no administrator by then.
    let other = forge(|f| {
        f.line("away").actor = by(1);
        f.line("back").actor = by(2);
    });
    assert_eq!(other.verified().finding, None);
    let of_another = forge(|f| {
        let event = PersonEvent::Away { person: person(1), until: at(f.second + 600), deputy: person(2) };
        f.tell("other", StreamName::person(&person(1)), by(2), &event);
    });
    found(&of_another, "other", "may not: none of this person's roles does this");
    let station = forge(|f| f.line("away").actor = Actor::Station);
    found(&station, "away", "no person caused it");
    let own = forge(|f| f.say("away", "/deputy", json!(person(2))));
    found(&own, "away", "somebody else is the deputy");
    let nobody = forge(|f| f.say("away", "/deputy", json!(person(9))));
    found(&nobody, "away", "was not enrolled then");
    let for_ever = forge(|f| f.say("away", "/until", json!(at(f.second + 91 * 86_400))));
    found(&for_ever, "away", "for more than 90 days");
    let here = forge(|f| f.without(&["away"]));
    found(&here, "back", "was not away");
}
