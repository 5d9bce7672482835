//! Money as the shop keeps it: integer minor units with one of four currencies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::CrmError;

/// The largest amount that the CRM accepts in one order or refund, in minor units (one million of the currency).
pub(crate) const MAX_AMOUNT_MINOR: i64 = 100_000_000;

// Plain comments on the variants: doc comments would split the schema's `enum` into one branch per variant.
/// ISO 4217 code of the currency that the order was paid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Currency")]
#[allow(missing_docs)]
pub enum Currency {
    EUR,
    GBP,
    SEK,
    USD,
}

impl Currency {
    /// The ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::EUR => "EUR",
            Self::GBP => "GBP",
            Self::SEK => "SEK",
            Self::USD => "USD",
        }
    }

    /// Reads an ISO 4217 code as stored.
    pub(crate) fn from_code(code: &str) -> Result<Self, CrmError> {
        match code {
            "EUR" => Ok(Self::EUR),
            "GBP" => Ok(Self::GBP),
            "SEK" => Ok(Self::SEK),
            "USD" => Ok(Self::USD),
            _ => Err(CrmError::Damaged { what: "a currency" }),
        }
    }
}

/// An amount in words for a message: `189.00 EUR`. All four currencies have two minor digits.
pub(crate) fn in_words(amount_minor: i64, currency: Currency) -> String {
    let sign = if amount_minor < 0 { "-" } else { "" };
    let minor = amount_minor.unsigned_abs();
    format!("{sign}{}.{:02} {}", minor / 100, minor % 100, currency.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_in_words_keeps_both_minor_digits() {
        assert_eq!(in_words(18_905, Currency::EUR), "189.05 EUR");
        assert_eq!(in_words(7, Currency::SEK), "0.07 SEK");
    }
}
