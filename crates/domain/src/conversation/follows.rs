//! What may come next in a conversation, asked of events: whoever replays a log asks it of every one that stands there.

use super::command::{
    BEST_SCORE, ConversationError, LONGEST_MESSAGE_CHARS, MOST_MESSAGES, MOST_PROMISES, MOST_REPLIES, TakeoverError,
};
use super::event::{CloseReason, ConversationEvent, EscalationReason};
use super::state::Conversation;

/// Why an event cannot come next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNext {
    /// Whoever speaks has not the word, or there is none to have.
    #[error(transparent)]
    NoWord(#[from] TakeoverError),
    /// Something else comes first, or it came before.
    #[error("it is {0}")]
    OutOfTurn(&'static str),
}

impl From<ConversationError> for NotNext {
    fn from(error: ConversationError) -> Self {
        Self::NoWord(error.into())
    }
}

impl Conversation {
    /// Whether this event may come next.
    pub fn may_follow(&self, event: &ConversationEvent) -> Result<(), NotNext> {
        let next = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(NotNext::OutOfTurn(what)) };
        match event {
            ConversationEvent::Opened(_) => match self.opened {
                None => Ok(()),
                Some(_) => Err(ConversationError::AlreadyOpen.into()),
            },
            ConversationEvent::SignInAsked { number } => {
                self.may_ask_sign_in()?;
                next(*number == self.sign_ins + 1, "not the next asking for a code")
            }
            ConversationEvent::SignInFailed { number, .. } => Ok(self.must_be_waiting_to_sign_in(*number)?),
            ConversationEvent::SignedIn(signed_in) => Ok(self.must_be_waiting_to_sign_in(signed_in.number)?),
            ConversationEvent::Received(received) => {
                self.must_be_live()?;
                self.must_be_a_customers()?;
                next(received.number == self.messages + 1, "not the customer's next message")?;
                next(received.number <= MOST_MESSAGES, "one message more than are taken")?;
                let characters = received.characters as usize;
                next((1..=LONGEST_MESSAGE_CHARS).contains(&characters), "no message of a length that is taken")?;
                let again = received.client.as_ref().is_some_and(|client| self.clients.contains(client));
                next(!again, "a message that was taken before")
            }
            ConversationEvent::Proposed { action, by, client, asked_in, .. } => {
                match by {
                    Some(by) => self.must_be_theirs(by)?,
                    None => self.must_be_the_agent_s()?,
                }
                let again = client.as_ref().is_some_and(|client| self.clients.contains(client));
                next(!again, "a proposal that was taken before")?;
                let second = self.external_agent().is_some() && !self.actions.is_empty();
                next(!second, "a second proposal in what holds one call")?;
                next(!self.is_relayed(), "a proposal in what an agent only relays")?;
                next(asked_in.is_none_or(|asked| by.is_none() && self.is_asked_in(asked)), "asked for by no model")?;
                next(self.actions.iter().all(|(known, _)| known != action), "an action that was proposed before")
            }
            ConversationEvent::Replied(replied) => {
                self.must_be_the_agent_s()?;
                self.must_be_a_customers()?;
                next(replied.turn == self.turns + 1, "a segment of another turn")?;
                next(replied.segment == self.segments_in_turn + 1, "not the turn's next segment")
            }
            ConversationEvent::Answered(answered) => {
                self.must_be_theirs(&answered.by)?;
                next(answered.number == self.replies + 1, "not the next reply of a person")?;
                next(answered.number <= MOST_REPLIES, "one reply more than people may write")?;
                let characters = answered.characters as usize;
                next((1..=LONGEST_MESSAGE_CHARS).contains(&characters), "no reply of a length that is taken")?;
                next(answered.answered <= self.messages, "an answer to messages that were not sent")?;
                let again = answered.client.as_ref().is_some_and(|client| self.clients.contains(client));
                next(!again, "a reply that was taken before")
            }
            ConversationEvent::Turned(turned) => {
                self.must_be_the_agent_s()?;
                next(turned.turn == self.turns + 1, "not the next turn")?;
                let spent = self.spent_in_turn;
                let told = (turned.tokens_in, turned.tokens_out, turned.cost_micros);
                let is_so = told == (spent.tokens_in, spent.tokens_out, spent.cost_micros);
                next(is_so, "a turn that says of its cost what its calls of models do not")?;
                next(turned.answered <= self.messages, "an answer to messages that were not sent")
            }
            ConversationEvent::Escalated { reason, pulled: Some(pulled) } => {
                self.may_be_pulled()?;
                next(*reason == EscalationReason::PulledBySupervisor, "pulled for a reason that is an agent's")?;
                next(self.actions.iter().any(|(known, _)| *known == pulled.action), "pulled from another's action")
            }
            ConversationEvent::Escalated { reason, pulled: None } => {
                self.must_be_live()?;
                next(*reason != EscalationReason::PulledBySupervisor, "an escalation by nobody")?;
                next(!self.escalations.contains(reason), "an escalation that was noted before")
            }
            ConversationEvent::TakenOver { by } => {
                self.must_be_live()?;
                self.may_be_entered()?;
                if self.taken_over.as_ref() == Some(by) { Err(TakeoverError::AlreadyTheirs.into()) } else { Ok(()) }
            }
            ConversationEvent::HandedBack { by } => Ok(self.must_be_theirs(by)?),
            ConversationEvent::Promised(promised) => {
                self.must_be_theirs(&promised.by)?;
                let made = self.promises.len();
                next(made < MOST_PROMISES, "one promise more than people may make")?;
                next(promised.number as usize == made + 1, "not the next promise")
            }
            ConversationEvent::PromiseKept { number, .. } => {
                self.may_end_be_undone()?;
                next(self.is_kept(*number) == Some(false), "a promise that was not made, or was kept before")
            }
            ConversationEvent::Whispered(whispered) => self.whisper_may_follow(whispered),
            ConversationEvent::WhisperReceipted(receipt) => self.receipt_may_follow(receipt),
            ConversationEvent::Resolved { by, .. } => Ok(self.must_be_theirs(by)?),
            ConversationEvent::Closed { reason: CloseReason::Idle } => Ok(self.must_be_waited_in_by_nobody()?),
            ConversationEvent::Closed { reason } => Ok(self.may_close(*reason)?),
            ConversationEvent::Reopened { number } => {
                self.may_end_be_undone()?;
                next(self.closed, "the reopening of what has not ended")?;
                next(*number == self.reopened + 1, "not the next reopening")
            }
            ConversationEvent::Relayed(relayed) => self.relayed_may_follow(relayed),
            ConversationEvent::Spanned(spanned) => self.span_may_follow(spanned),
            ConversationEvent::ModelCalled(called) => self.model_call_may_follow(called),
            ConversationEvent::Rated { score } => {
                self.may_rate()?;
                next((1..=BEST_SCORE).contains(score), "no score")
            }
        }
    }
}
