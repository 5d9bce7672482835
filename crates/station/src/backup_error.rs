//! Why a backup was not made or not restored: what happened, why, what to do.

use countersign_domain::ids::KeyId;
use countersign_event_log::checkpoint::CheckpointError;
use countersign_event_log_sqlite::OpenError;
use countersign_gate::SealingError;
use countersign_gate::error::GateError;
use std::path::PathBuf;

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The command line is wrong.
    #[error("{0}\n\n{usage}", usage = crate::commands::USAGE)]
    Arguments(String),
    /// A folder or file cannot be used.
    #[error("{path} cannot be used: {why}.")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
    /// Something lies where something new would be put.
    #[error("{0} is there already, and nothing is overwritten: name another place, or move it away.")]
    Occupied(PathBuf),
    /// It is no backup, or it is damaged.
    #[error("{path} cannot be restored: {why}. Nothing was changed; use another backup.")]
    NotABackup {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A folder that a restore did not finish.
    #[error("{0} is a restore that was cut short: nothing in it may be used. Restore again, which begins anew.")]
    Unfinished(PathBuf),
    /// There is no master key.
    #[error(
        "the words in this backup open only with the master.key of its station, which is not in it: name the folder that holds \
         it with --keys."
    )]
    NoMasterKey,
    /// A line of the list of erased keys is no key id.
    #[error(
        "line {line} of {path} is no key id: take the erased.keys of the station's old data folder, or its newest copy."
    )]
    NotErasedKeys {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The list lacks a key that was erased before the backup was made.
    #[error(
        "{0} was erased before this backup was made, and the list of erased keys does not name it: it is an older list, or \
         another station's. Take the newest copy of erased.keys, or what was erased since comes back."
    )]
    OlderList(KeyId),
    /// The key that signs is not that of the backup's station.
    #[error(
        "this backup was signed by another station.key than the one beside master.key: it is a backup of another station, or \
         the station has had another key since. To go on under a new key, leave station.key out."
    )]
    OtherStation,
    /// A checkpoint that is none of this log, or is older than the backup.
    #[error("{path} says nothing of what came behind this backup: {why}.")]
    OtherCheckpoint {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The log does not open.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// Its checkpoint does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The keys do not open.
    #[error(transparent)]
    Keys(#[from] SealingError),
    /// The log cannot be read or written.
    #[error("the restored log cannot be gone on with: {0}")]
    Gate(#[from] GateError),
}

impl BackupError {
    pub(crate) fn file(path: impl Into<PathBuf>, why: &std::io::Error) -> Self {
        Self::File { path: path.into(), why: why.to_string() }
    }
}
