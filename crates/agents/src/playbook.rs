//! The playbook reasoner: a declared flow that reasons without a model. It needs no key and no network, and it is never
//! presented as a language model. What a customer writes fills slots and chooses intents; it can change nothing else.

mod advance;
mod book;
mod file;
mod language;
mod line;
mod matching;
mod parts;
mod pick;
mod running;
mod state;
mod tell;
#[cfg(test)]
mod tests;
mod whispers;
mod wording;
mod words;

pub use book::PlaybookError;

use crate::dialogue::{Dialogue, Entry, Trouble};
use crate::reasoner::{PLAYBOOK, Reasoner, Say, Step, Wish};
use book::Book;
use countersign_domain::conversation::{self, EscalationReason};
use countersign_gate::MOST_SEGMENTS;
use state::{Plan, Saying, State};
use std::collections::BTreeSet;
use tell::Part;

/// Why a whisper is not followed whose step the gate did not take.
const NOT_TAKEN: &str = "What it led to could not be asked for.";

/// A checked playbook, ready to reason.
#[derive(Debug, Clone)]
pub struct Playbook {
    written: Book,
    /// In other languages.
    translated: Vec<(String, Book)>,
}

impl Playbook {
    /// Reads a playbook's files strictly: each is TOML, with its name.
    pub fn read<T: AsRef<str>>(files: &[(T, T)]) -> Result<Self, PlaybookError> {
        let mut books = Book::read(files)?;
        let first = books.remove(0);
        Ok(Self { written: first.1, translated: books })
    }

    /// The playbook in the language of the customer's last clear wish.
    fn in_language_of(&self, dialogue: &Dialogue) -> &Book {
        let heard = dialogue.entries.iter().rev();
        let texts = heard.filter_map(|e| if let Entry::Said { text, .. } = e { text.as_deref() } else { None });
        let clear = texts.map(|text| self.written.meant(text)).find(|(_, intent)| intent.is_some());
        let language = clear.and_then(|(nearest, _)| Some(nearest?.language));
        let found = self.translated.iter().find(|(name, _)| Some(name.as_str()) == language);
        found.map_or(&self.written, |(_, book)| book)
    }

    fn say(&self, state: &State<'_>, saying: Saying<'_>) -> Say {
        let mut say = Say {
            receipts: state.receipts.clone(),
            told: saying.told,
            intent: state.intent.to_owned(),
            confidence_permille: state.permille,
            ..Say::default()
        };
        for part in saying.parts {
            say.segments.extend(part.sentences);
            say.claims.extend(part.claims);
            say.escalate = match (say.escalate.take(), part.escalate) {
                (Some((reason, note)), Some((_, also))) => Some((reason, format!("{note} {also}"))),
                (first, second) => first.or(second),
            };
        }
        say.segments.truncate(MOST_SEGMENTS);
        say
    }
}

/// A class of intent, for whoever else tells what customers want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentShown {
    /// Its name, as recorded.
    pub id: String,
    /// How a customer may say it.
    pub example: String,
}

impl Playbook {
    /// What customers may want.
    pub(crate) fn intents(&self) -> Vec<IntentShown> {
        let intents = self.written.file.intent.iter();
        intents
            .filter_map(|intent| {
                let example = intent.examples.get("en").or_else(|| intent.examples.values().next())?.first()?;
                Some(IntentShown { id: intent.id.clone(), example: example.clone() })
            })
            .collect()
    }

    /// What is said where something could not be done, which is noted for a person.
    pub(crate) fn in_trouble(&self, dialogue: &Dialogue, why: String) -> Say {
        let replies = &self.in_language_of(dialogue).file.replies;
        Say {
            segments: replies.trouble_noted.clone(),
            escalate: Some((EscalationReason::ToolFailedTwice, why)),
            ..Say::default()
        }
    }

    /// What is said where a person was asked for.
    pub(crate) fn person_noted(&self, dialogue: &Dialogue) -> Vec<String> {
        self.in_language_of(dialogue).file.replies.person_noted.clone()
    }
}

impl Reasoner for Playbook {
    fn agent(&self) -> &str {
        &self.written.file.agent
    }

    fn identity(&self) -> conversation::Reasoner {
        conversation::Reasoner {
            kind: PLAYBOOK.to_owned(),
            name: self.written.file.name.clone(),
            version: self.written.file.version.clone(),
        }
    }

    fn tools(&self, known: &BTreeSet<String>) -> BTreeSet<String> {
        let steps = self.written.file.flow.values().flat_map(|flow| &flow.step);
        let tool = |step: &file::Step| match step {
            file::Step::Call(call) => Some(call.tool.clone()),
            file::Step::Propose(propose) => Some(propose.tool.clone()),
            file::Step::Ask(_) | file::Step::Tell(_) | file::Step::Same(_) => None,
        };
        steps.filter_map(tool).filter(|tool| known.contains(tool)).collect()
    }

    fn would_do(&self, whisper: &str) -> Option<String> {
        whispers::leads_to(&self.written, whisper).map(|(intent, _)| whispers::in_words(intent))
    }

    fn next(&self, dialogue: &Dialogue) -> Step {
        // Words that were erased are answered by nobody.
        if dialogue.unanswered().any(|(_, text, _)| text.is_none()) {
            return Step::Wait;
        }
        let book = self.in_language_of(dialogue);
        let state = State::replay(book, dialogue);
        let replies = &book.file.replies;
        match (state.plan(), &dialogue.trouble) {
            (Plan::Wait, _) if state.receipts.is_empty() => Step::Wait,
            (Plan::Wait, _) => Step::Receipt(state.receipts, None),
            (Plan::Say(saying), _) => Step::Say(self.say(&state, saying)),
            (Plan::Propose(wish), None) => Step::Propose(Wish { receipts: state.receipts, ..wish }),
            (Plan::Propose(_), Some(trouble)) => {
                let part = match trouble {
                    Trouble::TooManyHeld => Part::plain(replies.too_many_held.clone()),
                    Trouble::Refused { why } | Trouble::WornOut { why } | Trouble::Kept { why } => {
                        let said = replies.trouble_noted.clone();
                        Part::noting(said, EscalationReason::ToolFailedTwice, why.clone())
                    }
                };
                let mut say = self.say(&state, state.instead(part));
                // What was whispered led to what was not taken.
                for receipt in say.receipts.iter_mut().filter(|receipt| receipt.followed) {
                    (receipt.followed, receipt.note) = (false, NOT_TAKEN.to_owned());
                }
                Step::Say(say)
            }
        }
    }
}
