//! A copy of the log in one file, as it stood at one moment, while its station runs or not.

use crate::error::OpenError;
use crate::{folder, head, layout};
use countersign_event_log::checkpoint::TreeHead;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;

/// What a copy holds.
#[derive(Debug, Clone)]
pub struct Copied {
    /// How far it goes.
    pub head: TreeHead,
    /// The signed checkpoint that says so.
    pub checkpoint: String,
}

/// Copies the log of a folder into a new file that only its owner may read, whole and synced: one read of one moment, and
/// no page that the log has given up. Holds the copy against its checkpoint under the station's public key. The folder is
/// not changed; a station that runs on it goes on.
pub fn copy(folder: &Path, to: &Path, public_key: &[u8; 32]) -> Result<Copied, OpenError> {
    let failed = |source| OpenError::File { path: to.to_owned(), source };
    let from = layout::file(folder);
    if !from.is_file() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(OpenError::File { path: from, source });
    }
    // Made by us first, so that it is never readable by others; SQLite takes an empty file for one that is not there.
    drop(folder::private_file(to).map_err(failed)?);
    let db = Connection::open_with_flags(&from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    layout::must_be_ours(&db, &from)?;
    db.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    drop(db);
    let copied = check(to, public_key)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(failed)?;
    Ok(copied)
}

/// Holds a log's file against its own newest checkpoint, under this public key; nothing is changed.
fn check(file: &Path, public_key: &[u8; 32]) -> Result<Copied, OpenError> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    layout::must_be_ours(&db, file)?;
    let loaded = head::load(&db, public_key)?;
    let head = TreeHead::parse(&loaded.note)?;
    Ok(Copied { head, checkpoint: loaded.note })
}
