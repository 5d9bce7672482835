//! Whispers: what a person writes to the agent that has the word, and what the agent says that it made of it. The
//! customer never reads either.

use super::command::{ConversationError, LONGEST_NOTE_CHARS, TakeoverError, Worded};
use super::event::{ConversationEvent, Reasoner};
use super::follows::NotNext;
use super::state::Conversation;
use crate::event::{Draft, fields};
use crate::ids::PersonId;
use crate::masking::mask_card_numbers;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The longest whisper, in characters.
pub const LONGEST_WHISPER_CHARS: usize = LONGEST_NOTE_CHARS;
/// The most whispers in one conversation.
pub const MOST_WHISPERS: usize = 50;

/// How long a whisper counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhisperScope {
    /// For what the agent does next.
    NextReply,
    /// Until a person takes the conversation over, or it ends.
    Conversation,
}

/// What a person whispered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whispered {
    /// Its number in the conversation, from 1.
    pub number: u32,
    /// Who whispered.
    pub by: PersonId,
    /// How long it counts.
    pub scope: WhisperScope,
    /// Its length in characters.
    pub characters: u32,
    /// How many card numbers were masked in it.
    pub masked: u32,
    /// The desk's own id of it, pseudonymous (HMAC): the same whisper sent again is stored once.
    pub client: Option<String>,
}

/// What an agent says that it made of a whisper: once for each, in the append of what it does by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhisperReceipted {
    /// The whisper's number.
    pub number: u32,
    /// Whether it was followed.
    pub followed: bool,
    /// The class of intent that it was followed to, such as `cancel`.
    pub intent: Option<String>,
    /// How sure that is, in thousandths.
    pub confidence_permille: u32,
    /// What read it.
    pub reasoner: Reasoner,
}

/// A whisper, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whisper {
    /// Who whispered.
    pub by: PersonId,
    /// What the agent said of it.
    pub followed: Option<bool>,
    /// Whether a person took the word since, or it ended: then it counts no more.
    pub over: bool,
}

/// A person's whisper as the agent reads it: trimmed, bounded, card numbers masked.
pub fn whispered_words(text: &str) -> Result<Worded, TakeoverError> {
    let text = text.trim();
    let characters = text.chars().count();
    if characters == 0 {
        return Err(ConversationError::Empty.into());
    }
    if characters > LONGEST_WHISPER_CHARS {
        return Err(TakeoverError::NoteTooLong(characters));
    }
    let masked = mask_card_numbers(text);
    let characters = u32::try_from(characters).unwrap_or(u32::MAX);
    Ok(Worded { text: masked.text, characters, masked: masked.count })
}

impl Conversation {
    /// Takes down what a person whispers to the agent. `None` if this very whisper was taken before.
    pub fn whisper(
        &self,
        by: &PersonId,
        text: &str,
        scope: WhisperScope,
        client: Option<String>,
    ) -> Result<Option<Draft>, TakeoverError> {
        self.must_be_live()?;
        if client.as_ref().is_some_and(|client| self.clients.contains(client)) {
            return Ok(None);
        }
        self.may_be_entered()?;
        self.must_be_the_agent_s()?;
        if self.whispers.len() >= MOST_WHISPERS {
            return Err(TakeoverError::TooManyWhispers);
        }
        let Worded { text, characters, masked } = whispered_words(text)?;
        let number = u32::try_from(self.whispers.len()).unwrap_or(u32::MAX).saturating_add(1);
        let whispered = Whispered { number, by: by.clone(), scope, characters, masked, client };
        Ok(Some(Draft::with(&ConversationEvent::Whispered(whispered), fields([("text", json!(text))]))))
    }

    /// Takes down what the agent says that it made of a whisper; the note says it to people.
    pub fn receipt(&self, receipt: WhisperReceipted, note: &str) -> Result<Draft, TakeoverError> {
        self.must_be_the_agent_s()?;
        match self.whispered(receipt.number) {
            Some(Whisper { followed: None, over: false, .. }) => {
                let sealed = fields([("note", json!(note))]);
                Ok(Draft::with(&ConversationEvent::WhisperReceipted(receipt), sealed))
            }
            _ => Err(TakeoverError::NoWhisper),
        }
    }

    /// A whisper by its number.
    pub fn whispered(&self, number: u32) -> Option<&Whisper> {
        self.whispers.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    pub(super) fn whisper_may_follow(&self, whispered: &Whispered) -> Result<(), NotNext> {
        let next = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(NotNext::OutOfTurn(what)) };
        self.may_be_entered()?;
        self.must_be_the_agent_s()?;
        next(whispered.number as usize == self.whispers.len() + 1, "not the next whisper")?;
        next(whispered.number as usize <= MOST_WHISPERS, "one whisper more than people may write")?;
        let characters = whispered.characters as usize;
        next((1..=LONGEST_WHISPER_CHARS).contains(&characters), "no whisper of a length that is taken")?;
        let again = whispered.client.as_ref().is_some_and(|client| self.clients.contains(client));
        next(!again, "a whisper that was taken before")
    }

    pub(super) fn receipt_may_follow(&self, receipt: &WhisperReceipted) -> Result<(), NotNext> {
        let next = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(NotNext::OutOfTurn(what)) };
        self.must_be_the_agent_s()?;
        let whisper = self.whispered(receipt.number).filter(|whisper| !whisper.over);
        next(whisper.is_some(), "the receipt of no whisper that counts")?;
        next(whisper.is_some_and(|whisper| whisper.followed.is_none()), "the receipt of a whisper that has one")
    }

    pub(super) fn take_whisper(&mut self, whispered: &Whispered) {
        self.whispers.push(Whisper { by: whispered.by.clone(), followed: None, over: false });
        self.clients.extend(whispered.client.clone());
    }

    pub(super) fn take_receipt(&mut self, receipt: &WhisperReceipted) {
        let nth = usize::try_from(receipt.number).unwrap_or(usize::MAX);
        if let Some(whisper) = nth.checked_sub(1).and_then(|nth| self.whispers.get_mut(nth)) {
            whisper.followed = Some(receipt.followed);
        }
    }

    pub(super) fn end_whispers(&mut self) {
        self.whispers.iter_mut().for_each(|whisper| whisper.over = true);
    }
}
