//! Why a log could not be opened.

use countersign_domain::event::UnknownEvent;
use countersign_event_log::checkpoint::CheckpointError;
use countersign_event_log::log::ReadError;
use std::path::PathBuf;

/// A log that was not opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("another station is running on this folder ({0}): close it, or choose another data folder")]
    Locked(PathBuf),
    /// The file's layout is from the future.
    #[error("this log was written by a newer Countersign (layout {0}): update to open it")]
    Newer(i64),
    /// It holds an event of a kind or version from the future.
    #[error("this log cannot be read from position {position} on: {unknown}")]
    Unknown {
        /// Where the first event of that kind and version stands.
        position: u64,
        /// What is not known of it, and what to do.
        unknown: UnknownEvent,
    },
    /// The file belongs to another program.
    #[error("{0} is not a Countersign log: choose another data folder")]
    Foreign(PathBuf),
    /// The newest records do not agree with the checkpoint over them.
    #[error("the log is damaged at position {position}: {why}; restore it from a backup")]
    Damaged {
        /// The first position that is known to be wrong.
        position: u64,
        /// What is wrong.
        why: String,
    },
    /// The newest checkpoint is not this station's, or was changed.
    #[error("the log's newest checkpoint does not hold: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A file could not be used.
    #[error("{path} could not be opened: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("the log could not be opened: {0}")]
    Store(#[from] rusqlite::Error),
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged { position, why } => Self::Damaged { position, why },
            ReadError::Unavailable(why) => {
                Self::Store(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(1), Some(why)))
            }
        }
    }
}
