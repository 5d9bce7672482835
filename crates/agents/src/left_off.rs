//! Where agents left off: what they need at a start so as not to read the whole log.

use countersign_domain::ids::ConversationId;
use countersign_gate::open_at::OpenAt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What was open at a position of the log, and where agents had not done what there was to do. It follows from the log,
/// decides nothing and may be deleted at any time: then the log is read from its beginning. Random ids alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOff {
    /// The gate's part.
    pub open: OpenAt,
    /// Conversations in which something may be left to do.
    pub unfinished: BTreeSet<ConversationId>,
}
