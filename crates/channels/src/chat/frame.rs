//! The wire: JSON text frames, one object each, told apart by `type`.
//!
//! From the customer's page: `open` {name?, token?}, `resume` {conversation, secret, after?, log?}, `message`
//! {client_id, text}, `done` {}, `rate` {score}, `sign_in` {address}, `code` {code}. To it: `opened`, `resumed`, `accepted`,
//! `said`, `answers`, `checking`, `noted`, `closed`, `reopened`, `rated`, `code_asked`, `signed_in`, `error`. Whatever has a place in the conversation carries its `position`, and
//! the page drops what it has. Unknown members are refused.

use countersign_domain::conversation::Assurance;
use countersign_domain::ids::{ConversationId, LogId};
use countersign_domain::strict;
use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

const LONGEST_CLIENT_ID_BYTES: usize = 64;

/// What a customer's page sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Asked {
    /// A new conversation: with a name that is only said, or a token that the site signed, or neither.
    Open { name: Option<String>, token: Option<String> },
    /// The same conversation over a new connection; everything behind `after` is sent again. A position counts in its own
    /// log: where the station goes on from a backup under another, everything is.
    Resume { conversation: String, secret: String, after: Option<u64>, log: Option<String> },
    /// A message; `client_id` is the page's own id of it, the same whenever it is sent again.
    Message { client_id: String, text: String },
    /// The customer says that it is done. A later message takes the conversation up again.
    Done {},
    /// How satisfied they were, from 1 to 5; once, after the end.
    Rate { score: u8 },
    /// A code to this e-mail address, to be signed in with. Where the listener offers that.
    SignIn { address: String },
    /// The code that came.
    Code { code: String },
}

/// What the page is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Told {
    /// A conversation began; the secret resumes it.
    Opened {
        conversation: ConversationId,
        secret: String,
        assurance: Assurance,
        log: LogId,
        #[serde(skip_serializing_if = "Option::is_none")]
        sign_in: Option<Offer>,
    },
    /// The connection carries the conversation on; what was missed follows. Positions are those of this log.
    Resumed {
        log: LogId,
        #[serde(skip_serializing_if = "Option::is_none")]
        sign_in: Option<Offer>,
    },
    /// The message is stored, here.
    Accepted { client_id: String, position: u64 },
    /// Words of the conversation.
    Said {
        position: u64,
        at: Timestamp,
        from: Speaker,
        text: String,
        /// The page's id of the message, where it came over this connection.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
    },
    /// Who answers from here on: the agent, or a person of the team.
    Answers { position: u64, who: Speaker },
    /// A colleague is checking something until then; `null`: no longer.
    Checking { position: u64, until: Option<Timestamp> },
    /// The customer's wish was noted for the team.
    Noted { position: u64 },
    /// Something was not done.
    Error {
        code: &'static str,
        message: String,
        /// The message it is about, if it is about one.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
    },
    /// The conversation ended. A message takes it up again, unless it ended for good, with which the line ends too.
    Closed { position: u64, for_good: bool, rates: bool },
    /// The customer has taken it up again.
    Reopened { position: u64 },
    /// How satisfied they were is taken down.
    Rated { position: u64 },
    /// If the address is a customer's, a code is on its way to it. Which of both is not told.
    CodeAsked { good_minutes: u64 },
    /// It is known who the customer is.
    SignedIn { position: u64, name: Option<String> },
}

/// The customer can be signed in by a code to their address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Offer {
    /// Where no mail goes out: the folder in which the code is to be looked for.
    pub(super) folder: Option<String>,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Speaker {
    Agent,
    /// Somebody of the team. Who it is they say themselves, or nobody does.
    Person,
    Customer,
}

/// A frame that says nothing. The text never repeats what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadFrame {
    #[error("the frame is not one JSON object without repeated keys")]
    NotJson,
    #[error("the frame is none of open, resume, message, done, rate, sign_in and code with exactly their members")]
    Unknown,
    #[error("client_id must have 1 to {LONGEST_CLIENT_ID_BYTES} bytes of printable ASCII")]
    ClientId,
}

impl Asked {
    /// Reads a frame's text.
    pub(super) fn read(text: &str) -> Result<Self, BadFrame> {
        let value = strict::parse(text).map_err(|_| BadFrame::NotJson)?;
        if !value.is_object() {
            return Err(BadFrame::NotJson);
        }
        let asked: Self = serde_json::from_value(value).map_err(|_| BadFrame::Unknown)?;
        if let Self::Message { client_id, .. } = &asked {
            let well_formed = (1..=LONGEST_CLIENT_ID_BYTES).contains(&client_id.len())
                && client_id.bytes().all(|b| b.is_ascii_graphic());
            if !well_formed {
                return Err(BadFrame::ClientId);
            }
        }
        Ok(asked)
    }
}

impl Told {
    /// An error that is about no message.
    pub(super) fn error(code: &'static str, message: impl ToString) -> Self {
        Self::Error { code, message: message.to_string(), client_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_are_read() {
        assert_eq!(
            Asked::read(r#"{"type":"open","name":"Ana"}"#),
            Ok(Asked::Open { name: Some("Ana".into()), token: None })
        );
        assert_eq!(Asked::read(r#"{"type":"open"}"#), Ok(Asked::Open { name: None, token: None }));
        assert_eq!(
            Asked::read(r#"{"type":"resume","conversation":"c","secret":"s","after":7}"#),
            Ok(Asked::Resume { conversation: "c".into(), secret: "s".into(), after: Some(7), log: None })
        );
        assert_eq!(
            Asked::read(r#"{"type":"resume","conversation":"c","secret":"s","after":null,"log":"l"}"#),
            Ok(Asked::Resume { conversation: "c".into(), secret: "s".into(), after: None, log: Some("l".into()) })
        );
    }

    #[test]
    fn the_end_and_what_they_thought_of_it_are_read() {
        assert_eq!(Asked::read(r#"{"type":"done"}"#), Ok(Asked::Done {}));
        assert_eq!(Asked::read(r#"{"type":"rate","score":4}"#), Ok(Asked::Rate { score: 4 }));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "{", "[]", "1", r#"{"type":"open","type":"open"}"#, "{\"type\":\"open\"} {}"] {
            assert_eq!(Asked::read(text), Err(BadFrame::NotJson), "{text}");
        }
        for text in [
            "{}",
            r#"{"type":"shout"}"#,
            r#"{"type":"open","role":"admin"}"#,
            r#"{"type":"open","name":7}"#,
            r#"{"type":"message","text":"x"}"#,
            r#"{"type":"done","why":"x"}"#,
            r#"{"type":"rate","score":256}"#,
            r#"{"type":"rate","score":-1}"#,
            r#"{"type":"resume","conversation":"c","secret":"s","after":-1}"#,
            r#"{"type":"resume","conversation":"c","secret":"s","after":1.5}"#,
        ] {
            assert_eq!(Asked::read(text), Err(BadFrame::Unknown), "{text}");
        }
        for id in [String::new(), "x".repeat(65), "a b".into(), "é".into()] {
            let frame = serde_json::json!({"type": "message", "client_id": id, "text": "x"});
            assert_eq!(Asked::read(&frame.to_string()), Err(BadFrame::ClientId), "{id}");
        }
    }

    #[test]
    fn nothing_being_checked_is_an_explicit_null() {
        let over = serde_json::to_string(&Told::Checking { position: 3, until: None }).unwrap();
        assert_eq!(over, r#"{"type":"checking","position":3,"until":null}"#);
    }
}
