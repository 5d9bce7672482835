//! What a customer wants, and in which language, from examples: naive Bayes over TF-IDF weights of words (1 and 2) and
//! characters (3 to 5). A class is as likely as its own examples make the text's features likelier than all others do.
//! Bayes alone is always sure of something, so a match also says how much of the text its class knows at all: what is
//! wanted in words that no example has is no match. Nothing is learnt at run time: the same text always gives the same
//! answer.

use super::words;
use std::collections::{BTreeMap, HashMap};

/// What every feature is counted besides its examples, so that a feature seen once is no proof.
const SMOOTHING: f64 = 0.3;
/// How sharply likelihoods are told apart.
const SHARPNESS: f64 = 1.5;

// Ordered, so that sums come out the same to the last bit, and the same text always gets the same answer.
type Vector = BTreeMap<String, f64>;

/// An example: its intent, its language, its words.
pub(super) type Example<'e> = (usize, &'e str, &'e str);

/// Examples, weighed.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    features: HashMap<String, usize>,
    weights: Vec<f64>,
    unseen: f64,
    intents: Bayes,
    languages: Bayes,
    language_names: Vec<String>,
}

/// The likeliest intent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Match<'m> {
    /// Its index.
    pub(super) intent: usize,
    /// How likely it is among the intents, between 0 and 1000.
    pub(super) permille: u32,
    /// How much of the words its examples know, between 0 and 1000.
    pub(super) known_permille: u32,
    /// The language of the words.
    pub(super) language: &'m str,
}

impl Matcher {
    pub(super) fn new(examples: &[Example<'_>]) -> Self {
        let counted: Vec<_> = examples.iter().map(|(_, _, text)| (word_counts(text), character_counts(text))).collect();
        let mut documents: BTreeMap<&str, f64> = BTreeMap::new();
        for feature in counted.iter().flat_map(|(w, c)| w.keys().chain(c.keys())) {
            *documents.entry(feature).or_default() += 1.0;
        }
        let all = examples.len() as f64;
        let weigh = |n: f64| ((1.0 + all) / (1.0 + n)).ln() + 1.0;
        let features = documents.keys().enumerate().map(|(at, name)| ((*name).to_owned(), at)).collect();
        let weights: Vec<f64> = documents.values().map(|n| weigh(*n)).collect();
        let mut language_names: Vec<String> = examples.iter().map(|(_, language, _)| (*language).to_owned()).collect();
        language_names.sort();
        language_names.dedup();
        let count = |classes: usize| Totals { classes, sums: vec![0.0; classes * weights.len()] };
        let mut by_intent = count(examples.iter().map(|(intent, ..)| intent + 1).max().unwrap_or(0));
        let mut by_language = count(language_names.len());
        let mut matcher = Self {
            features,
            weights,
            unseen: weigh(0.0),
            intents: Bayes::default(),
            languages: Bayes::default(),
            language_names,
        };
        for ((intent, language, _), (of_words, of_characters)) in examples.iter().zip(counted) {
            let language = matcher.language_names.iter().position(|name| name == language).unwrap_or(0);
            for (feature, part) in matcher.weighed(of_words).into_iter().chain(matcher.weighed(of_characters)) {
                if let Some(feature) = feature {
                    by_intent.add(feature, *intent, part);
                    by_language.add(feature, language, part);
                }
            }
        }
        matcher.intents = by_intent.into();
        matcher.languages = by_language.into();
        matcher
    }

    /// The likeliest intent of a text; `None` only where there are no examples or no words.
    pub(super) fn nearest(&self, text: &str) -> Option<Match<'_>> {
        let (of_words, of_characters) = (self.weighed(word_counts(text)), self.weighed(character_counts(text)));
        if of_words.is_empty() {
            return None;
        }
        let known: Vec<_> =
            of_words.iter().chain(&of_characters).filter_map(|(feature, part)| Some(((*feature)?, *part))).collect();
        let (intent, likely) = self.intents.likeliest(&known)?;
        let (language, _) = self.languages.likeliest(&known)?;
        let of_intent = of_words.iter().filter(|(feature, _)| feature.is_some_and(|f| self.intents.knows(f, intent)));
        let covered: f64 = of_intent.map(|(_, part)| part * part).sum();
        // Between 0 and 1000, so the casts cut nothing but the fraction.
        Some(Match {
            intent,
            permille: (1000.0 * likely) as u32,
            known_permille: (1000.0 * covered) as u32,
            language: self.language_names.get(language)?,
        })
    }

    /// Counts times weights, of length one, by feature; `None` stands for what no example has.
    fn weighed(&self, counts: Vector) -> Vec<(Option<usize>, f64)> {
        let mut vector: Vec<_> = counts
            .iter()
            .map(|(name, n)| {
                let feature = self.features.get(name).copied();
                (feature, n * feature.and_then(|f| self.weights.get(f)).unwrap_or(&self.unseen))
            })
            .collect();
        let length = vector.iter().map(|(_, v)| v * v).sum::<f64>().sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|(_, v)| *v /= length);
        }
        vector
    }
}

/// What the examples of each class have of each feature.
struct Totals {
    classes: usize,
    sums: Vec<f64>,
}

impl Totals {
    fn add(&mut self, feature: usize, class: usize, part: f64) {
        if let Some(sum) = self.sums.get_mut(feature * self.classes + class) {
            *sum += part;
        }
    }
}

/// How much likelier each class makes each feature than all other classes do, as logarithms.
#[derive(Debug, Clone, Default)]
struct Bayes {
    classes: usize,
    odds: Vec<f64>,
    known: Vec<bool>,
}

impl From<Totals> for Bayes {
    fn from(totals: Totals) -> Self {
        let classes = totals.classes.max(1);
        let mut of_class = vec![0.0; classes];
        for row in totals.sums.chunks(classes) {
            of_class.iter_mut().zip(row).for_each(|(sum, part)| *sum += part);
        }
        let all: f64 = of_class.iter().sum();
        let vocabulary = SMOOTHING * (totals.sums.len() / classes) as f64;
        let mut odds = Vec::with_capacity(totals.sums.len());
        for row in totals.sums.chunks(classes) {
            let of_all: f64 = row.iter().sum();
            odds.extend(row.iter().zip(&of_class).map(|(own, class)| {
                let within = (own + SMOOTHING) / (class + vocabulary);
                let without = (of_all - own + SMOOTHING) / (all - class + vocabulary);
                within.ln() - without.ln()
            }));
        }
        Self { classes, odds, known: totals.sums.iter().map(|sum| *sum > 0.0).collect() }
    }
}

impl Bayes {
    fn knows(&self, feature: usize, class: usize) -> bool {
        self.known.get(feature * self.classes + class).copied().unwrap_or(false)
    }

    /// The likeliest class of a text with these features, and how likely it is among all classes.
    fn likeliest(&self, text: &[(usize, f64)]) -> Option<(usize, f64)> {
        let mut scores = vec![0.0; self.classes];
        for (feature, part) in text {
            let row = self.odds.get(feature * self.classes..(feature + 1) * self.classes)?;
            scores.iter_mut().zip(row).for_each(|(score, odds)| *score += part * odds);
        }
        let (class, best) = scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let all: f64 = scores.iter().map(|score| ((score - best) * SHARPNESS).exp()).sum();
        Some((class, 1.0 / all))
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
            *counts.entry(std::iter::once('c').chain(gram.iter().copied()).collect()).or_default() += 1.0;
        }
    }
    counts
}
