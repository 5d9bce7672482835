//! Conversations that external agents relay, and the calls that belong to them: whichever comes first, a call is shown in its
//! conversation as soon as both are known.

use super::Stored;
use super::conversations::{Entry, row_of};
use crate::codes::Moment;
use crate::error::ViewsError;
use countersign_domain::alias::AliasEvent;
use countersign_domain::canonical;
use countersign_domain::conversation::{Opened, Relayed, Spanned, Speaker};
use rusqlite::{Connection, OptionalExtension, params};

/// A message that was relayed: whoever spoke last leaves the word to the other.
pub(super) fn relayed(tables: &Connection, row: i64, relayed: &Relayed, happened: &Stored) -> Result<(), ViewsError> {
    let (text, agent) = (happened.text("text"), happened.agent());
    let speaker = canonical::value_of(&relayed.speaker);
    Entry { kind: "relayed", agent, text, code: speaker.as_str(), masked: relayed.masked, ..Entry::default() }
        .put(tables, row, happened)?;
    let asked = (relayed.speaker == Speaker::Customer).then_some(Moment(happened.at));
    tables
        .prepare_cached(
            "UPDATE conversations SET last_words = ?2, unanswered_since = CASE
                 WHEN ?3 IS NULL THEN NULL ELSE COALESCE(unanswered_since, ?3) END WHERE id = ?1",
        )?
        .execute(params![row, text, asked])?;
    Ok(())
}

/// A step that was told of.
pub(super) fn spanned(tables: &Connection, row: i64, spanned: &Spanned, happened: &Stored) -> Result<(), ViewsError> {
    let names: Vec<&str> = ["tool", "provider", "model"].into_iter().filter_map(|name| happened.text(name)).collect();
    let (name, step) = (names.join(" "), canonical::to_text(&canonical::value_of(spanned)));
    let text = Some(name.as_str()).filter(|name| !name.is_empty());
    Entry { kind: "step", agent: happened.agent(), text, step: Some(&step), ..Entry::default() }
        .put(tables, row, happened)
}

/// A call begins: what it says that it belongs to is remembered, and looked for.
pub(super) fn begun(tables: &Connection, row: i64, opened: &Opened) -> Result<(), ViewsError> {
    for name in &opened.belongs_to {
        tables
            .prepare_cached("INSERT OR IGNORE INTO belongings (name, conversation) VALUES (?1, ?2)")?
            .execute(params![name, row])?;
        let mut found = tables.prepare_cached("SELECT conversation FROM aliases WHERE name = ?1")?;
        let within: Option<i64> = found.query_row(params![name], |row| row.get(0)).optional()?;
        tie(tables, row, within)?;
    }
    Ok(())
}

/// A conversation has a name from here on: its row, and those of the calls that said it before.
pub(super) fn named(tables: &Connection, event: &AliasEvent, happened: &Stored) -> Result<Vec<i64>, ViewsError> {
    let AliasEvent::Given { conversation, .. } = event;
    let Some(row) = row_of(tables, conversation.as_str())? else {
        return happened.out_of_place("its conversation was never opened");
    };
    tables
        .prepare_cached("INSERT INTO aliases (name, conversation) VALUES (?1, ?2)")?
        .execute(params![happened.subject, row])?;
    let calls: Vec<i64> = {
        let mut calls = tables.prepare_cached("SELECT conversation FROM belongings WHERE name = ?1")?;
        let calls = calls.query_map(params![happened.subject], |row| row.get(0))?;
        calls.collect::<Result<_, _>>()?
    };
    for call in &calls {
        tie(tables, *call, Some(row))?;
    }
    Ok(calls.into_iter().chain([row]).collect())
}

/// The first conversation that is found is the one.
fn tie(tables: &Connection, call: i64, within: Option<i64>) -> Result<(), ViewsError> {
    tables
        .prepare_cached("UPDATE conversations SET within = ?2 WHERE id = ?1 AND within IS NULL")?
        .execute(params![call, within])?;
    Ok(())
}

/// The conversation that a call belongs to.
pub(super) fn around(tables: &Connection, call: i64) -> Result<Option<i64>, ViewsError> {
    let mut statement = tables.prepare_cached("SELECT within FROM conversations WHERE id = ?1")?;
    Ok(statement.query_row(params![call], |row| row.get(0)).optional()?.flatten())
}
