//! Customers, beyond one conversation: legal holds and erasure. What else there is of a customer stands in their
//! conversations and ledgers. A customer is named by their pseudonym under the station's index key, and by nothing else.

use crate::event::{Draft, Event};
use crate::ids::{ConversationId, KeyId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The most keys that one `customer.erased` names; a customer with more conversations is erased in several steps.
pub const MOST_ERASED_AT_ONCE: usize = 4_096;

/// An event of a customer's stream. Who signed for it, and why, stands in the change that is its cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum CustomerEvent {
    /// Nothing of theirs is erased from here on. An erasure that was ordered and has not begun is off.
    #[serde(rename = "customer.hold_placed")]
    HoldPlaced {
        /// By the station's clock.
        at: Timestamp,
    },
    /// What is theirs may be erased again.
    #[serde(rename = "customer.hold_lifted")]
    HoldLifted {
        /// By the station's clock.
        at: Timestamp,
    },
    /// Two people have decided it. It is carried out as soon as nothing of theirs is open.
    #[serde(rename = "customer.erasure_ordered")]
    ErasureOrdered {
        /// By the station's clock.
        at: Timestamp,
    },
    /// These keys are destroyed from here on, whatever ends this process.
    #[serde(rename = "customer.erased")]
    Erased {
        /// The keys.
        keys: Vec<KeyId>,
        /// The conversations that they sealed.
        conversations: Vec<ConversationId>,
        /// Sealed parts that nobody can open any more.
        parts: u64,
        /// By the station's clock.
        at: Timestamp,
    },
    /// It is done: keys destroyed, ciphertext dropped, views and index without the words.
    #[serde(rename = "customer.erasure_done")]
    ErasureDone(Done),
}

impl Event for CustomerEvent {}

/// What an erasure has done and left, as far as counts, codes and times say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Keys destroyed.
    pub keys: u32,
    /// Conversations that nobody can read any more.
    pub conversations: u32,
    /// Sealed parts in them.
    pub parts: u64,
    /// How many of these parts were dropped from the log.
    pub dropped: u64,
    /// Actions about this customer in other customers' conversations: what was read for them stays sealed there.
    pub elsewhere: u32,
    /// Until when what was let through counts in this customer's limits, under the pseudonym; absent if nothing does.
    pub counts_until: Option<Timestamp>,
    /// By the station's clock.
    pub at: Timestamp,
}

/// An erasure under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The position of its order: conversations that began before it are erased.
    pub position: u64,
    /// Keys that are destroyed or about to be.
    pub keys: Vec<KeyId>,
    /// Their conversations.
    pub conversations: Vec<ConversationId>,
    /// Sealed parts in them.
    pub parts: u64,
}

/// One customer, folded from their events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// Since when a legal hold stands.
    pub held: Option<Timestamp>,
    /// An erasure that is not done.
    pub order: Option<Order>,
    /// The events taken in: the stream's version.
    pub version: u64,
}

/// Why a command to a customer does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CustomerError {
    /// A legal hold stands.
    #[error("a legal hold stands on this customer: nothing of theirs is erased until it is lifted")]
    Held,
    /// Nothing to lift.
    #[error("no legal hold stands on this customer")]
    NotHeld,
    /// One erasure at a time.
    #[error("this customer's erasure is ordered already")]
    Ordered,
    /// Keys are being destroyed.
    #[error("this customer's keys are being destroyed; a hold would come too late")]
    TooLate,
    /// Nothing to carry out.
    #[error("no erasure of this customer is ordered")]
    NotOrdered,
}

impl Customer {
    /// Takes an event in, with its position.
    pub fn apply(&mut self, event: &CustomerEvent, position: u64) {
        self.version += 1;
        match event {
            CustomerEvent::HoldPlaced { at } => {
                self.held = Some(*at);
                self.order = None;
            }
            CustomerEvent::HoldLifted { .. } => self.held = None,
            CustomerEvent::ErasureOrdered { .. } => {
                self.order = Some(Order { position, keys: Vec::new(), conversations: Vec::new(), parts: 0 });
            }
            CustomerEvent::Erased { keys, conversations, parts, .. } => {
                if let Some(order) = &mut self.order {
                    order.keys.extend(keys.iter().cloned());
                    order.conversations.extend(conversations.iter().cloned());
                    order.parts += parts;
                }
            }
            CustomerEvent::ErasureDone(_) => self.order = None,
        }
    }

    /// Places a legal hold. It takes back an erasure of which nothing is destroyed yet.
    pub fn place_hold(&self, at: Timestamp) -> Result<Draft, CustomerError> {
        match (&self.held, &self.order) {
            (Some(_), _) => Err(CustomerError::Held),
            (None, Some(order)) if !order.keys.is_empty() => Err(CustomerError::TooLate),
            (None, _) => Ok(Draft::open(&CustomerEvent::HoldPlaced { at })),
        }
    }

    /// Lifts it.
    pub fn lift_hold(&self, at: Timestamp) -> Result<Draft, CustomerError> {
        match self.held {
            Some(_) => Ok(Draft::open(&CustomerEvent::HoldLifted { at })),
            None => Err(CustomerError::NotHeld),
        }
    }

    /// Orders the erasure.
    pub fn order_erasure(&self, at: Timestamp) -> Result<Draft, CustomerError> {
        match (&self.held, &self.order) {
            (Some(_), _) => Err(CustomerError::Held),
            (None, Some(_)) => Err(CustomerError::Ordered),
            (None, None) => Ok(Draft::open(&CustomerEvent::ErasureOrdered { at })),
        }
    }

    /// Names keys that are destroyed next.
    pub fn erase(
        &self,
        keys: Vec<KeyId>,
        conversations: Vec<ConversationId>,
        parts: u64,
        at: Timestamp,
    ) -> Result<Draft, CustomerError> {
        match self.order {
            Some(_) => Ok(Draft::open(&CustomerEvent::Erased { keys, conversations, parts, at })),
            None if self.held.is_some() => Err(CustomerError::Held),
            None => Err(CustomerError::NotOrdered),
        }
    }

    /// Says that everything is done.
    pub fn erasure_done(&self, done: Done) -> Result<Draft, CustomerError> {
        match self.order {
            Some(_) => Ok(Draft::open(&CustomerEvent::ErasureDone(done))),
            None => Err(CustomerError::NotOrdered),
        }
    }
}

#[cfg(test)]
mod tests;
