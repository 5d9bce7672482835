//! What became of a whisper.

use crate::codes::coded;
use crate::error::ViewsError;
use crate::rows::{Heard, WhisperRow};
use rusqlite::{Connection, params};

pub(crate) fn one(tables: &Connection, conversation: i64, number: u32) -> Result<WhisperRow, ViewsError> {
    let mut statement = tables
        .prepare_cached("SELECT scope, followed, note, over FROM whispers WHERE conversation = ?1 AND number = ?2")?;
    Ok(statement.query_row(params![conversation, number], |row| {
        let (followed, over): (Option<bool>, bool) = (row.get("followed")?, row.get("over")?);
        let heard = match followed {
            Some(true) => Heard::Followed,
            Some(false) => Heard::NotFollowed,
            None if over => Heard::Never,
            None => Heard::NotYet,
        };
        Ok(WhisperRow { scope: coded(row, "scope")?, heard, note: row.get("note")? })
    })?)
}
