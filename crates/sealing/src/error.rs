//! Why a sealing operation failed. No error repeats anything that was sealed.

use countersign_domain::ids::KeyId;
use std::path::PathBuf;

/// A failure of the keys or of what they seal.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// The sealed bytes were changed, or belong to another log, stream, kind or key.
    #[error("the sealed bytes do not authenticate under {0}: they were changed or belong elsewhere")]
    NotAuthentic(KeyId),
    /// The key was destroyed, so nothing more can be sealed with it.
    #[error("the key {0} was destroyed by an erasure: nothing can be sealed with it")]
    Destroyed(KeyId),
    /// The key was never in this key store: the store was replaced or restored from before the key was made.
    #[error("the key {0} is not in keys.db, and was not erased: restore the keys.db that belongs to this log")]
    UnknownKey(KeyId),
    /// The opened bytes authenticate and are no fields.
    #[error("the sealed part under {key} is not what this version writes: {why}")]
    NotFields {
        /// The key.
        key: KeyId,
        /// What did not fit.
        why: String,
    },
    /// The master key does not open what keys.db holds.
    #[error(
        "master.key does not open keys.db: the two files do not belong together; restore both from the same backup"
    )]
    WrongMaster,
    /// A key file is not one.
    #[error("{path} is not a key file of Countersign: {why}")]
    NotAKeyFile {
        /// The file.
        path: PathBuf,
        /// What did not fit.
        why: &'static str,
    },
    /// keys.db is there and its master key is not.
    #[error("{0} is missing, and keys.db cannot be opened without it; restore it from a backup")]
    MasterMissing(PathBuf),
    /// keys.db was written by a newer version.
    #[error("keys.db was written by a newer Countersign (layout {0}); update to open it")]
    Newer(i64),
    /// keys.db is another program's file.
    #[error("keys.db in this folder is not a key store of Countersign; choose another data folder")]
    Foreign,
    /// A file could not be read or written.
    #[error("{path} could not be read or written: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key store failed.
    #[error("keys.db failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// A bug: cryptography refused sizes that are constants here.
    #[error("encryption failed")]
    Encryption,
}
