//! A restore: a data folder made from a backup. Its log goes on under a new id that names the old one, with everything
//! stopped; whoever was erased since the backup is erased again before anything is opened.

use crate::ambient::{SystemClock, SystemEntropy};
use crate::archive::{self, Contents};
use crate::backup_error::BackupError;
use crate::{private, unfinished};
use countersign_domain::action::Action;
use countersign_domain::ambient::{Clock, Entropy};
use countersign_domain::customer::CustomerEvent;
use countersign_domain::event;
use countersign_domain::hexadecimal;
use countersign_domain::ids::{KeyId, LogId};
use countersign_domain::station::{LastKnown, Restored};
use countersign_event_log::checkpoint::{SignerFn, TreeHead};
use countersign_event_log::erase::DropSealed;
use countersign_event_log::log::ReadLog;
use countersign_event_log_sqlite::{self as sqlite, SqliteLog};
use countersign_gate::error::GateError;
use countersign_gate::{open_actions, record_restore};
use countersign_sealing::{ERASED_KEYS, Sealing, copy_key_file, station_public_key};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Records that are read at once.
const PAGE: usize = 1_024;

/// What is to be restored, and with what.
#[derive(Debug, Clone)]
pub struct Restore {
    /// The backup.
    pub from: PathBuf,
    /// The data folder to make. Nothing lies there yet.
    pub data: PathBuf,
    /// The list of keys erased until now; `None` where somebody says that nobody was.
    pub erased: Option<PathBuf>,
    /// A folder with `master.key` and, where they are kept, `station.key` and `site.secret`.
    pub keys: Option<PathBuf>,
    /// The newest checkpoint of the old log that anybody kept.
    pub checkpoint: Option<PathBuf>,
}

/// A data folder that was made.
#[derive(Debug)]
pub struct RestoredFolder {
    /// The new log.
    pub log: LogId,
    /// The old one, as far as the backup goes.
    pub before: TreeHead,
    /// How far the old one is known to have gone.
    pub last_known: Option<TreeHead>,
    /// What was open in the backup: to be settled before anything starts.
    pub open: Vec<Action>,
    /// How many keys the list of erased keys names.
    pub erased: u64,
}

/// Makes a data folder from a backup. It is not there, or it is whole and on disk.
pub async fn restore(restore: &Restore) -> Result<RestoredFolder, BackupError> {
    private::umask();
    let data = &restore.data;
    // Cut short behind the last rename, it was never a station's.
    if unfinished::is_marked(data) {
        unfinished::throw_away(data)?;
    }
    let empty = || std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_none());
    if data.exists() && !empty() {
        return Err(BackupError::Occupied(data.clone()));
    }
    let erased = restore.erased.as_deref().map(erased_keys).transpose()?.unwrap_or_default();
    let work = unfinished::beside(data);
    unfinished::begin(&work)?;
    let contents = archive::unpack(&restore.from, &work)?;
    put_keys(restore.keys.as_deref(), &work)?;
    // Before anything is opened.
    put_erased(&erased, &work)?;
    let restored = go_on(&work, &contents, restore.checkpoint.as_deref(), &erased).await?;
    if data.exists() {
        std::fs::remove_dir(data).map_err(|error| BackupError::file(data, &error))?;
    }
    unfinished::finish(&work, data)?;
    Ok(restored)
}

fn put_keys(keys: Option<&Path>, work: &Path) -> Result<(), BackupError> {
    for name in archive::KEY_FILES {
        let to = work.join(name);
        if let Some(keys) = keys.filter(|_| !to.exists()) {
            copy_key_file(&keys.join(name), &to)?;
        }
    }
    if work.join("master.key").exists() { Ok(()) } else { Err(BackupError::NoMasterKey) }
}

/// The key ids of a list. A last line without an end was cut short, and nothing was destroyed for it.
fn erased_keys(path: &Path) -> Result<BTreeSet<KeyId>, BackupError> {
    let text = std::fs::read_to_string(path).map_err(|error| BackupError::file(path, &error))?;
    let mut keys = BTreeSet::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        match (line.trim().parse(), line.ends_with('\n')) {
            (Ok(key), _) => drop(keys.insert(key)),
            (Err(_), false) => {}
            (Err(_), true) if line.trim().is_empty() => {}
            (Err(_), true) => return Err(BackupError::NotErasedKeys { path: path.to_owned(), line: number + 1 }),
        }
    }
    Ok(keys)
}

fn put_erased(erased: &BTreeSet<KeyId>, work: &Path) -> Result<(), BackupError> {
    if erased.is_empty() {
        return Ok(());
    }
    let path = work.join(ERASED_KEYS);
    let lines: String = erased.iter().map(|key| format!("{key}\n")).collect();
    let written = private::new_file(&path).and_then(|mut file| {
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| BackupError::file(path, &error))
}

/// Erases again, then lets the log go on.
async fn go_on(
    work: &Path,
    contents: &Contents,
    checkpoint: Option<&Path>,
    erased: &BTreeSet<KeyId>,
) -> Result<RestoredFolder, BackupError> {
    let damaged = |why: &str| BackupError::NotABackup { path: work.to_owned(), why: why.to_owned() };
    let old_key = hexadecimal::bytes(&contents.station_key).ok_or_else(|| damaged("its station key is none"))?;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    if work.join("station.key").exists() && station_public_key(work)? != old_key {
        return Err(BackupError::OtherStation);
    }
    // Opening destroys the keys that the list beside it names, before it opens any other.
    let sealing = Sealing::open(work, entropy.clone())?;
    let key = sealing.station_key();
    let public_key = key.public_key();
    let signer = Arc::new(SignerFn { public_key, sign: move |message: &[u8]| key.sign(message) });
    let before = sqlite::begin_again(work, &old_key, signer.as_ref(), entropy.as_ref())?.head;
    let promised = (&contents.log, contents.size, contents.root.as_str());
    if promised != (&before.log, before.size, hex::encode(before.root).as_str()) {
        return Err(damaged("its log is not the one that its table of contents names"));
    }
    let last_known = checkpoint.map(|path| later(path, &old_key, &before)).transpose()?.flatten();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let at = clock.now();
    let log = SqliteLog::open(work, clock, signer, entropy.as_ref())?;
    let held = what_it_holds(&log, erased).await?;
    if let Some(key) = held.erased_before.iter().find(|key| !erased.contains(*key)) {
        return Err(BackupError::OlderList(key.clone()));
    }
    if !held.positions.is_empty() {
        log.drop_sealed(&held.positions).await.map_err(GateError::from)?;
    }
    let again: Vec<KeyId> = held.again.into_iter().collect();
    let open = open_actions(&log).await?;
    let restored = Restored {
        log: before.log.clone(),
        size: before.size,
        root: hex::encode(before.root),
        last_known: last_known.as_ref().map(|head| LastKnown { size: head.size, root: hex::encode(head.root) }),
        key_before: contents.station_key.clone(),
        key: hex::encode(public_key),
        erased: erased.len() as u64,
        at,
    };
    record_restore(&log, restored, &again).await?;
    Ok(RestoredFolder { log: log.id(), before, last_known, open, erased: erased.len() as u64 })
}

/// What the backup says of erasures.
#[derive(Default)]
struct Held {
    /// Keys that were erased before it was made: every later list names them.
    erased_before: BTreeSet<KeyId>,
    /// Keys of the list that sealed something which it still holds.
    again: BTreeSet<KeyId>,
    /// Where that stands. Nobody can open it any more, and it need not lie here.
    positions: Vec<u64>,
}

async fn what_it_holds(log: &SqliteLog, erased: &BTreeSet<KeyId>) -> Result<Held, BackupError> {
    let (mut held, mut position) = (Held::default(), 0);
    while position < log.size() {
        let page = log.read_from(position, PAGE).await.map_err(GateError::from)?;
        position += page.len() as u64;
        for stored in &page {
            let envelope = &stored.envelope;
            if envelope.kind == "customer.erased"
                && let Ok(CustomerEvent::Erased { keys, .. }) =
                    event::read(&envelope.kind, envelope.schema, &envelope.open)
            {
                held.erased_before.extend(keys);
            }
            let there = stored.sealed.as_ref().filter(|part| part.bytes.is_some());
            if let Some(part) = there.filter(|part| erased.contains(&part.reference.key)) {
                held.positions.push(envelope.position);
                held.again.insert(part.reference.key.clone());
            }
        }
    }
    // What was only being erased when the backup was made is named in its log already.
    held.again.retain(|key| !held.erased_before.contains(key));
    Ok(held)
}

/// What a kept checkpoint says of the old log behind the backup; nothing where it is the backup's own.
fn later(path: &Path, old_key: &[u8; 32], before: &TreeHead) -> Result<Option<TreeHead>, BackupError> {
    let other = |why: String| BackupError::OtherCheckpoint { path: path.to_owned(), why };
    let note = std::fs::read_to_string(path).map_err(|error| BackupError::file(path, &error))?;
    let head = TreeHead::verify(&note, old_key).map_err(|error| other(error.to_string()))?;
    if head.log != before.log {
        return Err(other(format!("it is one of {}", head.log)));
    }
    if head.size < before.size {
        return Err(other(format!("it goes to {} records, and the backup to {}", head.size, before.size)));
    }
    if head.size == before.size && head.root != before.root {
        let why = "it signs other records than the backup holds, so one of the two was forged".to_owned();
        return Err(other(why));
    }
    Ok(Some(head).filter(|head| head.size > before.size))
}
