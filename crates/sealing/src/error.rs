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
    /// There is a master key already.
    #[error("{0} is there already, so nothing is to be recovered; it was not touched")]
    MasterThere(PathBuf),
    /// There is no key store to recover.
    #[error("{0} is missing: put keys.db and log.db from your backup into the folder first")]
    NoKeyStore(PathBuf),
    /// The text is no recovery key.
    #[error("this is no recovery key: it has eight groups of four letters and digits")]
    NoRecoveryKey,
    /// No recovery key was ever made.
    #[error("no recovery key was made for this station before the backup, so nothing opens its keys")]
    NeverRecoverable,
    /// Another recovery key.
    #[error("this recovery key does not open these keys: it is mistyped, of another station, or was replaced")]
    WrongRecoveryKey,
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
