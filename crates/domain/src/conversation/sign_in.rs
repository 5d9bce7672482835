//! A customer who is known by name only, or not at all, and is signed in while they write.

use super::command::{ConversationError, MOST_SIGN_INS};
use super::event::{Assurance, ConversationEvent, SignInFailure, SignedIn};
use super::state::Conversation;
use crate::event::{Draft, Fields, fields};
use serde_json::json;

impl Conversation {
    /// Takes down that they ask for a code to this address.
    pub fn ask_sign_in(&self, address: &str) -> Result<Draft, ConversationError> {
        self.may_ask_sign_in()?;
        let asked = ConversationEvent::SignInAsked { number: self.sign_ins + 1 };
        Ok(Draft::with(&asked, fields([("address", json!(address))])))
    }

    /// Takes down why nothing came of it; what was asked for last only, and once.
    pub fn fail_sign_in(&self, number: u32, reason: SignInFailure) -> Result<Draft, ConversationError> {
        self.must_be_waiting_to_sign_in(number)?;
        Ok(Draft::open(&ConversationEvent::SignInFailed { number, reason }))
    }

    /// Binds the conversation to a customer.
    pub fn sign_in(&self, signed_in: SignedIn, sealed: Fields) -> Result<Draft, ConversationError> {
        self.must_be_waiting_to_sign_in(signed_in.number)?;
        Ok(Draft::with(&ConversationEvent::SignedIn(signed_in), sealed))
    }

    /// Whether they may ask for a code, once more.
    pub fn may_ask_sign_in(&self) -> Result<(), ConversationError> {
        self.must_be_live()?;
        if self.assurance() == Assurance::Verified {
            return Err(ConversationError::SignedIn);
        }
        if self.sign_ins >= MOST_SIGN_INS { Err(ConversationError::TooManySignIns) } else { Ok(()) }
    }

    pub(super) fn must_be_waiting_to_sign_in(&self, number: u32) -> Result<(), ConversationError> {
        self.must_be_live()?;
        if self.assurance() == Assurance::Verified {
            return Err(ConversationError::SignedIn);
        }
        let waits = self.sign_in_waits && number == self.sign_ins;
        if waits { Ok(()) } else { Err(ConversationError::NoSignIn) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{CloseReason, Opened, SignInProof};
    use crate::event;

    fn given(events: &[ConversationEvent]) -> Conversation {
        let opened = Opened {
            conversation: "cnv_00000000000000000000000000000001".parse().unwrap(),
            channel: "chat".into(),
            assurance: Assurance::Claimed,
            customer: None,
            resume: "hash".into(),
            agent: None,
            belongs_to: Vec::new(),
        };
        let mut conversation = Conversation::default();
        for event in [ConversationEvent::Opened(opened)].iter().chain(events) {
            assert_eq!(conversation.may_follow(event), Ok(()), "{event:?}");
            conversation.apply(event);
        }
        conversation
    }

    fn asked(number: u32) -> ConversationEvent {
        ConversationEvent::SignInAsked { number }
    }

    fn failed(number: u32) -> ConversationEvent {
        ConversationEvent::SignInFailed { number, reason: SignInFailure::WrongCodes }
    }

    fn proof(number: u32) -> SignedIn {
        SignedIn { number, by: SignInProof::MailedCode, customer: "6".repeat(64) }
    }

    #[test]
    fn what_was_asked_for_last_verifies_once_and_its_words_are_sealed() {
        let draft = given(&[asked(1)]).ask_sign_in("ana@example.com").unwrap();
        let event: ConversationEvent = event::read(&draft.kind, draft.schema, &draft.open).unwrap();
        assert_eq!((event, draft.sealed["address"].as_str()), (asked(2), Some("ana@example.com")));
        assert!(!draft.open.to_string().contains("ana"));
        let conversation = given(&[asked(1), asked(2)]);
        assert_eq!(conversation.assurance(), Assurance::Claimed, "asking proves nothing");
        for number in [0, 1, 3] {
            let refused = conversation.sign_in(proof(number), Fields::new()).unwrap_err();
            assert_eq!(refused, ConversationError::NoSignIn, "{number}");
            assert!(conversation.may_follow(&ConversationEvent::SignedIn(proof(number))).is_err());
        }
        let conversation = given(&[asked(1), asked(2), ConversationEvent::SignedIn(proof(2))]);
        assert_eq!((conversation.assurance(), conversation.customer()), (Assurance::Verified, Some(&*"6".repeat(64))));
        assert_eq!(conversation.ask_sign_in("bo@example.com"), Err(ConversationError::SignedIn));
        assert_eq!(conversation.sign_in(proof(2), Fields::new()), Err(ConversationError::SignedIn));
        assert!(conversation.may_follow(&failed(2)).is_err());
    }

    #[test]
    fn what_has_failed_verifies_nobody_and_the_most_is_five_times() {
        let conversation = given(&[asked(1), failed(1)]);
        assert_eq!(conversation.sign_in(proof(1), Fields::new()), Err(ConversationError::NoSignIn));
        assert!(conversation.may_follow(&failed(1)).is_err(), "said once");
        let all: Vec<ConversationEvent> = (1..=MOST_SIGN_INS).map(asked).collect();
        let conversation = given(&all);
        assert_eq!(conversation.ask_sign_in("a@example.com"), Err(ConversationError::TooManySignIns));
        assert!(conversation.may_follow(&asked(MOST_SIGN_INS + 1)).is_err());
        assert!(conversation.sign_in(proof(MOST_SIGN_INS), Fields::new()).is_ok());
    }

    #[test]
    fn what_has_ended_signs_nobody_in_until_it_is_taken_up_again() {
        let ended = [asked(1), ConversationEvent::Closed { reason: CloseReason::CustomerDone }];
        assert_eq!(given(&ended).sign_in(proof(1), Fields::new()), Err(ConversationError::Closed));
        assert_eq!(given(&ended).ask_sign_in("a@example.com"), Err(ConversationError::Closed));
        let again = [&ended[..], &[ConversationEvent::Reopened { number: 1 }]].concat();
        assert!(given(&again).sign_in(proof(1), Fields::new()).is_ok());
        assert_eq!(Conversation::default().ask_sign_in("a@example.com"), Err(ConversationError::NotOpen));
    }
}
