//! One conversation, whole.

use super::{actions, conversations, promises, whispers};
use crate::codes::{Coded, coded, maybe_coded, maybe_moment, moment, unsigned};
use crate::error::ViewsError;
use crate::labels::ToolLabels;
use crate::rows::{ActionRow, Cost, Entry, Facts, Transcript, TranscriptEntry};
use countersign_domain::ids::{ConversationId, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A transcript with its newest entries; `None` if there is no such conversation.
pub(crate) fn transcript(
    tables: &Connection,
    labels: &ToolLabels,
    id: &ConversationId,
    most: u32,
) -> Result<Option<Transcript>, ViewsError> {
    let found = tables
        .prepare_cached(
            "SELECT c.*, p.name AS taken_by_name, around.conversation AS around FROM conversations c
                 LEFT JOIN people p ON p.person = c.taken_by LEFT JOIN conversations around ON around.id = c.within
             WHERE c.conversation = ?1",
        )?
        .query_row(params![id.as_str()], |row| {
            Ok((row.get::<_, i64>("id")?, conversations::plain(row)?, facts(row)?, maybe_coded(row, "around")?))
        })
        .optional()?;
    let Some((conversation, row, facts, within)) = found else { return Ok(None) };
    let row = conversations::whole(tables, labels, conversation, row)?;
    let entries = entries(tables, labels, conversation, most)?;
    let promises = promises::all(tables, conversation)?;
    Ok(Some(Transcript { row, entries, promises, facts, within }))
}

fn facts(row: &Row<'_>) -> rusqlite::Result<Facts> {
    let first_message = maybe_moment(row, "first_message_at")?;
    let first_reply = maybe_moment(row, "first_reply_at")?;
    let currency: Option<String> = row.get("cost_currency")?;
    let micros = unsigned(row.get("cost_micros")?);
    Ok(Facts {
        opened_at: moment(row, "opened_at")?,
        first_reply_ms: first_message.zip(first_reply).map(|(message, reply)| reply.millis_since(message)),
        turns: row.get("turns")?,
        reasoner: row.get("reasoner")?,
        cost: currency.map(|currency| Cost { micros, currency }),
    })
}

/// What happened in a conversation, and what calls that belong to it asked for.
const SHOWN: &str = "((conversation = ?1 AND kind <> 'opened') OR
    (conversation IN (SELECT id FROM conversations WHERE within = ?1) AND kind = 'action'))";

fn entries(
    tables: &Connection,
    labels: &ToolLabels,
    conversation: i64,
    most: u32,
) -> Result<Vec<TranscriptEntry>, ViewsError> {
    let first: i64 = tables
        .prepare_cached(&format!(
            "SELECT COALESCE(MIN(position), 0) FROM (SELECT position FROM entries
                     WHERE {SHOWN} ORDER BY position DESC LIMIT ?2)"
        ))?
        .query_row(params![conversation, most], |row| row.get(0))?;
    let listed = actions::of_conversation(tables, labels, conversation, first)?;
    let mut actions: BTreeMap<u64, ActionRow> = listed.into_iter().map(|a| (a.position, a)).collect();
    let mut statement =
        tables.prepare_cached(&format!("SELECT * FROM entries WHERE {SHOWN} AND position >= ?2 ORDER BY position"))?;
    let mut rows = statement.query(params![conversation, first])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let position = unsigned(row.get("position")?);
        let kind: Kind = coded(row, "kind")?;
        let entry = match kind {
            Kind::Customer => Entry::Customer { text: row.get("text")?, masked: row.get("masked")? },
            Kind::Agent => Entry::Agent { agent: row.get("agent")?, text: row.get("text")? },
            Kind::Person => Entry::Person { person: name(tables, row.get("agent")?)?, text: row.get("text")? },
            Kind::Action => match actions.remove(&position) {
                Some(action) => Entry::Action(Box::new(action)),
                None => continue,
            },
            Kind::Relayed => Entry::Relayed { agent: row.get("agent")?, text: row.get("text")?, told: told(row)? },
            Kind::Step => Entry::Step { name: row.get("text")?, step: told(row)? },
            Kind::ModelCall => Entry::ModelCall { call: told(row)? },
            Kind::Escalated => {
                let pulled_by = row.get::<_, Option<Coded<PersonId>>>("agent")?.map(|person| person.0);
                let pulled_by_name = match &pulled_by {
                    Some(person) => name(tables, person.to_string())?,
                    None => None,
                };
                Entry::Escalated { reason: row.get("code")?, note: row.get("text")?, pulled_by, pulled_by_name }
            }
            Kind::TakenOver => Entry::TakenOver { person: name(tables, row.get("agent")?)? },
            Kind::HandedBack => Entry::HandedBack { person: name(tables, row.get("agent")?)? },
            Kind::Whispered => Entry::Whispered {
                person: name(tables, row.get("agent")?)?,
                text: row.get("text")?,
                whisper: whispers::one(tables, conversation, row.get("number")?)?,
            },
            Kind::Promised => Entry::Promised { number: row.get("number")? },
            Kind::PromiseKept => Entry::PromiseKept { number: row.get("number")? },
            Kind::Resolved => Entry::Resolved {
                person: name(tables, row.get("agent")?)?,
                code: row.get("code")?,
                note: row.get("text")?,
            },
            Kind::Closed => Entry::Closed { reason: row.get("code")? },
            Kind::Reopened => Entry::Reopened,
            Kind::SignInAsked => Entry::SignInAsked { address: row.get("text")? },
            Kind::SignInFailed => Entry::SignInFailed { reason: row.get("code")? },
            Kind::SignedIn => Entry::SignedIn { name: row.get("text")? },
            Kind::Rated => Entry::Rated { score: row.get("number")? },
        };
        entries.push(TranscriptEntry { position, at: moment(row, "at")?, entry });
    }
    Ok(entries)
}

/// What an agent told with an entry.
fn told<T: DeserializeOwned>(row: &Row<'_>) -> rusqlite::Result<T> {
    serde_json::from_str(&row.get::<_, String>("told")?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into()))
}

fn name(tables: &Connection, person: String) -> Result<Option<String>, ViewsError> {
    let mut statement = tables.prepare_cached("SELECT name FROM people WHERE person = ?1")?;
    Ok(statement.query_row(params![person], |row| row.get(0)).optional()?.flatten())
}

/// The kinds of entries that a transcript shows.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Customer,
    Agent,
    Person,
    Action,
    Escalated,
    TakenOver,
    HandedBack,
    Whispered,
    Promised,
    PromiseKept,
    Relayed,
    Step,
    ModelCall,
    Resolved,
    Closed,
    Reopened,
    Rated,
    SignInAsked,
    SignInFailed,
    SignedIn,
}
