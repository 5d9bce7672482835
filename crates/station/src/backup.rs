//! A backup: the log and the wrapped keys as they stood at one moment, in one file, while the station runs or not.
//! `views.db` is never in it, for it holds plain words and can be made anew; the keys that open it only where asked for.

use crate::ambient::SystemClock;
use crate::archive::{self, Contents};
use crate::backup_error::BackupError;
use crate::{private, unfinished};
use countersign_domain::ambient::Clock;
use countersign_event_log_sqlite as sqlite;
use countersign_sealing::{copy_key_file, copy_keys, station_public_key};
use std::fs;
use std::path::{Path, PathBuf};

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct BackedUp {
    /// Where it lies.
    pub file: PathBuf,
    /// How many records it holds.
    pub size: u64,
    /// The signed checkpoint over exactly these.
    pub checkpoint: String,
    /// Whether the keys that open it are in it.
    pub with_keys: bool,
}

/// Makes a backup of a data folder. The folder is not changed. The file is not there, or it is whole and on disk.
pub fn backup(data: &Path, to: &Path, with_keys: bool) -> Result<BackedUp, BackupError> {
    private::umask();
    if unfinished::is_marked(data) {
        return Err(BackupError::Unfinished(data.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Occupied(to.to_owned()));
    }
    let station_key = station_public_key(data)?;
    let work = unfinished::beside(to);
    unfinished::begin(&work)?;
    // The log first: each key is on disk before the first record that it seals, so that none is missing in a later copy.
    let copied = sqlite::copy(data, &work.join(archive::LOG), &station_key)?;
    copy_keys(data, &work.join(archive::KEYS))?;
    let mut parts = vec![archive::LOG, archive::KEYS];
    for name in archive::KEY_FILES.into_iter().filter(|_| with_keys) {
        if copy_key_file(&data.join(name), &work.join(name))? {
            parts.push(name);
        }
    }
    let contents = Contents::of(&copied, &station_key, SystemClock.now());
    let whole = work.join("backup.tar");
    let file = private::new_file(&whole).map_err(|error| BackupError::file(&whole, &error))?;
    let done = archive::write(file, &work, &parts, contents).and_then(|()| fs::rename(&whole, to));
    done.and_then(|()| private::sync_folder_of(to)).map_err(|error| BackupError::file(to, &error))?;
    unfinished::throw_away(&work)?;
    Ok(BackedUp { file: to.to_owned(), size: copied.head.size, checkpoint: copied.checkpoint, with_keys })
}
