//! The text index over the trail: what was said, what customers are called, what an action asks for, and a mark for each
//! facet. It is kept behind the fold, in commits of its own, because indexing costs several times what folding does.

use crate::codes::{signed, unsigned};
use crate::error::ViewsError;
use crate::layout::Cursor;
use rusqlite::{Connection, Params, params};
use serde_json::Value;

/// The longest text that a search takes, in characters.
pub const LONGEST_SEARCH_CHARS: usize = 200;
/// The most words that a search takes.
pub const MOST_SEARCH_WORDS: usize = 16;

/// Records taken in with one commit: few enough that the fold, which shares the writer, waits only shortly.
const BATCH: u32 = 1024;
/// The same while the index is far behind: each commit makes a segment, and merging many costs more than indexing.
const LARGE_BATCH: u32 = 4096;
/// So many events behind is far.
const FAR: u64 = 16 * 1024;
/// A word that is still being typed is also looked for as a beginning once it has this many letters.
const SHORTEST_BEGINNING: usize = 2;

/// What the index holds of a record: the same whenever it is indexed, until its conversation is indexed again.
const DOCUMENTS: &str = "
SELECT t.position, COALESCE(t.text, e.text), c.customer, c.subject, a.proposed_arguments, t.arguments, t.marks
FROM trail t
LEFT JOIN entries e ON e.position = t.position AND e.kind IN (
    'opened', 'customer', 'agent', 'person', 'sign_in_asked', 'relayed', 'step'
)
LEFT JOIN conversations c ON c.id = t.conversation
LEFT JOIN actions a ON a.position = t.action";

/// Indexes the next batch behind the fold and commits; the next position to index.
pub(crate) fn index_some(connection: &mut Connection, cursor: Cursor) -> Result<u64, ViewsError> {
    let transaction = connection.transaction()?;
    let which = "WHERE t.position >= ?1 AND t.position < ?2 ORDER BY t.position LIMIT ?3";
    let batch = if cursor.next - cursor.indexed > FAR { LARGE_BATCH } else { BATCH };
    let bounds = params![signed(cursor.indexed), signed(cursor.next), batch];
    let (taken, last) = insert(&transaction, which, bounds)?;
    let next = if taken < batch { cursor.next } else { unsigned(last) + 1 };
    transaction.prepare_cached("UPDATE cursor SET indexed = ?1")?.execute(params![signed(next)])?;
    transaction.commit()?;
    Ok(next)
}

/// Indexes what stands of a conversation below where the index is: it was folded again, or its customer has another name.
pub(crate) fn index_again(tables: &Connection, conversation: &str, indexed: u64) -> Result<(), ViewsError> {
    tables
        .prepare_cached(
            "DELETE FROM words WHERE rowid IN (SELECT t.position FROM trail t
                 JOIN conversations c ON c.id = t.conversation WHERE c.conversation = ?1 AND t.position < ?2)",
        )?
        .execute(params![conversation, signed(indexed)])?;
    let which = "WHERE c.conversation = ?1 AND t.position < ?2 ORDER BY t.position";
    insert(tables, which, params![conversation, signed(indexed)]).map(drop)
}

/// How many were taken, and the position of the last.
fn insert(tables: &Connection, which: &str, parameters: impl Params) -> Result<(u32, i64), ViewsError> {
    let mut documents = tables.prepare_cached(&format!("{DOCUMENTS} {which}"))?;
    let mut insert = tables
        .prepare_cached("INSERT INTO words (rowid, text, customer, arguments, marks) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let (mut taken, mut last) = (0, 0);
    let mut rows = documents.query(parameters)?;
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let names = [row.get::<_, Option<String>>(2)?, row.get(3)?];
        let arguments = [row.get::<_, Option<String>>(4)?, row.get(5)?];
        insert.execute(params![
            last,
            row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)?,
            joined(names.into_iter().flatten()),
            joined(arguments.iter().flatten().map(|arguments| texts(arguments))),
            row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?,
        ])?;
        taken += 1;
    }
    Ok((taken, last))
}

fn joined(texts: impl Iterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// Every text in an action's arguments; amounts and counts are looked for as ranges and not as words.
fn texts(arguments: &str) -> String {
    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
            Value::Object(members) => members.values().for_each(|value| collect(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut all = Vec::new();
    collect(&serde_json::from_str(arguments).unwrap_or(Value::Null), &mut all);
    all.join("\n")
}

/// Up to which position records are found (exclusive).
pub(crate) fn indexed_to(tables: &Connection) -> Result<u64, ViewsError> {
    let indexed: i64 = tables.prepare_cached("SELECT indexed FROM cursor")?.query_row([], |row| row.get(0))?;
    Ok(unsigned(indexed))
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
    let beginning = text.chars().rev().take_while(|c| !c.is_whitespace()).count() >= SHORTEST_BEGINNING;
    Ok(if words.is_empty() || !beginning { words.join(" ") } else { words.join(" ") + "*" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_search_text_is_an_operator() {
        assert_eq!(query("broken OR text:*").unwrap(), r#""broken" "OR" "text:*"*"#);
        assert_eq!(query(r#"a"b"#).unwrap(), r#""a""b"*"#);
        assert_eq!(query(" - * ").unwrap(), "");
        assert_eq!(query("broken l").unwrap(), r#""broken" "l""#, "one letter is no beginning yet");
        assert_eq!(query("broken la").unwrap(), r#""broken" "la"*"#);
        assert_eq!(query("broken la ").unwrap(), r#""broken" "la""#, "a space ends it");
    }

    #[test]
    fn a_search_is_bounded() {
        assert!(query(&"x".repeat(LONGEST_SEARCH_CHARS)).is_ok());
        assert!(matches!(query(&"x".repeat(LONGEST_SEARCH_CHARS + 1)), Err(ViewsError::SearchTooLong)));
        assert!(matches!(query(&"x ".repeat(MOST_SEARCH_WORDS + 1)), Err(ViewsError::SearchTooLong)));
    }
}
