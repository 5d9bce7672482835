//! Who comes: cards of wishes and tempers, dealt from a pack.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::Deserialize;

const CARDS: &str = include_str!("../../../../assets/shop/talk/cards.toml");
/// So many of the pack come first, in their order.
pub(super) const FIRST: usize = 3;

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wish {
    /// Money back for an article of more than 50.00 EUR.
    Refund,
    /// Money back for an article of at most 50.00 EUR.
    SmallRefund,
    /// Money back in another currency than euros.
    ForeignRefund,
    Cancel,
    Address,
    Book,
    /// To book a delivery, and then to move it.
    Move,
    Status,
    Question,
    Person,
}

impl Wish {
    /// Its name among the words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refund | Self::SmallRefund | Self::ForeignRefund => "refund",
            Self::Cancel => "cancel",
            Self::Address => "address",
            Self::Book => "book",
            Self::Move => "move",
            Self::Status => "status",
            Self::Question => "question",
            Self::Person => "person",
        }
    }
}

/// How somebody talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Temper {
    /// Says all of it at once.
    Clear,
    /// Has to be asked for everything.
    Vague,
    /// Complains, does not wait, and asks for a person.
    Angry,
    /// Leaves it half way, and wants something else.
    ChangesMind,
    /// Insults, or tries to talk the agent into something.
    Hostile,
    /// Loses the line, and comes back, or not.
    Drops,
}

/// One who may come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Card {
    pub(super) wish: Wish,
    pub(super) temper: Temper,
    pub(super) language: String,
    #[serde(default)]
    pub(super) signed_in: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    card: Vec<Card>,
}

/// A pack that never ends.
pub(super) struct Pack {
    all: Vec<Card>,
    left: Vec<Card>,
}

impl Pack {
    /// The sample's cards, the first of them on top.
    pub(super) fn open(chance: &mut StdRng) -> Result<Self, toml::de::Error> {
        let all = toml::from_str::<File>(CARDS)?.card;
        let mut left = all.clone();
        let rest = left.split_off(FIRST.min(left.len()));
        left.reverse();
        let mut pack = Self { all, left: rest };
        pack.left.shuffle(chance);
        pack.left.extend(left);
        Ok(pack)
    }

    /// The next card. The pack is shuffled anew when it is through.
    pub(super) fn deal(&mut self, chance: &mut StdRng) -> Option<Card> {
        if self.left.is_empty() {
            self.left.clone_from(&self.all);
            self.left.shuffle(chance);
        }
        self.left.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use std::collections::BTreeSet;

    #[test]
    fn one_pack_has_every_wish_every_temper_and_every_language_and_begins_with_the_first() {
        let mut chance = StdRng::seed_from_u64(7);
        let mut pack = Pack::open(&mut chance).unwrap();
        let all = pack.all.clone();
        let dealt: Vec<Card> = (0..all.len()).map(|_| pack.deal(&mut chance).unwrap()).collect();
        assert_eq!(dealt[..FIRST], all[..FIRST]);
        assert_ne!(dealt, all, "behind the first ones the pack is shuffled");
        let wishes: BTreeSet<Wish> = dealt.iter().map(|card| card.wish).collect();
        let tempers: BTreeSet<Temper> = dealt.iter().map(|card| card.temper).collect();
        let languages: BTreeSet<&str> = dealt.iter().map(|card| card.language.as_str()).collect();
        assert_eq!((wishes.len(), tempers.len()), (10, 6));
        assert_eq!(languages, BTreeSet::from(["de", "en", "es", "fr"]));
        assert!(dealt.iter().any(|card| card.signed_in) && pack.deal(&mut chance).is_some());
    }
}
