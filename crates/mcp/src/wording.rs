//! The placeholders of a card's wording: `{argument}`, `{money}`, `{customer}`, `{evidence.NAME}`, `{after}`, `{total}`.

/// The placeholders in a text, in order; or, where the braces do not pair up, nothing.
pub(crate) fn placeholders(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let Some(open) = rest.find(['{', '}']) else { return Some(found) };
        let inside = rest.get(open..)?.strip_prefix('{')?;
        let close = inside.find(['{', '}'])?;
        rest = inside.get(close..)?.strip_prefix('}')?;
        found.push(inside.get(..close)?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_in_order_and_broken_braces_are_noticed() {
        assert_eq!(placeholders("Refund {money} to {customer}"), Some(vec!["money", "customer"]));
        assert_eq!(placeholders("nothing"), Some(vec![]));
        assert_eq!(placeholders("é{a}é"), Some(vec!["a"]));
        for broken in ["{a", "a}", "{{a}}", "{a{b}}"] {
            assert_eq!(placeholders(broken), None, "{broken}");
        }
    }
}
