//! Conversations: their rows, and the entries of their transcripts.

use super::{Stored, promises, relayed, whispers};
use crate::codes::{Coded, Moment, signed, unsigned};
use crate::error::ViewsError;
use crate::rows::ConversationState;
use crate::text_index;
use countersign_domain::canonical;
use countersign_domain::conversation::{
    Assurance, CloseReason, ConversationEvent, ModelCalled, Opened, Turned, UNCLEAR_INTENT,
};
use rusqlite::{Connection, OptionalExtension, params};

/// Takes one event in that is no message; the conversation's row, which is `known` unless it begins here.
pub(super) fn take(
    tables: &Connection,
    known: Option<i64>,
    event: &ConversationEvent,
    happened: &Stored,
) -> Result<i64, ViewsError> {
    if let ConversationEvent::Opened(opened) = event {
        return open(tables, opened, happened);
    }
    let Some(row) = known else {
        return happened.out_of_place("its conversation was never opened");
    };
    match event {
        // A proposal has made its entry itself, and messages are taken in apart.
        ConversationEvent::Opened(_) | ConversationEvent::Received(_) | ConversationEvent::Proposed { .. } => {}
        ConversationEvent::SignInAsked { .. } => {
            Entry { kind: "sign_in_asked", text: happened.text("address"), ..Entry::default() }
                .put(tables, row, happened)?;
        }
        ConversationEvent::SignInFailed { reason, .. } => {
            Entry { kind: "sign_in_failed", code: Some(reason.in_words()), ..Entry::default() }
                .put(tables, row, happened)?;
        }
        ConversationEvent::SignedIn(_) => sign_in(tables, row, happened)?,
        ConversationEvent::Replied(replied) => {
            let text = happened.text("text");
            Entry { kind: "agent", agent: Some(&replied.agent), text, ..Entry::default() }
                .put(tables, row, happened)?;
            tables
                .prepare_cached(
                    "UPDATE conversations SET last_words = ?2, first_reply_at = CASE
                         WHEN first_message_at IS NULL THEN NULL ELSE COALESCE(first_reply_at, ?3) END
                     WHERE id = ?1",
                )?
                .execute(params![row, text, Moment(happened.at)])?;
            // It is in an index, and hardly ever another one.
            tables
                .prepare_cached("UPDATE conversations SET agent = ?2 WHERE id = ?1 AND agent IS NOT ?2")?
                .execute(params![row, replied.agent])?;
        }
        ConversationEvent::Answered(answered) => {
            let text = happened.text("text");
            Entry {
                kind: "person",
                agent: Some(answered.by.as_str()),
                text,
                masked: answered.masked,
                ..Entry::default()
            }
            .put(tables, row, happened)?;
            tables
                .prepare_cached(
                    "UPDATE conversations SET last_words = ?2, answered = MAX(answered, ?3), escalation_answered = 1,
                         first_reply_at = CASE
                             WHEN first_message_at IS NULL THEN NULL ELSE COALESCE(first_reply_at, ?4) END,
                         unanswered_since = (SELECT at FROM entries
                             WHERE conversation = ?1 AND number > MAX(answered, ?3) ORDER BY position LIMIT 1)
                     WHERE id = ?1",
                )?
                .execute(params![row, text, answered.answered, Moment(happened.at)])?;
        }
        ConversationEvent::Turned(turned) => turn(tables, row, turned)?,
        ConversationEvent::Escalated { reason, pulled } => {
            let text = happened.text("note");
            let agent = pulled.as_ref().map(|pulled| pulled.by.as_str());
            Entry { kind: "escalated", agent, code: Some(reason.in_words()), text, ..Entry::default() }
                .put(tables, row, happened)?;
            // The clock runs from the first time that one was asked for, whatever else is found missing meanwhile.
            tables
                .prepare_cached(
                    "UPDATE conversations SET escalated_for = ?2, escalated_at = ?3, escalation_answered = 0
                     WHERE id = ?1 AND escalated_at IS NULL",
                )?
                .execute(params![row, Coded(*reason), Moment(happened.at)])?;
        }
        ConversationEvent::TakenOver { by } => {
            let agent = Some(by.as_str());
            Entry { kind: "taken_over", agent, ..Entry::default() }.put(tables, row, happened)?;
            tables
                .prepare_cached("UPDATE conversations SET taken_by = ?2 WHERE id = ?1")?
                .execute(params![row, by.as_str()])?;
            whispers::over(tables, row)?;
        }
        ConversationEvent::HandedBack { by } => {
            let agent = Some(by.as_str());
            Entry { kind: "handed_back", agent, ..Entry::default() }.put(tables, row, happened)?;
            // A person was there: whatever one was asked for is over with that.
            tables
                .prepare_cached(
                    "UPDATE conversations SET taken_by = NULL, escalated_for = NULL, escalated_at = NULL WHERE id = ?1",
                )?
                .execute(params![row])?;
        }
        ConversationEvent::Whispered(whispered) => whispers::whispered(tables, row, whispered, happened)?,
        ConversationEvent::WhisperReceipted(receipt) => whispers::receipted(tables, row, receipt, happened)?,
        ConversationEvent::Promised(promised) => promises::made(tables, row, promised, happened)?,
        ConversationEvent::PromiseKept { number, by } => promises::kept(tables, row, *number, by, happened)?,
        ConversationEvent::Resolved { by, code } => {
            let (agent, text) = (Some(by.as_str()), happened.text("note"));
            Entry { kind: "resolved", agent, text, code: Some(code.in_words()), ..Entry::default() }
                .put(tables, row, happened)?;
            end(tables, row)?;
        }
        ConversationEvent::Closed { reason } => {
            let code = Some(match reason {
                CloseReason::CustomerDone => "The customer said that it is done",
                CloseReason::Idle => "Nothing came for long",
                CloseReason::Erased => "The customer is erased",
                CloseReason::AgentDone => "Its agent said that it is over",
                CloseReason::CallEnded => "What was called for has come to its end",
            });
            Entry { kind: "closed", code, ..Entry::default() }.put(tables, row, happened)?;
            end(tables, row)?;
        }
        ConversationEvent::Reopened { .. } => {
            Entry { kind: "reopened", ..Entry::default() }.put(tables, row, happened)?;
            tables.prepare_cached("UPDATE conversations SET closed = 0 WHERE id = ?1")?.execute(params![row])?;
        }
        ConversationEvent::Relayed(message) => relayed::relayed(tables, row, message, happened)?,
        ConversationEvent::Spanned(step) => relayed::spanned(tables, row, step, happened)?,
        ConversationEvent::ModelCalled(called) => model_call(tables, row, called, happened)?,
        ConversationEvent::Rated { score } => {
            Entry { kind: "rated", number: Some((*score).into()), ..Entry::default() }.put(tables, row, happened)?;
        }
    }
    Ok(row)
}

/// What it cost counts at once, whatever becomes of the turn.
fn model_call(tables: &Connection, row: i64, called: &ModelCalled, happened: &Stored) -> Result<(), ViewsError> {
    let told = canonical::to_text(&canonical::value_of(called));
    Entry { kind: "model_call", agent: happened.agent(), told: Some(&told), ..Entry::default() }
        .put(tables, row, happened)?;
    tables
        .prepare_cached("UPDATE conversations SET cost_micros = cost_micros + ?2, cost_currency = ?3 WHERE id = ?1")?
        .execute(params![row, signed(called.cost_micros), called.currency])?;
    Ok(())
}

/// With its end nobody has the word or is asked for, and what was said before is left at that.
fn end(tables: &Connection, row: i64) -> Result<(), ViewsError> {
    tables
        .prepare_cached(
            "UPDATE conversations SET closed = 1, answered = messages, unanswered_since = NULL, taken_by = NULL,
                 escalated_for = NULL, escalated_at = NULL WHERE id = ?1",
        )?
        .execute(params![row])?;
    whispers::over(tables, row)
}

/// The row of a conversation, by its id.
pub(super) fn row_of(tables: &Connection, id: &str) -> Result<Option<i64>, ViewsError> {
    let mut statement = tables.prepare_cached("SELECT id FROM conversations WHERE conversation = ?1")?;
    Ok(statement.query_row(params![id], |row| row.get(0)).optional()?)
}

/// One entry of a transcript, about to be written.
#[derive(Default)]
pub(super) struct Entry<'a> {
    pub(super) kind: &'a str,
    pub(super) number: Option<u32>,
    pub(super) agent: Option<&'a str>,
    pub(super) text: Option<&'a str>,
    /// Words of ours, no customer's and no person's.
    pub(super) code: Option<&'a str>,
    pub(super) masked: u32,
    /// What an agent of others told with it, as canonical JSON.
    pub(super) told: Option<&'a str>,
}

impl Entry<'_> {
    pub(super) fn put(&self, tables: &Connection, row: i64, happened: &Stored) -> Result<(), ViewsError> {
        tables
            .prepare_cached(
                "INSERT INTO entries (position, conversation, at, kind, number, agent, text, code, masked, told)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                happened.sql_position(),
                row,
                Moment(happened.at),
                self.kind,
                self.number,
                self.agent,
                self.text,
                self.code,
                self.masked,
                self.told
            ])?;
        Ok(())
    }
}

fn open(tables: &Connection, opened: &Opened, happened: &Stored) -> Result<i64, ViewsError> {
    let name = happened.text("name");
    // Where it began is its row: folded again, it has the same one.
    let row = happened.sql_position();
    tables
        .prepare_cached(
            "INSERT INTO conversations
                 (id, conversation, channel, assurance, customer, subject, erased, opened_at, changed_at, state, urgency, rank,
                 since, team, agent)
             VALUES (?7, ?1, ?2, ?3, ?4, ?9, ?8, ?5, ?5, ?6, 0, 0, ?5, ?10, ?11)",
        )?
        .execute(params![
            Coded(&opened.conversation),
            opened.channel,
            Coded(opened.assurance),
            name,
            Moment(happened.at),
            Coded(ConversationState::Customer),
            row,
            happened.fields.is_none(),
            happened.text("subject"),
            happened.team,
            opened.agent
        ])?;
    Entry { kind: "opened", text: name, ..Entry::default() }.put(tables, row, happened)?;
    relayed::begun(tables, row, opened)?;
    Ok(row)
}

/// Whom the shop knows takes the place of a name that was only said, in lists and for searches.
fn sign_in(tables: &Connection, row: i64, happened: &Stored) -> Result<(), ViewsError> {
    let name = happened.text("name");
    Entry { kind: "signed_in", text: name, ..Entry::default() }.put(tables, row, happened)?;
    tables
        .prepare_cached("UPDATE conversations SET assurance = ?2, customer = ?3, subject = ?4 WHERE id = ?1")?
        .execute(params![row, Coded(Assurance::Verified), name, happened.text("subject")])?;
    let indexed = tables.prepare_cached("SELECT indexed FROM cursor")?.query_row([], |row| row.get(0)).optional()?;
    text_index::index_again(tables, &happened.subject, unsigned(indexed.unwrap_or_default()))
}

fn turn(tables: &Connection, row: i64, turned: &Turned) -> Result<(), ViewsError> {
    let recognised = Some(&turned.intent).filter(|intent| *intent != UNCLEAR_INTENT);
    tables
        .prepare_cached(
            "UPDATE conversations SET turns = ?2, answered = ?3, intent = COALESCE(?4, intent), reasoner = ?5,
                 cost_currency = ?6,
                 unanswered_since = (SELECT at FROM entries
                     WHERE conversation = ?1 AND number > ?3 ORDER BY position LIMIT 1)
             WHERE id = ?1",
        )?
        .execute(params![
            row,
            turned.turn,
            turned.answered,
            recognised,
            turned.reasoner.to_string(),
            turned.currency
        ])?;
    Ok(())
}
