//! One form for all ways to write the same: what hides, stacked marks, wide letters and capitals make no other word.

use countersign_domain::hidden::is_hidden;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text in small letters and compatible forms, without what hides. Line breaks stay; accents stay on their letters.
pub(super) fn folded(text: &str) -> String {
    let seen = text.chars().filter_map(|c| match c {
        '\n' => Some('\n'),
        c if c.is_whitespace() => Some(' '),
        c => (!is_hidden(c)).then_some(c),
    });
    let small: String = seen.nfkc().flat_map(char::to_lowercase).collect();
    // What composes with no letter is drawn over it; and some forms are compatible with what hides.
    small.nfkc().filter(|c| *c == '\n' || !is_combining_mark(*c) && !is_hidden(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn what_looks_the_same_is_the_same() {
        for text in [
            "re\u{200b}funded",
            "RE\u{ad}FUNDED",
            "ｒｅｆｕｎｄｅｄ",
            "r\u{338}efunded",
            "re\u{202e}funded",
            "re\u{feff}funded",
        ] {
            assert_eq!(folded(text), "refunded");
        }
        assert_eq!(folded("Rembourse\u{301}\u{a0}49\u{202f}€\n"), "remboursé 49 €\n");
        assert_eq!(folded("İ ﷺ\u{3164}").chars().filter(|c| *c == ' ').count(), 4);
    }
}
