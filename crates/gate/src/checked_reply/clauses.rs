//! A folded text cut into clauses: up to the next stop, comma, quotation mark, or word that turns what is said.

use super::claims::Claims;

/// A part of a sentence.
pub(super) struct Clause<'a> {
    /// Its words; numbers keep their points and commas.
    pub(super) words: Vec<&'a str>,
    /// Whether its sentence ends with a question mark.
    pub(super) in_a_question: bool,
}

/// The clauses of a text.
pub(super) fn clauses<'a>(text: &'a str, claims: &Claims) -> Vec<Clause<'a>> {
    let mut cut = Cut { text, claims, done: Vec::new(), words: Vec::new(), begun: None, sentence: 0 };
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        let in_a_number = matches!(c, '.' | ',') && before.is_ascii_digit() && next.is_ascii_digit();
        before = c;
        if c.is_alphanumeric() || in_a_number {
            cut.begun.get_or_insert(at);
            continue;
        }
        cut.end_word(at);
        match c {
            '!' | '?' | ';' | '…' => cut.end_sentence(c == '?'),
            '.' if !next.is_alphanumeric() && !a_number_follows(text, at + 1) => cut.end_sentence(false),
            '\n' if next == '\n' => cut.end_sentence(false),
            ',' | '(' | ')' | '–' | '—' | ':' | '"' | '“' | '”' | '„' | '«' | '»' | '¿' | '¡' => {
                cut.end_clause()
            }
            _ => {}
        }
    }
    cut.end_word(text.len());
    cut.end_sentence(false);
    cut.done
}

/// Whether a full stop is one of "no. 1042".
fn a_number_follows(text: &str, at: usize) -> bool {
    let behind = text.get(at..).unwrap_or_default();
    behind.trim_start_matches([' ', '\n']).starts_with(|c: char| c.is_ascii_digit())
}

struct Cut<'a, 'c> {
    text: &'a str,
    claims: &'c Claims,
    done: Vec<Clause<'a>>,
    words: Vec<&'a str>,
    begun: Option<usize>,
    /// How many clauses were done when the sentence began.
    sentence: usize,
}

impl Cut<'_, '_> {
    fn end_word(&mut self, at: usize) {
        let word = self.begun.take().and_then(|from| self.text.get(from..at));
        if let Some(word) = word {
            if self.claims.turns(word) {
                self.end_clause();
            }
            self.words.push(word);
        }
    }

    fn end_clause(&mut self) {
        if !self.words.is_empty() {
            self.done.push(Clause { words: std::mem::take(&mut self.words), in_a_question: false });
        }
    }

    fn end_sentence(&mut self, asked: bool) {
        self.end_clause();
        for clause in self.done.iter_mut().skip(self.sentence) {
            clause.in_a_question = asked;
        }
        self.sentence = self.done.len();
    }
}
