//! Money: integer minor units with a currency. No floating point touches an amount.

use serde::{Deserialize, Serialize};

/// An ISO 4217 code: three capital letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

/// Text that is not a currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency: three capital letters such as EUR")]
pub struct InvalidCurrency(String);

impl Currency {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Digits behind the point (ISO 4217): 2 for most, 0 and 3 for the currencies that differ.
    pub fn exponent(&self) -> u32 {
        match self.0.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;
    fn try_from(text: String) -> Result<Self, InvalidCurrency> {
        if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err(InvalidCurrency(text))
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.0
    }
}

/// An amount in minor units (cents) of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// The currency of those units.
    pub currency: Currency,
}

impl std::fmt::Display for Money {
    /// `€129.00` for the symbols everybody knows, else `129.00 SEK`. For people: screens format through Intl.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let exponent = self.currency.exponent();
        let unit = 10_u64.pow(exponent);
        let (whole, part) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        let sign = if self.minor < 0 { "−" } else { "" };
        let symbol = match self.currency.as_str() {
            "EUR" => "€",
            "GBP" => "£",
            "USD" => "$",
            _ => "",
        };
        write!(f, "{sign}{symbol}{whole}")?;
        if exponent > 0 {
            write!(f, ".{part:0width$}", width = exponent as usize)?;
        }
        if symbol.is_empty() {
            write!(f, " {}", self.currency.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_currency_s_digits() {
        let show = |minor, code: &str| Money { minor, currency: code.to_owned().try_into().unwrap() }.to_string();
        assert_eq!(show(12900, "EUR"), "€129.00");
        assert_eq!(show(5, "SEK"), "0.05 SEK");
        assert_eq!(show(-129, "JPY"), "−129 JPY");
        assert_eq!(show(1234, "KWD"), "1.234 KWD");
    }
}
