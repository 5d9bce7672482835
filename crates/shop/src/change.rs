//! Changes of an order: each happens at most once per idempotency key, and is settled by a claiming probe.
//!
//! What was asked and what was answered is stored in the same transaction as the change itself, so a repeated call
//! gets the recorded answer, and what is checked cannot change before it is written, not even by another process.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{CrmError, Database, Faults, KeyState, Order, database, fault::Moment, order, refund};

/// A change that is asked for, checked for form but not yet against the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) tool: &'static str,
    pub(crate) idempotency_key: String,
    /// With no `#` or blanks around.
    pub(crate) order_number: String,
    /// All arguments but the key: with other ones the same key is refused.
    pub(crate) arguments: Value,
}

/// A change as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Change number, for example CH-000005.
    pub change_id: String,
    /// The key that it was made with.
    pub idempotency_key: String,
    /// The tool that made it.
    pub tool: String,
    /// The order that it was made on.
    pub order_number: String,
    /// When it was stored, RFC 3339 in UTC.
    pub recorded_at: String,
}

/// What a change answers. A repeated call answers the same, but for `already_recorded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeReceipt {
    /// Change number, for example CH-000005.
    pub change_id: String,
    /// When it was stored, RFC 3339 in UTC.
    pub recorded_at: String,
    /// True if an earlier call with this key already made the change and nothing was changed now.
    pub already_recorded: bool,
    /// The order as it stood right after the change.
    pub order: Order,
}

/// What `probe_change` answers, now and for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeProbe {
    /// `happened`: the key has a change. `claimed`: it has none and can never have one.
    pub state: KeyState,
    /// The change, if it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Change")]
    pub change: Option<Change>,
}

/// A change that is done, with its answer.
pub(crate) struct Done<T> {
    pub(crate) change: Change,
    pub(crate) answer: T,
    pub(crate) already_recorded: bool,
}

/// Makes a change by `apply`, or gives the recorded one if its key already did.
pub(crate) fn once<T: Serialize + DeserializeOwned>(
    connection: &mut Connection,
    asked: &Asked,
    faults: &Faults,
    apply: impl FnOnce(&Transaction<'_>) -> Result<T, CrmError>,
) -> Result<Done<T>, CrmError> {
    let write = database::begin(connection)?;
    let (key, asked_for) = (asked.idempotency_key.as_str(), asked.arguments.to_string());
    if let Some((change, arguments, answer)) = by_key(&write, key)? {
        if change.tool != asked.tool || arguments != asked_for {
            return Err(CrmError::KeyConflict);
        }
        let answer = serde_json::from_str(&answer).map_err(|_| CrmError::Damaged { what: "a change's answer" })?;
        return Ok(Done { change, answer, already_recorded: true });
    }
    if refund::by_key(&write, key)?.is_some() {
        return Err(CrmError::KeyConflict);
    }
    if refund::is_claimed(&write, key)? {
        return Err(CrmError::KeyClaimed);
    }
    let answer = apply(&write)?;
    let stored = serde_json::to_string(&answer).map_err(|_| CrmError::Damaged { what: "a change's answer" })?;
    write.execute(
        &format!(
            "INSERT INTO changes (idempotency_key, tool, order_number, arguments, answer, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, {})",
            database::NOW
        ),
        params![key, asked.tool, asked.order_number, asked_for, stored],
    )?;
    let (change, ..) = by_key(&write, key)?.ok_or(CrmError::Damaged { what: "the new change" })?;
    let fault = faults.take();
    fault.strike(Moment::BeforeCommit);
    write.commit()?;
    fault.strike(Moment::AfterCommit);
    Ok(Done { change, answer, already_recorded: false })
}

/// The same, for a change that answers with the order as it stands then.
pub(crate) fn of_order(
    connection: &mut Connection,
    asked: &Asked,
    faults: &Faults,
    apply: impl FnOnce(&Transaction<'_>, Order) -> Result<(), CrmError>,
) -> Result<ChangeReceipt, CrmError> {
    let done = once(connection, asked, faults, |write| {
        apply(write, order::get(write, &asked.order_number)?)?;
        order::get(write, &asked.order_number)
    })?;
    Ok(ChangeReceipt {
        change_id: done.change.change_id,
        recorded_at: done.change.recorded_at,
        already_recorded: done.already_recorded,
        order: done.answer,
    })
}

/// Tells whether a key has a change; if it has none, claims the key for ever, so that absence becomes final.
pub(crate) fn probe(connection: &mut Connection, key: &str) -> Result<ChangeProbe, CrmError> {
    let write = database::begin(connection)?;
    if let Some((change, ..)) = by_key(&write, key)? {
        return Ok(ChangeProbe { state: KeyState::Happened, change: Some(change) });
    }
    refund::claim(&write, key)?;
    write.commit()?;
    Ok(ChangeProbe { state: KeyState::Claimed, change: None })
}

impl Database {
    /// All changes, oldest first: for people and tests, not offered as a tool.
    pub fn list_changes(&self) -> Result<Vec<Change>, CrmError> {
        let read = self.connect()?;
        let mut query = read.prepare("SELECT * FROM changes ORDER BY number")?;
        let changes = query.query_map([], change)?.collect::<Result<Vec<_>, _>>()?;
        Ok(changes)
    }
}

/// The change of a key, with its arguments and its answer as stored.
pub(crate) fn by_key(read: &Connection, key: &str) -> Result<Option<(Change, String, String)>, CrmError> {
    let query = "SELECT * FROM changes WHERE idempotency_key = ?1";
    Ok(read.query_row(query, [key], |row| Ok((change(row)?, row.get("arguments")?, row.get("answer")?))).optional()?)
}

fn change(row: &rusqlite::Row<'_>) -> rusqlite::Result<Change> {
    let number: i64 = row.get("number")?;
    Ok(Change {
        change_id: format!("CH-{number:06}"),
        idempotency_key: row.get("idempotency_key")?,
        tool: row.get("tool")?,
        order_number: row.get("order_number")?,
        recorded_at: row.get("recorded_at")?,
    })
}
