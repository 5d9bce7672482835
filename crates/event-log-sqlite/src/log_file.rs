//! A log on disk, read without its station: no lock is taken and nothing is written. What is wrong with a record is
//! handed on as it is, for whoever verifies it.

use crate::layout::{self, APPLICATION, LAYOUT, RESTORED};
use crate::rows::{Hashes, integer};
use countersign_event_log::proof::StoredHashes;
use countersign_event_log::tiles::{Tile, TileAt};
use countersign_event_log::tree::Hash;
use countersign_event_log::verify::{EarlierLog, Head, KeptNote, NoteOrigin, Record, Row, Source, Unreadable};
use rusqlite::{Connection, OpenFlags, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The second file, with a checkpoint.
const SECOND_FILE: &str = "checkpoint";

/// A log's file, or the data folder that it lies in.
pub struct LogFile {
    path: PathBuf,
    /// Whether records of earlier logs stand in it.
    restored: bool,
    idle: Mutex<Vec<Connection>>,
}

impl LogFile {
    /// Opens `log.db`, given itself or by its folder, for reading.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        let path = if path.is_dir() { layout::file(path) } else { path.to_owned() };
        let mut file = Self { path, restored: false, idle: Mutex::default() };
        let db = file.connection()?;
        let of = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(unreadable);
        let layout = of("user_version")?;
        match (of("application_id")?, layout) {
            (APPLICATION, LAYOUT | RESTORED) => file.restored = layout == RESTORED,
            (APPLICATION, newer) => {
                let why = format!("it was written by a newer Countersign (layout {newer}); use its countersign-verify");
                return Err(Unreadable(why));
            }
            _ => return Err(Unreadable("it is no Countersign log".to_owned())),
        }
        file.keep(db);
        Ok(file)
    }

    /// The file beside the log.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }

    /// The newest checkpoint in the second file beside it, if there is one. To be read before the log itself, which may be
    /// growing and must not be found behind its own second file.
    pub fn second_note(&self) -> Result<Option<KeptNote>, Unreadable> {
        match std::fs::read_to_string(self.beside(SECOND_FILE)) {
            Ok(note) => Ok(Some(KeptNote { origin: NoteOrigin::SecondFile, size: None, note })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unreadable(format!("the second file, {SECOND_FILE}: {error}"))),
        }
    }

    fn connection(&self) -> Result<Connection, Unreadable> {
        if let Some(db) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(db);
        }
        std::fs::metadata(&self.path).map_err(|e| Unreadable(format!("{}: {e}", self.path.display())))?;
        let look = |db: &Connection| db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        let db = layout::open_reader(&self.path).and_then(|db| look(&db).map(|_| db));
        // In a folder that nobody may write to, a log without a journal is read as it lies.
        let journal = std::fs::metadata(self.path.with_extension("db-wal")).is_ok_and(|wal| wal.len() > 0);
        match db {
            Err(_) if !journal => {
                let flags =
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
                let name = self.path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
                let db = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags).map_err(unreadable)?;
                look(&db).map_err(unreadable)?;
                Ok(db)
            }
            other => other.map_err(unreadable),
        }
    }

    fn keep(&self, db: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Unreadable> {
        let db = self.connection()?;
        let done = read(&db).map_err(unreadable)?;
        self.keep(db);
        Ok(done)
    }
}

impl Source for LogFile {
    fn head(&self) -> Result<Head, Unreadable> {
        type Kept = (String, i64, Vec<u8>, Option<i64>, String);
        let (kept, ends, tiles, notes, earlier) = self.read(|db| {
            let tx = db.unchecked_transaction()?;
            let kept: Kept = tx.query_row(
                "SELECT log, size, frontier, recorded_at, checkpoint FROM head WHERE only = 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )?;
            let ends: i64 = tx.query_row("SELECT coalesce(max(position) + 1, 0) FROM events", [], |row| row.get(0))?;
            let tiles: i64 = tx.query_row("SELECT count(*) FROM tiles", [], |row| row.get(0))?;
            let mut select = tx.prepare("SELECT size, note FROM checkpoints ORDER BY size")?;
            let notes = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
            let notes = notes.collect::<rusqlite::Result<Vec<_>>>()?;
            let earlier = if self.restored { earlier_logs(&tx)? } else { Vec::new() };
            Ok((kept, ends, tiles, notes, earlier))
        })?;
        let (log, size, frontier, recorded_at, newest) = kept;
        let log = log.parse().map_err(|e| Unreadable(format!("its head names no log: {e}")))?;
        let earlier = earlier.into_iter().map(|(until, log, root)| {
            let log = log.parse().map_err(|e| Unreadable(format!("a log that it goes on from is none: {e}")))?;
            Ok(EarlierLog { log, until: u64::try_from(until).unwrap_or_default(), root: Some(root) })
        });
        let earlier = earlier.collect::<Result<Vec<_>, Unreadable>>()?;
        let size = u64::try_from(size).map_err(|_| Unreadable("its head counts less than no records".to_owned()))?;
        let mut all = vec![KeptNote { origin: NoteOrigin::Newest, size: Some(size), note: newest }];
        all.extend(notes.into_iter().map(|(size, note)| {
            let size = u64::try_from(size).unwrap_or_default();
            KeptNote { origin: NoteOrigin::Kept, size: Some(size), note }
        }));
        Ok(Head {
            log,
            earlier,
            size,
            ends: Some(u64::try_from(ends).unwrap_or_default()),
            frontier: Some(frontier),
            recorded_at,
            tiles: Some(u64::try_from(tiles).unwrap_or_default()),
            notes: all,
        })
    }

    fn rows(&self, from: u64, count: u64, take: &mut dyn FnMut(Row<'_>)) -> Result<(), Unreadable> {
        self.read(|db| {
            let sql = "SELECT e.position, e.leaf, e.envelope, e.sealed, e.version, s.name
                FROM events e LEFT JOIN streams s ON s.id = e.stream
                WHERE e.position >= ?1 AND e.position < ?2 ORDER BY e.position";
            let mut select = db.prepare_cached(sql)?;
            let mut found = select.query(params![integer(from), integer(from.saturating_add(count))])?;
            while let Some(row) = found.next()? {
                take(self::row(row)?);
            }
            Ok(())
        })
    }

    fn tile(&self, at: TileAt) -> Result<Option<Tile>, Unreadable> {
        let db = self.connection()?;
        // One that is not full counts as missing.
        let tile = Hashes(&db).tile(at).unwrap_or_default();
        self.keep(db);
        Ok(tile)
    }
}

fn row<'a>(row: &'a rusqlite::Row<'_>) -> rusqlite::Result<Row<'a>> {
    let position = u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default();
    let broken = |why: &str| Ok(Row::Broken { position, why: why.to_owned() });
    let Ok(leaf) = row.get::<_, Hash>(1) else { return broken("its hash does not have 32 bytes") };
    let Ok(envelope) = row.get_ref(2)?.as_blob() else { return broken("its envelope is not binary") };
    let Ok(sealed) = row.get_ref(3)?.as_blob_or_null() else { return broken("its sealed part is not binary") };
    let version = row.get::<_, i64>(4).ok().and_then(|version| u64::try_from(version).ok());
    let Some((version, stream)) = version.zip(row.get_ref(5)?.as_str().ok()) else {
        return broken("it is filed under no stream and version");
    };
    Ok(Row::Record(Record { position, filed: Some((stream, version)), leaf: Some(leaf), envelope, sealed }))
}

type EarlierRow = (i64, String, Hash);

fn earlier_logs(db: &Connection) -> rusqlite::Result<Vec<EarlierRow>> {
    let mut select = db.prepare("SELECT until, log, root FROM earlier_logs ORDER BY until")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

fn unreadable(error: rusqlite::Error) -> Unreadable {
    Unreadable(error.to_string())
}
