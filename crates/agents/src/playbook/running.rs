//! A flow that is on: what it knows, what it asked, what it looked up.

use super::book::Book;
use super::file::{Flow, From, Slot};
use super::words;
use countersign_domain::ids::ActionId;
use std::collections::BTreeMap;

/// The most messages of one flow that are kept for finding an article by its words.
const MOST_TEXTS: usize = 40;

/// The most of a message that is one value, in characters.
const LONGEST_WORDS: usize = 300;

/// A slot's value with the message that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) value: String,
    /// How the agent's account words it.
    pub(super) label: String,
    pub(super) message: u32,
}

/// A flow that is on.
#[derive(Debug, Clone)]
pub(super) struct Running<'a> {
    pub(super) flow: &'a Flow,
    pub(super) slots: BTreeMap<&'a str, Filled>,
    /// The customer's words since it began, by message.
    pub(super) texts: Vec<(u32, String)>,
    /// How often each slot was asked for since the customer last told something.
    pub(super) asked: BTreeMap<&'a str, u32>,
    pub(super) lookups: Vec<ActionId>,
    pub(super) effect: Option<ActionId>,
    /// How often the customer was told that what they said fits nothing.
    pub(super) missed: u32,
    /// The whisper by which it began.
    pub(super) whisper: Option<u32>,
}

impl<'a> Running<'a> {
    pub(super) fn begin(flow: &'a Flow) -> Self {
        Self {
            flow,
            slots: BTreeMap::new(),
            texts: Vec::new(),
            asked: BTreeMap::new(),
            lookups: Vec::new(),
            effect: None,
            missed: 0,
            whisper: None,
        }
    }

    /// Takes a message in; whether it told something that was not known.
    pub(super) fn hear(&mut self, book: &Book, number: u32, text: &str) -> bool {
        let flow = self.flow;
        let mut rest = text.to_owned();
        let mut told = false;
        for slot in &flow.slot {
            let asked = self.asked.contains_key(slot.name.as_str());
            // What began the flow stays what it is about, unless it turned out to be no question.
            if matches!(slot.from, From::Words {}) && self.slots.contains_key(slot.name.as_str()) {
                continue;
            }
            let Some((value, label)) = find(book, slot, &mut rest, asked) else { continue };
            let filled = Filled { value, label, message: number };
            let known = self.slots.get(slot.name.as_str());
            if known.is_none_or(|k| k.value != filled.value) {
                told = true;
                self.slots.insert(&slot.name, filled);
            }
        }
        if self.texts.len() < MOST_TEXTS {
            self.texts.push((number, text.to_owned()));
        }
        if told {
            self.asked.clear();
        }
        told
    }

    /// Notes that these slots were asked for.
    pub(super) fn asked(&mut self, slots: &[&'a str]) {
        for slot in slots {
            *self.asked.entry(slot).or_default() += 1;
        }
    }
}

/// A slot's value in a text; what was taken is blanked out, so that no other slot takes it too.
fn find(book: &Book, slot: &Slot, text: &mut String, asked: bool) -> Option<(String, String)> {
    match &slot.from {
        From::Pattern { anywhere, when_asked } => {
            let when_asked = when_asked.iter().filter(|_| asked);
            let captures = anywhere.iter().chain(when_asked).find_map(|p| book.pattern(p)?.captures(text))?;
            let found = captures.get(1).or_else(|| captures.get(0))?;
            let (value, range) = (found.as_str().trim().to_owned(), found.range());
            text.replace_range(range, " ¦ ");
            Some((value.clone(), value))
        }
        From::Choice(choices) => {
            let named = |c: &&super::file::Choice| c.words.iter().any(|phrase| words::has_phrase(text, phrase));
            choices.iter().find(named).map(|c| (c.value.clone(), c.label.clone()))
        }
        // A line, and what is picked, are found once their record is there: see `line` and `pick`.
        From::Line(_) | From::Pick(_) => None,
        From::Words {} => {
            let words: String = text.trim().chars().take(LONGEST_WORDS).collect();
            Some((words.clone(), words)).filter(|(words, _)| !words.is_empty())
        }
    }
}
