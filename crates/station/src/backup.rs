//! A backup: the log and the wrapped keys as they stood at one moment, in one file, while the station runs or not.
//! `views.db` is never in it, for it holds plain words and can be made anew; the keys that open it only where asked for.

use crate::ambient::SystemClock;
use crate::archive::{self, About};
use crate::backup_error::BackupError;
use crate::error::StartError;
use crate::private;
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

/// The work of a backup or a restore that is not done: beside the target, and gone with the last step.
pub(crate) fn unfinished(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".unfinished");
    PathBuf::from(name)
}

/// Refuses to begin a station where a restore was cut short: in what it left, and in the place where it would have put
/// the folder, for an empty new station there would be taken for the old one.
pub(crate) fn must_be_finished(folder: &Path) -> Result<(), StartError> {
    let cut_short = [folder.to_owned(), unfinished(folder)].into_iter().find(|folder| private::is_unfinished(folder));
    match cut_short {
        Some(left) if left != folder && folder.join("log.db").exists() => Ok(()),
        Some(left) => Err(StartError::content(
            left,
            "this is a restore that was cut short; restore again, or delete it to begin without that backup",
        )),
        None => Ok(()),
    }
}

/// Makes a backup of a data folder. The folder is not changed. The file is not there, or it is whole and on disk.
pub fn backup(data: &Path, to: &Path, with_keys: bool) -> Result<BackedUp, BackupError> {
    private::umask();
    if private::is_unfinished(data) {
        return Err(BackupError::Unfinished(data.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Occupied(to.to_owned()));
    }
    let station_key = station_public_key(data)?;
    let work = unfinished(to);
    private::begin_work(&work)?;
    // The log first: each key is on disk before the first record that it seals, so that none is missing in a later copy.
    let copied = sqlite::copy(data, &work.join(archive::LOG), &station_key)?;
    copy_keys(data, &work.join(archive::KEYS))?;
    let mut parts = vec![archive::LOG, archive::KEYS];
    for name in archive::KEY_FILES.into_iter().filter(|_| with_keys) {
        if copy_key_file(&data.join(name), &work.join(name))? {
            parts.push(name);
        }
    }
    let about = About {
        made_at: SystemClock.now(),
        log: copied.head.log.clone(),
        size: copied.head.size,
        root: hex::encode(copied.head.root),
        checkpoint: copied.checkpoint.clone(),
        station_key: hex::encode(station_key),
    };
    let whole = work.join("backup.tar");
    let file = private::new_file(&whole).map_err(|error| BackupError::file(&whole, &error))?;
    let done = archive::write(file, &work, &parts, about).and_then(|()| fs::rename(&whole, to));
    done.and_then(|()| private::sync_folder_of(to)).map_err(|error| BackupError::file(to, &error))?;
    private::end_work(&work)?;
    Ok(BackedUp { file: to.to_owned(), size: copied.head.size, checkpoint: copied.checkpoint, with_keys })
}
