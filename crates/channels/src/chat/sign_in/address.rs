//! The e-mail address that a customer types.

/// The longest address that mail goes to (RFC 5321).
const LONGEST_BYTES: usize = 254;
const LONGEST_LOCAL_BYTES: usize = 64;
const LONGEST_LABEL_BYTES: usize = 63;

/// This is no address that a code can go to. Never says what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::chat) enum BadAddress {
    #[error("this is no e-mail address; write it as in ana@example.com")]
    Malformed,
    #[error("the address has letters that a code cannot be sent to; ask for a person instead")]
    Letters,
}

/// The address in small letters, without surrounding spaces. Plain ASCII and the everyday form only: nothing that could
/// end a line of a mail, stand for several addresses, or look like another one.
pub(in crate::chat) fn checked(typed: &str) -> Result<String, BadAddress> {
    let typed = typed.trim();
    if !typed.is_ascii() {
        return Err(BadAddress::Letters);
    }
    let (local, domain) = typed.rsplit_once('@').ok_or(BadAddress::Malformed)?;
    let in_local = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    let atoms = local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(in_local));
    let label = |label: &str| {
        (1..=LONGEST_LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let named = domain.contains('.') && domain.split('.').all(label);
    // No top-level domain is a number: this is an IP address.
    let number = domain.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    let fits = typed.len() <= LONGEST_BYTES && local.len() <= LONGEST_LOCAL_BYTES;
    if atoms && named && fits && !number { Ok(typed.to_ascii_lowercase()) } else { Err(BadAddress::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_addresses_are_taken_in_small_letters() {
        for (typed, taken) in [
            (" Ana.Ruiz@Example.COM ", "ana.ruiz@example.com"),
            ("o'neill+shop@mail.example.co.uk", "o'neill+shop@mail.example.co.uk"),
            ("a@b-c.example", "a@b-c.example"),
        ] {
            assert_eq!(checked(typed).as_deref(), Ok(taken));
        }
    }

    #[test]
    fn what_could_reach_further_than_one_mailbox_is_no_address() {
        for typed in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "ana@localhost",
            "ana@[192.0.2.1]",
            "ana@192.0.2.1",
            "a@b@example.com",
            "ana ruiz@example.com",
            "\"ana\"@example.com",
            "ana@example.com,eve@example.net",
            "ana@example.com;eve@example.net",
            "ana@example.com>",
            "ana..ruiz@example.com",
            ".ana@example.com",
            "ana@-example.com",
            "ana@example..com",
            "ana@example.com.",
            "ana@example.com\r\nBcc: eve@example.net",
            "ana@example.com\nRCPT TO:<eve@example.net>",
            "ana\r\n@example.com",
            "ana\0@example.com",
            "ana%0d%0a@example.com\t",
        ] {
            // The last one is an odd local part and nothing else once its surroundings are gone.
            let odd = typed == "ana%0d%0a@example.com\t";
            assert_eq!(checked(typed).is_ok(), odd, "{typed:?}");
        }
        assert_eq!(checked(&format!("{}@example.com", "x".repeat(65))), Err(BadAddress::Malformed));
        assert_eq!(checked(&format!("ana@{}.com", "x".repeat(64))), Err(BadAddress::Malformed));
    }

    #[test]
    fn letters_that_look_like_others_are_refused_and_never_folded() {
        for typed in [
            "\u{430}na@example.com",
            "ana@ex\u{430}mple.com",
            "ana@example.com\u{202e}",
            "ana\u{131}@example.com",
            "\u{212a}ana@example.com",
            "ana@example\u{3002}com",
            "jos\u{e9}@example.com",
        ] {
            assert_eq!(checked(typed), Err(BadAddress::Letters), "{typed}");
        }
    }
}
