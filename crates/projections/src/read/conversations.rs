//! Lists of conversations.

use super::{actions, promises};
use crate::codes::{Coded, coded, maybe_moment, moment};
use crate::error::ViewsError;
use crate::fold::LIVE_WITHIN;
use crate::labels::ToolLabels;
use crate::rows::{ActionRow, ConversationRow, ConversationState, Escalation};
use countersign_domain::conversation::EscalationReason;
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_domain::time::Timestamp;
use rusqlite::{Connection, Row, ToSql, params, params_from_iter};

const ROWS: &str =
    "SELECT c.*, p.name AS taken_by_name FROM conversations c LEFT JOIN people p ON p.person = c.taken_by";

/// Live ones in which a person is asked for, the longest first; then those in which something promised is not kept.
pub(crate) fn escalated(
    tables: &Connection,
    labels: &ToolLabels,
    limit: u32,
) -> Result<Vec<ConversationRow>, ViewsError> {
    let asked = "WHERE c.escalated_at IS NOT NULL AND c.closed = 0 ORDER BY c.escalated_at, c.id LIMIT ?1";
    // The condition is that of the index `conversations_promised`, word for word.
    let promised = "WHERE open_promises > 0 AND erased = 0 AND (c.escalated_at IS NULL OR c.closed = 1)
                    ORDER BY c.id LIMIT ?1";
    let mut rows = list(tables, labels, asked, [limit])?;
    rows.extend(list(tables, labels, promised, [limit])?);
    Ok(rows)
}

/// Conversations in which the customer has the word and nothing has happened since, the quietest first.
pub(crate) fn quiet_since(
    tables: &Connection,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<ConversationId>, ViewsError> {
    // The rank of those is when something last happened in them, negative: both columns are those of the index.
    let (customer, quiet) = (ConversationState::Customer as i64, since.micros().saturating_neg());
    let mut found = Vec::new();
    for (sql, place, moment) in [
        (QUIET, customer, quiet),
        (QUIET_WITHIN, LIVE_WITHIN, quiet),
        (QUIET_RELAYED, ConversationState::Agent as i64, since.micros()),
    ] {
        let mut statement = tables.prepare_cached(sql)?;
        let rows = statement.query_map(params![place, moment, limit], |row| coded(row, "conversation"))?;
        found.extend(rows.collect::<Result<Vec<ConversationId>, _>>()?);
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

const QUIET: &str =
    "SELECT conversation FROM conversations WHERE urgency = ?1 AND rank >= ?2 ORDER BY rank DESC LIMIT ?3";
/// A call that nobody proposed, and that belongs to another conversation.
const QUIET_WITHIN: &str = "SELECT conversation FROM conversations
    WHERE urgency = ?1 AND rank >= ?2 AND state = 'customer' ORDER BY rank DESC LIMIT ?3";
/// Where the customer has the word those above tell; whether its agent has not answered, or not told so, nobody here knows.
const QUIET_RELAYED: &str = "SELECT conversation FROM conversations
    WHERE channel = 'external' AND closed = 0 AND urgency = ?1 AND changed_at <= ?2 ORDER BY changed_at LIMIT ?3";

/// One by its row.
pub(crate) fn by_row(tables: &Connection, labels: &ToolLabels, id: i64) -> Result<ConversationRow, ViewsError> {
    let mut statement = tables.prepare_cached(&format!("{ROWS} WHERE c.id = ?1"))?;
    let row = statement.query_row(params![id], plain)?;
    whole(tables, labels, id, row)
}

/// Those that a condition with its order picks, whole.
pub(crate) fn list<V: ToSql>(
    tables: &Connection,
    labels: &ToolLabels,
    which: &str,
    values: impl IntoIterator<Item = V>,
) -> Result<Vec<ConversationRow>, ViewsError> {
    let mut statement = tables.prepare_cached(&format!("{ROWS} {which}"))?;
    let rows = statement.query_map(params_from_iter(values), |row| Ok((row.get::<_, i64>("id")?, plain(row)?)))?;
    let mut found = Vec::new();
    for row in rows {
        let (id, row) = row?;
        found.push(whole(tables, labels, id, row)?);
    }
    Ok(found)
}

/// A row as its columns give it; its line is the last words.
pub(crate) fn plain(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    let reason = row.get::<_, Option<Coded<EscalationReason>>>("escalated_for")?;
    let answered = row.get("escalation_answered")?;
    let escalation = reason.zip(maybe_moment(row, "escalated_at")?).map(|(reason, at)| Escalation {
        reason: reason.0,
        at,
        answered,
    });
    Ok(ConversationRow {
        conversation: coded(row, "conversation")?,
        channel: row.get("channel")?,
        agent: row.get("agent")?,
        customer: row.get("customer")?,
        erased: row.get("erased")?,
        assurance: coded(row, "assurance")?,
        intent: row.get("intent")?,
        state: coded(row, "state")?,
        taken_by: row.get::<_, Option<Coded<PersonId>>>("taken_by")?.map(|person| person.0),
        taken_by_name: row.get("taken_by_name")?,
        escalation,
        promise: None,
        line: row.get("last_words")?,
        deadline: maybe_moment(row, "deadline")?,
        since: moment(row, "since")?,
    })
}

/// The same with its open promises, its line saying what is held where that is what it waits for.
pub(crate) fn whole(
    tables: &Connection,
    labels: &ToolLabels,
    id: i64,
    mut row: ConversationRow,
) -> Result<ConversationRow, ViewsError> {
    if row.state == ConversationState::Held
        && let Some(held) = actions::held_in(tables, labels, id)?
    {
        row.line = Some(line(&held));
    }
    row.promise = promises::open(tables, id)?;
    Ok(row)
}

/// "Refund €129.00, order 1042": the amount is never cut, so it stands before the object.
fn line(held: &ActionRow) -> String {
    let mut line = held.noun.clone();
    if let Some(money) = &held.money {
        line.push_str(&format!(" {money}"));
    }
    if let Some(object) = &held.object {
        line.push_str(&format!(", {object}"));
    }
    line
}
