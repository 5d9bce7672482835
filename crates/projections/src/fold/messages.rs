//! Customers' messages, which come in numbers: each is an entry at once, and what a row takes from several is written once.

use super::Stored;
use super::conversations::Entry;
use crate::codes::Moment;
use crate::error::ViewsError;
use countersign_domain::conversation::Received;
use countersign_domain::time::Timestamp;
use rusqlite::{Connection, params};

/// The messages of one conversation between which nothing else happened in it.
pub(super) struct Messages {
    first_at: Timestamp,
    /// The number and the words of the last one.
    last: u32,
    words: Option<String>,
}

impl Messages {
    pub(super) fn since(first_at: Timestamp) -> Self {
        Self { first_at, last: 0, words: None }
    }

    pub(super) fn receive(
        &mut self,
        tables: &Connection,
        row: i64,
        received: &Received,
        happened: &Stored,
    ) -> Result<(), ViewsError> {
        let text = happened.text("text");
        Entry { kind: "customer", number: Some(received.number), text, masked: received.masked, ..Entry::default() }
            .put(tables, row, happened)?;
        self.last = received.number;
        self.words = text.map(str::to_owned);
        Ok(())
    }

    /// Writes what the conversation's row shows of them.
    pub(super) fn put(&self, tables: &Connection, row: i64) -> Result<(), ViewsError> {
        tables
            .prepare_cached(
                "UPDATE conversations SET messages = ?2, last_words = ?3,
                     first_message_at = COALESCE(first_message_at, ?4),
                     unanswered_since = COALESCE(unanswered_since, ?4)
                 WHERE id = ?1",
            )?
            .execute(params![row, self.last, self.words, Moment(self.first_at)])?;
        Ok(())
    }
}
