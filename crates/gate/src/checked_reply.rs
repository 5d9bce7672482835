//! What a language model worded is judged before it is stored: whether it says that something was done which was not, tells
//! a secret, or names what belongs to somebody else. By words and patterns, without a model: it says the same every time,
//! and an operator can read why. A playbook declares what it claims, and is not judged here.

mod claims;
mod clauses;
mod fold;
mod happened;
#[cfg(test)]
mod labelled;
mod personal;
mod phrase;
mod secrets;
mod words;

use self::clauses::clauses;
use self::fold::folded;
pub(crate) use self::happened::Happened;
use self::personal::Known;
pub use self::personal::OthersData;
pub use self::secrets::Secret;
pub use self::words::{ReplyWords, ReplyWordsFile, UnfitReplyWords};
use crate::error::GateError;
use crate::gate::Gate;
use crate::proposal::Reply;
use crate::records::OpenedEvent;
use countersign_domain::conversation::Conversation;

/// How a reply says that a language model worded it.
const BY_A_MODEL: &str = "model";

/// What a reply would have told that it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Leak {
    /// A secret.
    #[error("it holds what looks like {0}, which is told to nobody in a conversation")]
    Secret(Secret),
    /// Personal data that is not of this conversation.
    #[error("it names {0} that stands in nothing that was said or read in this conversation")]
    OthersData(OthersData),
}

impl Gate {
    /// Refuses what a model must not say. Nothing else is judged.
    pub(crate) async fn check_words(
        &self,
        reply: &Reply,
        conversation: &Conversation,
        events: &[OpenedEvent],
    ) -> Result<(), GateError> {
        if reply.turn.reasoner.kind != BY_A_MODEL || reply.segments.is_empty() {
            return Ok(());
        }
        judge(self.reply_words(), &reply.segments, &self.happened(conversation, events).await?)
    }
}

/// Judges each segment by itself, and all of them as the customer reads them: one behind the other.
fn judge(words: &ReplyWords, segments: &[String], happened: &Happened) -> Result<(), GateError> {
    let secrets = secrets::patterns().map_err(broken)?;
    let personal = personal::patterns().map_err(broken)?;
    let known = Known::of(personal, happened.known(), words.contacts());
    let whole = (segments.len() > 1).then(|| segments.join(" "));
    for text in segments.iter().chain(&whole) {
        let text = folded(text);
        if let Some(secret) = secrets.found_in(&text, &known) {
            return Err(Leak::Secret(secret).into());
        }
        if let Some(datum) = personal.others_in(&text, &known, words.order_number()) {
            return Err(Leak::OthersData(datum).into());
        }
        if let Some(says) = words.claims().unbacked(&clauses(&text, words.claims()), happened) {
            return Err(GateError::UnbackedClaim(says.to_owned()));
        }
    }
    Ok(())
}

/// Patterns are ours and compile; if one does not, nothing that a model words is sent.
fn broken(error: &regex::Error) -> GateError {
    GateError::ReplyNotAllowed(format!("it cannot be judged: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_kilobytes_of_hostile_text_are_judged_in_one_pass() {
        // No pattern looks back or ahead, so each passes over a text once, and what a match is held against is looked up in
        // places that were found once per clause: repeated work would show here as a test that never ends.
        let words = ReplyWords::of_the_sample_shop();
        let piece = |text: &str| text.repeat(100_000 / text.len());
        let hostile = [
            piece("if refunded "),
            piece("i have not refunded "),
            piece("1 "),
            piece("+1("),
            piece("a.a@"),
            piece("password "),
            piece(". "),
            piece("de89 3704 "),
            piece("12 a b c "),
            piece("order and "),
            piece("\u{fdfa}"),
            piece("e\u{301}\u{200b}"),
            piece("code 1"),
            " ".repeat(100_000),
        ];
        let refused = hostile.map(|text| judge(&words, &[text], &Happened::default()).is_err());
        assert!(!refused[0] && !refused[1], "however often it is said, it is supposed or denied");
    }

    #[test]
    fn what_is_cut_over_segments_is_read_as_the_customer_reads_it() {
        let words = ReplyWords::of_the_sample_shop();
        let judged = |segments: &[&str]| {
            let segments: Vec<String> = segments.iter().map(|text| (*text).to_owned()).collect();
            judge(&words, &segments, &Happened::default())
        };
        assert!(matches!(judged(&["I have", "refunded it."]), Err(GateError::UnbackedClaim(_))));
        let card = judged(&["4111 1111", "1111 1111"]);
        assert!(matches!(card, Err(GateError::ReplyLeaks(Leak::Secret(Secret::CardNumber)))));
        assert!(judged(&["Hello.", "How can I help?"]).is_ok());
    }

    #[test]
    fn without_the_operator_s_words_secrets_and_what_is_somebody_else_s_are_found_all_the_same() {
        let judged = |text: &str| judge(&ReplyWords::default(), &[text.to_owned()], &Happened::default());
        assert!(judged("I have refunded it for order 1042.").is_ok());
        assert!(matches!(judged("4111 1111 1111 1111"), Err(GateError::ReplyLeaks(Leak::Secret(_)))));
        assert!(matches!(judged("Write to bo@example.org."), Err(GateError::ReplyLeaks(Leak::OthersData(_)))));
    }
}
