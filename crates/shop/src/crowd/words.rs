//! What simulated customers write, and by which words they tell what they are asked; one file a language.

use super::cards::Wish;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde::Deserialize;
use std::collections::BTreeMap;

const LANGUAGES: [(&str, &str); 4] = [
    ("de", include_str!("../../../../assets/shop/talk/de.toml")),
    ("en", include_str!("../../../../assets/shop/talk/en.toml")),
    ("es", include_str!("../../../../assets/shop/talk/es.toml")),
    ("fr", include_str!("../../../../assets/shop/talk/fr.toml")),
];
/// What the shop says in no other language, it says in this one.
const EVERYBODYS: &str = "en";

/// What the shop's side asks or tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cue {
    OrderAndPostcode,
    Order,
    Postcode,
    Item,
    Reason,
    Why,
    Address,
    NewPostcode,
    City,
    Street,
    Slot,
    Amount,
    Date,
    About,
    Unclear,
    Refused,
    AnythingElse,
    Noted,
}

/// Two ways to say a wish.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ways {
    short: Vec<String>,
    whole: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cues: BTreeMap<Cue, Vec<String>>,
    wishes: BTreeMap<String, Ways>,
    answers: BTreeMap<Cue, Vec<String>>,
    says: Says,
}

/// What belongs to no wish. An empty list: nothing is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    pub(super) thanks: Vec<String>,
    pub(super) waits: Vec<String>,
    pub(super) leaves_it: Vec<String>,
    pub(super) asks_for_person: Vec<String>,
    pub(super) to_a_person: Vec<String>,
    pub(super) angry: Vec<String>,
    pub(super) angry_waits: Vec<String>,
    pub(super) hostile: Vec<String>,
}

/// All languages.
pub(super) struct Tongues(BTreeMap<&'static str, Words>);

/// One language.
pub(super) struct Words {
    file: File,
    /// Its own and everybody's, in small letters.
    cues: Vec<(String, Cue)>,
}

impl Tongues {
    pub(super) fn read() -> Result<Self, toml::de::Error> {
        let mut tongues = BTreeMap::new();
        let everybodys = LANGUAGES.iter().find(|(name, _)| *name == EVERYBODYS).map_or("", |(_, text)| text);
        let everybodys = toml::from_str::<File>(everybodys)?.cues;
        for (language, text) in LANGUAGES {
            let file: File = toml::from_str(text)?;
            let cues = file.cues.iter().chain(&everybodys);
            let cues = cues.flat_map(|(cue, words)| words.iter().map(|words| (words.to_lowercase(), *cue))).collect();
            tongues.insert(language, Words { file, cues });
        }
        Ok(Self(tongues))
    }

    /// The words of a language, or everybody's.
    pub(super) fn of(&self, language: &str) -> Option<&Words> {
        self.0.get(language).or_else(|| self.0.get(EVERYBODYS))
    }
}

impl Words {
    /// What is asked at the end of these words, if anything is that anybody could answer.
    pub(super) fn cue(&self, said: &str) -> Option<Cue> {
        let said = said.to_lowercase();
        let found = self.cues.iter().filter_map(|(words, cue)| {
            let end = said.rfind(words.as_str())? + words.len();
            Some((end, words.len(), *cue))
        });
        found.max().map(|(_, _, cue)| cue)
    }

    /// How a wish is said.
    pub(super) fn wish(&self, wish: Wish, whole: bool, chance: &mut StdRng) -> Option<String> {
        let ways = self.file.wishes.get(wish.name())?;
        one(if whole { &ways.whole } else { &ways.short }, chance)
    }

    /// An answer.
    pub(super) fn answer(&self, cue: Cue, chance: &mut StdRng) -> Option<String> {
        one(self.file.answers.get(&cue)?, chance)
    }

    pub(super) fn says(&self) -> &Says {
        &self.file.says
    }
}

/// One of these, if there are any.
pub(super) fn one(ways: &[String], chance: &mut StdRng) -> Option<String> {
    ways.choose(chance).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crowd::visitor::NAMES;
    use rand::SeedableRng;

    const WISHES: [Wish; 8] =
        [Wish::Refund, Wish::Cancel, Wish::Address, Wish::Book, Wish::Move, Wish::Status, Wish::Question, Wish::Person];

    #[test]
    fn every_language_can_say_every_wish_and_answer_what_can_be_answered_and_fills_in_only_what_is_known() {
        let tongues = Tongues::read().unwrap();
        let mut chance = StdRng::seed_from_u64(1);
        for (language, text) in LANGUAGES {
            let words = tongues.of(language).unwrap();
            for wish in WISHES {
                for whole in [false, true] {
                    assert!(words.wish(wish, whole, &mut chance).is_some(), "{language} {wish:?}");
                }
            }
            for cue in [Cue::OrderAndPostcode, Cue::Order, Cue::Postcode, Cue::Item, Cue::Reason, Cue::Why, Cue::Slot] {
                assert!(words.answer(cue, &mut chance).is_some(), "{language} {cue:?}");
            }
            for cue in [Cue::Address, Cue::NewPostcode, Cue::City, Cue::Street, Cue::Amount, Cue::Date] {
                assert!(words.answer(cue, &mut chance).is_some(), "{language} {cue:?}");
            }
            assert_eq!(words.file.wishes.len(), WISHES.len(), "{language}");
            let said = text.lines().filter(|line| !line.starts_with('#'));
            for name in said.flat_map(|line| line.split('{').skip(1)).filter_map(|rest| rest.split('}').next()) {
                assert!(NAMES.contains(&name), "{language} fills in {name:?}");
            }
        }
    }

    #[test]
    fn the_last_thing_that_is_asked_counts_in_its_own_language_or_in_everybodys() {
        let tongues = Tongues::read().unwrap();
        let de = tongues.of("de").unwrap();
        assert_eq!(de.cue("Ich sehe nach. Wie lautet die Bestellnummer, und an welche Postleitzahl ging sie?"), {
            Some(Cue::OrderAndPostcode)
        });
        assert_eq!(de.cue("What is the street with its number?"), Some(Cue::Street));
        let en = tongues.of("en").unwrap();
        assert_eq!(en.cue("I cannot find an order with this number and postcode. Please send me both once more."), {
            Some(Cue::OrderAndPostcode)
        });
        assert_eq!(en.cue("Order 1063 is cancelled. Is there anything else that I can do?"), Some(Cue::AnythingElse));
        assert_eq!(en.cue("Order 1042 was delivered on 3 March."), None);
        assert!(tongues.of("pl").is_some());
    }
}
