//! Work on a folder that nobody may take for finished: it lies beside its target and is marked until its last step.

use crate::backup_error::BackupError;
use crate::error::StartError;
use crate::private::{new_file, sync_folder_of};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The work of a backup or a restore that is not done: beside the target, and gone with the last step.
pub(crate) fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".unfinished");
    PathBuf::from(name)
}

/// Refuses to begin a station where a restore was cut short: in what it left, and in the place where it would have put
/// the folder, for an empty new station there would be taken for the old one.
pub(crate) fn must_be_finished(folder: &Path) -> Result<(), StartError> {
    let cut_short = [folder.to_owned(), beside(folder)].into_iter().find(|folder| is_marked(folder));
    match cut_short {
        Some(left) if left != folder && folder.join("log.db").exists() => Ok(()),
        Some(left) => Err(StartError::content(
            left,
            "this is a restore that was cut short; restore again, or delete it to begin without that backup",
        )),
        None => Ok(()),
    }
}

/// What lies in a folder as long as it is not finished.
const MARK: &str = "unfinished";

/// Whether the folder holds work that was cut short.
pub(crate) fn is_marked(folder: &Path) -> bool {
    folder.join(MARK).exists()
}

/// Makes a folder for work that nobody may take for finished; what an earlier run left there is thrown away. A folder
/// that is not ours is left alone.
pub(crate) fn begin(folder: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::file(folder, &error);
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Cut short before it was marked, it is empty.
            let bare = fs::read_dir(folder).map_err(failed)?.next().is_none();
            if !bare && !is_marked(folder) {
                return Err(BackupError::Occupied(folder.to_owned()));
            }
            empty(folder).map_err(failed)?;
        }
        made => made.map_err(failed)?,
    }
    if !is_marked(folder) {
        new_file(&folder.join(MARK)).and_then(|mark| mark.sync_all()).map_err(failed)?;
    }
    sync_folder_of(&folder.join(MARK)).map_err(failed)
}

/// Throws the work away: what came of it lies elsewhere.
pub(crate) fn throw_away(folder: &Path) -> Result<(), BackupError> {
    empty(folder).and_then(|()| fs::remove_dir_all(folder)).map_err(|error| BackupError::file(folder, &error))
}

/// Removes everything but the mark, so that whatever cuts this short leaves the folder marked.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == MARK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Puts the folder, finished, where it belongs. Every file in it is on disk before it is called finished, and whatever cuts
/// this short leaves it marked, here or there.
pub(crate) fn finish(folder: &Path, target: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::file(folder, &error);
    sync_all(folder).map_err(failed)?;
    fs::rename(folder, target).and_then(|()| sync_folder_of(target)).map_err(failed)?;
    let mark = target.join(MARK);
    fs::remove_file(&mark).and_then(|()| sync_folder_of(&mark)).map_err(failed)
}

fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
