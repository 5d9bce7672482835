//! What a card quotes: the customer's words as they were said here, and as an agent relays them from elsewhere.

use crate::card::{CardRelayed, CardWords};
use crate::external::RelayedFor;
use crate::records::OpenedEvent;
use countersign_domain::conversation::{ConversationEvent, Speaker};

/// The most of the customer's words that a card quotes, in characters: a card is one record of the log, and nobody may
/// talk it out of its bounds. One message always fits.
const MOST_QUOTED_CHARS: usize = 32_000;

/// The customer's words up to the proposal: what was said later does not move under the reader's eyes.
pub(crate) fn words(conversation: &[OpenedEvent], proposal: u64) -> Vec<CardWords> {
    conversation
        .iter()
        .filter(|e| e.stored.envelope.position < proposal && e.stored.envelope.kind == "conversation.received")
        .filter_map(|e| match e.event::<ConversationEvent>() {
            Ok(ConversationEvent::Received(received)) => Some(CardWords {
                message: received.number,
                text: e.text("text").unwrap_or_default().to_owned(),
                at: e.stored.envelope.recorded_at,
            }),
            _ => None,
        })
        .collect()
}

/// The customer's words as an agent relays them, up to the proposal, as far as a card has room for them.
pub(crate) fn relayed(of: &RelayedFor, proposal: u64) -> CardRelayed {
    let said: Vec<CardWords> = of
        .events
        .iter()
        .filter(|e| e.stored.envelope.position < proposal && e.stored.envelope.kind == "conversation.relayed")
        .filter_map(|e| match e.event::<ConversationEvent>() {
            // What a model was given need not be the customer's.
            Ok(ConversationEvent::Relayed(relayed)) if relayed.speaker == Speaker::Customer && !relayed.from_span => {
                Some(CardWords {
                    message: relayed.number,
                    text: e.text("text")?.to_owned(),
                    at: e.stored.envelope.recorded_at,
                })
            }
            _ => None,
        })
        .collect();
    CardRelayed { conversation: of.conversation.to_string(), words: newest(&said).0.to_vec() }
}

/// The newest words that a card has room for, and how many messages it has none for.
pub(crate) fn newest(said: &[CardWords]) -> (&[CardWords], usize) {
    let mut quoted = 0_usize;
    let fits = |words: &&CardWords| {
        quoted = quoted.saturating_add(words.text.chars().count());
        quoted <= MOST_QUOTED_CHARS
    };
    let left_out = said.len() - said.iter().rev().take_while(fits).count();
    (said.get(left_out..).unwrap_or_default(), left_out)
}
