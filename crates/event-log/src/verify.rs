//! Verification: whether a log is what it claims to be, told from its records alone, with nothing of ours running.
//!
//! [`verify`] reads a [`Source`] from the first record to the last and names the first position that is wrong, in plain
//! words. It checks, in this order of depth:
//!
//! - **bytes**: every envelope is canonical, has the hash and the place under which it is kept, and follows the one
//!   before it without a gap; every sealed part has the hash that its envelope names;
//! - **tree**: the hashes lead to every checkpoint at hand, those that somebody else kept included;
//! - **meaning** ([`Depth::Meaning`]): every event may follow what came before it by the domain's own rules; nothing
//!   started without the verdict or the signatures that permit it; signatures hold, under keys of people who were there;
//!   ledgers, objects, stops and takeovers say what actions say.
//!
//! What is held against what stands in the [`Report`]. Without a checkpoint that somebody else holds, a log that its
//! owner signed anew from the first record, or rolled back, cannot be told from the true one.
//!
//! A log in memory is verified by [`verify_events`]; one on disk by the source of event-log-sqlite.

mod case;
mod checked;
mod happened;
mod lineage;
mod map;
mod meaning;
mod raw;
mod report;
mod run;
mod signatures;
mod source;
mod trunk;

pub use case::{CASE_TYPE, Case, CaseRecord, verify_case};
pub use report::{Before, Finding, Proved, Report};
pub use run::{verify, verify_events};
pub use signatures::holds as signature_holds;
pub use source::{
    Against, Depth, EarlierLog, EventsSource, Head, KeptNote, NoteOrigin, Record, Row, Source, Unreadable,
};
