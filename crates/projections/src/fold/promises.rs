//! What people promised customers, and what became of it.

use super::Stored;
use super::conversations::Entry;
use crate::codes::Moment;
use crate::error::ViewsError;
use countersign_domain::conversation::Promised;
use countersign_domain::ids::PersonId;
use rusqlite::{Connection, params};

pub(super) fn made(
    tables: &Connection,
    conversation: i64,
    promised: &Promised,
    happened: &Stored,
) -> Result<(), ViewsError> {
    let (number, agent) = (Some(promised.number), Some(promised.by.as_str()));
    Entry { kind: "promised", number, agent, ..Entry::default() }.put(tables, conversation, happened)?;
    tables
        .prepare_cached("INSERT INTO promises (conversation, number, person, text, due) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            conversation,
            promised.number,
            promised.by.as_str(),
            happened.text("text"),
            promised.due.map(Moment)
        ])?;
    count(tables, conversation)
}

pub(super) fn kept(
    tables: &Connection,
    conversation: i64,
    number: u32,
    by: &PersonId,
    happened: &Stored,
) -> Result<(), ViewsError> {
    let (number, agent) = (Some(number), Some(by.as_str()));
    Entry { kind: "promise_kept", number, agent, ..Entry::default() }.put(tables, conversation, happened)?;
    tables
        .prepare_cached("UPDATE promises SET kept_at = ?3, kept_by = ?4 WHERE conversation = ?1 AND number = ?2")?
        .execute(params![conversation, number, Moment(happened.at), by.as_str()])?;
    count(tables, conversation)
}

fn count(tables: &Connection, conversation: i64) -> Result<(), ViewsError> {
    tables
        .prepare_cached(
            "UPDATE conversations SET open_promises =
                 (SELECT COUNT(*) FROM promises WHERE conversation = ?1 AND kept_at IS NULL) WHERE id = ?1",
        )?
        .execute(params![conversation])?;
    Ok(())
}
