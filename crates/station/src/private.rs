//! The data folder is its owner's alone: every file in it, and every file that this program or a tool server of its own
//! will put there, whatever the user's umask says.

use crate::error::StartError;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// What a station keeps in its folder; nothing else there is touched.
const OURS: &[&str] = &[
    "log.db",
    "keys.db",
    "views.db",
    "checkpoint",
    "station.lock",
    "master.key",
    "station.key",
    "site.secret",
    "devices.json",
    "connection",
    "erased.keys",
    "left-off",
    "tool-servers",
    "device-keys",
    "station-keys",
    "crm",
    "knowledge",
    "sample-customers",
    "mail",
];
/// Folders within folders are few.
const DEEPEST: usize = 4;

/// Makes the folder if it is not there, and closes it and what lies in it to everybody else. A folder that others may
/// enter and that is no station's is refused rather than changed: it may be somebody's home.
#[cfg(unix)]
pub(crate) fn close(folder: &Path) -> Result<(), StartError> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    umask();
    let failed = |error| StartError::file(folder, &error);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let open_to_others = std::fs::metadata(folder).map_err(failed)?.permissions().mode() & 0o077 != 0;
    let mut entries = std::fs::read_dir(folder).map_err(failed)?;
    if open_to_others && !folder.join("log.db").exists() && entries.next().is_some() {
        let why = "other users of this machine may enter it, and it holds files that are not a station's; choose an \
                   empty folder, or close it with chmod 700";
        return Err(StartError::content(folder, why));
    }
    if open_to_others {
        std::fs::set_permissions(folder, PermissionsExt::from_mode(0o700)).map_err(failed)?;
    }
    for entry in std::fs::read_dir(folder).map_err(failed)?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if OURS
            .iter()
            .any(|ours| name.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.'])))
        {
            close_entry(&entry, DEEPEST)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn close_entry(entry: &std::fs::DirEntry, deeper: usize) -> Result<(), StartError> {
    use std::os::unix::fs::PermissionsExt;
    let path = entry.path();
    let failed = |error| StartError::file(&path, &error);
    let found = match entry.metadata() {
        Ok(found) => found,
        // SQLite removes its journal whenever it likes.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    // What a link points to is not ours to change; the folder around it is closed.
    if found.is_symlink() {
        return Ok(());
    }
    if found.permissions().mode() & 0o077 != 0 {
        let mode = if found.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).map_err(failed)?;
    }
    if found.is_dir() && deeper > 0 {
        for inner in std::fs::read_dir(&path).map_err(failed)?.flatten() {
            close_entry(&inner, deeper - 1)?;
        }
    }
    Ok(())
}

/// Whatever this process and the tool servers make from here on is their owner's alone.
#[cfg(unix)]
pub(crate) fn umask() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

#[cfg(not(unix))]
pub(crate) fn umask() {}

/// Other systems keep a user's folder from other users by themselves.
#[cfg(not(unix))]
pub(crate) fn close(folder: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(folder).map_err(|error| StartError::file(folder, &error))
}

/// Opens a new file that only its owner may read.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Puts content in the place of a small file. Beside it first: whoever looks meanwhile, or loses power, has the old content
/// or the new.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    // What a run left behind that was cut short here.
    let _not_there = std::fs::remove_file(&unfinished);
    let mut file = new_file(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

/// Makes the entry of a file or folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn open(path: &Path, mode: u32) {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_station_s_folder_is_closed_with_all_that_is_ours_in_it() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("data");
        close(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        fs::create_dir_all(folder.join("crm/inner")).unwrap();
        for file in ["log.db", "log.db-wal", "crm/inner/crm.db", "notes.txt"] {
            fs::write(folder.join(file), "x").unwrap();
            open(&folder.join(file), 0o644);
        }
        for opened in ["", "crm", "crm/inner"] {
            open(&folder.join(opened), 0o755);
        }
        close(&folder).unwrap();
        for folders in ["", "crm", "crm/inner"] {
            assert_eq!(mode(&folder.join(folders)), 0o700, "{folders}");
        }
        for file in ["log.db", "log.db-wal", "crm/inner/crm.db"] {
            assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
        }
        assert_eq!(mode(&folder.join("notes.txt")), 0o644, "what is not ours is left alone");
    }

    #[test]
    fn somebody_s_home_is_not_taken_for_a_data_folder() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("letter.txt"), "x").unwrap();
        open(home.path(), 0o755);
        assert!(close(home.path()).unwrap_err().to_string().contains("chmod 700"));
        assert_eq!(mode(home.path()), 0o755);
    }
}
