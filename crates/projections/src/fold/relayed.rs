//! Conversations that external agents relay, and the calls that belong to them: whichever comes first, a call is shown in its
//! conversation as soon as both are known.

use super::Stored;
use super::conversations::{Entry, row_of};
use crate::codes::Moment;
use crate::error::ViewsError;
use countersign_domain::alias::AliasEvent;
use countersign_domain::canonical;
use countersign_domain::conversation::{Opened, Relayed, Spanned, Speaker};
use countersign_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// A message that was relayed: whoever spoke last leaves the word to the other.
pub(super) fn relayed(tables: &Connection, row: i64, relayed: &Relayed, happened: &Stored) -> Result<(), ViewsError> {
    let (text, agent) = (happened.text("text"), happened.agent());
    let told = canonical::to_text(&canonical::value_of(relayed));
    Entry { kind: "relayed", agent, text, masked: relayed.masked, told: Some(&told), ..Entry::default() }
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
    let (name, told) = (names.join(" "), canonical::to_text(&canonical::value_of(spanned)));
    let text = Some(name.as_str()).filter(|name| !name.is_empty());
    Entry { kind: "step", agent: happened.agent(), text, told: Some(&told), ..Entry::default() }
        .put(tables, row, happened)
}

/// A call begins: what it says that it belongs to is remembered, and looked for.
pub(super) fn begun(tables: &Connection, row: i64, opened: &Opened) -> Result<(), ViewsError> {
    for (place, name) in (0_i64..).zip(&opened.belongs_to) {
        tables
            .prepare_cached("INSERT OR IGNORE INTO belongings (name, conversation, place) VALUES (?1, ?2, ?3)")?
            .execute(params![name, row, place])?;
    }
    if opened.belongs_to.is_empty() { Ok(()) } else { tie(tables, row) }
}

/// A conversation has a name from here on: every row that this may move, its own among them.
pub(super) fn named(tables: &Connection, event: &AliasEvent, happened: &Stored) -> Result<(i64, Vec<i64>), ViewsError> {
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
    let mut moved = Vec::new();
    for call in calls {
        moved.extend(around(tables, call)?);
        tie(tables, call)?;
        moved.push(call);
    }
    Ok((row, moved))
}

/// The first of the names that a call said and that means anything says where it belongs.
fn tie(tables: &Connection, call: i64) -> Result<(), ViewsError> {
    tables
        .prepare_cached(
            "UPDATE conversations SET within = (SELECT a.conversation FROM belongings b JOIN aliases a ON a.name = b.name
                 WHERE b.conversation = ?1 ORDER BY b.place LIMIT 1) WHERE id = ?1",
        )?
        .execute(params![call])?;
    Ok(())
}

/// When something last happened in a conversation.
pub(super) fn moved_at(tables: &Connection, row: i64) -> Result<Option<Timestamp>, ViewsError> {
    moment(tables, "SELECT changed_at FROM conversations WHERE id = ?1", row)
}

/// When something last happened in a call that belongs to it.
pub(super) fn moved_within(tables: &Connection, row: i64) -> Result<Option<Timestamp>, ViewsError> {
    moment(tables, "SELECT MAX(changed_at) FROM conversations WHERE within = ?1", row)
}

fn moment(tables: &Connection, sql: &str, row: i64) -> Result<Option<Timestamp>, ViewsError> {
    let mut statement = tables.prepare_cached(sql)?;
    let moved: Option<Moment> = statement.query_row(params![row], |row| row.get(0))?;
    Ok(moved.map(|moment| moment.0))
}

/// The conversation that a call belongs to.
pub(super) fn around(tables: &Connection, call: i64) -> Result<Option<i64>, ViewsError> {
    let mut statement = tables.prepare_cached("SELECT within FROM conversations WHERE id = ?1")?;
    Ok(statement.query_row(params![call], |row| row.get(0)).optional()?.flatten())
}
