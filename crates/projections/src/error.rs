//! Why the views cannot answer.

use countersign_domain::event::UnknownEvent;
use countersign_event_log::log::ReadError;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the views cannot answer, or why their fold stopped.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ViewsError {
    /// The file cannot be made or removed.
    #[error("{path} cannot be used: {why}; check that the folder belongs to you and that the disk has room")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
    /// SQLite failed.
    #[error(
        "the views failed: {0}; if this stays, stop the station and delete views.db: it is folded again from the log"
    )]
    Database(Arc<rusqlite::Error>),
    /// The log cannot be read.
    #[error("the views cannot follow the log: {0}")]
    Log(#[from] ReadError),
    /// An event of a kind or version that this code does not know.
    #[error("the views stop at position {position}: {why}; update Countersign to open this log")]
    UnknownEvent {
        /// Where.
        position: u64,
        /// Kind, version, and what did not fit.
        why: UnknownEvent,
    },
    /// A sealed part that is neither readable nor erased.
    #[error("the views stop at position {position}: {why}")]
    Sealed {
        /// Where.
        position: u64,
        /// Why it does not open.
        why: String,
    },
    /// An event that does not follow from those before it.
    #[error("the views stop at position {position}: {why}; verify the log")]
    OutOfPlace {
        /// Where.
        position: u64,
        /// What is missing.
        why: &'static str,
    },
    /// The fold stopped earlier. What it left is not shown as the present.
    #[error("the views are stopped: {0}")]
    Stopped(Arc<ViewsError>),
    /// The station is shutting down.
    #[error("the views are closed")]
    Closed,
    /// A search text beyond its bounds.
    #[error("the search is too long: at most {chars} characters and {words} words", chars = crate::LONGEST_SEARCH_CHARS, words = crate::MOST_SEARCH_WORDS)]
    SearchTooLong,
}

impl From<rusqlite::Error> for ViewsError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}
