//! Phrases: words in their order, near each other, each of them one of several or the beginning of one.

use super::fold::folded;
use serde::Deserialize;

const MOST_STEPS: usize = 8;
const MOST_ALTERNATIVES: usize = 64;
const LONGEST_WORD_CHARS: usize = 40;

/// "^ refund* issued|sent $": with `^` it begins its clause, with `$` it ends it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Phrase {
    steps: Vec<Vec<Word>>,
    begins: bool,
    ends: bool,
}

#[derive(Debug, Clone)]
struct Word {
    text: String,
    /// Whether a word that only begins so is one.
    or_longer: bool,
}

/// A text that is no phrase.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no phrase: at most {MOST_STEPS} words, with | between those of which one is enough, * behind a beginning, ^ and $ around all"
)]
pub(super) struct NoPhrase(String);

impl TryFrom<String> for Phrase {
    type Error = NoPhrase;

    fn try_from(text: String) -> Result<Self, NoPhrase> {
        let inner = text.trim();
        let (begins, inner) = inner.strip_prefix('^').map_or((false, inner), |rest| (true, rest));
        let (ends, inner) = inner.strip_suffix('$').map_or((false, inner), |rest| (true, rest));
        let word = |word: &str| {
            let (text, or_longer) = word.strip_suffix('*').map_or((word, false), |beginning| (beginning, true));
            Word { text: folded(text), or_longer }
        };
        let steps: Vec<Vec<Word>> = inner.split_whitespace().map(|step| step.split('|').map(word).collect()).collect();
        let fits = |word: &Word| !word.text.is_empty() && word.text.chars().all(char::is_alphanumeric);
        let short = |word: &Word| word.text.chars().count() <= LONGEST_WORD_CHARS;
        let bounded = (1..=MOST_STEPS).contains(&steps.len()) && steps.iter().all(|s| s.len() <= MOST_ALTERNATIVES);
        match bounded && steps.iter().flatten().all(|word| fits(word) && short(word)) {
            true => Ok(Self { steps, begins, ends }),
            false => Err(NoPhrase(text)),
        }
    }
}

impl Phrase {
    /// The places of its words, if it stands here with at most so many others between two of them.
    pub(super) fn matched(&self, words: &[&str], at: usize, between: usize) -> Option<Vec<usize>> {
        if self.begins && at > 0 {
            return None;
        }
        let fits = |step: &[Word], place: usize| {
            words.get(place).is_some_and(|word| {
                step.iter().any(|one| if one.or_longer { word.starts_with(&one.text) } else { *word == one.text })
            })
        };
        let (first, rest) = self.steps.split_first()?;
        let mut places = fits(first, at).then(|| vec![at])?;
        for step in rest {
            let next = places.last()? + 1;
            places.push((next..=next + between).find(|place| fits(step, *place))?);
        }
        (!self.ends || places.last()? + 1 == words.len()).then_some(places)
    }
}

/// Words, or several in a row: "not", "as soon".
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<String>")]
pub(super) struct Rows(Vec<Vec<String>>);

impl From<Vec<String>> for Rows {
    fn from(rows: Vec<String>) -> Self {
        Self(rows.iter().map(|row| folded(row).split_whitespace().map(str::to_owned).collect()).collect())
    }
}

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every row has words, and not many.
    pub(super) fn are_bounded(&self) -> bool {
        self.0.iter().all(|row| (1..=MOST_STEPS).contains(&row.len()))
    }

    /// How many words of one of them begin here; 0 if none does.
    pub(super) fn at(&self, words: &[&str], at: usize) -> usize {
        let here = words.get(at..).unwrap_or_default();
        let begins =
            |row: &&Vec<String>| here.len() >= row.len() && row.iter().zip(here).all(|(one, word)| one == word);
        self.0.iter().filter(begins).map(Vec::len).max().unwrap_or(0)
    }

    /// The place where the first of them begins.
    pub(super) fn first_in(&self, words: &[&str]) -> Option<usize> {
        (0..words.len()).find(|at| self.at(words, *at) > 0)
    }

    /// Whether one of them stands there.
    pub(super) fn are_in(&self, words: &[&str]) -> bool {
        self.first_in(words).is_some()
    }

    /// The words without these.
    pub(super) fn left_out<'a>(&self, words: &[&'a str]) -> Vec<&'a str> {
        let (mut left, mut at) = (Vec::with_capacity(words.len()), 0);
        while let Some(word) = words.get(at) {
            match self.at(words, at) {
                0 => {
                    left.push(*word);
                    at += 1;
                }
                several => at += several,
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> Phrase {
        Phrase::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_phrase_is_found_in_order_near_and_at_the_ends_that_it_asks_for() {
        let words = ["we", "have", "now", "refunded", "it"];
        assert_eq!(phrase("have refund*").matched(&words, 1, 1), Some(vec![1, 3]));
        assert_eq!(phrase("have refund*").matched(&words, 1, 0), None);
        assert_eq!(phrase("^ have").matched(&words, 1, 1), None);
        assert_eq!(phrase("refunded $").matched(&words, 3, 1), None);
        assert_eq!(phrase("refunded IT|them $").matched(&words, 3, 1), Some(vec![3, 4]));
        for wrong in ["", "^ $", "a||b", "a b c d e f g h i", "it's"] {
            assert!(Phrase::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rows_are_found_and_left_out_whole() {
        let rows = Rows::from(vec!["no problem".to_owned(), "no".to_owned()]);
        assert_eq!(rows.left_out(&["no", "problem", "at", "all", "no"]), ["at", "all"]);
        assert_eq!(rows.first_in(&["is", "no", "problem"]), Some(1));
        assert!(!rows.are_in(&["problem"]));
    }
}
