//! What the gate itself knew when an action was judged or decided, and what was reserved for it in the same append.

use crate::ids::ActionId;
use crate::ledger::{Reservation, Sums};
use serde::{Deserialize, Serialize};

/// How things stood. What no rule reads is not here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The ledger of the customer whom it is about, without this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Sums>,
    /// The ledger of the agent that proposed it, without this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Sums>,
    /// The ledger of its object, without this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Sums>,
    /// Whom it is about, pseudonymous (HMAC under the station's index key), where the tool says so and it was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Actions that were open on the same object before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<ActionId>,
    /// How often people refused an action on the same object, about the same customer, in other conversations.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refusals: u32,
    /// How often people refused an action on the same object in this conversation.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused_here: u32,
    /// Whether people have decided the very same in this conversation, or changed what was asked on its object, and are
    /// asked again because something has moved since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decided: bool,
    /// The earlier action of the same conversation whose answer this gets: people have decided the very same already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<ActionId>,
    /// How many contradictions there were between words, arguments and facts when it was first judged.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub contradictions: u32,
    /// What is reserved from here on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<Reservation>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Standing {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
