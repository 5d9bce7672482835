//! Card numbers are masked before what somebody wrote is stored: a customer's message, and a person's whispers, promises,
//! notes, reasons and searches. The log, the trail and the screens hold none of them. What a tool answers, and what is
//! typed into its arguments, is data with its own form and stays as it is; an override that brings one in is refused.

/// Digits of a card number.
const SHORTEST: usize = 13;
const LONGEST: usize = 19;

/// A text with its card numbers masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text; of each number only the last four digits stay.
    pub text: String,
    /// How many numbers were masked.
    pub count: u32,
}

/// Masks every run of 13 to 19 digits (single spaces, dots or hyphens between them allowed) that passes the Luhn check
/// and begins as a payment card does. Digits of every script count, as people and attackers write them.
pub fn mask_card_numbers(text: &str) -> Masked {
    if !has_enough_digits(text) {
        return Masked { text: text.to_owned(), count: 0 };
    }
    let mut chars: Vec<char> = text.chars().collect();
    let mut count = 0;
    let mut at = 0;
    while at < chars.len() {
        match card_number_at(&chars, at) {
            Some(places) => {
                count += 1;
                for place in places.iter().take(places.len().saturating_sub(4)) {
                    if let Some(c) = chars.get_mut(*place) {
                        *c = '•';
                    }
                }
                // The last four digits stay, and may begin another number together with what follows.
                at = places.iter().rev().nth(3).copied().unwrap_or(at + 1);
            }
            None => at += 1,
        }
    }
    Masked { text: chars.into_iter().collect(), count }
}

/// Whether there are digits for a card number at all: nearly every message has none, and is not looked at further.
fn has_enough_digits(text: &str) -> bool {
    let digits = match text.is_ascii() {
        true => text.bytes().filter(u8::is_ascii_digit).count(),
        false => text.chars().filter(|c| digit(*c).is_some()).count(),
    };
    digits >= SHORTEST
}

/// The places of the digits of the longest card number that begins exactly here.
fn card_number_at(chars: &[char], from: usize) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    let mut digits = Vec::new();
    let mut gap = false;
    for (place, c) in chars.iter().enumerate().skip(from) {
        if let Some(d) = digit(*c) {
            places.push(place);
            digits.push(d);
            gap = false;
        } else if !digits.is_empty() && !gap && is_separator(*c) {
            gap = true;
        } else {
            break;
        }
        if digits.len() == LONGEST {
            break;
        }
    }
    (SHORTEST..=digits.len()).rev().find_map(|length| {
        let head = digits.get(..length)?;
        (begins_as_a_card(head) && luhn(head)).then(|| places.iter().take(length).copied().collect())
    })
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2013}' | '\u{200b}'..='\u{200d}')
}

/// The decimal value of a digit: ASCII, full-width, Arabic-Indic, extended Arabic-Indic, Devanagari.
fn digit(c: char) -> Option<u32> {
    for zero in ['0', '\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}'] {
        let offset = (c as u32).wrapping_sub(zero as u32);
        if offset < 10 {
            return Some(offset);
        }
    }
    None
}

fn begins_as_a_card(digits: &[u32]) -> bool {
    matches!(digits.first(), Some(2..=6))
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| match (i % 2 == 1, d * 2) {
            (true, doubled) if doubled > 9 => doubled - 9,
            (true, doubled) => doubled,
            (false, _) => *d,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn card_numbers_lose_all_but_their_last_four_digits() {
        for (said, stored) in [
            ("my card is 4111 1111 1111 1111 thanks", "my card is •••• •••• •••• 1111 thanks"),
            ("5500-0000-0000-0004", "••••-••••-••••-0004"),
            ("378282246310005.", "•••••••••••0005."),
            ("４１１１１１１１１１１１１１１１", "••••••••••••１１１１"),
        ] {
            assert_eq!(mask_card_numbers(said), Masked { text: stored.into(), count: 1 });
        }
    }

    #[test]
    fn order_numbers_amounts_and_telephone_numbers_stay() {
        for said in ["order 1042, 46001", "+34 612 345 678", "4111 1111 1111 1112", "1234567890123"] {
            assert_eq!(mask_card_numbers(said), Masked { text: said.into(), count: 0 });
        }
    }

    proptest! {
        #[test]
        fn masking_keeps_the_length_and_a_masked_text_stays_as_it_is(text in ".{0,60}") {
            let once = mask_card_numbers(&text);
            prop_assert_eq!(once.text.chars().count(), text.chars().count());
            prop_assert_eq!(mask_card_numbers(&once.text).text, once.text);
        }
    }
}
