//! A conversation as a model reads it: what was said, what tools it asked for and what came of that, and notes of ours.
//! Everything that others wrote stands within marks. What is too much is left out from the oldest on, and said to be; what
//! was promised and what was done stays.

use super::answer::AskedCall;
use super::fence::within;
use super::port::Message;
use super::turn::{counting_numbers, numbered};
use crate::dialogue::{ActionView, Dialogue, Ending, Entry, Trouble};
use countersign_domain::conversation::{ModelStep, WhisperScope};
use countersign_domain::ids::ActionId;
use countersign_domain::tool::EffectClass;
use countersign_gate::report::ActionReport;

/// The most of a conversation that a model reads, in bytes.
const MOST_BYTES: usize = 48 * 1024;
/// The most of what a tool returned that a model reads, in bytes.
const MOST_RESULT_BYTES: usize = 64 * 1024;
/// The most of it once other things have happened since, in bytes.
const MOST_OLD_RESULT_BYTES: usize = 4 * 1024;

/// What belongs together: a call of tools is left out with what came of it, or not at all.
struct Block {
    messages: Vec<Message>,
    bytes: usize,
}

/// The conversation for a model that reasons.
pub(super) fn all(dialogue: &Dialogue) -> Vec<Message> {
    let mut blocks: Vec<Block> = Vec::new();
    let last_call = dialogue.entries.iter().rposition(is_answer).unwrap_or_default();
    let counting = counting_numbers(dialogue);
    let over = |entry: &Entry| matches!(entry, Entry::Whispered { number, .. } if !counting.contains(number));
    for (at, entry) in dialogue.entries.iter().enumerate().filter(|(_, entry)| !over(entry)) {
        if let Some(messages) = of(dialogue, at, entry, at == last_call) {
            let bytes = messages.iter().map(Message::bytes).sum();
            blocks.push(Block { messages, bytes });
        }
    }
    let pinned = pinned(dialogue);
    let mut left = MOST_BYTES.saturating_sub(pinned.len());
    let mut kept = 0;
    for block in blocks.iter().rev() {
        if block.bytes > left && kept > 0 {
            break;
        }
        left = left.saturating_sub(block.bytes);
        kept += 1;
    }
    let left_out = blocks.len() - kept;
    let mut messages = Vec::new();
    let mut first = pinned;
    if left_out > 0 {
        first.push_str(&format!("\nThe {left_out} oldest entries of this conversation are left out here."));
    }
    messages.push(Message::User(within("station-note", "", first.trim())));
    messages.extend(blocks.into_iter().skip(left_out).flat_map(|block| block.messages));
    if let Some(note) = news(dialogue) {
        messages.push(Message::User(within("station-note", "", &note)));
    }
    if !matches!(messages.last(), Some(Message::User(_) | Message::Tool { .. })) {
        messages.push(Message::User(within("station-note", "", "Go on.")));
    }
    messages
}

/// What the customer wrote last, and what was said just before, for a model that classifies.
pub(super) fn last_words(dialogue: &Dialogue) -> Vec<Message> {
    const MOST: usize = 6;
    let said = |entry: &Entry| match entry {
        Entry::Said { number, text, .. } => {
            Some(within("customer-message", &format!("number=\"{number}\""), text.as_deref().unwrap_or_default()))
        }
        Entry::Spoke { text: Some(text) } | Entry::Answered { text: Some(text), .. } => {
            Some(within("shop-message", "", text))
        }
        _ => None,
    };
    let mut words: Vec<String> = dialogue.entries.iter().rev().filter_map(said).take(MOST).collect();
    words.reverse();
    vec![Message::User(words.join("\n"))]
}

fn is_answer(entry: &Entry) -> bool {
    matches!(entry, Entry::ModelCalled { called, answer: Some(_) } if called.step != ModelStep::Classify)
}

fn of(dialogue: &Dialogue, at: usize, entry: &Entry, is_last: bool) -> Option<Vec<Message>> {
    let note = |mark: &str, attributes: &str, text: &str| Some(vec![Message::User(within(mark, attributes, text))]);
    match entry {
        Entry::Said { number, text, .. } => {
            note("customer-message", &format!("number=\"{number}\""), text.as_deref().unwrap_or("(erased)"))
        }
        Entry::ModelCalled { called, answer: Some(answer) } if is_answer(entry) && !answer.calls.is_empty() => {
            let behind = dialogue.entries.get(at + 1..).unwrap_or_default();
            let calls = (0_u32..).zip(&answer.calls);
            let calls = calls.map(|(nth, call)| AskedCall { id: call_id(called.number, nth), ..call.clone() });
            let mut messages = vec![Message::Assistant { text: answer.text.clone(), calls: calls.collect() }];
            let done: Vec<(u32, &ActionId)> = numbered(behind, called.number).collect();
            let mut refused = is_last;
            for (nth, _) in (0_u32..).zip(&answer.calls) {
                let id = call_id(called.number, nth);
                let action = done.iter().find(|(n, _)| *n == nth).and_then(|(_, id)| dialogue.actions.get(*id));
                let text = match action {
                    Some(view) => came_of(view, is_last),
                    None => not_taken(dialogue, std::mem::take(&mut refused)),
                };
                messages.push(Message::Tool { id, text });
            }
            Some(messages)
        }
        // What was said by it is what was sent.
        Entry::ModelCalled { .. } | Entry::Turned { .. } | Entry::Receipted { .. } | Entry::Ended { .. } => None,
        Entry::Spoke { text } => Some(vec![Message::Assistant {
            text: text.clone().unwrap_or_else(|| "(erased)".to_owned()),
            calls: Vec::new(),
        }]),
        Entry::Answered { text, .. } => {
            note("colleague-message", "to=\"customer\"", text.as_deref().unwrap_or("(erased)"))
        }
        Entry::Whispered { number, scope, text } => {
            let scope = match scope {
                WhisperScope::NextReply => "for your next reply",
                WhisperScope::Conversation => "for this conversation",
            };
            let attributes = format!("number=\"{number}\" counts=\"{scope}\"");
            note("whisper", &attributes, text.as_deref().unwrap_or("(erased)"))
        }
        Entry::HandedBack => note("station-note", "", "A colleague had the word and has given it back to you."),
        Entry::Escalated { reason } => {
            note("station-note", "", &format!("A person was asked for: {}.", reason.in_words()))
        }
        // What a playbook asked for, before a model had the word.
        Entry::Proposed { action, asked_in: None } => {
            let view = dialogue.actions.get(action)?;
            let noted = within("station-note", "", &format!("{} was asked for.", view.report.tool));
            Some(vec![Message::User(format!("{noted}\n{}", came_of(view, false)))])
        }
        Entry::Proposed { asked_in: Some(_), .. } | Entry::Promised { .. } | Entry::PromiseKept { .. } => None,
    }
}

/// The id of a tool call, as the model reads it: providers' own may be anything, and the same twice.
fn call_id(call: u32, nth: u32) -> String {
    format!("call_{call}_{nth}")
}

/// What came of an action, as its agent may know it; what its tool says is data.
fn came_of(view: &ActionView, whole: bool) -> String {
    let most = if whole { MOST_RESULT_BYTES } else { MOST_OLD_RESULT_BYTES };
    let result = view.report.result.as_ref().map(ToString::to_string);
    let said: Vec<String> = view.report.message.iter().cloned().chain(result).collect();
    let said = said.iter().map(|said| within("tool-result", "", &cut(said, most)));
    std::iter::once(our_words(view)).chain(said).collect::<Vec<_>>().join("\n")
}

/// What came of an action, in the station's words alone.
fn our_words(view: &ActionView) -> String {
    let message = view.report.message.as_ref().map(|_| "what it said stands in its result.".to_owned());
    ActionReport { message, ..view.report.clone() }.in_words()
}

fn not_taken(dialogue: &Dialogue, is_first: bool) -> String {
    match dialogue.trouble.as_ref().filter(|_| is_first) {
        Some(Trouble::Refused { why } | Trouble::WornOut { why } | Trouble::Kept { why }) => why.clone(),
        Some(Trouble::TooManyHeld) => {
            "It was not taken: as many actions as may be are waiting for people in this conversation.".to_owned()
        }
        None => "It was not taken, and did not happen.".to_owned(),
    }
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{} … (cut: {} bytes in all)", text.get(..end).unwrap_or_default(), text.len())
}

/// What is never left out: what was promised, and what was done or waits.
fn pinned(dialogue: &Dialogue) -> String {
    let mut lines = vec!["The conversation begins here.".to_owned()];
    let kept: Vec<u32> = dialogue
        .entries
        .iter()
        .filter_map(|e| if let Entry::PromiseKept { number } = e { Some(*number) } else { None })
        .collect();
    for entry in &dialogue.entries {
        if let Entry::Promised { number, text } = entry {
            let stands = if kept.contains(number) { "kept" } else { "open: hold it" };
            lines.push(format!(
                "Promised to the customer by a colleague ({stands}): {}",
                text.as_deref().unwrap_or("(erased)")
            ));
        }
    }
    for entry in &dialogue.entries {
        if let Entry::Proposed { action, .. } = entry
            && let Some(view) = dialogue.actions.get(action)
            && view.effect != EffectClass::Read
        {
            lines.push(format!("{}: {}", view.report.tool, our_words(view)));
        }
    }
    lines.join("\n")
}

/// Ends that nobody has told the customer yet.
fn news(dialogue: &Dialogue) -> Option<String> {
    let ended: Vec<String> = super::untold(dialogue)
        .into_iter()
        .filter_map(|(id, ending)| {
            let view = dialogue.actions.get(&id)?;
            let ends = match ending {
                Ending::Unknown => "may have happened",
                Ending::Final => "has come to its end",
            };
            (view.effect != EffectClass::Read)
                .then(|| format!("{} {ends}. {} Tell the customer.", view.report.tool, our_words(view)))
        })
        .collect();
    (!ended.is_empty()).then(|| ended.join("\n"))
}
