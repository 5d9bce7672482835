//! The file: its tables, its mode, and when it is thrown away and begun again.

use crate::codes::{signed, unsigned};
use crate::error::ViewsError;
use countersign_domain::ids::LogId;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file's name in the data folder.
const FILE: &str = "views.db";
/// "CSvw": says whose file this is.
const APPLICATION: i32 = 0x4353_7677;
/// Any change to the tables, or to what the fold writes into them, counts this up: then every file is folded again.
const LAYOUT: i32 = 19;

pub(crate) const TABLES: &str = "
CREATE TABLE cursor (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    log TEXT NOT NULL,
    next INTEGER NOT NULL,
    indexed INTEGER NOT NULL
) STRICT;
CREATE TABLE people (
    person TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name TEXT,
    roles TEXT NOT NULL,
    away_until INTEGER,
    deputy TEXT
) STRICT;
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    assurance TEXT NOT NULL,
    team TEXT NOT NULL,
    agent TEXT,
    customer TEXT,
    subject TEXT,
    erased INTEGER NOT NULL DEFAULT 0,
    opened_at INTEGER NOT NULL,
    messages INTEGER NOT NULL DEFAULT 0,
    answered INTEGER NOT NULL DEFAULT 0,
    unanswered_since INTEGER,
    first_message_at INTEGER,
    first_reply_at INTEGER,
    turns INTEGER NOT NULL DEFAULT 0,
    intent TEXT,
    reasoner TEXT,
    cost_micros INTEGER NOT NULL DEFAULT 0,
    cost_currency TEXT,
    last_words TEXT,
    escalated_for TEXT,
    escalated_at INTEGER,
    escalation_answered INTEGER NOT NULL DEFAULT 0,
    taken_by TEXT,
    open_promises INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    since INTEGER NOT NULL,
    deadline INTEGER,
    within INTEGER
) STRICT;
CREATE INDEX conversations_by_urgency ON conversations (urgency, rank);
CREATE INDEX conversations_live ON conversations (intent, channel, agent, team) WHERE closed = 0 AND within IS NULL;
CREATE INDEX conversations_within ON conversations (within) WHERE within IS NOT NULL;
CREATE INDEX conversations_relayed ON conversations (changed_at) WHERE channel = 'external' AND closed = 0;
CREATE TABLE aliases (name TEXT PRIMARY KEY, conversation INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE belongings (
    name TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (name, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX belongings_of_conversation ON belongings (conversation);
CREATE INDEX conversations_escalated ON conversations (escalated_at) WHERE escalated_at IS NOT NULL AND closed = 0;
CREATE INDEX conversations_promised ON conversations (id) WHERE open_promises > 0 AND erased = 0;
CREATE TABLE promises (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    number INTEGER NOT NULL,
    person TEXT NOT NULL,
    text TEXT,
    due INTEGER,
    kept_at INTEGER,
    kept_by TEXT,
    PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE whispers (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    number INTEGER NOT NULL,
    scope TEXT NOT NULL,
    followed INTEGER,
    note TEXT,
    over INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE actions (
    position INTEGER PRIMARY KEY,
    action TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    agent TEXT NOT NULL,
    asker TEXT,
    whisperer TEXT,
    tool TEXT NOT NULL,
    effect TEXT NOT NULL,
    state TEXT NOT NULL,
    held_once INTEGER NOT NULL DEFAULT 0,
    needed INTEGER NOT NULL DEFAULT 0,
    contradictions INTEGER NOT NULL DEFAULT 0,
    proposed_at INTEGER NOT NULL,
    deadline INTEGER,
    snoozed_until INTEGER,
    snoozed_by TEXT,
    delegate TEXT,
    delegated_by TEXT,
    changed INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    proposed_minor INTEGER,
    proposed_currency TEXT,
    minor INTEGER,
    currency TEXT,
    proposed_arguments TEXT,
    arguments TEXT,
    remark TEXT,
    rule_marks TEXT NOT NULL DEFAULT '',
    took_ms INTEGER
) STRICT;
CREATE INDEX actions_of_conversation ON actions (conversation, state);
CREATE INDEX actions_held ON actions (deadline, position) WHERE state = 'held';
CREATE INDEX actions_unknown ON actions (changed) WHERE state = 'unknown';
CREATE INDEX actions_waiting ON actions (deadline, position) WHERE state = 'waiting';
CREATE INDEX actions_decided ON actions (changed)
    WHERE state NOT IN ('proposed', 'held', 'waiting', 'unknown') AND (held_once = 1 OR effect <> 'read');
CREATE INDEX actions_of_agents ON actions (proposed_at, agent, tool, held_once, state, asker) WHERE asker IS NULL;
CREATE TABLE signatures (
    position INTEGER PRIMARY KEY,
    action INTEGER NOT NULL REFERENCES actions (position),
    person TEXT NOT NULL,
    choice TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX signatures_of_action ON signatures (action, position);
CREATE TABLE entries (
    position INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER,
    agent TEXT,
    text TEXT,
    code TEXT,
    masked INTEGER NOT NULL DEFAULT 0,
    told TEXT
) STRICT;
CREATE INDEX entries_of_conversation ON entries (conversation, position);
CREATE INDEX entries_model_calls ON entries
    (at, json_extract(told, '$.intent'), json_extract(told, '$.cost_micros')) WHERE kind = 'model_call';
CREATE TABLE measures (
    conversation INTEGER PRIMARY KEY REFERENCES conversations (id),
    person INTEGER NOT NULL DEFAULT 0,
    taken_at INTEGER,
    person_ms INTEGER NOT NULL DEFAULT 0,
    closed_at INTEGER
) STRICT;
CREATE TABLE ended (
    closed_at INTEGER NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    how TEXT NOT NULL,
    channel TEXT NOT NULL,
    intent TEXT,
    reasoner TEXT,
    person INTEGER NOT NULL,
    person_ms INTEGER NOT NULL,
    cost_micros INTEGER NOT NULL,
    holds INTEGER NOT NULL,
    reply_times BLOB NOT NULL,
    slowest_ms INTEGER,
    reopened_at INTEGER,
    score INTEGER,
    PRIMARY KEY (closed_at, conversation)
) STRICT, WITHOUT ROWID;
CREATE TABLE replies (position INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, ms INTEGER NOT NULL) STRICT;
CREATE INDEX replies_of_conversation ON replies (conversation, position);
CREATE TABLE holds (
    position INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    action TEXT NOT NULL,
    since INTEGER NOT NULL,
    ms INTEGER
) STRICT;
CREATE INDEX holds_of_conversation ON holds (conversation, ms);
CREATE INDEX holds_open ON holds (action) WHERE ms IS NULL;
CREATE TABLE askings (
    conversation INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (conversation, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE facets (
    id INTEGER PRIMARY KEY,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (facet, value)
) STRICT;
CREATE TABLE trail (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    who INTEGER,
    about INTEGER,
    conversation INTEGER,
    action INTEGER,
    minor INTEGER,
    currency TEXT,
    code TEXT,
    text TEXT,
    arguments TEXT,
    marks TEXT NOT NULL
) STRICT;
CREATE INDEX trail_of_conversation ON trail (conversation, position) WHERE conversation IS NOT NULL;
CREATE VIRTUAL TABLE words USING fts5 (
    text, customer, arguments, marks,
    content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('automerge', 8);
";

/// Where the fold stands in the file: both ends exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The next position to fold.
    pub(crate) next: u64,
    /// The next position to index.
    pub(crate) indexed: u64,
}

/// The file's path in a data folder.
pub(crate) fn path_in(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Opens the file for writing. A file of another layout, of another log, ahead of the log or damaged is replaced.
pub(crate) fn open(path: &Path, log: &LogId, log_size: u64) -> Result<(Connection, Cursor), ViewsError> {
    if path.exists() {
        match existing(path, log) {
            Ok(Some((connection, cursor))) if cursor.next <= log_size => return Ok((connection, cursor)),
            Ok(_) => tracing::info!("views.db is of another layout or log; folding it again"),
            Err(ViewsError::Database(error)) if is_damage(&error) => {
                tracing::warn!("views.db is damaged; folding it again");
            }
            Err(error) => return Err(error),
        }
    }
    begin(path, log)
}

/// One more connection, for reading only.
pub(crate) fn reader(path: &Path) -> Result<Connection, ViewsError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn existing(path: &Path, log: &LogId) -> Result<Option<(Connection, Cursor)>, ViewsError> {
    let connection = writer(path)?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if number("application_id")? != APPLICATION || number("user_version")? != LAYOUT {
        return Ok(None);
    }
    let cursor = connection
        .query_row("SELECT next, indexed FROM cursor WHERE log = ?1", params![log.as_str()], |row| {
            Ok(Cursor { next: unsigned(row.get(0)?), indexed: unsigned(row.get(1)?) })
        })
        .optional()?;
    Ok(cursor.map(|cursor| (connection, cursor)))
}

fn begin(path: &Path, log: &LogId) -> Result<(Connection, Cursor), ViewsError> {
    for suffix in ["", "-wal", "-shm", "-new"] {
        remove(&with_suffix(path, suffix))?;
    }
    create_private(path)?;
    let mut connection = writer(path)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute("INSERT INTO cursor VALUES (1, ?1, ?2, ?2)", params![log.as_str(), signed(0)])?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", LAYOUT)?;
    transaction.commit()?;
    Ok((connection, Cursor { next: 0, indexed: 0 }))
}

/// An empty private file beside it, for a copy.
pub(crate) fn begin_copy(path: &Path) -> Result<PathBuf, ViewsError> {
    let copy = with_suffix(path, "-new");
    remove(&copy)?;
    create_private(&copy)?;
    Ok(copy)
}

/// Puts a copy in the place of the file, which nobody has open. After a crash there is the one or the other.
pub(crate) fn replace(copy: &Path, path: &Path) -> Result<(), ViewsError> {
    for suffix in ["-wal", "-shm"] {
        remove(&with_suffix(path, suffix))?;
    }
    let replaced = (|| {
        File::open(copy)?.sync_all()?;
        std::fs::rename(copy, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    })();
    replaced.map_err(|error| file(path, &error))
}

fn connect(path: &Path) -> Result<Connection, ViewsError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// WAL with synchronous=NORMAL: a crash of the machine may lose the last commits, whole, and the log still has them.
pub(crate) fn writer(path: &Path) -> Result<Connection, ViewsError> {
    let connection = connect(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    Ok(connection)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Result<(), ViewsError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file(path, &error)),
        _ => Ok(()),
    }
}

/// The file is private before anything stands in it; SQLite gives its side files the same mode.
fn create_private(path: &Path) -> Result<(), ViewsError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| file(path, &error))
}

fn file(path: &Path, error: &std::io::Error) -> ViewsError {
    ViewsError::File { path: path.to_owned(), why: error.to_string() }
}
