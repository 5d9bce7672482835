//! A conversation, folded from its events' open parts.

use super::event::{Assurance, CloseReason, ConversationEvent, EscalationReason, Opened};
use super::model::Spent;
use super::whisper::Whisper;
use crate::ids::{ActionId, PersonId};
use std::collections::BTreeSet;

/// One conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversation {
    /// Its beginning; absent before it.
    pub opened: Option<Opened>,
    /// Who the customer turned out to be while they wrote, pseudonymous.
    pub signed_in: Option<String>,
    /// How often they asked to be signed in.
    pub sign_ins: u32,
    /// Whether something can still come of what they asked for last.
    pub sign_in_waits: bool,
    /// How many messages the customer sent.
    pub messages: u32,
    /// The clients' ids of the messages, replies, whispers, people's proposals and steps taken in, pseudonymous.
    pub clients: BTreeSet<String>,
    /// The actions proposed in it, in order, with their tools.
    pub actions: Vec<(ActionId, String)>,
    /// Turns that have ended.
    pub turns: u32,
    /// Segments stored in the turn that has not ended.
    pub segments_in_turn: u32,
    /// The messages, by number, up to which it was answered.
    pub answered: u32,
    /// Replies that people wrote.
    pub replies: u32,
    /// Escalations noted since a person last handed it back.
    pub escalations: Vec<EscalationReason>,
    /// Who has the word in the agent's place.
    pub taken_over: Option<PersonId>,
    /// Promises that people made in it, and whether each was kept; the first has number 1.
    pub promises: Vec<bool>,
    /// What people whispered to the agent; the first has number 1.
    pub whispers: Vec<Whisper>,
    /// Messages that its agent relayed.
    pub relayed: u32,
    /// Whether its agent relayed any of them by themselves, and not within spans.
    pub relayed_apart: bool,
    /// Steps that its agent told of.
    pub spans: u32,
    /// Calls of models.
    pub model_calls: u32,
    /// How many tool calls the last of them asks for.
    pub(super) asked_last: u32,
    /// What calls of models came to since the last turn.
    pub spent_in_turn: Spent,
    /// What they came to in all.
    pub spent: Spent,
    /// Whether it ended.
    pub closed: bool,
    /// How often its customer took it up again.
    pub reopened: u32,
    /// What the customer said of it, from 1 to 5.
    pub rated: Option<u8>,
    /// Whether its customer is erased: then it has ended for good.
    pub erased: bool,
    /// The events taken in: the stream's version.
    pub version: u64,
}

impl Conversation {
    /// Takes an event in.
    pub fn apply(&mut self, event: &ConversationEvent) {
        self.version += 1;
        match event {
            ConversationEvent::Opened(opened) => self.opened = Some(opened.clone()),
            ConversationEvent::SignInAsked { number } => {
                self.sign_ins = *number;
                self.sign_in_waits = true;
            }
            ConversationEvent::SignInFailed { .. } => self.sign_in_waits = false,
            ConversationEvent::SignedIn(signed_in) => {
                self.sign_in_waits = false;
                self.signed_in = Some(signed_in.customer.clone());
            }
            ConversationEvent::Received(received) => {
                self.messages = received.number;
                self.clients.extend(received.client.clone());
            }
            ConversationEvent::Proposed { action, tool, client, .. } => {
                self.actions.push((action.clone(), tool.clone()));
                self.clients.extend(client.clone());
            }
            ConversationEvent::Replied(replied) => self.segments_in_turn = replied.segment,
            ConversationEvent::Answered(answered) => {
                self.replies = answered.number;
                self.answered = self.answered.max(answered.answered);
                self.clients.extend(answered.client.clone());
            }
            ConversationEvent::Turned(turned) => {
                self.turns = turned.turn;
                self.segments_in_turn = 0;
                self.answered = turned.answered;
                self.spent_in_turn = Spent::default();
            }
            ConversationEvent::Escalated { reason, .. } => self.escalations.push(*reason),
            ConversationEvent::TakenOver { by } => {
                self.taken_over = Some(by.clone());
                self.end_whispers();
            }
            // A person was there: whatever one is asked for from here on is news.
            ConversationEvent::HandedBack { .. } => {
                self.taken_over = None;
                self.escalations.clear();
            }
            ConversationEvent::Promised(_) => self.promises.push(false),
            ConversationEvent::PromiseKept { number, .. } => {
                if let Some(kept) = promise(&mut self.promises, *number) {
                    *kept = true;
                }
            }
            ConversationEvent::Whispered(whispered) => self.take_whisper(whispered),
            ConversationEvent::WhisperReceipted(receipt) => self.take_receipt(receipt),
            ConversationEvent::Resolved { .. } => self.end(),
            ConversationEvent::Closed { reason } => {
                self.end();
                self.erased |= *reason == CloseReason::Erased;
            }
            ConversationEvent::Reopened { number } => {
                self.closed = false;
                self.reopened = *number;
            }
            ConversationEvent::Relayed(relayed) => {
                self.relayed = relayed.number;
                self.relayed_apart |= !relayed.from_span;
                self.clients.insert(relayed.client.clone());
            }
            ConversationEvent::Spanned(spanned) => {
                self.spans = spanned.number;
                self.clients.insert(spanned.span.clone());
            }
            ConversationEvent::ModelCalled(called) => self.take_model_call(called),
            ConversationEvent::Rated { score } => self.rated = Some(*score),
        }
    }

    /// Whoever had the word has it no more, nobody is asked for any more, and what was said before is left at that.
    fn end(&mut self) {
        self.closed = true;
        self.answered = self.messages;
        self.taken_over = None;
        self.escalations.clear();
        self.end_whispers();
    }

    /// Whether this promise was kept; `None` if there is none of this number.
    pub fn is_kept(&self, number: u32) -> Option<bool> {
        let nth = usize::try_from(number).ok()?.checked_sub(1)?;
        self.promises.get(nth).copied()
    }

    /// How the customer talks to us, such as `chat`; nothing before it is opened.
    pub fn channel(&self) -> &str {
        self.opened.as_ref().map(|opened| opened.channel.as_str()).unwrap_or_default()
    }

    /// The external agent whose call it holds, or who relays it.
    pub fn external_agent(&self) -> Option<&str> {
        self.opened.as_ref()?.agent.as_deref()
    }

    /// How sure we are who the customer is.
    pub fn assurance(&self) -> Assurance {
        match (&self.signed_in, &self.opened) {
            (Some(_), _) => Assurance::Verified,
            (None, Some(opened)) => opened.assurance,
            (None, None) => Assurance::Anonymous,
        }
    }

    /// The verified customer, pseudonymous.
    pub fn customer(&self) -> Option<&str> {
        self.signed_in.as_deref().or_else(|| self.opened.as_ref()?.customer.as_deref())
    }
}

fn promise(promises: &mut [bool], number: u32) -> Option<&mut bool> {
    promises.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
}
