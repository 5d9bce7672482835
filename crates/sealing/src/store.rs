//! keys.db: wrapped keys, the ids of destroyed ones, password hashes. Deleted rows are overwritten.

use crate::error::SealingError;
use crate::files;
use countersign_domain::ids::{KeyId, PersonId, SigningKeyId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const APPLICATION: i64 = 0x4353_6b79;
const LAYOUT: i64 = 1;
const TABLES: &str = "
CREATE TABLE sealing_keys (id TEXT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE destroyed_keys (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE station_keys (name TEXT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE desk_keys (id TEXT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE passwords (person TEXT NOT NULL PRIMARY KEY, phc TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// What the store knows of a sealing key.
pub(crate) enum Found {
    Wrapped(Vec<u8>),
    Destroyed,
    Unknown,
}

/// The key store. One connection: every operation is short.
pub(crate) struct Store {
    db: Mutex<Connection>,
    /// Where SQLite keeps the pages of before, while it changes some.
    journal: PathBuf,
}

impl Store {
    pub(crate) fn file(folder: &Path) -> PathBuf {
        folder.join("keys.db")
    }

    pub(crate) fn open(folder: &Path) -> Result<Self, SealingError> {
        let path = Self::file(folder);
        // Made by us first, so that it is never readable by others, not even for a moment.
        files::private_file(&path, false).map_err(|source| SealingError::File { path: path.clone(), source })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(&path, flags)?;
        // Deleted keys are overwritten. The journal is not a WAL, in which they would live on until a checkpoint.
        let pragmas = "PRAGMA secure_delete = ON; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;
             PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";
        db.execute_batch(pragmas).map_err(not_ours)?;
        let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(not_ours)?;
        let layout: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        match (application, layout) {
            (APPLICATION, LAYOUT) => {}
            (APPLICATION, newer) if newer > LAYOUT => return Err(SealingError::Newer(newer)),
            (0, 0) if tables == 0 => {
                let tx = db.transaction()?;
                tx.execute_batch(TABLES)?;
                tx.pragma_update(None, "application_id", APPLICATION)?;
                tx.pragma_update(None, "user_version", LAYOUT)?;
                tx.commit()?;
            }
            _ => return Err(SealingError::Foreign),
        }
        let store = Self { db: Mutex::new(db), journal: folder.join("keys.db-journal") };
        // Left behind where a process ended while it destroyed keys: what there was to roll back is.
        files::wipe(&store.journal)?;
        Ok(store)
    }

    /// A store without a file.
    #[cfg(feature = "test-support")]
    pub(crate) fn in_memory(folder: &Path) -> Result<Self, SealingError> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(TABLES)?;
        Ok(Self { db: Mutex::new(db), journal: folder.join("keys.db-journal") })
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a batch of sealing keys; durable when it returns.
    pub(crate) fn add_sealing_keys(&self, batch: &[(KeyId, Vec<u8>)]) -> Result<(), SealingError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        {
            let mut insert = tx.prepare_cached("INSERT INTO sealing_keys (id, wrapped) VALUES (?1, ?2)")?;
            for (id, wrapped) in batch {
                insert.execute(params![id.as_str(), wrapped])?;
            }
        }
        Ok(tx.commit()?)
    }

    pub(crate) fn sealing_key(&self, id: &KeyId) -> Result<Found, SealingError> {
        let db = self.db();
        let mut select = db.prepare_cached("SELECT wrapped FROM sealing_keys WHERE id = ?1")?;
        if let Some(wrapped) = select.query_row([id.as_str()], |row| row.get(0)).optional()? {
            return Ok(Found::Wrapped(wrapped));
        }
        let mut select = db.prepare_cached("SELECT 1 FROM destroyed_keys WHERE id = ?1")?;
        Ok(if select.exists([id.as_str()])? { Found::Destroyed } else { Found::Unknown })
    }

    /// Overwrites keys wherever the files hold them and remembers their ids; durable when it returns.
    pub(crate) fn destroy_sealing_keys(&self, ids: &[KeyId]) -> Result<(), SealingError> {
        let mut db = self.db();
        // A journal that is kept can be overwritten; one that SQLite deletes leaves its bytes on the disk.
        journal_mode(&db, "PERSIST")?;
        let tx = db.transaction()?;
        {
            let mut delete = tx.prepare_cached("DELETE FROM sealing_keys WHERE id = ?1")?;
            let mut remember =
                tx.prepare_cached("INSERT INTO destroyed_keys (id) VALUES (?1) ON CONFLICT DO NOTHING")?;
            for id in ids {
                delete.execute([id.as_str()])?;
                remember.execute([id.as_str()])?;
            }
        }
        tx.commit()?;
        // A page that was split once still holds copies of rows between its rows, whatever is deleted afterwards.
        db.execute_batch("VACUUM")?;
        files::wipe(&self.journal)?;
        journal_mode(&db, "DELETE")
    }

    pub(crate) fn destroyed_keys(&self) -> Result<Vec<String>, SealingError> {
        let db = self.db();
        let mut select = db.prepare("SELECT id FROM destroyed_keys ORDER BY id")?;
        let ids = select.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    pub(crate) fn station_key(&self, name: &str) -> Result<Option<Vec<u8>>, SealingError> {
        let sql = "SELECT wrapped FROM station_keys WHERE name = ?1";
        Ok(self.db().query_row(sql, [name], |row| row.get(0)).optional()?)
    }

    /// The names of those that begin so.
    pub(crate) fn station_keys_named(&self, beginning: &str) -> Result<Vec<String>, SealingError> {
        let db = self.db();
        let mut select =
            db.prepare("SELECT name FROM station_keys WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name")?;
        let names = select.query_map([beginning], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    pub(crate) fn remove_station_key(&self, name: &str) -> Result<(), SealingError> {
        self.db().execute("DELETE FROM station_keys WHERE name = ?1", [name])?;
        Ok(())
    }

    pub(crate) fn add_station_key(&self, name: &str, wrapped: &[u8]) -> Result<(), SealingError> {
        self.db().execute("INSERT INTO station_keys (name, wrapped) VALUES (?1, ?2)", params![name, wrapped])?;
        Ok(())
    }

    /// Stores a key in the place of the one of that name.
    pub(crate) fn put_station_key(&self, name: &str, wrapped: &[u8]) -> Result<(), SealingError> {
        let sql = "INSERT INTO station_keys (name, wrapped) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped";
        self.db().execute(sql, params![name, wrapped])?;
        Ok(())
    }

    pub(crate) fn desk_key(&self, id: &SigningKeyId) -> Result<Option<Vec<u8>>, SealingError> {
        let sql = "SELECT wrapped FROM desk_keys WHERE id = ?1";
        Ok(self.db().query_row(sql, [id.as_str()], |row| row.get(0)).optional()?)
    }

    pub(crate) fn add_desk_key(&self, id: &SigningKeyId, wrapped: &[u8]) -> Result<(), SealingError> {
        self.db().execute("INSERT INTO desk_keys (id, wrapped) VALUES (?1, ?2)", params![id.as_str(), wrapped])?;
        Ok(())
    }

    pub(crate) fn remove_desk_key(&self, id: &SigningKeyId) -> Result<(), SealingError> {
        self.db().execute("DELETE FROM desk_keys WHERE id = ?1", [id.as_str()])?;
        Ok(())
    }

    pub(crate) fn password(&self, person: &PersonId) -> Result<Option<String>, SealingError> {
        let sql = "SELECT phc FROM passwords WHERE person = ?1";
        Ok(self.db().query_row(sql, [person.as_str()], |row| row.get(0)).optional()?)
    }

    pub(crate) fn set_password(&self, person: &PersonId, phc: &str) -> Result<(), SealingError> {
        let sql = "INSERT INTO passwords (person, phc) VALUES (?1, ?2)
            ON CONFLICT (person) DO UPDATE SET phc = excluded.phc";
        self.db().execute(sql, params![person.as_str(), phc])?;
        Ok(())
    }

    pub(crate) fn remove_password(&self, person: &PersonId) -> Result<(), SealingError> {
        self.db().execute("DELETE FROM passwords WHERE person = ?1", [person.as_str()])?;
        Ok(())
    }
}

fn journal_mode(db: &Connection, mode: &str) -> Result<(), SealingError> {
    Ok(db.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))?)
}

fn not_ours(error: rusqlite::Error) -> SealingError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => SealingError::Foreign,
        _ => SealingError::Store(error),
    }
}
