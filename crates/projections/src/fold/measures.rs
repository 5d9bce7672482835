//! What the six metrics are counted from: one row for each conversation that ended, as it was with its first end, so that
//! the figures of a period that is over do not change; its holds, and why a person was asked for. Until then, what becomes
//! of it: its replies, and how long people had the word.

use super::Stored;
use crate::codes::{Coded, Moment, ReplyTimes};
use crate::error::ViewsError;
use crate::metrics::TAKEN_OVER;
use countersign_domain::action::{ActionEvent, Decided};
use countersign_domain::conversation::{CloseReason, ConversationEvent, Turned};
use rusqlite::{Connection, Params, params};

/// Takes an event of a conversation in, behind the conversation's own row.
pub(super) fn conversation(
    tables: &Connection,
    row: i64,
    event: &ConversationEvent,
    happened: &Stored,
) -> Result<(), ViewsError> {
    let run = |sql: &str, parameters: &[&dyn rusqlite::ToSql]| run(tables, sql, parameters);
    let at = Moment(happened.at);
    match event {
        ConversationEvent::Opened(_) => run("INSERT INTO measures (conversation) VALUES (?1)", &[&row]),
        ConversationEvent::Turned(turned) => replied(tables, row, turned, happened),
        ConversationEvent::Escalated { reason, .. } => asked(tables, row, &Coded(reason)),
        ConversationEvent::TakenOver { .. } => {
            run(
                "UPDATE measures SET taken_at = COALESCE(taken_at, ?2) WHERE conversation = ?1 AND closed_at IS NULL",
                &[&row, &at],
            )?;
            let first = "SELECT person = 0 FROM measures WHERE conversation = ?1";
            let unasked: bool = tables.prepare_cached(first)?.query_row(params![row], |row| row.get(0))?;
            if unasked { asked(tables, row, &TAKEN_OVER) } else { Ok(()) }
        }
        ConversationEvent::HandedBack { .. } => run(
            "UPDATE measures SET person_ms = person_ms + MAX(0, (?2 - taken_at) / 1000), taken_at = NULL
             WHERE conversation = ?1 AND closed_at IS NULL AND taken_at IS NOT NULL",
            &[&row, &at],
        ),
        ConversationEvent::Resolved { .. } => ended(tables, row, "resolved", happened),
        ConversationEvent::Closed { reason: CloseReason::CustomerDone } => {
            ended(tables, row, "customer_done", happened)
        }
        ConversationEvent::Closed { reason: CloseReason::Idle } => ended(tables, row, "idle", happened),
        ConversationEvent::Reopened { .. } => {
            run(&format!("UPDATE ended SET reopened_at = COALESCE(reopened_at, ?2) {IT}"), &[&row, &at])
        }
        ConversationEvent::Rated { score } => run(&format!("UPDATE ended SET score = ?2 {IT}"), &[&row, score]),
        ConversationEvent::Received(_)
        | ConversationEvent::SignInAsked { .. }
        | ConversationEvent::SignInFailed { .. }
        | ConversationEvent::SignedIn(_)
        | ConversationEvent::Proposed { .. }
        | ConversationEvent::Replied(_)
        | ConversationEvent::Answered(_)
        | ConversationEvent::Promised(_)
        | ConversationEvent::Whispered(_)
        | ConversationEvent::WhisperReceipted(_)
        | ConversationEvent::PromiseKept { .. }
        | ConversationEvent::Relayed(_)
        | ConversationEvent::Spanned(_)
        | ConversationEvent::ModelCalled(_)
        | ConversationEvent::Closed { reason: CloseReason::Erased | CloseReason::CallEnded | CloseReason::AgentDone } => {
            Ok(())
        }
    }
}

/// Takes an event of an action in, behind its own row.
pub(super) fn action(
    tables: &Connection,
    conversation: i64,
    event: &ActionEvent,
    happened: &Stored,
) -> Result<(), ViewsError> {
    match event {
        ActionEvent::Held(_) | ActionEvent::Voided { .. } => run(
            tables,
            "INSERT INTO holds (position, conversation, action, since)
             SELECT ?1, ?2, ?3, ?4 FROM measures WHERE conversation = ?2 AND closed_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM holds WHERE action = ?3 AND ms IS NULL)",
            params![happened.sql_position(), conversation, happened.subject, Moment(happened.at)],
        ),
        ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) if !is_last(decided) => Ok(()),
        ActionEvent::Proposed(_)
        | ActionEvent::DeadlineMoved { .. }
        | ActionEvent::Snoozed { .. }
        | ActionEvent::Delegated { .. } => Ok(()),
        _ => run(
            tables,
            "UPDATE holds SET ms = MAX(0, (?2 - since) / 1000) WHERE action = ?1 AND ms IS NULL",
            params![happened.subject, Moment(happened.at)],
        ),
    }
}

fn is_last(decided: &Decided) -> bool {
    decided.statement.which >= decided.statement.of
}

/// What a turn answered, from the message stored to the first segment sent.
fn replied(tables: &Connection, row: i64, turned: &Turned, happened: &Stored) -> Result<(), ViewsError> {
    let Some((received, first)) = turned.received_at.zip(turned.first_segment_at) else { return Ok(()) };
    run(
        tables,
        "INSERT INTO replies (position, conversation, ms)
         SELECT ?1, ?2, ?3 FROM measures WHERE conversation = ?2 AND closed_at IS NULL",
        params![happened.sql_position(), row, first.millis_since(received).max(0)],
    )
}

fn asked(tables: &Connection, row: i64, reason: &dyn rusqlite::ToSql) -> Result<(), ViewsError> {
    run(
        tables,
        "INSERT OR IGNORE INTO askings (conversation, reason)
         SELECT ?1, ?2 FROM measures WHERE conversation = ?1 AND closed_at IS NULL",
        params![row, reason],
    )?;
    run(tables, "UPDATE measures SET person = 1 WHERE conversation = ?1 AND closed_at IS NULL", params![row])
}

/// The row of a conversation that ended.
const IT: &str = "WHERE closed_at = (SELECT closed_at FROM measures WHERE conversation = ?1) AND conversation = ?1";

/// One in which the customer said nothing is none that was resolved or not.
fn ended(tables: &Connection, row: i64, how: &str, happened: &Stored) -> Result<(), ViewsError> {
    let first = "UPDATE measures SET closed_at = ?2, taken_at = NULL,
             person_ms = person_ms + COALESCE(MAX(0, (?2 - taken_at) / 1000), 0)
         WHERE conversation = ?1 AND closed_at IS NULL
             AND (SELECT messages FROM conversations WHERE id = ?1) > 0";
    if tables.prepare_cached(first)?.execute(params![row, Moment(happened.at)])? == 0 {
        return Ok(());
    }
    let times = {
        let mut times = tables.prepare_cached("SELECT ms FROM replies WHERE conversation = ?1 ORDER BY position")?;
        let times = times.query_map(params![row], |row| row.get(0))?;
        times.collect::<Result<Vec<i64>, _>>()?
    };
    run(
        tables,
        "INSERT INTO ended (closed_at, conversation, how, channel, intent, reasoner, person, person_ms, cost_micros, holds,
             reply_times, slowest_ms)
         SELECT m.closed_at, m.conversation, ?2, c.channel, c.intent, c.reasoner, m.person, m.person_ms, c.cost_micros,
             (SELECT COUNT(*) FROM holds h WHERE h.conversation = ?1), ?3, ?4
         FROM measures m JOIN conversations c ON c.id = m.conversation WHERE m.conversation = ?1",
        params![row, how, ReplyTimes::packed(&times), times.iter().max()],
    )?;
    run(tables, "DELETE FROM replies WHERE conversation = ?1", params![row])
}

fn run(tables: &Connection, sql: &str, parameters: impl Params) -> Result<(), ViewsError> {
    tables.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}
