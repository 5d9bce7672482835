//! What a reply says was done, and whether it was.

use super::clauses::Clause;
use super::happened::Happened;
use super::phrase::{Phrase, Rows};
use serde::Deserialize;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// How many words before a phrase may deny it, and how many may put it off.
const DENIED_WITHIN: usize = 4;
const PUT_OFF_WITHIN: usize = 2;
/// The most other words between two words by which somebody else is quoted.
const QUOTED_BETWEEN: usize = 2;

/// How a language turns what it says. All in small letters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grammar {
    /// The most other words between two words of a phrase.
    pub(super) between: usize,
    /// Words that begin another clause: "but".
    pub(super) turns: Vec<String>,
    /// Words before a phrase or within it, behind which it is not so: "not".
    pub(super) denies: Rows,
    /// How many words behind a phrase may deny it still.
    #[serde(default)]
    pub(super) denied_behind: usize,
    /// Words anywhere before it in its clause, behind which it is supposed: "if".
    pub(super) supposes: Rows,
    /// Words right behind it, by which it is supposed: "is refunded when".
    pub(super) supposed_behind: Rows,
    /// Words within it or right before it, by which it is to come or possible: "will".
    pub(super) wills: Rows,
    /// With these a question begins that states nothing.
    pub(super) asks: Rows,
    /// By these somebody else's words are told: "you said".
    pub(super) quotes: Vec<Phrase>,
    /// With these such words go on behind a comma: "that".
    pub(super) reports: Rows,
    /// What looks like a denial and is none: "no problem".
    pub(super) idioms: Rows,
    /// By these the agent says it of itself: then no record backs it.
    pub(super) first: Rows,
}

/// One kind of effect that may be claimed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) id: String,
    /// As a refusal says it: "a refund".
    pub(super) says: String,
    /// The tools that do it, one of which must have succeeded; where there is none, nobody can have done it.
    pub(super) tools: Vec<String>,
    /// What a record says that was read, where it happened.
    #[serde(default)]
    pub(super) facts: Vec<Fact>,
    /// By language.
    pub(super) phrases: BTreeMap<String, Vec<Phrase>>,
}

/// A field of a record, wherever it stands in it, that is one of these, or more than that, or anything at all.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fact {
    pub(super) field: String,
    #[serde(default)]
    pub(super) is: Option<Vec<String>>,
    #[serde(default)]
    pub(super) above: Option<i64>,
}

/// Every kind of effect, with the languages in which it is claimed.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims {
    pub(super) languages: BTreeMap<String, Grammar>,
    pub(super) kinds: Vec<Kind>,
    pub(super) turns: BTreeSet<String>,
}

impl Claims {
    /// Whether a word begins another clause.
    pub(super) fn turns(&self, word: &str) -> bool {
        self.turns.contains(word)
    }

    /// The first effect that is claimed and did not happen, in a refusal's words.
    pub(super) fn unbacked(&self, clauses: &[Clause<'_>], happened: &Happened) -> Option<&str> {
        let not_done = self.kinds.iter().filter(|kind| !happened.succeeded(&kind.tools));
        let not_done: Vec<(&Kind, OnceCell<bool>)> = not_done.map(|kind| (kind, OnceCell::new())).collect();
        for (language, grammar) in &self.languages {
            let mut quoted_before = false;
            for clause in clauses {
                let read = Read::of(clause, grammar);
                let reported = quoted_before && grammar.reports.at(&read.words, 0) > 0;
                quoted_before = read.quoted_from.is_some();
                if reported || clause.in_a_question && grammar.asks.at(&read.words, 0) > 0 {
                    continue;
                }
                for (kind, recorded) in &not_done {
                    let is_recorded = || *recorded.get_or_init(|| happened.recorded(&kind.facts));
                    let phrases = kind.phrases.get(language).into_iter().flatten();
                    let mut made = phrases.flat_map(|phrase| read.claims(phrase));
                    if made.any(|of_itself| of_itself || !is_recorded()) {
                        return Some(&kind.says);
                    }
                }
            }
        }
        None
    }
}

/// A clause as one language reads it. What is looked for in all of it is found once: each phrase then only looks around
/// itself, so a long clause takes no more than its length.
struct Read<'a> {
    words: Vec<&'a str>,
    grammar: &'a Grammar,
    supposed_from: Option<usize>,
    quoted_from: Option<usize>,
    of_itself_from: Option<usize>,
}

impl<'a> Read<'a> {
    fn of(clause: &Clause<'a>, grammar: &'a Grammar) -> Self {
        let words = grammar.idioms.left_out(&clause.words);
        let quoted = |at: &usize| grammar.quotes.iter().any(|q| q.matched(&words, *at, QUOTED_BETWEEN).is_some());
        let quoted_from = (0..words.len()).find(quoted);
        let supposed_from = grammar.supposes.first_in(&words);
        let of_itself_from = grammar.first.first_in(&words);
        Self { words, grammar, supposed_from, quoted_from, of_itself_from }
    }

    /// Each time that a phrase claims something here: whether the agent says it of itself.
    fn claims(&self, phrase: &Phrase) -> impl Iterator<Item = bool> {
        let places = (0..self.words.len()).filter_map(|at| phrase.matched(&self.words, at, self.grammar.between));
        places.filter_map(|places| {
            let (first, last) = (*places.first()?, *places.last()?);
            let behind = |from: Option<usize>, at: usize| from.is_some_and(|from| from < at);
            let others = |within: usize| -> Vec<&str> {
                let around = self.words.iter().enumerate().take(last).skip(first.saturating_sub(within));
                around.filter(|(place, _)| !places.contains(place)).map(|(_, word)| *word).collect()
            };
            let follows = self.words.iter().skip(last + 1).take(self.grammar.denied_behind).copied();
            let turned = behind(self.supposed_from, first)
                || behind(self.quoted_from, first)
                || self.grammar.denies.are_in(&others(DENIED_WITHIN))
                || self.grammar.denies.are_in(&follows.collect::<Vec<_>>())
                || self.grammar.wills.are_in(&others(PUT_OFF_WITHIN))
                || self.grammar.supposes.are_in(&others(0))
                || self.grammar.supposed_behind.at(&self.words, last + 1) > 0;
            (!turned).then(|| behind(self.of_itself_from, last + 1))
        })
    }
}

impl Fact {
    /// Whether a record says so somewhere.
    pub(super) fn stands_in(&self, record: &Value) -> bool {
        match record {
            Value::Object(fields) => {
                fields.iter().any(|(name, value)| *name == self.field && self.holds(value) || self.stands_in(value))
            }
            Value::Array(items) => items.iter().any(|item| self.stands_in(item)),
            _ => false,
        }
    }

    fn holds(&self, value: &Value) -> bool {
        match (&self.is, self.above) {
            (Some(these), _) => value.as_str().is_some_and(|text| these.iter().any(|one| one == text)),
            (None, Some(least)) => value.as_i64().is_some_and(|number| number > least),
            (None, None) => !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some(""),
        }
    }
}
