//! Templates of headlines and sentences: `{name}` is filled in, in one pass, so that a filled-in text is never itself
//! read as a template.

/// The template with every `{name}` filled in; `None` if one of them is not known.
pub fn fill(template: &str, known: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(&known(name)?);
        rest = behind;
    }
    filled.push_str(rest);
    Some(filled)
}

/// The names in a template, in order; `None` where the braces do not pair up.
pub fn placeholders(template: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = template;
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
    use super::{fill, placeholders};

    #[test]
    fn a_filled_in_text_is_no_template_and_what_is_not_known_leaves_nothing_half_filled() {
        let known = |name: &str| (name == "who").then(|| "{secret} {who}".to_owned());
        assert_eq!(fill("To {who}.", known).as_deref(), Some("To {secret} {who}."));
        assert_eq!(fill("To {who} for {what}.", known), None);
        assert_eq!(fill("Plain", known).as_deref(), Some("Plain"));
    }

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
