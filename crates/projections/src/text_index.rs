//! The text index over what customers, agents and people said and what customers are called. It is kept behind the fold, in
//! commits of its own, because indexing costs several times what folding does.

use crate::codes::{coded, moment, signed, unsigned};
use crate::error::ViewsError;
use crate::layout::Cursor;
use crate::rows::Found;
use rusqlite::{Connection, params};

/// The longest text that a search takes, in characters.
pub const LONGEST_SEARCH_CHARS: usize = 200;
/// The most words that a search takes.
pub const MOST_SEARCH_WORDS: usize = 16;

/// Texts taken in with one commit: few enough that the fold, which shares the writer, waits only shortly.
const BATCH: u32 = 512;

/// Indexes the next batch behind the fold and commits; the next position to index.
pub(crate) fn index_some(connection: &mut Connection, cursor: Cursor) -> Result<u64, ViewsError> {
    let transaction = connection.transaction()?;
    let mut next = cursor.indexed;
    let mut taken = 0;
    {
        let mut texts = transaction.prepare_cached(
            "SELECT position, text FROM entries
             WHERE position >= ?1 AND position < ?2 AND kind IN ('opened', 'customer', 'agent', 'person')
             ORDER BY position LIMIT ?3",
        )?;
        let mut insert = transaction.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
        let mut rows = texts.query(params![signed(cursor.indexed), signed(cursor.next), BATCH])?;
        while let Some(row) = rows.next()? {
            let position: i64 = row.get(0)?;
            if let Some(text) = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)? {
                insert.execute(params![position, text])?;
            }
            next = unsigned(position) + 1;
            taken += 1;
        }
    }
    if taken < BATCH {
        next = cursor.next;
    }
    transaction.prepare_cached("UPDATE cursor SET indexed = ?1")?.execute(params![signed(next)])?;
    transaction.commit()?;
    Ok(next)
}

/// Up to which position texts are found (exclusive).
pub(crate) fn indexed_to(tables: &Connection) -> Result<u64, ViewsError> {
    let indexed: i64 = tables.prepare_cached("SELECT indexed FROM cursor")?.query_row([], |row| row.get(0))?;
    Ok(unsigned(indexed))
}

/// What holds every word of a search, the last one also as a beginning; newest first.
pub(crate) fn search(tables: &Connection, query: &str, limit: u32) -> Result<Vec<Found>, ViewsError> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = tables.prepare_cached(
        "SELECT e.position, c.conversation, e.at, e.kind, e.text
         FROM words JOIN entries e ON e.position = words.rowid JOIN conversations c ON c.id = e.conversation
         WHERE words MATCH ?1 ORDER BY words.rowid DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![query, limit], |row| {
        Ok(Found {
            position: unsigned(row.get("position")?),
            conversation: coded(row, "conversation")?,
            at: moment(row, "at")?,
            kind: coded(row, "kind")?,
            text: row.get("text")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A person's search text as an FTS5 query in which nothing of theirs is an operator: every word is quoted.
pub(crate) fn query(text: &str) -> Result<String, ViewsError> {
    if text.chars().count() > LONGEST_SEARCH_CHARS {
        return Err(ViewsError::SearchTooLong);
    }
    // What holds no letter or digit is no word to the tokenizer and would match nothing.
    let words: Vec<String> = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    if words.len() > MOST_SEARCH_WORDS {
        return Err(ViewsError::SearchTooLong);
    }
    Ok(if words.is_empty() { String::new() } else { words.join(" ") + "*" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_search_text_is_an_operator() {
        assert_eq!(query("broken OR text:*").unwrap(), r#""broken" "OR" "text:*"*"#);
        assert_eq!(query(r#"a"b"#).unwrap(), r#""a""b"*"#);
        assert_eq!(query(" - * ").unwrap(), "");
    }

    #[test]
    fn a_search_is_bounded() {
        assert!(query(&"x".repeat(LONGEST_SEARCH_CHARS)).is_ok());
        assert!(matches!(query(&"x".repeat(LONGEST_SEARCH_CHARS + 1)), Err(ViewsError::SearchTooLong)));
        assert!(matches!(query(&"x ".repeat(MOST_SEARCH_WORDS + 1)), Err(ViewsError::SearchTooLong)));
    }
}
