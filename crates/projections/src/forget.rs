//! Forgetting: conversations whose keys are gone are folded again, and no byte of what was said stays in any file.
//!
//! A deleted row lives on in free pages, between the rows of pages that were split, in the WAL and in the segments of
//! the text index. So the index is merged into one segment, the file is written anew without anything but its rows, and
//! the new one takes the place of the old.

use crate::error::ViewsError;
use crate::fold;
use crate::layout::{self, Cursor};
use crate::opening::OpenParts;
use crate::readers::Readers;
use crate::text_index;
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::event;
use countersign_domain::ids::ConversationId;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::ReadLog;
use countersign_event_log::stream::StreamName;
use rusqlite::{Connection, params};
use std::path::Path;

const PAGE: usize = 512;

/// Folds one conversation again from its events, which are opened anew; in one commit.
pub(crate) async fn fold_again(
    connection: &mut Connection,
    cursor: Cursor,
    log: &dyn ReadLog,
    parts: &dyn OpenParts,
    id: &ConversationId,
) -> Result<(), ViewsError> {
    let mut events = folded(log, &StreamName::conversation(id), cursor).await?;
    let mut actions = Vec::new();
    for stored in &events {
        let envelope = &stored.envelope;
        let position = envelope.position;
        let happened = event::read(&envelope.kind, envelope.schema, &envelope.open)
            .map_err(|why| ViewsError::UnknownEvent { position, why })?;
        if let ConversationEvent::Proposed { action, .. } = happened {
            actions.push(action);
        }
    }
    for action in &actions {
        events.extend(folded(log, &StreamName::action(action), cursor).await?);
    }
    events.extend(folded(log, &StreamName::case(id), cursor).await?);
    events.sort_by_key(|stored| stored.envelope.position);
    let transaction = connection.transaction()?;
    remove(&transaction, id)?;
    fold::take_all(&transaction, events.iter(), parts)?;
    text_index::index_again(&transaction, id.as_str(), cursor.indexed)?;
    Ok(transaction.commit()?)
}

/// A stream's events as far as they are folded.
async fn folded(log: &dyn ReadLog, stream: &StreamName, cursor: Cursor) -> Result<Vec<StoredEvent>, ViewsError> {
    let mut all: Vec<StoredEvent> = Vec::new();
    loop {
        let page = log.read_stream(stream, all.len() as u64, PAGE).await?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            all.retain(|stored| stored.envelope.position < cursor.next);
            return Ok(all);
        }
    }
}

fn remove(tables: &Connection, id: &ConversationId) -> Result<(), ViewsError> {
    // In the order in which they refer to each other.
    for sql in [
        "DELETE FROM words WHERE rowid IN (SELECT t.position FROM trail t JOIN conversations c ON c.id = t.conversation
             WHERE c.conversation = ?1 AND t.position < (SELECT indexed FROM cursor))",
        "DELETE FROM trail WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM entries WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM signatures WHERE action IN (SELECT a.position FROM actions a
             JOIN conversations c ON c.id = a.conversation WHERE c.conversation = ?1)",
        "DELETE FROM ended WHERE (closed_at, conversation) IN (SELECT m.closed_at, m.conversation FROM measures m
             JOIN conversations c ON c.id = m.conversation WHERE c.conversation = ?1)",
        "DELETE FROM measures WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM replies WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM holds WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM askings WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM promises WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM whispers WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM belongings WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM actions WHERE conversation IN (SELECT id FROM conversations WHERE conversation = ?1)",
        "DELETE FROM conversations WHERE conversation = ?1",
    ] {
        tables.prepare_cached(sql)?.execute(params![id.as_str()])?;
    }
    Ok(())
}

/// Writes the file anew and puts it in the place of the old one. Nobody reads meanwhile. An error leaves the old file
/// in its place and in use.
pub(crate) async fn write_anew(connection: &mut Connection, path: &Path, readers: &Readers) -> Result<(), ViewsError> {
    // Merging is what drops the words of deleted rows from the index.
    connection.execute("INSERT INTO words (words) VALUES ('optimize')", [])?;
    let new = layout::begin_copy(path)?;
    connection.execute("VACUUM INTO ?1", params![new.to_string_lossy()])?;
    let paused = readers.pause().await?;
    let old = std::mem::replace(connection, Connection::open_in_memory()?);
    // The last connection takes the WAL with it.
    drop(old);
    let replaced = layout::replace(&new, path);
    *connection = layout::writer(path)?;
    drop(paused);
    replaced
}
