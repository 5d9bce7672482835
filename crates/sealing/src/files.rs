//! Secret files: made whole or not at all, durable, and readable by their owner only.

use crate::error::SealingError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// No key file is larger.
const LARGEST: u64 = 16 * 1024;

/// Makes a folder that only its owner may enter, if it is not there.
pub(crate) fn private_folder(folder: &Path) -> Result<(), SealingError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| SealingError::File { path: folder.to_owned(), source })
}

/// Opens a file for writing that only its owner may read; it must not exist if `new`.
pub(crate) fn private_file(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Writes a new secret file: whole under another name, synced, put in place, the folder synced. Refuses to replace.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), SealingError> {
    let failed = |source| SealingError::File { path: path.to_owned(), source };
    let unfinished = path.with_extension("unfinished");
    let written = (|| {
        match fs::remove_file(&unfinished) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut file = private_file(&unfinished, true)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A hard link, unlike a rename, never replaces a key that is already there.
        fs::hard_link(&unfinished, path)?;
        fs::remove_file(&unfinished)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    })();
    written.map_err(failed)
}

/// Reads a secret file; `None` if it is not there. The error says nothing of its content.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, SealingError> {
    let failed = |source| SealingError::File { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST as usize));
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// Adds lines to a file that only its owner may read, and makes it if it is not there; durable when it returns.
pub(crate) fn append_lines(path: &Path, lines: &str) -> Result<(), SealingError> {
    let failed = |source| SealingError::File { path: path.to_owned(), source };
    let written = (|| {
        let made = !path.exists();
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut last = [b'\n'];
        if file.metadata()?.len() > 0 {
            file.seek(io::SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        // What a crash cut short stays a line of its own.
        let begin = if last == [b'\n'] { "" } else { "\n" };
        file.write_all(format!("{begin}{lines}").as_bytes())?;
        file.sync_all()?;
        match path.parent().filter(|_| made) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    })();
    written.map_err(failed)
}

/// Overwrites a file with zeros, durably, where it stands; nothing if it is not there.
pub(crate) fn wipe(path: &Path) -> Result<(), SealingError> {
    let failed = |source| SealingError::File { path: path.to_owned(), source };
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    let wiped = (|| {
        let length = file.metadata()?.len();
        io::copy(&mut io::repeat(0).take(length), &mut file)?;
        file.sync_all()
    })();
    wiped.map_err(failed)
}

/// Reads a file of 32 secret bytes, or makes it.
pub(crate) fn read_or_make(
    path: &Path,
    make: impl FnOnce() -> Zeroizing<[u8; 32]>,
) -> Result<Zeroizing<[u8; 32]>, SealingError> {
    let Some(bytes) = read(path)? else {
        let made = make();
        write_new(path, made.as_slice())?;
        return Ok(made);
    };
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return Err(SealingError::NotAKeyFile { path: path.to_owned(), why: "it does not have 32 bytes" });
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_file_is_its_owners_only_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.key");
        write_new(&path, b"secret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write_new(&path, b"other").is_err());
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"secret");
        assert!(read(&folder.path().join("none")).unwrap().is_none());
        assert!(read_or_make(&path, Zeroizing::default).is_err());
    }

    #[test]
    fn what_a_crash_left_behind_does_not_stop_the_next_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.key");
        fs::write(folder.path().join("x.unfinished"), b"half").unwrap();
        write_new(&path, b"whole").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"whole");
    }
}
