//! Characters that hide, or that turn the direction of what stands around them: shown by their code point, never obeyed.

/// Controls, line and paragraph separators, bidirectional controls, and what shows as nothing.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a joiner belongs to the writing that it stands in: Persian and Indic words are spelt with them. Behind any
/// other letter they only make two words look alike.
pub fn joins_letters(before: char, c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}') && before.is_alphabetic() && before > '\u{058F}'
}

/// Text in which every hidden character but a line break stands as its code point, the rest in stored order. What
/// makes one picture of several emoji stays.
pub fn boxed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let picture = |c: char| !c.is_ascii() && !c.is_alphanumeric() && !is_hidden(c);
        let joins = joins_letters(before, c)
            || (matches!(c, '\u{200D}' | '\u{FE0F}') && (picture(before) || before == '\u{FE0F}'));
        if is_hidden(c) && c != '\n' && !joins {
            out.push_str(&format!("[U+{:04X}]", c as u32));
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::boxed;

    #[test]
    fn characters_that_hide_or_turn_direction_are_shown_as_code_points() {
        assert_eq!(boxed("a\u{202e}b\u{200b}c\td"), "a[U+202E]b[U+200B]c[U+0009]d");
        assert_eq!(boxed("10\u{2028}42\u{3164}"), "10[U+2028]42[U+3164]");
        assert_eq!(boxed("Ana\u{200d}Ruiz\u{fe0f}"), "Ana[U+200D]Ruiz[U+FE0F]");
    }

    #[test]
    fn words_and_pictures_that_are_spelt_with_joiners_stay() {
        for text in ["Søren – שלום", "علی\u{200C}رضا", "❤\u{fe0f}", "👩\u{200d}🔧", "one\ntwo"] {
            assert_eq!(boxed(text), text);
        }
    }
}
