//! The turn that is on, as the log tells it: what models were asked in it, what they answered, and what came of that.

use super::answer::{Answer, AskedCall};
use super::routes::ModelName;
use crate::dialogue::{Dialogue, Entry};
use crate::playbook::IntentShown;
use countersign_domain::conversation::{
    EscalationReason, LONGEST_NOTE_CHARS, ModelCallEnd, ModelCalled, ModelStep, UNCLEAR_INTENT, WhisperScope,
};
use countersign_domain::ids::ActionId;
use countersign_gate::proposal::Receipt;
use serde::Deserialize;

/// What a model asks of ourselves: that a person goes on.
pub(super) const ASK_FOR_PERSON: &str = "ask_for_person";
/// What a model says that it makes of a whisper.
pub(super) const HEED_WHISPER: &str = "heed_whisper";

/// What a customer wants, as a model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classified {
    /// The class of intent.
    pub(super) intent: String,
    /// How sure it is, in thousandths.
    pub(super) confidence_permille: u32,
    /// The language, as the model names it.
    pub(super) language: Option<String>,
}

/// What a classifying model is asked to write.
#[derive(Deserialize)]
struct Said {
    intent: String,
    confidence: f64,
    #[serde(default)]
    language: Option<String>,
}

impl Classified {
    /// From a model's words: the first JSON object in them. Words that hold none say that it is unclear.
    fn read(text: &str, intents: &[IntentShown]) -> Self {
        let unclear = Self { intent: UNCLEAR_INTENT.to_owned(), confidence_permille: 0, language: None };
        let object = text.find('{').and_then(|from| text.get(from..));
        let said = object.and_then(|text| serde_json::Deserializer::from_str(text).into_iter::<Said>().next()?.ok());
        let Some(said) = said else { return unclear };
        if intents.iter().all(|intent| intent.id != said.intent) {
            return Self { language: named(said.language), ..unclear };
        }
        let confidence = if said.confidence.is_finite() { said.confidence.clamp(0.0, 1.0) } else { 0.0 };
        Self {
            intent: said.intent,
            // Between 0 and 1000, and whole.
            confidence_permille: (confidence * 1000.0).round() as u32,
            language: named(said.language),
        }
    }
}

/// A language's name is a short word or two: it stands in the prompt.
fn named(language: Option<String>) -> Option<String> {
    let is_word = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-');
    language.filter(|language| (1..=40).contains(&language.chars().count()) && language.chars().all(is_word))
}

/// The turn that is on.
pub(super) struct Turn<'a> {
    entries: &'a [Entry],
    thread: Option<Thread<'a>>,
    classified: Option<Classified>,
    /// The intent of the turn before.
    before: Option<(&'a str, u32)>,
    whispers: Vec<Heard>,
}

/// A whisper that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Heard {
    number: u32,
    /// Where it stands in the dialogue.
    at: usize,
    /// Whether it counts for the whole conversation.
    lasts: bool,
    /// Whether it was said before that it is followed.
    followed: bool,
}

/// A model's last answer, and what happened behind it.
pub(super) struct Thread<'a> {
    pub(super) called: &'a ModelCalled,
    pub(super) answer: &'a Answer,
    behind: &'a [Entry],
    /// What happened behind what it had read.
    unread: &'a [Entry],
}

impl<'a> Turn<'a> {
    pub(super) fn of(dialogue: &'a Dialogue, intents: &[IntentShown]) -> Self {
        let ends = |e: &Entry| matches!(e, Entry::Turned { .. } | Entry::Answered { .. } | Entry::Ended { .. });
        let begins = dialogue.entries.iter().rposition(ends).map_or(0, |at| at + 1);
        let entries = dialogue.entries.get(begins..).unwrap_or_default();
        let before = dialogue.entries.iter().rev().find_map(|e| match e {
            Entry::Turned { turned, .. } => Some((turned.intent.as_str(), turned.confidence_permille)),
            _ => None,
        });
        let (mut thread, mut classified) = (None, None);
        for (at, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Said { .. } => classified = None,
                Entry::ModelCalled { called, answer: Some(answer) } if called.step == ModelStep::Classify => {
                    let unread = dialogue.entries.get(answer.read..begins + at).unwrap_or_default();
                    let of_all = !unread.iter().any(|e| matches!(e, Entry::Said { .. }));
                    classified = of_all.then(|| Classified::read(&answer.text, intents));
                }
                Entry::ModelCalled { called, answer: Some(answer) } => {
                    let behind = entries.get(at + 1..).unwrap_or_default();
                    let unread = dialogue.entries.get(answer.read..).unwrap_or_default();
                    thread = Some(Thread { called, answer, behind, unread });
                }
                _ => {}
            }
        }
        Self { entries, thread, classified, before, whispers: counting(dialogue) }
    }

    pub(super) fn thread(&self) -> Option<&Thread<'a>> {
        self.thread.as_ref()
    }

    /// What the customer's last words were taken for, in this turn.
    pub(super) fn classified(&self) -> Option<&Classified> {
        self.classified.as_ref()
    }

    /// The class of intent, and how sure it is.
    pub(super) fn intent(&self) -> (&str, u32) {
        let now = self.classified.as_ref().map(|c| (c.intent.as_str(), c.confidence_permille));
        now.or(self.before).unwrap_or((UNCLEAR_INTENT, 0))
    }

    fn called(&self) -> impl Iterator<Item = (&'a ModelCalled, Option<&'a Answer>)> {
        self.entries.iter().filter_map(|e| match e {
            Entry::ModelCalled { called, answer } => Some((called, answer.as_ref())),
            _ => None,
        })
    }

    /// How often models were asked in it.
    pub(super) fn calls(&self) -> usize {
        self.called().count()
    }

    /// Whether this model has failed in it; one that could have cost too much for a step may do for another.
    pub(super) fn failed(&self, step: ModelStep, model: &ModelName) -> bool {
        self.called().any(|(called, _)| {
            let same = called.provider == model.provider && called.model == model.name;
            let failed = match called.end {
                ModelCallEnd::Answered | ModelCallEnd::LeftAlone => false,
                ModelCallEnd::OverBudget => called.step == step,
                _ => true,
            };
            same && failed
        })
    }

    /// Whether a model was not asked in it for what that could have cost.
    pub(super) fn over_budget(&self) -> bool {
        self.called().any(|(called, _)| called.end == ModelCallEnd::OverBudget)
    }

    /// How many answers led nowhere, the last aside: they had no words, and nothing that they asked for became an action. Those
    /// behind which somebody spoke are none of them.
    pub(super) fn refusals(&self) -> usize {
        let mut refusals = 0;
        let mut open: Option<u32> = None;
        for entry in self.entries {
            match entry {
                Entry::ModelCalled { called, answer: Some(answer) } if called.step != ModelStep::Classify => {
                    refusals += usize::from(open.is_some());
                    let wordless = answer.calls.is_empty() && answer.spoken().is_none();
                    open = (!answer.calls.is_empty() || wordless).then_some(called.number);
                }
                Entry::Proposed { asked_in: Some(asked), .. } if open == Some(asked.call) => open = None,
                Entry::Said { .. } | Entry::Whispered { .. } | Entry::HandedBack => open = None,
                _ => {}
            }
        }
        refusals
    }

    /// The actions that models have asked for in it.
    pub(super) fn asked_for(&self) -> impl Iterator<Item = &'a ActionId> {
        self.entries.iter().filter_map(|e| match e {
            Entry::Proposed { action, asked_in: Some(_) } => Some(action),
            _ => None,
        })
    }

    pub(super) fn has_unread_whispers(&self) -> bool {
        self.whispers.iter().any(|whisper| !whisper.followed)
    }

    /// The whisper by which an answer wants what it wants: the newest that stood in what it read. Whatever the model says of it,
    /// whoever whispered is no stranger to what came next.
    pub(super) fn by_whisper(&self, answer: &Answer) -> Option<u32> {
        let read = self.whispers.iter().filter(|whisper| whisper.at < answer.read);
        read.map(|whisper| whisper.number).next_back()
    }

    /// What comes by a whisper follows it.
    pub(super) fn receipts_by(&self, answer: &Answer) -> Vec<Receipt> {
        let by = self.by_whisper(answer);
        let receipts =
            self.receipts(answer).into_iter().filter(|receipt| receipt.followed || Some(receipt.number) == by);
        receipts.map(|receipt| Receipt { followed: true, ..receipt }).collect()
    }

    /// What the model made of those whispers that it had read, and of which nothing was said yet. What it does not mention it
    /// does not follow.
    pub(super) fn receipts(&self, answer: &Answer) -> Vec<Receipt> {
        let asides: Vec<&AskedCall> = self.asides(HEED_WHISPER).collect();
        let (_, confidence_permille) = self.intent();
        let of = |number: &u32| {
            let says = |aside: &&&AskedCall| {
                aside.arguments.get("number").and_then(serde_json::Value::as_u64) == Some(u64::from(*number))
            };
            let said = asides.iter().rev().find(says);
            let followed = said.is_some_and(|a| a.arguments.get("followed").and_then(|f| f.as_bool()) == Some(true));
            let note = said.and_then(|a| a.arguments.get("note")?.as_str()).unwrap_or("The model said nothing of it.");
            let note = note.chars().take(LONGEST_NOTE_CHARS).collect();
            Receipt { number: *number, followed, intent: None, confidence_permille, note }
        };
        let unread = self.whispers.iter().filter(|whisper| !whisper.followed && whisper.at < answer.read);
        unread.map(|whisper| of(&whisper.number)).collect()
    }

    /// That a model asked for a person in this turn, and its note for them.
    pub(super) fn person_asked_for(&self) -> Option<(EscalationReason, String)> {
        let aside = self.asides(ASK_FOR_PERSON).last()?;
        let word = |name: &str| aside.arguments.get(name).and_then(|value| value.as_str());
        let reason = match word("reason") {
            Some("cannot_tell") => EscalationReason::LowConfidence,
            _ => EscalationReason::AskedForPerson,
        };
        let note = word("note").unwrap_or("The model asked for a person and said nothing of why.");
        Some((reason, note.chars().take(LONGEST_NOTE_CHARS).collect()))
    }

    fn asides<'t>(&'t self, name: &'t str) -> impl Iterator<Item = &'a AskedCall> + 't {
        let answers = self.called().filter_map(|(_, answer)| answer);
        answers.flat_map(|answer| &answer.asides).filter(move |aside| aside.tool == name)
    }
}

impl<'a> Thread<'a> {
    /// The first tool call of the answer that became no action yet.
    pub(super) fn pending(&self) -> Option<(u32, &'a AskedCall)> {
        let calls = (0_u32..).zip(&self.answer.calls);
        let done: Vec<u32> = numbered(self.behind, self.called.number).map(|(nth, _)| nth).collect();
        calls.into_iter().find(|(nth, _)| !done.contains(nth))
    }

    /// The actions that came of it.
    pub(super) fn actions(&self) -> impl Iterator<Item = &'a ActionId> {
        actions_of(self.behind, self.called.number)
    }

    pub(super) fn asks_for_tools(&self) -> bool {
        !self.answer.calls.is_empty()
    }

    /// Whether something was said behind it that the model does not know of.
    pub(super) fn is_stale(&self) -> bool {
        self.unread.iter().any(|e| {
            let said = matches!(e, Entry::Said { .. } | Entry::Whispered { .. } | Entry::HandedBack);
            said || matches!(e, Entry::Answered { .. } | Entry::Ended { .. })
        })
    }
}

/// The actions that came of a call of a model, each with which of its tool calls that was.
pub(super) fn numbered(entries: &[Entry], call: u32) -> impl Iterator<Item = (u32, &ActionId)> {
    entries.iter().filter_map(move |e| match e {
        Entry::Proposed { action, asked_in: Some(asked) } if asked.call == call => Some((asked.nth, action)),
        _ => None,
    })
}

fn actions_of(entries: &[Entry], call: u32) -> impl Iterator<Item = &ActionId> {
    numbered(entries, call).map(|(_, action)| action)
}

/// The numbers of the whispers that count: those of which nothing was said yet, and those that are followed and not over.
pub(super) fn counting_numbers(dialogue: &Dialogue) -> Vec<u32> {
    counting(dialogue).iter().map(|whisper| whisper.number).collect()
}

fn counting(dialogue: &Dialogue) -> Vec<Heard> {
    let mut heard: Vec<Heard> = Vec::new();
    for (at, entry) in dialogue.entries.iter().enumerate() {
        match entry {
            Entry::Whispered { number, scope, .. } => {
                let lasts = *scope == WhisperScope::Conversation;
                heard.push(Heard { number: *number, at, lasts, followed: false });
            }
            Entry::Receipted { number, followed: false, .. } => heard.retain(|whisper| whisper.number != *number),
            Entry::Receipted { number, .. } => {
                heard
                    .iter_mut()
                    .filter(|whisper| whisper.number == *number)
                    .for_each(|whisper| whisper.followed = true);
            }
            // What counts for the next reply has counted.
            Entry::Turned { .. } => heard.retain(|whisper| whisper.lasts || !whisper.followed),
            Entry::HandedBack | Entry::Ended { .. } => heard.clear(),
            _ => {}
        }
    }
    heard
}
