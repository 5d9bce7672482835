//! The playbook reasoner: a declared flow that reasons without a model. It needs no key and no network, and it is never
//! presented as a language model. What a customer writes fills slots and chooses intents; it can change nothing else.

mod advance;
mod book;
mod file;
mod line;
mod matching;
mod running;
mod state;
mod tell;
#[cfg(test)]
mod tests;
mod wording;
mod words;

pub use book::PlaybookError;

use crate::dialogue::{Dialogue, Trouble};
use crate::reasoner::{Reasoner, Say, Step};
use book::Book;
use countersign_domain::conversation::{self, EscalationReason};
use countersign_gate::MOST_SEGMENTS;
use state::{Plan, Saying, State};
use tell::Part;

/// A checked playbook, ready to reason.
#[derive(Debug, Clone)]
pub struct Playbook {
    book: Book,
}

impl Playbook {
    /// Reads a playbook's TOML strictly.
    pub fn read(text: &str) -> Result<Self, PlaybookError> {
        Ok(Self { book: Book::read(text)? })
    }

    fn say(&self, state: &State<'_>, saying: Saying<'_>) -> Say {
        let mut say = Say {
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

impl Reasoner for Playbook {
    fn agent(&self) -> &str {
        &self.book.file.agent
    }

    fn identity(&self) -> conversation::Reasoner {
        conversation::Reasoner {
            kind: "playbook".to_owned(),
            name: self.book.file.name.clone(),
            version: self.book.file.version.clone(),
        }
    }

    fn next(&self, dialogue: &Dialogue) -> Step {
        // Words that were erased are answered by nobody.
        if dialogue.unanswered().any(|(_, text, _)| text.is_none()) {
            return Step::Wait;
        }
        let state = State::replay(&self.book, dialogue);
        let replies = &self.book.file.replies;
        match (state.plan(), &dialogue.trouble) {
            (Plan::Wait, _) => Step::Wait,
            (Plan::Say(saying), _) => Step::Say(self.say(&state, saying)),
            (Plan::Propose(wish), None) => Step::Propose(wish),
            (Plan::Propose(_), Some(trouble)) => {
                let part = match trouble {
                    Trouble::TooManyHeld => Part::plain(replies.too_many_held.clone()),
                    Trouble::Refused { why } => {
                        let said = replies.trouble_noted.clone();
                        Part::noting(said, EscalationReason::ToolFailedTwice, why.clone())
                    }
                };
                Step::Say(self.say(&state, state.instead(part)))
            }
        }
    }
}
