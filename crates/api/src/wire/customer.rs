//! What holds and erasures say of a customer.

use super::queue::ActionRow;
use countersign_gate::erasure::{Certificate, Remains};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `customer`. Apart from what is open, nothing in it names the customer in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CustomerView {
    /// Why nobody knows who this customer is; then the rest says nothing.
    pub nobody: Option<String>,
    /// Since when a legal hold stands.
    pub held_since: Option<String>,
    /// An erasure is ordered and not done: it waits for what is open, or is being carried out.
    pub being_erased: bool,
    /// The actions that it waits for.
    pub waits_for: Vec<ActionRow>,
    /// Changes about this customer that wait for a second person, oldest first.
    pub proposed: Vec<ProposedAbout>,
    /// The certificate of the latest erasure.
    pub certificate: Option<Certificate>,
    /// The certificate in words, for a file or a letter.
    pub certificate_words: Option<String>,
    /// Why the signed-in person may not propose an erasure or a hold; absent if they may.
    pub may_not_propose: Option<String>,
}

/// A change about a customer that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ProposedAbout {
    /// `erase_customer`, `place_hold` or `lift_hold`.
    pub kind: String,
    /// Who proposed it, by name.
    pub by: String,
}

/// The answer to `erasure_ahead`: what an erasure would do if it were ordered now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ErasureAhead {
    /// How many conversations nobody could read any more.
    pub conversations: u32,
    /// How many of these go on now and would end.
    pub live: u32,
    /// Sealed parts that nobody could open any more: messages, names, arguments, facts.
    #[ts(type = "number")]
    pub parts: u64,
    /// Actions that nobody has started: they would be taken back.
    pub taken_back: Vec<ActionRow>,
    /// Actions that may have happened: nothing is destroyed before it is known.
    pub waits_for: Vec<ActionRow>,
    /// What would remain, and until when.
    pub remains: Vec<Remains>,
}
