//! What a model's reply is held against, read from `assets/replies`: strictly, and within bounds.

use super::claims::{Claims, Grammar, Kind};
use super::fold::folded;
use super::personal::OrderNumber;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const MOST_LANGUAGES: usize = 16;
const MOST_KINDS: usize = 64;
const MOST_PHRASES: usize = 64;
const MOST_WORDS: usize = 256;
const MOST_CONTACTS: usize = 256;
const LONGEST_TEXT_CHARS: usize = 200;
const MOST_BETWEEN: usize = 12;
/// The largest that an operator's pattern may become, in bytes.
const LARGEST_PATTERN_BYTES: usize = 256 << 10;

/// What a model's reply is held against. Without any, no claim is judged.
#[derive(Debug, Clone, Default)]
pub struct ReplyWords {
    claims: Claims,
    contacts: Vec<String>,
    order_number: Option<OrderNumber>,
}

/// The file of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyWordsFile {
    shop: Shop,
    language: BTreeMap<String, Grammar>,
    kind: Vec<Kind>,
}

/// The operator's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shop {
    /// Addresses and numbers that any reply may name.
    contacts: Vec<String>,
    /// One order number, as a regular expression over small letters.
    order_number: String,
    /// Words before one.
    order_words: Vec<String>,
    /// Words that may stand between.
    number_words: Vec<String>,
}

/// Words that do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnfitReplyWords(String);

fn unfit<T>(why: String) -> Result<T, UnfitReplyWords> {
    Err(UnfitReplyWords(why))
}

impl ReplyWordsFile {
    /// The tools that effects are claimed of, each of which must be one that there is.
    pub fn tools(&self) -> impl Iterator<Item = &str> {
        self.kind.iter().flat_map(|kind| &kind.tools).map(String::as_str)
    }

    /// Checks bounds, that every kind is there once, and that every phrase is of a language that is described.
    pub fn checked(self) -> Result<ReplyWords, UnfitReplyWords> {
        let Self { shop, language, kind } = self;
        if language.len() > MOST_LANGUAGES || kind.len() > MOST_KINDS {
            return unfit(format!("has more than {MOST_LANGUAGES} languages or {MOST_KINDS} kinds of effects"));
        }
        language.iter().try_for_each(|(code, grammar)| grammar.checked(code))?;
        let mut ids = BTreeSet::new();
        for kind in &kind {
            if !ids.insert(kind.id.as_str()) {
                return unfit(format!("there are two kinds of effects {:?}", kind.id));
            }
            kind.checked(&language)?;
        }
        let turns = language.values().flat_map(|grammar| &grammar.turns).map(|word| folded(word)).collect();
        let order_number = Some(shop.order_number()?);
        let contacts = bounded("contacts", shop.contacts, MOST_CONTACTS)?;
        Ok(ReplyWords { claims: Claims { languages: language, kinds: kind, turns }, contacts, order_number })
    }
}

impl Grammar {
    fn checked(&self, code: &str) -> Result<(), UnfitReplyWords> {
        let rows = [
            &self.denies,
            &self.supposes,
            &self.supposed_behind,
            &self.wills,
            &self.asks,
            &self.reports,
            &self.idioms,
            &self.first,
        ];
        let most = rows.iter().map(|rows| rows.len()).chain([self.turns.len(), self.quotes.len()]).max();
        let many = most.is_some_and(|most| most > MOST_WORDS) || !rows.iter().all(|rows| rows.are_bounded());
        match many || self.between > MOST_BETWEEN || self.denied_behind > MOST_BETWEEN {
            true => unfit(format!(
                "the language {code:?} has an empty or long row of words, more than {MOST_WORDS} of a sort, or reaches over more than {MOST_BETWEEN} words"
            )),
            false => Ok(()),
        }
    }
}

impl Kind {
    fn checked(&self, languages: &BTreeMap<String, Grammar>) -> Result<(), UnfitReplyWords> {
        if let Some(code) = self.phrases.keys().find(|code| !languages.contains_key(*code)) {
            return unfit(format!("the kind {:?} has phrases of {code:?}, which is no language here", self.id));
        }
        let long =
            [&self.id, &self.says].iter().any(|text| text.is_empty() || text.chars().count() > LONGEST_TEXT_CHARS);
        let many = self.phrases.values().any(|phrases| phrases.is_empty() || phrases.len() > MOST_PHRASES);
        if long || many || self.tools.len() > MOST_WORDS || self.facts.len() > MOST_WORDS {
            return unfit(format!(
                "the kind {:?} has an empty or long text, or more than {MOST_PHRASES} phrases",
                self.id
            ));
        }
        match self.facts.iter().find(|fact| fact.field.is_empty() || fact.is.is_some() && fact.above.is_some()) {
            Some(fact) => unfit(format!("the kind {:?} asks for two things of the field {:?}", self.id, fact.field)),
            None => Ok(()),
        }
    }
}

impl Shop {
    fn order_number(&self) -> Result<OrderNumber, UnfitReplyWords> {
        let one = format!(r"\b(?:{})\b", self.order_number);
        if self.order_number.chars().count() > LONGEST_TEXT_CHARS || self.order_words.is_empty() {
            return unfit("the pattern of an order number is too long, or no word stands before one".to_owned());
        }
        let any_of = |words: &[String]| {
            let words = bounded("words", words.to_vec(), MOST_WORDS)?;
            let words: Vec<String> = words.iter().map(|word| regex::escape(&folded(word))).collect();
            Ok::<_, UnfitReplyWords>(format!(r"\b(?:{})\b", words.join("|")))
        };
        let (before, between) = (any_of(&self.order_words)?, any_of(&self.number_words)?);
        let gap = r"[\s.,:°#]{1,3}";
        let named = format!(r"(?:{before}{gap}(?:{between}{gap})*|#)((?:{one}[\s.,:°#]{{0,3}}(?:{between}{gap})*)+)");
        let (one, named) = (pattern(&one)?, pattern(&named)?);
        match one.is_match("") || one.is_match("a") {
            true => unfit("the pattern of an order number takes any word for one".to_owned()),
            false => Ok(OrderNumber { named, one }),
        }
    }
}

fn pattern(text: &str) -> Result<Regex, UnfitReplyWords> {
    let built =
        RegexBuilder::new(text).size_limit(LARGEST_PATTERN_BYTES).dfa_size_limit(4 * LARGEST_PATTERN_BYTES).build();
    built.map_err(|error| UnfitReplyWords(format!("the pattern of an order number is none: {error}")))
}

/// Texts, none of them empty or long, and not too many.
fn bounded(what: &str, texts: Vec<String>, most: usize) -> Result<Vec<String>, UnfitReplyWords> {
    let fits = |text: &String| (1..=LONGEST_TEXT_CHARS).contains(&text.trim().chars().count());
    match texts.len() <= most && texts.iter().all(fits) {
        true => Ok(texts),
        false => {
            unfit(format!("the {what} of the shop: at most {most}, of at most {LONGEST_TEXT_CHARS} characters each"))
        }
    }
}

impl ReplyWords {
    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }

    pub(super) fn contacts(&self) -> &[String] {
        &self.contacts
    }

    pub(super) fn order_number(&self) -> Option<&OrderNumber> {
        self.order_number.as_ref()
    }
}

#[cfg(test)]
impl ReplyWords {
    pub(super) fn of_the_sample_shop() -> Self {
        toml::from_str::<ReplyWordsFile>(tests::SHIPPED).unwrap().checked().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const SHIPPED: &str = include_str!("../../../../assets/replies/words.toml");

    #[test]
    fn the_file_is_read_strictly_and_within_bounds() {
        assert_eq!(ReplyWords::of_the_sample_shop().claims().kinds.len(), 7);
        for (from, to) in [
            ("id = \"cancellation\"", "id = \"refund\""),
            ("between = 4", "between = 13"),
            ("[language.fr]", "[language.it]"),
            ("\"[0-9]{3,6}\"", "\".*\""),
            ("\"[0-9]{3,6}\"", "\"(\""),
            ("\"[0-9]{3,6}\"", "\"(?:[0-9]{1000}){1000}\""),
            ("above = 0", "above = 0, is = [\"x\"]"),
            ("says = \"a refund\"", "says = \"\""),
            ("says = \"a refund\"", "says = \"a refund\"\nbored = 1"),
            ("turns = [\"but\"", "turn = [\"but\""),
            ("\"no problem\"", "\"\""),
            ("\"you|they were told\"", "\"you're told\""),
        ] {
            let wrong = SHIPPED.replacen(from, to, 1);
            assert_ne!(wrong, SHIPPED, "{from}");
            let read = toml::from_str::<ReplyWordsFile>(&wrong).ok().map(ReplyWordsFile::checked);
            assert!(!matches!(read, Some(Ok(_))), "{to}");
        }
    }
}
