//! The name that a customer says, or that a token signs.

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
        // Persian and Indic names are spelt with the joiners; behind any other letter they only make two names look alike.
        let joins = matches!(c, '\u{200C}' | '\u{200D}') && before.is_alphabetic() && before > '\u{058F}';
        if hidden(c) && !joins {
            return Err(BadName::Hidden(c));
        }
        before = c;
    }
    Ok(if name.is_empty() { None } else { Some(name.to_owned()) })
}

/// Controls, line and paragraph separators, bidirectional controls, and what shows as nothing.
pub(super) fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
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
    fn eighty_characters_are_the_most() {
        assert!(checked(&"é".repeat(80)).is_ok());
        assert_eq!(checked(&"é".repeat(81)), Err(BadName::TooLong(81)));
    }
}
