//! What a backup takes of the keys: a copy of keys.db, whose keys stay wrapped, and key files only where asked for.

use crate::error::SealingError;
use crate::files;
use crate::store::Store;
use ed25519_dalek::SigningKey;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a copy waits for a station that is storing keys.
const WAIT: Duration = Duration::from_secs(30);

/// Copies keys.db of a folder into a new file that only its owner may read, whole and synced: one read of one moment, and
/// no page on which a destroyed key once stood. The folder is not changed; a station that runs on it goes on.
pub fn copy_keys(folder: &Path, to: &Path) -> Result<(), SealingError> {
    let failed = |source| SealingError::File { path: to.to_owned(), source };
    drop(files::private_file(to, false).map_err(failed)?);
    let db = Connection::open_with_flags(
        Store::file(folder),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(WAIT)?;
    db.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    File::open(to).and_then(|file| file.sync_all()).map_err(failed)
}

/// The public key of the station in a folder; nothing is made.
pub fn station_public_key(folder: &Path) -> Result<[u8; 32], SealingError> {
    let path = folder.join("station.key");
    let missing = || SealingError::File { path: path.clone(), source: std::io::ErrorKind::NotFound.into() };
    let bytes = files::read(&path)?.ok_or_else(missing)?;
    let mut seed = Zeroizing::new([0; 32]);
    if bytes.len() != seed.len() {
        return Err(SealingError::NotAKeyFile { path, why: "it does not have 32 bytes" });
    }
    seed.copy_from_slice(&bytes);
    Ok(SigningKey::from_bytes(&seed).verifying_key().to_bytes())
}

/// Copies a key file into a new file that only its owner may read, durably; `false` if there is none.
pub fn copy_key_file(from: &Path, to: &Path) -> Result<bool, SealingError> {
    match files::read(from)? {
        Some(bytes) => files::write_new(to, &bytes).map(|()| true),
        None => Ok(false),
    }
}
