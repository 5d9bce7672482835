//! Forged words: who may speak and start anything when, after a stop, after a takeover, and what a reply may claim.

use crate::forger::{Forger, at};
use crate::forgeries::{forge, found};
use crate::story::*;
use countersign_domain::action::ActionEvent;
use countersign_domain::conversation::{ConversationEvent, SignInFailure, SignInProof, SignedIn};
use countersign_domain::fleet::{FleetEvent, Part};
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
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

/// The stop of an agent or a tool, and its end, in front of what it keeps from happening.
fn with_part(part: Part, behind: &'static str, ends_behind: Option<&'static str>) -> Forger {
    forge(move |f| {
        let stops = part.clone();
        f.insert_behind(behind, move |f| {
            let event = FleetEvent::PartStopped { part: stops, by: person(1), at: at(f.second) };
            f.tell("part_stopped", StreamName::fleet(), by(1), &event);
        });
        if let Some(ends_behind) = ends_behind {
            f.insert_behind(ends_behind, move |f| {
                let event = FleetEvent::PartResumed { part, by: person(1), at: at(f.second) };
                f.tell("part_resumed", StreamName::fleet(), by(1), &event).sealed = Some(CONVERSATION_KEY);
            });
        }
    })
}

#[test]
fn nothing_of_an_agent_or_a_tool_starts_while_it_is_stopped_and_no_reply_of_it_goes_out() {
    for part in [Part::Agent("refund".into()), Part::Tool("crm.issue_refund".into())] {
        found(&with_part(part.clone(), "proposed", None), "started", "while its agent or its tool was stopped");
        let ended = with_part(part.clone(), "proposed", Some("part_stopped")).verified();
        assert!(ended.is_good(), "{:?}", ended.finding);
        let other = with_part(Part::Agent("somebody-else".into()), "proposed", None).verified();
        assert!(other.is_good(), "{:?}", other.finding);
    }
    let silent = with_part(Part::Agent("refund".into()), "ended", None);
    found(&silent, "replied", "of an agent that was stopped");
    let twice = forge(|f| {
        for (name, behind) in [("first", "stopped"), ("second", "first")] {
            f.insert_behind(behind, move |f| {
                let event = FleetEvent::PartStopped {
                    part: Part::Tool("crm.issue_refund".into()),
                    by: person(1),
                    at: at(f.second),
                };
                f.tell(name, StreamName::fleet(), by(1), &event);
            });
        }
    });
    found(&twice, "second", "is stopped already");
    let unstopped = forge(|f| {
        f.insert_behind("stopped", |f| {
            let event = FleetEvent::PartResumed {
                part: Part::Tool("crm.issue_refund".into()),
                by: person(1),
                at: at(f.second),
            };
            f.tell("resumed_part", StreamName::fleet(), by(1), &event).sealed = Some(CONVERSATION_KEY);
        });
    });
    found(&unstopped, "resumed_part", "is not stopped");
}

#[test]
fn the_time_of_what_is_stopped_does_not_run_and_no_other_resume_moves_it() {
    let refund = || Part::Tool("crm.issue_refund".into());
    let expired = with_part(refund(), "waiting", None).but(|f| {
        let deadline = f.line("held").open["deadline"].as_str().unwrap().parse().unwrap();
        f.insert_behind("part_stopped", move |f| {
            f.later();
            f.tell("expired", StreamName::action(&action(1)), Actor::Station, &ActionEvent::Expired { deadline });
        });
    });
    found(&expired, "expired", "while its time did not run");
    let moved = |part: Part| {
        with_part(part, "waiting", Some("part_stopped")).but(|f| {
            let deadline: Timestamp = f.line("held").open["deadline"].as_str().unwrap().parse().unwrap();
            f.insert_behind("part_resumed", move |f| {
                let (deadline, reason) = (deadline.plus_seconds(3_600), "stop".to_owned());
                let event = ActionEvent::DeadlineMoved { deadline, reason };
                f.tell("moved", StreamName::action(&action(1)), Actor::Station, &event);
            });
        })
    };
    found(&moved(Part::Tool("crm.cancel_order".into())), "moved", "and nothing is stopped");
    let finding = moved(refund()).verified().finding;
    assert!(finding.is_none_or(|finding| !finding.to_string().contains("nothing is stopped")));
}

#[test]
fn a_customer_is_signed_in_once_by_what_they_asked_for_last_and_by_themselves() {
    let asking = |number: u32| ConversationEvent::SignInAsked { number };
    let proof = |number: u32| {
        let (by, customer) = (SignInProof::MailedCode, customer());
        ConversationEvent::SignedIn(SignedIn { number, by, customer })
    };
    let from = || Actor::Customer(conversation().to_string());
    let signing_in = |number: u32, fails: bool| {
        forge(move |f| {
            f.say("opened", "/assurance", json!("claimed"));
            f.say("opened", "/customer", json!(null));
            f.insert_behind("opened", move |f| {
                f.talk("asked", from(), &asking(1)).sealed = Some(CONVERSATION_KEY);
                if fails {
                    let failed = ConversationEvent::SignInFailed { number: 1, reason: SignInFailure::WrongCodes };
                    f.talk("failed", Actor::Station, &failed);
                }
                f.talk("proof", from(), &proof(number)).sealed = Some(CONVERSATION_KEY);
            });
        })
    };
    let report = signing_in(1, false).verified();
    assert!(report.is_good(), "{:?}", report.finding);
    found(&signing_in(2, false), "proof", "no code is waited for");
    found(&signing_in(1, true), "proof", "no code is waited for");
    let mut other = signing_in(1, false);
    other.line("proof").actor = Actor::Station;
    found(&other, "proof", "it was caused by");
    let mut open = signing_in(1, false);
    open.line("proof").sealed = None;
    found(&open, "proof", "is not sealed with it");
    let mut unasked = signing_in(1, false);
    unasked.without(&["asked"]);
    found(&unasked, "proof", "no code is waited for");
    // Whoever is signed in is not signed in again.
    let twice = forge(|f| {
        f.insert_behind("opened", |f| {
            f.talk(
                "asked",
                Actor::Customer(conversation().to_string()),
                &ConversationEvent::SignInAsked { number: 1 },
            )
            .sealed = Some(CONVERSATION_KEY);
        });
    });
    found(&twice, "asked", "signed in already");
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

fn to_the_end(change: impl FnOnce(&mut Forger)) -> Forger {
    let mut forger = Forger::honest_to_the_end();
    change(&mut forger);
    forger
}

#[test]
fn a_conversation_is_resolved_by_whoever_has_the_word_and_said_so_once() {
    let early = to_the_end(|f| f.behind("resolved", "kept"));
    found(&early, "resolved", "only whoever has taken");
    let other = to_the_end(|f| {
        f.line("resolved").actor = by(1);
        f.say("resolved", "/by", json!(person(1)));
    });
    found(&other, "resolved", "only whoever has taken");
    let disguised = to_the_end(|f| f.line("resolved").actor = by(1));
    found(&disguised, "resolved", "it was caused by");
    let mut open = Forger::honest_to_the_end();
    open.line("resolved").sealed = None;
    found(&open, "resolved", "sealed");
    let open = to_the_end(|f| {
        f.insert_behind("kept", |f| {
            f.later();
            f.proposed(5, LARGE, "proposed5");
            f.link(5, "link5", "proposed5");
        });
    });
    assert!(open.verified().finding.is_some_and(|finding| finding.position >= open.position("proposed5")));
    let twice = to_the_end(|f| f.again("resolved", "resolved", "again"));
    found(&twice, "again", "the conversation has ended");
    let into_the_end = to_the_end(|f| f.without(&["reopened"]));
    found(&into_the_end, "received_again", "the conversation has ended");
    let nothing_ended = to_the_end(|f| f.again("reopened", "reopened", "again"));
    found(&nothing_ended, "again", "has not ended");
}

#[test]
fn idle_is_only_what_nobody_waits_in_and_only_a_customer_says_that_it_is_done() {
    let idle = to_the_end(|f| {
        f.say("closed", "/reason", json!("idle"));
        f.line("closed").actor = Actor::Station;
    });
    found(&idle, "closed", "still under way");
    let by_staff = to_the_end(|f| f.line("closed").actor = by(1));
    found(&by_staff, "closed", "it was caused by");
    let by_agent = to_the_end(|f| f.line("rated").actor = by(2));
    found(&by_agent, "rated", "it was caused by");
    let score = to_the_end(|f| f.say("rated", "/score", json!(6)));
    found(&score, "rated", "no score");
    let early = to_the_end(|f| f.behind("rated", "received_again"));
    found(&early, "rated", "after it has ended");
    let twice = to_the_end(|f| f.again("rated", "rated", "again"));
    found(&twice, "again", "rated once");
}

#[test]
fn promises_are_made_with_the_word_and_kept_once() {
    let late = forge(|f| f.behind("promised", "handed"));
    found(&late, "promised", "only whoever has taken");
    let other = forge(|f| f.say("promised", "/by", json!(person(1))));
    found(&other, "promised", "only whoever has taken");
    let skipped = forge(|f| f.say("promised", "/number", json!(2)));
    found(&skipped, "promised", "not the next promise");
    let mut open = Forger::honest();
    open.line("promised").sealed = None;
    found(&open, "promised", "sealed");
    let never = forge(|f| f.say("kept", "/number", json!(2)));
    found(&never, "kept", "was not made");
    let twice = forge(|f| f.again("kept", "kept", "again"));
    found(&twice, "again", "kept before");
    let disguised = forge(|f| f.say("kept", "/by", json!(person(2))));
    found(&disguised, "kept", "it was caused by");
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

#[test]
fn a_person_asks_with_the_word_decides_on_nothing_of_their_own_and_gives_the_word_up_once_it_has_ended() {
    let wish = |change: &dyn Fn(&mut Forger)| {
        let mut forger = Forger::honest_with_a_wish();
        change(&mut forger);
        forger
    };
    assert_eq!(wish(&|_| ()).verified().finding, None);
    let own = wish(&|f| {
        f.without(&["taken_back", "ended_asked", "handed_again"]);
        f.insert_behind("waiting_asked", |f| {
            f.approved(4, 2, (1, 1), standing(sums(LARGE, 1), None, f.second), "own", "asked")
        });
    });
    found(&own, "own", "whoever asked for it decided on it");
    let without = wish(&|f| f.without(&["taken_again"]));
    found(&without, "asked", "only whoever has taken");
    let other = wish(&|f| {
        f.line("asked").actor = by(1);
        f.say("asked", "/by", json!(person(1)));
    });
    found(&other, "asked", "only whoever has taken");
    let disguised = wish(&|f| f.line("asked").actor = by(1));
    found(&disguised, "asked", "it was caused by");
    let in_another_s_name = wish(&|f| f.say("asked", "/agent", json!("refund")));
    found(&in_another_s_name, "asked", "in another's name");
    let linked = wish(&|f| f.say("link_asked", "/by", json!(person(1))));
    found(&linked, "asked", "does not name the action in the same append");
    let foreign = wish(&|f| f.line("taken_back").actor = by(1));
    found(&foreign, "taken_back", "it was caused by");
    let early = wish(&|f| f.behind("handed_again", "waiting_asked"));
    found(&early, "handed_again", "which a person asked for, has not ended");
}
