//! How long a person looks at a card at least before they approve what it shows: an operator's file.

use crate::card::Card;
use countersign_domain::tool::EffectClass;
use serde::Deserialize;

/// The longest look that may be asked for, in milliseconds: beyond a minute people look away.
const LONGEST_MS: u64 = 60_000;

/// The shortest looks, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortestLooks {
    /// At what can be undone, or only reads.
    reversible: u64,
    /// At what cannot be undone.
    irreversible: u64,
    /// At a card on which something does not go together.
    contradicted: u64,
}

/// A look that is longer than anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("asks for a look of {0} ms; at most {LONGEST_MS} are taken")]
pub struct UnfitLooks(u64);

/// The file of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LooksFile {
    shortest_look_ms: ShortestLooks,
}

impl LooksFile {
    /// Them, where nobody is made to look longer than people do.
    pub fn checked(self) -> Result<ShortestLooks, UnfitLooks> {
        let looks = self.shortest_look_ms;
        let longest = looks.reversible.max(looks.irreversible).max(looks.contradicted);
        if longest > LONGEST_MS { Err(UnfitLooks(longest)) } else { Ok(looks) }
    }
}

impl ShortestLooks {
    /// How long this card is looked at, at least, in milliseconds.
    pub fn of(&self, card: &Card) -> u64 {
        let by_effect = match card.tool.effect {
            EffectClass::Irreversible => self.irreversible,
            EffectClass::Reversible | EffectClass::Read => self.reversible,
        };
        if card.contradictions.is_empty() { by_effect } else { by_effect.max(self.contradicted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../assets/approvals/looks.toml");

    fn read(text: &str) -> Result<Result<ShortestLooks, UnfitLooks>, toml::de::Error> {
        toml::from_str::<LooksFile>(text).map(LooksFile::checked)
    }

    #[test]
    fn every_kind_has_a_look_and_nothing_else_is_taken() {
        let looks = read(SHIPPED).unwrap().unwrap();
        assert_eq!((looks.reversible, looks.irreversible, looks.contradicted), (1500, 3000, 3000));
        let ages = SHIPPED.replace("irreversible = 3000", "irreversible = 60001");
        assert_eq!(read(&ages).unwrap(), Err(UnfitLooks(60_001)));
        for (from, to) in [("\nreversible = 1500", ""), ("= 1500", "= -1"), ("= 1500", "= 1500\nbored = 1")] {
            let wrong = SHIPPED.replacen(from, to, 1);
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }
}
