//! The name that a customer says, or that a token signs.

use countersign_domain::hidden::{is_hidden, joins_letters};
use countersign_domain::masking::mask_card_numbers;

const LONGEST_NAME_CHARS: usize = 80;

/// Why a name is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadName {
    /// Over 80 characters.
    #[error("the name has {0} characters; at most {LONGEST_NAME_CHARS} are taken")]
    TooLong(usize),
    /// A character that shows as something else than it is, or as nothing.
    #[error("the name contains the invisible or direction-changing character U+{:04X}; leave it out", *.0 as u32)]
    Hidden(char),
    /// What stands there is the number of a payment card.
    #[error("the name contains a payment card number; write your name without it")]
    CardNumber,
}

/// The name without surrounding spaces; `None` if nothing is left.
pub(super) fn checked(name: &str) -> Result<Option<String>, BadName> {
    let name = name.trim();
    let characters = name.chars().count();
    if characters > LONGEST_NAME_CHARS {
        return Err(BadName::TooLong(characters));
    }
    let mut before = ' ';
    for c in name.chars() {
        if is_hidden(c) && !joins_letters(before, c) {
            return Err(BadName::Hidden(c));
        }
        before = c;
    }
    if mask_card_numbers(name).count > 0 {
        return Err(BadName::CardNumber);
    }
    Ok(if name.is_empty() { None } else { Some(name.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_pass_and_lose_only_surrounding_spaces() {
        for name in
            ["Ana", "José Ñandú", "山田 太郎", "عمر", "علی\u{200C}رضا", "O’Neill-Smith", "<script>alert(1)</script>"]
        {
            assert_eq!(checked(&format!("  {name} ")), Ok(Some(name.to_owned())));
        }
        assert_eq!(checked("   "), Ok(None));
    }

    #[test]
    fn what_hides_or_reverses_is_refused_by_its_code_point() {
        assert_eq!(checked("Ana\u{202E}nimda"), Err(BadName::Hidden('\u{202E}')));
        assert!(checked("Ana\u{202E}").unwrap_err().to_string().contains("U+202E"));
        for c in ['\0', '\n', '\u{7f}', '\u{85}', '\u{200b}', '\u{200c}', '\u{2066}', '\u{feff}', '\u{e0041}'] {
            assert_eq!(checked(&format!("A{c}na")), Err(BadName::Hidden(c)));
        }
    }

    #[test]
    fn a_card_number_is_no_name() {
        assert_eq!(checked("Ana 4111 1111 1111 1111"), Err(BadName::CardNumber));
        assert_eq!(checked("Ana 1234"), Ok(Some("Ana 1234".to_owned())));
    }

    #[test]
    fn eighty_characters_are_the_most() {
        assert!(checked(&"é".repeat(80)).is_ok());
        assert_eq!(checked(&"é".repeat(81)), Err(BadName::TooLong(81)));
    }
}
