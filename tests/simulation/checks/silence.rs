//! Invariant 11: after a takeover no agent says, asks or starts anything until the conversation is handed back; after
//! Stop nothing with an effect starts and no reply goes out until somebody resumes. And a claim stands on a success.

use crate::checks::record::Record;
use crate::checks::{Violation, must};
use countersign_domain::action::{ActionEvent, SettledHow};
use countersign_domain::conversation::{CloseReason, ConversationEvent};
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_domain::tool::EffectClass;

pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    for (conversation, events) in &record.conversations {
        for (position, event) in events {
            let (agents, what) = match event {
                ConversationEvent::Replied(replied) => {
                    must(found, "11", !is_stopped(record, *position), || {
                        format!("{conversation}: a reply goes out at {position} while everything is stopped")
                    });
                    claims(record, *position, &replied.claims, found);
                    (true, "says something")
                }
                ConversationEvent::Answered(answered) => {
                    must(found, "11", has_word(record, conversation, *position) == Some(&answered.by), || {
                        format!("{conversation}: {} writes at {position} without having the word", answered.by)
                    });
                    (false, "")
                }
                ConversationEvent::Proposed { by: Some(by), .. } => {
                    must(found, "11", has_word(record, conversation, *position) == Some(by), || {
                        format!("{conversation}: {by} asks for something at {position} without having the word")
                    });
                    (false, "")
                }
                ConversationEvent::Proposed { by: None, .. } => (true, "asks for something"),
                ConversationEvent::HandedBack { .. } => {
                    must(found, "11", !waits_for_a_person(record, conversation, *position), || {
                        format!(
                            "{conversation}: it is handed back at {position} while what a person asked for has not ended"
                        )
                    });
                    (false, "")
                }
                ConversationEvent::Turned(_) => (true, "ends a turn"),
                ConversationEvent::Whispered(whispered) => {
                    must(found, "11", !is_taken(record, conversation, *position), || {
                        format!("{conversation}: {} whispers at {position} to nobody", whispered.by)
                    });
                    (false, "")
                }
                ConversationEvent::WhisperReceipted(receipt) => {
                    once(record, conversation, *position, receipt.number, found);
                    (true, "says what it made of a whisper")
                }
                _ => (false, ""),
            };
            let after_the_end = matches!(
                event,
                ConversationEvent::Reopened { .. }
                    | ConversationEvent::Rated { .. }
                    | ConversationEvent::PromiseKept { .. }
                    | ConversationEvent::Closed { reason: CloseReason::Erased }
            );
            must(found, "11", after_the_end || !has_ended(record, conversation, *position), || {
                format!("{conversation}: something happens at {position}, after it ended")
            });
            must(found, "11", !agents || !is_taken(record, conversation, *position), || {
                format!("{conversation}: the agent {what} at {position}, after it was taken over")
            });
        }
    }
    for (id, life) in &record.actions {
        for happened in &life.events {
            let position = happened.position;
            let starts = matches!(happened.event, ActionEvent::Started(_));
            let effect = life.proposed.effect != EffectClass::Read;
            must(found, "11", !(starts && effect && is_stopped(record, position)), || {
                format!("{id} starts at {position} while everything is stopped")
            });
            let begins = starts || matches!(happened.event, ActionEvent::Allowed(_) | ActionEvent::Held(_));
            must(found, "11", !(starts && has_ended(record, &life.proposed.conversation, position)), || {
                format!("{id} starts at {position}, after its conversation ended")
            });
            let word = has_word(record, &life.proposed.conversation, position);
            must(found, "11", !(begins && word != life.proposed.by.as_ref()), || {
                format!("{id} goes on at {position}, and whoever asked for it has not the word any more")
            });
            let allowed = matches!(happened.event, ActionEvent::Allowed(_));
            must(found, "2", !(allowed && effect && life.proposed.whisper.is_some()), || {
                format!("{id} is allowed at {position} without a person, and somebody whispered for it")
            });
            let own = match &happened.event {
                ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                    let whispered = life.proposed.whisper.as_ref().map(|whisper| &whisper.by);
                    [life.proposed.by.as_ref(), whispered].contains(&Some(decided.person()))
                }
                _ => false,
            };
            must(found, "2", !own, || format!("{id}: whoever asked for it decides on it at {position}"));
        }
    }
}

/// One receipt follows each whisper, and none one before a takeover or an end.
fn once(record: &Record, conversation: &ConversationId, at: u64, number: u32, found: &mut Vec<Violation>) {
    let events = record.conversations.get(conversation).map(Vec::as_slice).unwrap_or_default();
    let before = || events.iter().filter(|(position, _)| *position < at).map(|(_, event)| event);
    let whispered = |event: &&ConversationEvent| matches!(event, ConversationEvent::Whispered(w) if w.number == number);
    let again =
        |event: &ConversationEvent| matches!(event, ConversationEvent::WhisperReceipted(r) if r.number == number);
    let over = |event: &ConversationEvent| matches!(event, ConversationEvent::TakenOver { .. }) || ends(event);
    let since = before().skip_while(|event| !whispered(event));
    let counts = before().any(|event| whispered(&event)) && !since.into_iter().any(|event| again(event) || over(event));
    must(found, "11", counts, || format!("{conversation}: the receipt at {at} is of no whisper that counts"));
}

/// Whether something that a person asked for in it had not ended.
fn waits_for_a_person(record: &Record, conversation: &ConversationId, position: u64) -> bool {
    let theirs = record
        .actions
        .values()
        .filter(|life| life.proposed.by.is_some() && life.proposed.conversation == *conversation);
    let over = |event: &ActionEvent| {
        matches!(
            event,
            ActionEvent::Denied(_)
                | ActionEvent::Rejected(_)
                | ActionEvent::Expired { .. }
                | ActionEvent::Withdrawn { .. }
                | ActionEvent::Succeeded { .. }
                | ActionEvent::Failed { .. }
                | ActionEvent::Settled { .. }
        )
    };
    theirs.into_iter().any(|life| {
        let before = life.events.iter().filter(|happened| happened.position < position);
        let mut events = before.map(|happened| &happened.event).peekable();
        events.peek().is_some() && !events.any(over)
    })
}

fn is_stopped(record: &Record, position: u64) -> bool {
    let last = record.fleet.iter().rfind(|(at, _)| *at < position);
    matches!(last, Some((_, FleetEvent::Stopped { .. })))
}

fn is_taken(record: &Record, conversation: &ConversationId, position: u64) -> bool {
    has_word(record, conversation, position).is_some()
}

fn ends(event: &ConversationEvent) -> bool {
    matches!(event, ConversationEvent::Resolved { .. } | ConversationEvent::Closed { .. })
}

/// Whether it had ended and nobody had taken it up again.
fn has_ended(record: &Record, conversation: &ConversationId, position: u64) -> bool {
    let events = record.conversations.get(conversation).map(Vec::as_slice).unwrap_or_default();
    let changes = |event: &ConversationEvent| ends(event) || matches!(event, ConversationEvent::Reopened { .. });
    let last = events.iter().rfind(|(at, event)| *at < position && changes(event));
    last.is_some_and(|(_, event)| ends(event))
}

/// Who had the word in the agent's place.
fn has_word<'a>(record: &'a Record, conversation: &ConversationId, position: u64) -> Option<&'a PersonId> {
    let changes = |event: &ConversationEvent| {
        let gives = matches!(event, ConversationEvent::TakenOver { .. } | ConversationEvent::HandedBack { .. });
        gives || ends(event)
    };
    let events = record.conversations.get(conversation).map(Vec::as_slice).unwrap_or_default();
    let last = events.iter().rfind(|(at, event)| *at < position && changes(event));
    match last {
        Some((_, ConversationEvent::TakenOver { by })) => Some(by),
        _ => None,
    }
}

/// What a reply claims has succeeded before it was said.
fn claims(record: &Record, position: u64, claimed: &[countersign_domain::ids::ActionId], found: &mut Vec<Violation>) {
    for id in claimed {
        let done = record.actions.get(id).is_some_and(|life| {
            life.events.iter().any(|e| {
                let success = matches!(
                    e.event,
                    ActionEvent::Succeeded { .. } | ActionEvent::Settled { how: SettledHow::Happened, .. }
                );
                success && e.position < position
            })
        });
        must(found, "7", done, || format!("the reply at {position} claims {id}, which had not succeeded"));
    }
}
