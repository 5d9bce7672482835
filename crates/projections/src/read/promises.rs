//! What people promised customers.

use crate::codes::maybe_moment;
use crate::error::ViewsError;
use crate::rows::{OpenPromise, PromiseRow};
use rusqlite::{Connection, OptionalExtension, params};

/// Those of a conversation that nobody has kept; `None` if there are none.
pub(crate) fn open(tables: &Connection, conversation: i64) -> Result<Option<OpenPromise>, ViewsError> {
    let mut statement = tables.prepare_cached(
        "SELECT text, due, COUNT(*) OVER () AS open FROM promises WHERE conversation = ?1 AND kept_at IS NULL
         ORDER BY due IS NULL, due, number LIMIT 1",
    )?;
    let first = statement.query_row(params![conversation], |row| {
        Ok(OpenPromise { text: row.get("text")?, due: maybe_moment(row, "due")?, open: row.get("open")? })
    });
    Ok(first.optional()?)
}

/// All of a conversation, in order.
pub(crate) fn all(tables: &Connection, conversation: i64) -> Result<Vec<PromiseRow>, ViewsError> {
    let mut statement = tables.prepare_cached(
        "SELECT p.*, made.name AS made_by, kept.name AS kept_name FROM promises p
         LEFT JOIN people made ON made.person = p.person LEFT JOIN people kept ON kept.person = p.kept_by
         WHERE p.conversation = ?1 ORDER BY p.number",
    )?;
    let rows = statement.query_map(params![conversation], |row| {
        Ok(PromiseRow {
            number: row.get("number")?,
            person: row.get("made_by")?,
            text: row.get("text")?,
            due: maybe_moment(row, "due")?,
            kept_at: maybe_moment(row, "kept_at")?,
            kept_by: row.get("kept_name")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
