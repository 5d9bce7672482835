//! What a conversation waits for: worked out from its row and its actions after every batch that touched it, and
//! from nothing else, so that how events fell into batches leaves no trace.

use crate::codes::{Coded, Moment, coded, maybe_moment};
use crate::error::ViewsError;
use crate::rows::{ActionState, ConversationState};
use countersign_domain::time::Timestamp;
use rusqlite::{Connection, Row, params};

/// A conversation's own facts that say what it waits for.
struct Facts {
    closed: bool,
    escalated: bool,
    taken: bool,
    unanswered_since: Option<Timestamp>,
    within: bool,
}

/// The places of calls that belong to another conversation, behind those of all that lists show.
pub(crate) const LIVE_WITHIN: i64 = ConversationState::Closed as i64 + 1;
const ENDED_WITHIN: i64 = LIVE_WITHIN + 1;

/// Writes state, place in the list, since and deadline of one conversation, whose last event was at `changed_at`.
pub(super) fn place(tables: &Connection, conversation: i64, changed_at: Timestamp) -> Result<(), ViewsError> {
    let facts = tables
        .prepare_cached(
            "SELECT closed, escalated_at, taken_by, unanswered_since, within FROM conversations WHERE id = ?1",
        )?
        .query_row(params![conversation], facts)?;
    let (mut unknown, mut held, mut deadline) = (false, false, None);
    let mut statement = tables.prepare_cached(
        "SELECT state, deadline FROM actions WHERE state IN ('held', 'unknown')
             AND conversation IN (SELECT ?1 UNION ALL SELECT id FROM conversations WHERE within = ?1)",
    )?;
    let mut rows = statement.query(params![conversation])?;
    while let Some(row) = rows.next()? {
        match coded(row, "state")? {
            ActionState::Unknown => unknown = true,
            _ => {
                held = true;
                deadline = deadline.into_iter().chain(maybe_moment(row, "deadline")?).min();
            }
        }
    }
    let state = state(&facts, unknown, held);
    let since = facts.unanswered_since.filter(|_| !facts.closed).unwrap_or(changed_at);
    tables
        .prepare_cached(
            "UPDATE conversations SET state = ?2, urgency = ?3, rank = ?4, since = ?5, deadline = ?6, changed_at = ?7
             WHERE id = ?1",
        )?
        .execute(params![
            conversation,
            Coded(state),
            place_of(state, facts.within),
            rank(state, since, deadline, changed_at),
            Moment(since),
            deadline.map(Moment),
            Moment(changed_at)
        ])?;
    Ok(())
}

/// Where it stands in lists: a call that belongs to a conversation is shown there, and in no list.
fn place_of(state: ConversationState, within: bool) -> i64 {
    match (within, state) {
        (false, state) => state as i64,
        (true, ConversationState::Closed) => ENDED_WITHIN,
        (true, _) => LIVE_WITHIN,
    }
}

fn facts(row: &Row<'_>) -> rusqlite::Result<Facts> {
    Ok(Facts {
        closed: row.get("closed")?,
        escalated: row.get::<_, Option<i64>>("escalated_at")?.is_some(),
        taken: row.get::<_, Option<String>>("taken_by")?.is_some(),
        unanswered_since: maybe_moment(row, "unanswered_since")?,
        within: row.get::<_, Option<i64>>("within")?.is_some(),
    })
}

fn state(facts: &Facts, unknown: bool, held: bool) -> ConversationState {
    if unknown {
        ConversationState::Unknown
    } else if facts.taken && !facts.closed {
        ConversationState::Person
    } else if facts.escalated && !facts.closed {
        ConversationState::Escalated
    } else if held {
        ConversationState::Held
    } else if facts.closed {
        ConversationState::Closed
    } else if facts.unanswered_since.is_some() {
        ConversationState::Agent
    } else {
        ConversationState::Customer
    }
}

/// The order within a state: whoever waits, the longest first; holds by deadline; the others by the latest event.
fn rank(state: ConversationState, since: Timestamp, deadline: Option<Timestamp>, changed_at: Timestamp) -> i64 {
    match state {
        ConversationState::Unknown
        | ConversationState::Escalated
        | ConversationState::Person
        | ConversationState::Agent => since.micros(),
        ConversationState::Held => deadline.unwrap_or(since).micros(),
        ConversationState::Customer | ConversationState::Closed => changed_at.micros().saturating_neg(),
    }
}
