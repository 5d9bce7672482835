//! What people whispered to agents, and what agents said that they made of it.

use super::Stored;
use super::conversations::Entry;
use crate::codes::Coded;
use crate::error::ViewsError;
use countersign_domain::conversation::{WhisperReceipted, Whispered};
use rusqlite::{Connection, params};

pub(super) fn whispered(
    tables: &Connection,
    conversation: i64,
    whispered: &Whispered,
    happened: &Stored,
) -> Result<(), ViewsError> {
    let (number, agent) = (Some(whispered.number), Some(whispered.by.as_str()));
    let (text, masked) = (happened.text("text"), whispered.masked);
    Entry { kind: "whispered", number, agent, text, masked, ..Entry::default() }.put(tables, conversation, happened)?;
    tables
        .prepare_cached("INSERT INTO whispers (conversation, number, scope) VALUES (?1, ?2, ?3)")?
        .execute(params![conversation, whispered.number, Coded(whispered.scope)])?;
    Ok(())
}

pub(super) fn receipted(
    tables: &Connection,
    conversation: i64,
    receipt: &WhisperReceipted,
    happened: &Stored,
) -> Result<(), ViewsError> {
    tables
        .prepare_cached("UPDATE whispers SET followed = ?3, note = ?4 WHERE conversation = ?1 AND number = ?2")?
        .execute(params![conversation, receipt.number, receipt.followed, happened.text("note")])?;
    Ok(())
}

/// Whatever the agent had not read yet it does not read any more.
pub(super) fn over(tables: &Connection, conversation: i64) -> Result<(), ViewsError> {
    tables
        .prepare_cached("UPDATE whispers SET over = 1 WHERE conversation = ?1 AND followed IS NULL")?
        .execute(params![conversation])?;
    Ok(())
}
