//! One letter: plain text to one address.

use super::NotSent;
use countersign_domain::time::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use std::time::{Duration, UNIX_EPOCH};

/// Who letters are from, such as `Halden Outdoor <service@shop.example.com>`.
#[derive(Debug, Clone)]
pub struct Sender(Mailbox);

/// This is nobody whom a letter can be from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no sender; write it as in Halden Outdoor <service@shop.example.com>")]
pub struct BadSender(String);

impl std::str::FromStr for Sender {
    type Err = BadSender;

    fn from_str(text: &str) -> Result<Self, BadSender> {
        text.parse().map(Self).map_err(|_| BadSender(text.to_owned()))
    }
}

/// A letter. Personal: it has no form for traces.
pub struct Letter {
    /// The address, and nothing else.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The words.
    pub text: String,
    /// When it was written.
    pub at: Timestamp,
    /// An id of its own, of letters and digits.
    pub id: String,
}

impl Letter {
    /// As it is sent.
    pub(super) fn message(&self, from: &Sender) -> Result<Message, NotSent> {
        let to = self.to.parse().map_err(|_| NotSent::Malformed)?;
        let micros = u64::try_from(self.at.micros()).map_err(|_| NotSent::Malformed)?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(from.0.clone())
            .to(Mailbox::new(None, to))
            .subject(&self.subject)
            .date(UNIX_EPOCH + Duration::from_micros(micros))
            .message_id(Some(format!("<{}@{}>", self.id, from.0.email.domain())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.clone())
            .map_err(|_| NotSent::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str) -> Letter {
        let at = Timestamp::from_micros(1_795_000_000_000_000).unwrap();
        Letter { to: to.into(), subject: subject.into(), text: "Your code is 123456.\n".into(), at, id: "a1".into() }
    }

    #[test]
    fn a_letter_has_one_recipient_and_its_own_head() {
        let from: Sender = "Halden Outdoor <service@shop.example.com>".parse().unwrap();
        let written = letter("ana@example.com", "Your code").message(&from).unwrap();
        assert_eq!(written.envelope().to().len(), 1);
        let text = String::from_utf8(written.formatted()).unwrap();
        for line in [
            "From: \"Halden Outdoor\" <service@shop.example.com>",
            "To: ana@example.com",
            "Subject: Your code",
            "Message-ID: <a1@shop.example.com>",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(text.lines().any(|written| written == line), "{line} in {text}");
        }
    }

    #[test]
    fn no_address_and_no_subject_adds_a_line_to_the_head() {
        let from: Sender = "service@shop.example.com".parse().unwrap();
        for to in ["ana@example.com\r\nBcc: eve@example.net", "ana@example.com, eve@example.net", "", "ana"] {
            assert_eq!(letter(to, "Your code").message(&from).map(drop), Err(NotSent::Malformed), "{to:?}");
        }
        let written = letter("ana@example.com", "Your code\r\nBcc: eve@example.net").message(&from).unwrap();
        assert_eq!(written.envelope().to().len(), 1);
        let text = String::from_utf8(written.formatted()).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }
}
