//! What models cost: a dated table, per million tokens, and the reporting currency's worth of its own.

use super::routes::ModelName;
use countersign_domain::conversation::Tokens;
use std::collections::{BTreeMap, BTreeSet};

const MILLION: u128 = 1_000_000;

/// What a model costs, in millionths of the table's currency per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price {
    /// Tokens read.
    pub read: u64,
    /// Tokens read from the provider's cache.
    pub cached: u64,
    /// Tokens put into the provider's cache.
    pub cache_written: u64,
    /// Tokens written.
    pub written: u64,
}

/// What is wrong with prices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// A model has none.
    #[error("no price is known of the model {0}: name it in the price table, or nobody could say what a call costs")]
    Unpriced(ModelName),
}

/// The prices of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    /// The day that they are of.
    pub as_of: String,
    /// What one unit of their currency is worth, in millionths of the reporting currency's unit.
    pub worth_micros: u64,
    /// By the model's name.
    pub models: BTreeMap<String, Price>,
    /// Providers that run on this machine: what has no price there costs nothing by the token.
    pub here: BTreeSet<String>,
}

impl Prices {
    /// The price of a model.
    pub fn of(&self, model: &ModelName) -> Result<Price, PriceError> {
        let listed = self.models.get(&model.name).copied();
        let free = || self.here.contains(&model.provider).then(Price::default);
        listed.or_else(free).ok_or_else(|| PriceError::Unpriced(model.clone()))
    }

    /// What tokens cost, in millionths of the reporting currency's unit, rounded up.
    pub fn cost_micros(&self, price: &Price, tokens: &Tokens) -> u64 {
        let plain = tokens.read.saturating_sub(tokens.cached).saturating_sub(tokens.cache_written);
        let of = |count: u64, price: u64| u128::from(count) * u128::from(price);
        let sum = of(plain, price.read)
            + of(tokens.cached, price.cached)
            + of(tokens.cache_written, price.cache_written)
            + of(tokens.written, price.written);
        let cost = (sum * u128::from(self.worth_micros)).div_ceil(MILLION * MILLION);
        u64::try_from(cost).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tokens_cost_is_exact_and_rounded_up_once() {
        let price = Price { read: 3_000_000, cached: 300_000, cache_written: 3_750_000, written: 15_000_000 };
        let prices = Prices {
            as_of: "2026-11-28".into(),
            worth_micros: 1_000_000,
            models: BTreeMap::new(),
            here: BTreeSet::new(),
        };
        let tokens = Tokens { read: 1_000, cached: 600, cache_written: 100, written: 200 };
        // 300 × 3 + 600 × 0.3 + 100 × 3.75 + 200 × 15 = 4,455 millionths.
        assert_eq!(prices.cost_micros(&price, &tokens), 4_455);
        let dear = Prices { worth_micros: 860_000, ..prices };
        assert_eq!(dear.cost_micros(&price, &tokens), 3_832, "3,831.3 rounded up");
        assert_eq!(dear.cost_micros(&price, &Tokens::default()), 0);
    }
}
