//! Notes that staff and agents leave on an order. A note is a change like the others: once per key.

use rusqlite::{Connection, Transaction, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    CrmError, Database, Faults,
    change::{self, Asked},
    database, order,
};

/// The most notes that one order holds.
const MAX_NOTES: i64 = 100;

/// A stored note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Note number, for example N-000001.
    pub note_id: String,
    /// The order that it stands on.
    pub order_number: String,
    /// What it says.
    pub text: String,
    /// When it was stored, RFC 3339 in UTC.
    pub recorded_at: String,
}

/// Adds a note to an order.
pub(crate) fn add(connection: &mut Connection, asked: &Asked, text: &str, faults: &Faults) -> Result<Note, CrmError> {
    change::once(connection, asked, faults, |write| insert(write, &asked.order_number, text)).map(|done| done.answer)
}

fn insert(write: &Transaction<'_>, number: &str, text: &str) -> Result<Note, CrmError> {
    let order = order::get(write, number)?;
    let count: i64 =
        write
            .query_row("SELECT count(*) FROM notes WHERE order_number = ?1", [&order.order_number], |row| row.get(0))?;
    if count >= MAX_NOTES {
        return Err(CrmError::NotesFull { limit: MAX_NOTES });
    }
    let note = write.query_row(
        &format!(
            "INSERT INTO notes (order_number, text, recorded_at) VALUES (?1, ?2, {})
             RETURNING number, order_number, text, recorded_at",
            database::NOW
        ),
        params![order.order_number, text],
        note,
    )?;
    Ok(note)
}

impl Database {
    /// All notes, oldest first: for people and tests, not offered as a tool.
    pub fn list_notes(&self) -> Result<Vec<Note>, CrmError> {
        let read = self.connect()?;
        let mut query = read.prepare("SELECT number, order_number, text, recorded_at FROM notes ORDER BY number")?;
        let notes = query.query_map([], note)?.collect::<Result<Vec<_>, _>>()?;
        Ok(notes)
    }
}

fn note(row: &rusqlite::Row<'_>) -> rusqlite::Result<Note> {
    let number: i64 = row.get(0)?;
    Ok(Note {
        note_id: format!("N-{number:06}"),
        order_number: row.get(1)?,
        text: row.get(2)?,
        recorded_at: row.get(3)?,
    })
}
