//! What people call currencies beside an amount. Small letters.

use countersign_domain::money::Currency;

const UNITS: [(&str, &[&str]); 6] = [
    ("EUR", &["€", "euro", "euros"]),
    ("GBP", &["£", "pound", "pounds", "quid"]),
    ("USD", &["$", "dollar", "dollars", "bucks"]),
    ("SEK", &["kr", "kronor"]),
    ("NOK", &["kr", "kroner"]),
    ("DKK", &["kr", "kroner"]),
];

/// The names of a currency besides its code.
pub(crate) fn of(currency: &Currency) -> &'static [&'static str] {
    UNITS.iter().find(|(code, _)| *code == currency.as_str()).map_or(&[], |(_, names)| names)
}

/// Whether a word names some currency.
pub(crate) fn is_any(word: &str) -> bool {
    UNITS.iter().any(|(code, names)| names.contains(&word) || word.eq_ignore_ascii_case(code))
}
