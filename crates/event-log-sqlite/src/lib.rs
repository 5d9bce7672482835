//! The embedded event log on SQLite: one file, one writer thread, one commit for all appends that wait together.
//!
//! An append that returned is on disk (WAL, synchronous=FULL). After any failure of a commit the log takes no more
//! appends: what is on disk is then known only after a restart.

mod again;
mod copy;
mod error;
mod folder;
mod group;
mod head;
mod kinds;
mod layout;
mod lineage;
mod log_file;
mod note_file;
mod readers;
mod recent;
mod rows;
mod sqlite_log;
mod tail;
mod tile_roots;
mod writer;

pub use again::begin_again;
pub use copy::{Copied, copy};
pub use error::OpenError;
pub use log_file::LogFile;
pub use sqlite_log::{SqliteLog, VERIFIER_KEY};
