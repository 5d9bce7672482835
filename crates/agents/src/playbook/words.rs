//! Words: how a text is cut before it is compared. Case, punctuation and accents of habit do not matter.

/// Lower case, apostrophes gone, everything that is no letter or digit a space.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\'' | '’' | '‘' | '`' => {}
            c if c.is_alphanumeric() => plain.push(c),
            _ if plain.ends_with(' ') || plain.is_empty() => {}
            _ => plain.push(' '),
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// The words of a text that carry no digits: numbers say nothing of what is wanted.
pub(super) fn words(text: &str) -> Vec<String> {
    let plain = plain(text);
    plain.split(' ').filter(|w| !w.is_empty() && !w.chars().any(|c| c.is_ascii_digit())).map(str::to_owned).collect()
}

/// Whether a phrase stands in a text, word by word.
pub(super) fn has_phrase(text: &str, phrase: &str) -> bool {
    let (text, phrase) = (format!(" {} ", plain(text)), plain(phrase));
    !phrase.is_empty() && text.contains(&format!(" {phrase} "))
}

/// Whether two words name the same thing: equal, or one is the other with an ending (headlamp, headlamps).
pub(super) fn same_word(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    one == other
        || (short.chars().count() >= 4 && long.starts_with(short) && long.chars().count() <= short.chars().count() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_punctuation_and_apostrophes_do_not_matter() {
        assert_eq!(plain("  I’d LIKE my money—back! "), "id like my money back");
        assert!(has_phrase("It's the whole order, please", "whole order"));
        assert!(!has_phrase("wholesale order", "whole order"));
        assert!(same_word("headlamps", "headlamp") && !same_word("rain", "raincoat") && !same_word("mat", "mattress"));
    }
}
