//! Events to read models: lists, transcripts and a text index in `views.db`, folded behind the log.
//!
//! The file holds plain words, so it has mode 600 and never goes into a backup; only disk encryption protects it. It is
//! no record: it is deleted and folded again from the log whenever its layout differs. Rows and cursor share one
//! commit, so that a start reads only what lies behind the cursor. No fact that the gate relies on comes from here.

mod amounts;
mod codes;
mod error;
mod facets;
mod fleet;
mod floor;
mod fold;
mod follow;
mod forget;
mod labels;
mod layout;
pub mod metrics;
mod opening;
mod read;
mod readers;
mod rows;
mod text_index;
mod trail;
mod views;

pub use error::ViewsError;
pub use fleet::{Calls, FleetDid};
pub use floor::{Floor, FloorSearch};
pub use labels::{ToolLabel, ToolLabels};
pub use opening::{OpenParts, PartUnreadable};
pub use rows::{
    ActionRow, ActionState, Approvals, AsOf, Away, ConversationRow, ConversationState, Cost, Delegated, Deputy, Entry,
    Escalation, Facts, Heard, OpenPromise, PersonRow, PromiseRow, Signer, Snoozed, Transcript, TranscriptEntry,
    WhisperRow,
};
pub use text_index::{LONGEST_SEARCH_CHARS, MOST_SEARCH_WORDS};
pub use trail::{CountBy, Counts, MOST_TRAIL_ROWS, TrailChoices, TrailFilter, TrailPage, TrailRow, TrailSearch, Who};
pub use views::{MOST_ENTRIES, MOST_LIVE, MOST_ROWS, Views};
