//! What customers say happened, by the phrases in which they say it: read from `assets/second-look`.

use super::clauses::{Clause, Grammar, Phrase};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a second look knows of words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    /// Words that part what is said, and that turn it.
    #[serde(default)]
    pub(super) grammar: Grammar,
    /// Words around amounts.
    #[serde(default)]
    pub(super) money: Money,
    /// Words before the number of an object, such as "order".
    #[serde(default)]
    objects: Vec<String>,
    #[serde(default)]
    topic: Vec<Topic>,
}

/// Words around amounts. Small letters, no accents; a beginning is enough.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Money {
    /// With which an amount is asked for: "refund".
    asks: Vec<String>,
    /// With which it is only a price: "cost".
    prices: Vec<String>,
}

/// One thing that may be said to have happened.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    id: String,
    /// As the card says it: "it never arrived".
    pub(super) says: String,
    /// What is said with it: whoever says that it is torn says that it arrived.
    #[serde(default)]
    means: Option<String>,
    /// What cannot be so at the same time. Of the two, the last that was said counts.
    #[serde(default)]
    opposite: Option<String>,
    /// Values of arguments that say the same: the codes of reasons.
    #[serde(default)]
    pub(super) values: Vec<String>,
    /// The phrases, by language.
    #[serde(default)]
    phrases: BTreeMap<String, Vec<Phrase>>,
}

/// A topic that somebody spoke of.
pub(super) struct Stated<'a> {
    pub(super) topic: &'a Topic,
    /// The number of the message.
    pub(super) message: u32,
    /// The clause in which it stands.
    pub(super) clause: &'a str,
}

/// Topics that do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnfitTopics(String);

impl Topics {
    /// Checks that every topic is named once, and that every name leads somewhere.
    pub fn checked(self) -> Result<Self, UnfitTopics> {
        let mut ids = BTreeSet::new();
        for topic in &self.topic {
            if !ids.insert(topic.id.as_str()) {
                return Err(UnfitTopics(format!("there are two topics {:?}", topic.id)));
            }
        }
        for topic in &self.topic {
            let named = topic.means.iter().chain(&topic.opposite);
            for name in named {
                if !ids.contains(name.as_str()) || name == &topic.id {
                    return Err(UnfitTopics(format!(
                        "the topic {:?} names {name:?}, which is no other topic",
                        topic.id
                    )));
                }
            }
        }
        Ok(self)
    }

    /// Whether there is a topic of that name.
    pub fn has(&self, id: &str) -> bool {
        self.by_id(id).is_some()
    }

    fn by_id(&self, id: &str) -> Option<&Topic> {
        self.topic.iter().find(|topic| topic.id == id)
    }

    /// Whether a word says that an object's number follows.
    pub(super) fn is_object(&self, word: &str) -> bool {
        self.objects.iter().any(|object| object == word)
    }

    /// The topic whose value this is.
    pub(super) fn of_value(&self, value: &str) -> Option<&Topic> {
        self.topic.iter().find(|topic| topic.values.iter().any(|one| one == value))
    }

    /// What is stated in clauses, in their order, each topic where it was said last.
    pub(super) fn stated<'a>(&'a self, clauses: &[(u32, Clause<'a>)]) -> Vec<Stated<'a>> {
        let mut stated: Vec<Stated<'a>> = Vec::new();
        for (message, clause) in clauses {
            let said = |topic: &&Topic| topic.phrases.values().flatten().any(|p| p.is_said_in(clause, &self.grammar));
            for topic in self.topic.iter().filter(said) {
                let implied = topic.means.as_deref().and_then(|id| self.by_id(id));
                let opposites = || topic.opposite.iter().chain(implied.and_then(|implied| implied.opposite.as_ref()));
                let stays = |other: &Topic| other.id != topic.id && !other.says_any(opposites());
                stated.retain(|earlier| stays(earlier.topic));
                stated.push(Stated { topic, message: *message, clause: clause.text });
            }
        }
        stated
    }
}

impl Topic {
    /// Whether stating it states one of these.
    pub(super) fn says_any<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> bool {
        ids.into_iter().any(|id| self.id == *id || self.means.as_ref() == Some(id))
    }
}

impl Money {
    pub(super) fn is_asking(&self, word: &str) -> bool {
        self.asks.iter().any(|asking| word.starts_with(asking.as_str()))
    }

    pub(super) fn is_pricing(&self, word: &str) -> bool {
        self.prices.iter().any(|pricing| word.starts_with(pricing.as_str()))
    }
}
