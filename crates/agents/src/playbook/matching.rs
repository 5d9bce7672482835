//! What a customer wants, from examples. TF-IDF vectors over words (1 and 2) and characters (3 to 5), compared with
//! every example by cosine similarity; an intent is as similar as its nearest example. A softmax over the intents,
//! with "none of these" as one more of a fixed similarity, gives the confidence: something unlike every example stays
//! below the threshold however much nearer it is to one intent than to another. Long messages are also compared
//! sentence by sentence. Nothing is learnt at run time: the same text always gives the same answer.

use super::words;
use std::collections::{BTreeMap, HashMap};

/// The similarity of "none of these".
const NONE_OF_THESE: f64 = 0.26;
/// How sharply the softmax tells similarities apart.
const TEMPERATURE: f64 = 0.07;

// Ordered, so that sums come out the same to the last bit, and the same text always gets the same answer.
type Vector = BTreeMap<String, f64>;

/// The examples that have a feature, and how much of their length it is.
type Found = HashMap<String, Vec<(usize, f64)>>;

/// The intents' examples, weighed, and found by their features: what no example has costs nothing to compare.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    weights: HashMap<String, f64>,
    unseen: f64,
    by_words: Found,
    by_characters: Found,
    /// The intent of each example.
    examples: Vec<usize>,
    intents: usize,
}

/// The nearest intent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Match {
    /// Its index.
    pub(super) intent: usize,
    /// Between 0 and 1000.
    pub(super) permille: u32,
}

impl Matcher {
    /// From `(intent, example)` pairs.
    pub(super) fn new(examples: &[(usize, &str)]) -> Self {
        let counted: Vec<_> =
            examples.iter().enumerate().map(|(n, (_, text))| (n, word_counts(text), character_counts(text))).collect();
        let mut documents: BTreeMap<String, f64> = BTreeMap::new();
        for feature in counted.iter().flat_map(|(_, w, c)| w.keys().chain(c.keys())) {
            *documents.entry(feature.clone()).or_default() += 1.0;
        }
        let all = examples.len() as f64;
        let weigh = |n: f64| ((1.0 + all) / (1.0 + n)).ln() + 1.0;
        let mut matcher = Self {
            weights: documents.into_iter().map(|(f, n)| (f, weigh(n))).collect(),
            unseen: weigh(0.0),
            by_words: Found::new(),
            by_characters: Found::new(),
            examples: examples.iter().map(|(i, _)| *i).collect(),
            intents: examples.iter().map(|(i, _)| i + 1).max().unwrap_or(0),
        };
        for (example, words, characters) in counted {
            for (name, part) in matcher.weighed(words) {
                matcher.by_words.entry(name).or_default().push((example, part));
            }
            for (name, part) in matcher.weighed(characters) {
                matcher.by_characters.entry(name).or_default().push((example, part));
            }
        }
        matcher
    }

    /// The nearest intent of a text; `None` only where there are no examples or no words.
    pub(super) fn nearest(&self, text: &str) -> Option<Match> {
        words::pieces(text).into_iter().filter_map(|piece| self.nearest_of(piece)).max_by_key(|m| m.permille)
    }

    fn nearest_of(&self, text: &str) -> Option<Match> {
        let (of_words, of_characters) = (self.weighed(word_counts(text)), self.weighed(character_counts(text)));
        if of_words.is_empty() {
            return None;
        }
        let mut best = vec![0.0_f64; self.intents];
        let (by_words, by_characters) =
            (self.similar(&of_words, &self.by_words), self.similar(&of_characters, &self.by_characters));
        for ((intent, words), characters) in self.examples.iter().zip(by_words).zip(by_characters) {
            let similarity = 0.5 * words + 0.5 * characters;
            if let Some(so_far) = best.get_mut(*intent) {
                *so_far = so_far.max(similarity);
            }
        }
        let all: f64 = best.iter().chain([&NONE_OF_THESE]).map(|s| (s / TEMPERATURE).exp()).sum();
        let (intent, similarity) = best.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        // Between 0 and 1000, so the cast cuts nothing but the fraction.
        Some(Match { intent, permille: (1000.0 * (similarity / TEMPERATURE).exp() / all) as u32 })
    }

    /// How similar a text is to each example.
    fn similar(&self, text: &Vector, found: &Found) -> Vec<f64> {
        let mut sums = vec![0.0; self.examples.len()];
        for (name, of_text) in text {
            for (example, of_example) in found.get(name).into_iter().flatten() {
                if let Some(sum) = sums.get_mut(*example) {
                    *sum += of_text * of_example;
                }
            }
        }
        sums
    }

    /// Counts times weights, of length one.
    fn weighed(&self, counts: Vector) -> Vector {
        let mut vector: Vector = counts
            .into_iter()
            .map(|(f, n)| {
                let w = self.weights.get(&f).copied().unwrap_or(self.unseen);
                (f, n * w)
            })
            .collect();
        let length = vector.values().map(|v| v * v).sum::<f64>().sqrt();
        if length > 0.0 {
            vector.values_mut().for_each(|v| *v /= length);
        }
        vector
    }
}

fn word_counts(text: &str) -> Vector {
    let words = words::words(text);
    let mut counts = Vector::new();
    for word in &words {
        *counts.entry(format!("w {word}")).or_default() += 1.0;
    }
    for (one, next) in words.iter().zip(words.iter().skip(1)) {
        *counts.entry(format!("w {one} {next}")).or_default() += 1.0;
    }
    counts
}

fn character_counts(text: &str) -> Vector {
    let padded: Vec<char> = format!(" {} ", words::words(text).join(" ")).chars().collect();
    let mut counts = Vector::new();
    for length in 3..=5 {
        for gram in padded.windows(length) {
            *counts.entry(gram.iter().collect()).or_default() += 1.0;
        }
    }
    counts
}
