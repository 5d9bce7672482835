//! Secrets, by their form: keys and tokens, private keys, passwords that are called so, card numbers, one-time codes.

use super::personal::{Known, digits};
use countersign_domain::masking::mask_card_numbers;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// From this length on a word that nobody chose is taken for a key: letters with digits, as good as at random.
const SHORTEST_KEY_CHARS: usize = 20;
const LEAST_DIGITS_OF_A_KEY: usize = 4;
const LEAST_BITS_PER_CHAR: f64 = 3.2;
/// How many bytes before the word "code" may say which code it is.
const NAMED_WITHIN: usize = 16;

/// What a secret is, so that a person can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// A key or a token of some service.
    Key,
    /// A private key.
    PrivateKey,
    /// A password.
    Password,
    /// A payment card's whole number.
    CardNumber,
    /// A code that is good once.
    OneTimeCode,
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key => "a key or a token",
            Self::PrivateKey => "a private key",
            Self::Password => "a password",
            Self::CardNumber => "a whole card number",
            Self::OneTimeCode => "a one-time code",
        })
    }
}

/// Compiled once. All of them read folded text.
pub(super) struct Patterns {
    key: Regex,
    private_key: Regex,
    password: Regex,
    code: Regex,
    other_code: Regex,
}

static PATTERNS: LazyLock<Result<Patterns, regex::Error>> = LazyLock::new(|| {
    Ok(Patterns {
        key: Regex::new(
            r"(?x)\b(?:
                (?:sk|pk|rk)[-_][a-z0-9_-]{16,} | gh[pousr]_[a-z0-9]{20,} | github_pat_[a-z0-9_]{20,}
                | glpat-[a-z0-9_-]{16,} | xox[a-z]-[a-z0-9-]{10,} | (?:akia|asia)[0-9a-z]{16} | aiza[a-z0-9_-]{30,}
                | eyj[a-z0-9_-]{10,}\.[a-z0-9_-]{10,} | whsec_[a-z0-9]{16,} | hf_[a-z0-9]{20,}
                | age-secret-key-[a-z0-9]{20,} | bearer\ +[a-z0-9._~+/=-]{12,}
            )",
        )?,
        private_key: Regex::new(r"begin (?:[a-z0-9]+ ){0,2}private key")?,
        password: Regex::new(
            r#"(?x)\b(?:password|passwort|kennwort|passphrase|passcode|contraseña|mot\ de\ passe|clave\ de\ acceso|pin)\b
            (?:[\w\ ]{0,20}?\b(?:is|ist|lautet|es|est|reads|now)\b)? \s*[:=]?\s*
            (["'“”‘’«„`]?) ([^\s"'“”‘’«»„`]{3,})"#,
        )?,
        code: Regex::new(r#"\b(?:\w*code|código|pin)\b[\w ,:=“"'()-]{0,40}?\b([0-9]{3}[ -]?[0-9]{3})\b"#)?,
        other_code: Regex::new("discount|rabatt|gutschein|post|zip|descuento|promo")?,
    })
});

/// The patterns, or why there are none.
pub(super) fn patterns() -> Result<&'static Patterns, &'static regex::Error> {
    PATTERNS.as_ref()
}

impl Patterns {
    /// The first secret in a folded text. What was said or read here, and looks like one by chance, is none.
    pub(super) fn found_in(&self, text: &str, known: &Known) -> Option<Secret> {
        if self.key.is_match(text) {
            Some(Secret::Key)
        } else if self.private_key.is_match(text) {
            Some(Secret::PrivateKey)
        } else if self.password.captures_iter(text).any(|said| is_password(&said)) {
            Some(Secret::Password)
        } else if mask_card_numbers(text).count > 0 {
            Some(Secret::CardNumber)
        } else if self.tells_a_code(text, known) {
            Some(Secret::OneTimeCode)
        } else if words(text).any(|word| is_random(word) && !known.has_word(word)) {
            Some(Secret::Key)
        } else {
            None
        }
    }

    fn tells_a_code(&self, text: &str, known: &Known) -> bool {
        self.code.captures_iter(text).any(|said| {
            let (Some(all), Some(code)) = (said.get(0), said.get(1)) else { return false };
            let from = (0..=all.start().saturating_sub(NAMED_WITHIN)).rev().find(|at| text.is_char_boundary(*at));
            let before = text.get(from.unwrap_or_default()..code.start()).unwrap_or_default();
            !self.other_code.is_match(before) && !known.has_digits(&digits(code.as_str()))
        })
    }
}

/// Whether what stands behind "the password is" can be one: it is quoted, or no word of a sentence.
fn is_password(said: &regex::Captures<'_>) -> bool {
    let group = |which: usize| said.get(which).map_or("", |found| found.as_str());
    if !group(1).is_empty() {
        return true;
    }
    let word = group(2).trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().any(char::is_alphabetic);
    let signs = word.chars().any(|c| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '’' | '/' | '.' | '…'));
    word.chars().count() > 3 && (digits > 0 && letters || digits > 3 || signs)
}

/// The words in which a key may stand whole: signs of addresses part them too.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = |c: char| {
        c.is_whitespace()
            || matches!(c, '/' | '?' | '&' | '=' | ',' | ';' | ':' | '(' | ')' | '"' | '\'' | '“' | '”' | '<' | '>')
    };
    text.split(parts).map(|word| word.trim_matches(['.', '-', '_', '!'])).filter(|word| !word.is_empty())
}

fn is_random(word: &str) -> bool {
    let chars = word.chars().count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().any(|c| c.is_ascii_alphabetic());
    chars >= SHORTEST_KEY_CHARS
        && digits >= LEAST_DIGITS_OF_A_KEY
        && letters
        && !word.contains('@')
        && bits_per_char(word) >= LEAST_BITS_PER_CHAR
}

/// How much each character of a word tells, by how often it stands in it.
fn bits_per_char(word: &str) -> f64 {
    let mut times: BTreeMap<char, u32> = BTreeMap::new();
    let mut all = 0_u32;
    for c in word.chars() {
        *times.entry(c).or_default() += 1;
        all += 1;
    }
    let share = |n: &u32| f64::from(*n) / f64::from(all.max(1));
    -times.values().map(|n| share(n) * share(n).log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked_reply::fold::folded;
    use crate::checked_reply::personal;

    fn found(text: &str) -> Option<Secret> {
        let known = Known::of(personal::patterns().unwrap(), "the code 771204 and JJD000390007712345678".into(), &[]);
        patterns().unwrap().found_in(&folded(text), &known)
    }

    #[test]
    fn a_secret_is_known_by_its_form() {
        for (text, secret) in [
            ("sk-ABCDEFGHIJKLMNOPQRST", Secret::Key),
            ("https://x.example/?key=q7Rk2LxW9vPz4TnB8sYd1HcF6g", Secret::Key),
            ("-----BEGIN RSA PRIVATE KEY-----", Secret::PrivateKey),
            ("Password: \"tent\"", Secret::Password),
            ("Ihr Passwort lautet Zelt!77", Secret::Password),
            ("4111\u{200b}1111\u{200b}1111\u{200b}1111", Secret::CardNumber),
            ("your code is 118-902", Secret::OneTimeCode),
        ] {
            assert_eq!(found(text), Some(secret), "{text}");
        }
    }

    #[test]
    fn what_is_said_about_secrets_and_what_was_read_here_is_none() {
        for text in [
            "Your password is case-sensitive and has 8-20 characters.",
            "The password is required.",
            "Use the discount code 100200.",
            "You typed the code 771 204.",
            "Tracking: JJD000390007712345678",
            "The card ends in 4242.",
            "The Donaudampfschifffahrtsgesellschaft of 1829.",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
