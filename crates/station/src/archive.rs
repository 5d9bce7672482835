//! The file of a backup: a plain tar, so that any tool can unpack it, with a table of contents in front that names every
//! part with its size and hash. A part that is missing, cut short or changed is found before anything is used.

use crate::backup_error::BackupError;
use countersign_domain::ids::LogId;
use countersign_domain::time::Timestamp;
use countersign_event_log_sqlite::Copied;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

pub(crate) const LOG: &str = "log.db";
pub(crate) const KEYS: &str = "keys.db";
/// Key files that a backup holds where it was asked to.
pub(crate) const KEY_FILES: [&str; 3] = ["master.key", "station.key", crate::site_secret::FILE];
const CONTENTS: &str = "backup.json";
const FORM: &str = "countersign/backup/v1";
/// No table of contents is larger.
const LARGEST_CONTENTS: u64 = 256 * 1024;

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contents {
    form: String,
    pub(crate) made_at: Timestamp,
    pub(crate) log: LogId,
    pub(crate) size: u64,
    /// Hexadecimal.
    pub(crate) root: String,
    /// The signed checkpoint over exactly these records.
    pub(crate) checkpoint: String,
    /// The public key that signed it, hexadecimal.
    pub(crate) station_key: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    name: String,
    bytes: u64,
    sha256: String,
}

impl Contents {
    /// Of a log as it was copied; its parts are those that [`write`] finds.
    pub(crate) fn of(copied: &Copied, station_key: &[u8; 32], made_at: Timestamp) -> Self {
        Self {
            form: FORM.to_owned(),
            made_at,
            log: copied.head.log.clone(),
            size: copied.head.size,
            root: hex::encode(copied.head.root),
            checkpoint: copied.checkpoint.clone(),
            station_key: hex::encode(station_key),
            parts: Vec::new(),
        }
    }
}

/// Writes the parts that lie in `folder` into an open file, and syncs it.
pub(crate) fn write(file: File, folder: &Path, names: &[&str], mut contents: Contents) -> io::Result<()> {
    let part = |name: &&str| {
        let mut part = File::open(folder.join(name))?;
        let (bytes, sha256) = copy_hashed(&mut part, &mut io::sink())?;
        Ok(Part { name: (*name).to_owned(), bytes, sha256 })
    };
    contents.parts = names.iter().map(part).collect::<io::Result<Vec<_>>>()?;
    let text = serde_json::to_vec_pretty(&contents)?;
    let mut tar = tar::Builder::new(file);
    append(&mut tar, CONTENTS, text.len() as u64, text.as_slice())?;
    for part in &contents.parts {
        append(&mut tar, &part.name, part.bytes, File::open(folder.join(&part.name))?)?;
    }
    tar.into_inner()?.sync_all()
}

fn append(tar: &mut tar::Builder<File>, name: &str, bytes: u64, content: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(0);
    tar.append_data(&mut header, name, content)
}

/// Unpacks a backup into a folder, each part into a new file that only its owner may read, synced. Nothing but the parts
/// of a backup is written, and only with the bytes that the table of contents promises.
pub(crate) fn unpack(from: &Path, into: &Path) -> Result<Contents, BackupError> {
    let not_one = |why: &str| BackupError::NotABackup { path: from.to_owned(), why: why.to_owned() };
    let failed = |error: io::Error| BackupError::file(from, &error);
    let mut tar = tar::Archive::new(File::open(from).map_err(failed)?);
    let mut entries = tar.entries().map_err(failed)?;
    let mut next = || match entries.next() {
        None => Ok(None),
        // What is no tar at all, and what ends in the middle of one.
        Some(entry) => entry.map(Some).map_err(|_| not_one("it is no backup, or it is cut short")),
    };
    let first = next()?.ok_or_else(|| not_one("it is empty"))?;
    if first.path_bytes().as_ref() != CONTENTS.as_bytes() {
        return Err(not_one("it does not begin with a table of contents"));
    }
    let mut text = Vec::new();
    first.take(LARGEST_CONTENTS).read_to_end(&mut text).map_err(|_| not_one("it is cut short"))?;
    let contents: Contents =
        serde_json::from_slice(&text).map_err(|_| not_one("its table of contents cannot be read"))?;
    if contents.form != FORM {
        return Err(not_one("it was made by a newer Countersign; update to restore it"));
    }
    for part in &contents.parts {
        if part.name != LOG && part.name != KEYS && !KEY_FILES.contains(&part.name.as_str()) {
            return Err(not_one("it names a part that no backup has"));
        }
        let mut entry = next()?.ok_or_else(|| not_one(&format!("{} is missing in it", part.name)))?;
        if entry.path_bytes().as_ref() != part.name.as_bytes() {
            return Err(not_one(&format!("{} is not where its table of contents says", part.name)));
        }
        let path = into.join(&part.name);
        let (bytes, sha256) = crate::private::new_file(&path)
            .and_then(|mut file| {
                let copied = copy_hashed(&mut entry, &mut file)?;
                file.sync_all().map(|()| copied)
            })
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => not_one("it is cut short"),
                _ => BackupError::file(&path, &error),
            })?;
        if (bytes, sha256.as_str()) != (part.bytes, part.sha256.as_str()) {
            let _ = fs::remove_file(&path);
            return Err(not_one(&format!("{} is cut short in it, or was changed", part.name)));
        }
    }
    for needed in [LOG, KEYS] {
        if !contents.parts.iter().any(|part| part.name == needed) {
            return Err(not_one(&format!("{needed} is missing in it")));
        }
    }
    Ok(contents)
}

/// Copies to the end; how many bytes there were, and their SHA-256.
fn copy_hashed(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let (mut hash, mut count, mut page) = (Sha256::new(), 0, vec![0; 256 * 1024]);
    loop {
        let read = from.read(&mut page)?;
        let Some(bytes) = page.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        to.write_all(bytes)?;
        count += read as u64;
    }
    Ok((count, hex::encode(hash.finalize())))
}
