//! Whether two names may be one person's. Erring means that nobody is warned: names are written in many ways.

use super::clauses::plain;

/// Whether they share a name, or nothing in them can be compared.
pub(super) fn may_be_one_person(one: &str, other: &str) -> bool {
    let (one, other) = (parts(one), parts(other));
    let comparable = |parts: &[String]| parts.iter().any(|part| part.chars().count() > 1);
    !comparable(&one) || !comparable(&other) || one.iter().any(|part| part.chars().count() > 1 && other.contains(part))
}

fn parts(name: &str) -> Vec<String> {
    plain(name).split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::may_be_one_person;

    #[test]
    fn a_shared_name_is_enough_however_it_is_written() {
        for (one, other) in [
            ("Ana Ruiz", "Ana Ruiz"),
            ("RUIZ, ANA", "Ana Ruiz"),
            ("A. Ruíz", "Ana Maria Ruiz"),
            ("José", "Jose Lind"),
            ("Tom Ruiz", "Ana Ruiz"),
            ("", "Ana Ruiz"),
            ("A.", "Bo Lind"),
        ] {
            assert!(may_be_one_person(one, other), "{one} and {other}");
        }
        assert!(!may_be_one_person("Bo Lind", "Ana Ruiz"));
        assert!(!may_be_one_person("A. Lind", "Ana Ruiz"), "an initial is no name");
    }
}
