//! What people wrote, cut into clauses, and what stands in them. Case, accents and punctuation do not matter.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most words of others between two words of a phrase.
const MOST_BETWEEN: usize = 2;
/// How many words before a phrase may turn it into its opposite.
const TURNED_WITHIN: usize = 4;

/// A part of a sentence, up to the next stop, comma or "but".
pub(super) struct Clause<'a> {
    /// As it was written.
    pub(super) text: &'a str,
    /// Its words, without accents, in small letters; numbers keep their points and commas, currency signs stand alone.
    pub(super) words: Vec<String>,
    /// Whether its sentence ends with a question mark.
    pub(super) in_a_question: bool,
}

/// The words that part clauses, and those by which something is not said. Small letters, no accents.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grammar {
    /// Words that begin another clause: "but".
    pub(super) turns: Vec<String>,
    /// Words behind which something is denied: "not".
    pub(super) denies: Vec<String>,
    /// Words behind which something is supposed or wished: "if", "should".
    pub(super) supposes: Vec<String>,
    /// Words with which a question begins that states nothing: "did".
    pub(super) asks: Vec<String>,
}

/// Words in their order, each of them one of several or the beginning of one: "never arriv*|came".
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Phrase(Vec<Vec<Word>>);

#[derive(Debug, Clone)]
enum Word {
    Whole(String),
    Beginning(String),
}

/// A text that is no phrase.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no phrase: words with | between those of which one is enough, and * behind a beginning")]
pub(crate) struct NoPhrase(String);

impl TryFrom<String> for Phrase {
    type Error = NoPhrase;

    fn try_from(text: String) -> Result<Self, NoPhrase> {
        let word = |word: &str| match word.strip_suffix('*') {
            Some(beginning) => Word::Beginning(plain(beginning)),
            None => Word::Whole(plain(word)),
        };
        let steps = text.split(|c: char| c.is_whitespace() || c == '\'').filter(|step| !step.is_empty());
        let steps: Vec<Vec<Word>> = steps.map(|step| step.split('|').map(word).collect()).collect();
        let is_plain = |word: &Word| {
            let (Word::Whole(text) | Word::Beginning(text)) = word;
            !text.is_empty() && text.chars().all(char::is_alphanumeric)
        };
        match !steps.is_empty() && steps.iter().flatten().all(is_plain) {
            true => Ok(Self(steps)),
            false => Err(NoPhrase(text)),
        }
    }
}

impl Word {
    fn is(&self, word: &str) -> bool {
        match self {
            Self::Whole(whole) => word == whole,
            Self::Beginning(beginning) => word.starts_with(beginning.as_str()),
        }
    }
}

impl Phrase {
    /// Whether a clause says this, and not its opposite.
    pub(super) fn is_said_in(&self, clause: &Clause<'_>, grammar: &Grammar) -> bool {
        let asked = clause.in_a_question && clause.words.first().is_some_and(|first| grammar.asks.contains(first));
        !asked && (0..clause.words.len()).any(|at| self.begins_at(at, &clause.words, grammar))
    }

    fn begins_at(&self, at: usize, words: &[String], grammar: &Grammar) -> bool {
        let Some(matched) = self.matched(at, words) else { return false };
        let denies = |word: &String| grammar.denies.contains(word);
        // "Never arrived" says by itself that it did not; no other "not" turns it.
        let denies_itself = matched.iter().any(|place| words.get(*place).is_some_and(denies));
        let last = matched.last().copied().unwrap_or(at);
        let around = words.iter().enumerate().take(last).skip(at.saturating_sub(TURNED_WITHIN));
        let others = around.filter(|(place, _)| !matched.contains(place)).map(|(_, word)| word);
        !others.into_iter().any(|word| grammar.supposes.contains(word) || !denies_itself && denies(word))
    }

    /// The places of the words, if they stand there in order and near each other.
    fn matched(&self, at: usize, words: &[String]) -> Option<Vec<usize>> {
        let fits =
            |step: &Vec<Word>, place: usize| words.get(place).is_some_and(|word| step.iter().any(|one| one.is(word)));
        let (first, rest) = self.0.split_first()?;
        let mut matched = fits(first, at).then(|| vec![at])?;
        for step in rest {
            let next = matched.last()? + 1;
            matched.push((next..=next + MOST_BETWEEN).find(|place| fits(step, *place))?);
        }
        Some(matched)
    }
}

/// A text cut into clauses.
pub(super) fn clauses<'a>(text: &'a str, grammar: &Grammar) -> Vec<Clause<'a>> {
    let mut all = Vec::new();
    for (sentence, in_a_question) in sentences(text) {
        let mut words: Vec<(usize, String)> = Vec::new();
        let mut begin = 0;
        let mut end_clause = |begin: usize, end: usize, words: &mut Vec<(usize, String)>| {
            let words: Vec<String> = words.drain(..).map(|(_, word)| word).collect();
            if !words.is_empty() {
                let text = sentence.get(begin..end).unwrap_or_default();
                let text = text.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '€' | '£' | '$'));
                all.push(Clause { text, words, in_a_question });
            }
        };
        for (at, piece) in pieces(sentence) {
            match piece {
                Piece::Pause => {
                    end_clause(begin, at, &mut words);
                    begin = at;
                }
                Piece::Word(word) => {
                    if grammar.turns.contains(&word) {
                        end_clause(begin, at, &mut words);
                        begin = at;
                    }
                    words.push((at, word));
                }
            }
        }
        end_clause(begin, sentence.len(), &mut words);
    }
    all
}

/// Sentences, and whether each is a question.
fn sentences(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = rest.char_indices().find(|(at, c)| match c {
            '!' | '?' | '\n' | ';' | '¿' | '¡' | '…' => true,
            '.' => ends_here(rest, *at),
            _ => false,
        });
        let (at, stop) = ends.unwrap_or((rest.len(), '.'));
        let (sentence, behind) = rest.split_at(at);
        rest = behind.get(stop.len_utf8().min(behind.len())..).unwrap_or_default();
        Some((sentence, stop == '?'))
    })
}

enum Piece {
    Word(String),
    Pause,
}

/// Words, numbers, currency signs, and the pauses between them, each with its place.
fn pieces(sentence: &str) -> Vec<(usize, Piece)> {
    let mut all = Vec::new();
    let mut begin = None;
    let end = |begin: &mut Option<usize>, at: usize, all: &mut Vec<(usize, Piece)>| {
        let word = begin.take().and_then(|from| Some((from, sentence.get(from..at)?)));
        all.extend(word.map(|(from, word)| (from, Piece::Word(plain(word)))));
    };
    for (at, c) in sentence.char_indices() {
        if c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '.' | ',') && between_digits(sentence, at) {
            begin.get_or_insert(at);
            continue;
        }
        end(&mut begin, at, &mut all);
        match c {
            ',' | '(' | ')' | '–' | '—' => all.push((at, Piece::Pause)),
            '€' | '£' | '$' | '#' => all.push((at, Piece::Word(c.to_string()))),
            _ => {}
        }
    }
    end(&mut begin, sentence.len(), &mut all);
    all
}

/// Whether a full stop ends a sentence: not within a number, and not in "no. 1042".
fn ends_here(text: &str, at: usize) -> bool {
    let behind = text.get(at + 1..).unwrap_or_default();
    !behind.trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit())
}

fn between_digits(text: &str, at: usize) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    at > 0 && digit(text.as_bytes().get(at - 1)) && digit(text.as_bytes().get(at + 1))
}

/// A word in small letters without accents.
pub(super) fn plain(word: &str) -> String {
    word.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar() -> Grammar {
        let all = |words: &str| words.split(' ').map(str::to_owned).collect();
        Grammar { turns: all("but"), denies: all("not never t no"), supposes: all("if should"), asks: all("did") }
    }

    fn said(text: &str, phrase: &str) -> bool {
        let (grammar, phrase) = (grammar(), Phrase::try_from(phrase.to_owned()).unwrap());
        clauses(text, &grammar).iter().any(|clause| phrase.is_said_in(clause, &grammar))
    }

    #[test]
    fn a_text_is_cut_at_stops_commas_and_turns_and_numbers_stay_whole() {
        let cut = |text| clauses(text, &grammar()).into_iter().map(|c| c.text.to_owned()).collect::<Vec<_>>();
        assert_eq!(cut("It cost €129.00, I want 20,50 back. Now!"), ["It cost €129.00", "I want 20,50 back", "Now"]);
        assert_eq!(cut("not torn but late – très tard"), ["not torn", "but late", "très tard"]);
        assert_eq!(cut("Order no. 1042: late. It tore"), ["Order no. 1042: late", "It tore"]);
        assert_eq!(cut("  ,,, ?! "), Vec::<String>::new());
        let words = |text| clauses(text, &grammar()).remove(0).words;
        assert_eq!(words("Élan, hasn’t"), ["elan"]);
        assert_eq!(words("hasn’t 129,00€"), ["hasn", "t", "129,00", "€"]);
    }

    #[test]
    fn a_phrase_is_said_unless_it_is_denied_supposed_or_asked() {
        assert!(said("It never even arrived here.", "never arriv*|came"));
        assert!(said("why hasn't it arrived", "hasn't arrived"));
        assert!(said("No it never came", "never arriv*|came"), "an answer turns nothing that denies by itself");
        assert!(said("It is TORN", "torn"));
        for text in ["it is not torn", "it should not be torn", "if it is torn", "Did it come torn?", "late, untorn"] {
            assert!(!said(text, "torn"), "{text}");
        }
        assert!(said("not late but torn", "torn"), "a turn ends what was denied");
        assert!(!said("never got an answer from you about it", "never got it"), "too far apart");
        assert!(!said("if it never arrived I would say so", "never arriv*"));
    }

    #[test]
    fn a_phrase_of_no_words_is_refused() {
        for text in ["", " ", "a||b", "*", "a.b"] {
            assert!(Phrase::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
