//! Which station this desktop is connected to, kept in a folder of its own with the keys that people have for it here.

use countersign_api::wire::device::{ConnectionCode, NoConnectionCode};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where the connection code stands.
const CODE: &str = "station";
/// Where the keys lie, a folder for each person.
const KEYS: &str = "keys";

/// Where a desktop keeps its connection to another station.
#[derive(Debug, Clone)]
pub struct Connection {
    folder: PathBuf,
}

/// Why a connection cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// A file or folder failed.
    #[error("{path} could not be read or written: {source}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What stands there, or was typed, is no connection code.
    #[error(transparent)]
    NoCode(#[from] NoConnectionCode),
}

impl Connection {
    /// In this folder, which is made when something is kept.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The station, if this desktop is connected to another one.
    pub fn code(&self) -> Result<Option<ConnectionCode>, ConnectionError> {
        let path = self.folder.join(CODE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.parse()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ConnectionError::File { path, source }),
        }
    }

    /// Connects this desktop to a station from its next start on. Keys for another station go.
    pub fn keep(&self, code: &ConnectionCode) -> Result<(), ConnectionError> {
        if self.code().ok().flatten().is_none_or(|before| before.pin != code.pin) {
            self.forget()?;
        }
        let path = self.folder.join(CODE);
        let written = private_folder(&self.folder).and_then(|()| replace(&path, code.to_string().as_bytes()));
        written.map_err(|source| ConnectionError::File { path, source })
    }

    /// Ends the connection. The keys go with it: whoever connects again has another key, for which a second person signs.
    pub fn forget(&self) -> Result<(), ConnectionError> {
        match fs::remove_dir_all(&self.folder) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ConnectionError::File { path: self.folder.clone(), source })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.join(KEYS)
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whoever looks meanwhile, or loses power, has the old content or the new.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(pin: u8, port: u16) -> ConnectionCode {
        ConnectionCode { host: "station.example.com".to_owned(), port, pin: [pin; 32], word: [1; 16] }
    }

    #[test]
    fn a_connection_is_kept_changed_and_forgotten_with_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::new(&folder.path().join("connection"));
        assert!(connection.code().unwrap().is_none());
        connection.keep(&code(1, 4320)).unwrap();
        assert_eq!(connection.code().unwrap(), Some(code(1, 4320)));
        let key = connection.keys().join("x.key");
        fs::create_dir_all(connection.keys()).unwrap();
        fs::write(&key, "x").unwrap();
        connection.keep(&code(1, 4321)).unwrap();
        assert!(key.exists(), "the same station under another address");
        connection.keep(&code(2, 4320)).unwrap();
        assert!(!key.exists(), "another station");
        connection.forget().unwrap();
        connection.forget().unwrap();
        assert!(connection.code().unwrap().is_none());
    }

    #[test]
    fn a_broken_file_is_told_and_not_taken_for_no_connection() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(CODE), "station.example.com").unwrap();
        assert!(matches!(Connection::new(folder.path()).code(), Err(ConnectionError::NoCode(_))));
    }
}
