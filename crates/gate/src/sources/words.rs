//! Whether a value stands in words as people write it. Erring means that it is not called found.

use crate::units;
use countersign_domain::money::{Currency, Money};
use serde_json::Value;

/// An amount as people write it: 129.00 and 129,00; and 129 with its currency beside it, for a bare number may be an order's.
pub(super) fn amounts(minor: i64, currency: &Currency) -> Vec<String> {
    let shown = Money { minor, currency: currency.clone() }.to_string();
    let number: String = shown.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let code = currency.as_str().to_lowercase();
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    let mut forms = match part {
        "" => Vec::new(),
        part => vec![format!("{whole}.{part}"), format!("{whole},{part}")],
    };
    if part.bytes().all(|digit| digit == b'0') {
        for beside in units::of(currency).iter().copied().chain([code.as_str()]) {
            forms.extend([format!("{beside}{whole}"), format!("{beside} {whole}")]);
            forms.extend([format!("{whole}{beside}"), format!("{whole} {beside}")]);
        }
    }
    forms
}

pub(super) fn scalars(value: &Value, each: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| scalars(item, each)),
        Value::Object(fields) => fields.values().for_each(|field| scalars(field, each)),
        scalar => each(scalar),
    }
}

/// Whether finding the value somewhere says that it came from there: no flag, no digit, no letter.
pub(super) fn is_telling(value: &Value) -> bool {
    let (mut some, mut all) = (false, true);
    scalars(value, &mut |scalar| {
        some = true;
        all &= match scalar {
            Value::String(text) => text.trim().chars().count() > 1,
            Value::Number(number) => number.as_i64().is_none_or(|n| n.abs() > 9),
            _ => false,
        };
    });
    some && all
}

/// Whether one of the forms of each scalar stands in a text.
pub(super) fn stand_in(text: &str, forms: &[Vec<String>]) -> bool {
    let text = folded(text);
    !forms.is_empty() && forms.iter().all(|forms| forms.iter().any(|form| stands_in(&text, form)))
}

/// Whether a form stands in a text as words of its own: 104 is not in 1042, nor 129 in 129.50.
fn stands_in(text: &str, form: &str) -> bool {
    if form.is_empty() {
        return false;
    }
    // Thousands are written in groups of three, also with a space between them.
    let leads = form.bytes().take_while(u8::is_ascii_digit).count() == 3;
    text.match_indices(form).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.get(form.len()..).unwrap_or_default();
        let belongs_before = goes_on(before.chars().rev(), form.chars().next()) || leads && ends_in_a_group(before);
        let belongs_after = goes_on(after.chars(), form.chars().next_back()) || begins_a_group(after);
        !belongs_before && !belongs_after
    })
}

/// Whether what stands beside a form, seen from its edge outwards, belongs to the same word, number or name: erring means
/// that a source is not called found.
fn goes_on(mut beside: impl Iterator<Item = char>, edge: Option<char>) -> bool {
    if edge.is_none_or(|edge| !edge.is_alphanumeric()) {
        return false;
    }
    let is_digit = edge.is_some_and(|edge| edge.is_ascii_digit());
    match beside.next() {
        Some('%') => is_digit,
        Some('.' | ',' | '-' | '_' | '@' | '/' | '+' | '\'' | '’') => {
            beside.next().is_some_and(char::is_alphanumeric)
        }
        Some(' ') => is_digit && beside.next() == Some('%'),
        next => next.is_some_and(char::is_alphanumeric),
    }
}

fn ends_in_a_group(before: &str) -> bool {
    before.strip_suffix(' ').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
}

fn begins_a_group(after: &str) -> bool {
    let digits = after.strip_prefix(' ').map(|after| after.bytes().take_while(u8::is_ascii_digit).count());
    digits == Some(3)
}

/// Small letters, single spaces.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_in_a_text_only_as_a_word_number_or_name_of_its_own() {
        let there =
            [("order 1042, please", "1042"), ("I paid 129.00.", "129.00"), ("1042 46001", "1042"), ("at 5 pm", "5")];
        for (text, form) in there {
            assert!(stands_in(text, form), "{form} stands in {text}");
        }
        let not_there = [
            ("order 10420", "1042"),
            ("129.50 euros", "129"),
            ("1,129 euros", "129"),
            ("12 129.00", "129.00"),
            ("12’129.00", "129.00"),
            ("20% off", "20"),
            ("20 % off", "20"),
            ("undamaged", "damaged"),
            ("rf-1042", "1042"),
            ("not.bob@shop.com", "bob@shop.com"),
            ("bob@shop.com.evil.org", "bob@shop.com"),
            ("x", ""),
        ];
        for (text, form) in not_there {
            assert!(!stands_in(text, form), "{form} does not stand in {text}");
        }
    }

    #[test]
    fn an_amount_is_found_as_people_write_it_and_a_bare_number_is_none() {
        let currency = |code: &str| Currency::try_from(code.to_owned()).unwrap();
        let said = |text: &str, minor, code| stand_in(text, &[amounts(minor, &currency(code))]);
        for text in ["€129 back", "129 EUR", "129 euros", "129,00", "129.00 please", "129€"] {
            assert!(said(text, 12_900, "EUR"), "{text}");
        }
        for text in ["129 back", "order 129", "€129.50", "£129"] {
            assert!(!said(text, 12_900, "EUR"), "{text}");
        }
        assert!(said("£129.50", 12_950, "GBP") && said("500 JPY", 500, "JPY"));
        assert!(!said("My order 1042 is broken.", 104_200, "EUR"));
    }

    #[test]
    fn what_may_stand_anywhere_by_chance_tells_nothing() {
        for value in
            [serde_json::json!(true), serde_json::json!(1), serde_json::json!("x"), Value::Null, serde_json::json!([])]
        {
            assert!(!is_telling(&value), "{value}");
        }
        assert!(is_telling(&serde_json::json!(["1042", 25])));
    }
}
