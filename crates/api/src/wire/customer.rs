//! What holds and erasures say of a customer.

use countersign_gate::erasure::Certificate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `customer`. Nothing in it names the customer in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CustomerView {
    /// Since when a legal hold stands.
    pub held_since: Option<String>,
    /// An erasure is ordered and not done: it waits for what is open, or is being carried out.
    pub being_erased: bool,
    /// The certificate of the latest erasure.
    pub certificate: Option<Certificate>,
    /// The certificate in words, for a file or a letter.
    pub certificate_words: Option<String>,
    /// Why the signed-in person may not propose an erasure or a hold; absent if they may.
    pub may_not_propose: Option<String>,
}
