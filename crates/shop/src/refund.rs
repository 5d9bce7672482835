//! Refunds: paid at most once per idempotency key, never beyond the order's total, and settled by a claiming probe.
//!
//! Every function here is one immediate transaction: what it checks cannot change before it writes, not even from
//! another process on the same file.

use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CrmError, Currency, Database, Faults, change, database, fault::Moment, order};

/// Why money is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(title = "Reason")]
#[allow(missing_docs)]
pub enum Reason {
    Damaged,
    Late,
    NotAsDescribed,
    ChangedMind,
    Goodwill,
}

impl Reason {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Late => "late",
            Self::NotAsDescribed => "not_as_described",
            Self::ChangedMind => "changed_mind",
            Self::Goodwill => "goodwill",
        }
    }

    fn from_code(code: &str) -> Result<Self, CrmError> {
        match code {
            "damaged" => Ok(Self::Damaged),
            "late" => Ok(Self::Late),
            "not_as_described" => Ok(Self::NotAsDescribed),
            "changed_mind" => Ok(Self::ChangedMind),
            "goodwill" => Ok(Self::Goodwill),
            _ => Err(CrmError::Damaged { what: "a refund's reason" }),
        }
    }
}

/// A refund that is asked for, checked for form but not yet against the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// The order, with no `#` or blanks around.
    pub order_number: String,
    /// Minor units, at least 1.
    pub amount_minor: i64,
    /// Must be the order's.
    pub currency: Currency,
    /// Why.
    pub reason: Reason,
    /// Free text for staff; empty if none was given.
    pub note: String,
    /// The key under which this refund happens at most once.
    pub idempotency_key: String,
}

/// A stored refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refund {
    /// Refund number, for example RF-000005.
    pub refund_id: String,
    /// The key that it was made with.
    pub idempotency_key: String,
    /// The order that it was paid on.
    pub order_number: String,
    /// What was paid back, in minor units.
    pub amount_minor: i64,
    /// Currency of the amount.
    pub currency: Currency,
    /// Why it was paid back.
    pub reason: Reason,
    /// Note for staff, empty if none.
    pub note: String,
    /// When it was stored, RFC 3339 in UTC.
    pub recorded_at: String,
}

/// What `issue_refund` answers. A repeated call answers the same, but for `already_recorded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Refund number, for example RF-000005.
    pub refund_id: String,
    /// The order that it was paid on.
    pub order_number: String,
    /// What was paid back, in minor units.
    pub amount_minor: i64,
    /// Currency of the amounts.
    pub currency: Currency,
    /// All refunds on the order up to and with this one, in minor units.
    pub refunded_total_minor: i64,
    /// What was left to refund after this one, in minor units.
    pub remaining_minor: i64,
    /// When it was stored, RFC 3339 in UTC.
    pub recorded_at: String,
    /// True if an earlier call with this key already made the refund and nothing was paid now.
    pub already_recorded: bool,
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum KeyState {
    Happened,
    Claimed,
}

/// What `probe_refund` answers, now and for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// `happened`: the key has a refund. `claimed`: it has none and can never have one.
    pub state: KeyState,
    /// The refund, if it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Refund")]
    pub refund: Option<Refund>,
}

/// Makes the refund, or answers with the recorded one if its key already did.
pub(crate) fn issue(connection: &mut Connection, asked: &RefundRequest, faults: &Faults) -> Result<Receipt, CrmError> {
    let write = database::begin(connection)?;
    if let Some(made) = by_key(&write, &asked.idempotency_key)? {
        let same = (&made.order_number, made.amount_minor, made.currency, made.reason, &made.note)
            == (&asked.order_number, asked.amount_minor, asked.currency, asked.reason, &asked.note);
        return if same { receipt(&write, made, true) } else { Err(CrmError::KeyConflict) };
    }
    if change::by_key(&write, &asked.idempotency_key)?.is_some() {
        return Err(CrmError::KeyConflict);
    }
    if is_claimed(&write, &asked.idempotency_key)? {
        return Err(CrmError::KeyClaimed);
    }
    let order = order::get(&write, &asked.order_number)?;
    if order.currency != asked.currency {
        return Err(CrmError::WrongCurrency { paid_in: order.currency });
    }
    let remaining_minor = order.total_minor - order.refunded_minor;
    if asked.amount_minor > remaining_minor {
        let (asked_minor, currency) = (asked.amount_minor, order.currency);
        return Err(CrmError::TooMuch { asked_minor, remaining_minor, currency });
    }
    write.execute(
        &format!(
            "INSERT INTO refunds (idempotency_key, order_number, amount_minor, currency, reason, note, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, {})",
            database::NOW
        ),
        params![
            asked.idempotency_key,
            order.order_number,
            asked.amount_minor,
            asked.currency.code(),
            asked.reason.code(),
            asked.note
        ],
    )?;
    let made = by_key(&write, &asked.idempotency_key)?.ok_or(CrmError::Damaged { what: "the new refund" })?;
    let receipt = receipt(&write, made, false)?;
    let fault = faults.take();
    fault.strike(Moment::BeforeCommit);
    write.commit()?;
    fault.strike(Moment::AfterCommit);
    Ok(receipt)
}

/// Tells whether a key has a refund; if it has none, claims the key for ever, so that absence becomes final.
pub(crate) fn probe(connection: &mut Connection, key: &str) -> Result<Probe, CrmError> {
    let write = database::begin(connection)?;
    if let Some(refund) = by_key(&write, key)? {
        return Ok(Probe { state: KeyState::Happened, refund: Some(refund) });
    }
    claim(&write, key)?;
    write.commit()?;
    Ok(Probe { state: KeyState::Claimed, refund: None })
}

/// Claims a key for ever.
pub(crate) fn claim(write: &Connection, key: &str) -> Result<(), CrmError> {
    let query = "INSERT OR IGNORE INTO claimed_keys (idempotency_key, claimed_at) VALUES (?1, ";
    write.execute(&format!("{query}{})", database::NOW), [key])?;
    Ok(())
}

impl Database {
    /// All refunds, oldest first, with those of the sample shop: for people and tests, not offered as a tool.
    pub fn list_refunds(&self) -> Result<Vec<Refund>, CrmError> {
        let read = self.connect()?;
        let mut query = read.prepare("SELECT * FROM refunds ORDER BY number")?;
        let rows = query.query_map([], refund)?;
        let mut refunds = Vec::new();
        for row in rows {
            refunds.push(row??);
        }
        Ok(refunds)
    }
}

pub(crate) fn by_key(read: &Connection, key: &str) -> Result<Option<Refund>, CrmError> {
    read.query_row("SELECT * FROM refunds WHERE idempotency_key = ?1", [key], refund).optional()?.transpose()
}

/// Whether a probe settled that nothing with this key ever happens.
pub(crate) fn is_claimed(read: &Connection, key: &str) -> Result<bool, CrmError> {
    let query = "SELECT EXISTS (SELECT 1 FROM claimed_keys WHERE idempotency_key = ?1)";
    Ok(read.query_row(query, [key], |row| row.get(0))?)
}

/// The receipt as it was at the refund's own time: later refunds on the order do not change a repeated answer.
fn receipt(read: &Connection, made: Refund, already_recorded: bool) -> Result<Receipt, CrmError> {
    let (total_minor, refunded_total_minor): (i64, i64) = read.query_row(
        "SELECT total_minor, cancelled_minor + (SELECT coalesce(sum(amount_minor), 0) FROM refunds
             WHERE order_number = orders.number
               AND number <= (SELECT number FROM refunds WHERE idempotency_key = ?2))
         FROM orders WHERE number = ?1",
        [&made.order_number, &made.idempotency_key],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(Receipt {
        refund_id: made.refund_id,
        order_number: made.order_number,
        amount_minor: made.amount_minor,
        currency: made.currency,
        refunded_total_minor,
        remaining_minor: total_minor - refunded_total_minor,
        recorded_at: made.recorded_at,
        already_recorded,
    })
}

/// Reads a row of `refunds`. The inner result is about the stored words.
fn refund(row: &Row<'_>) -> rusqlite::Result<Result<Refund, CrmError>> {
    let number: i64 = row.get("number")?;
    let (currency, reason): (String, String) = (row.get("currency")?, row.get("reason")?);
    let (currency, reason) = match (Currency::from_code(&currency), Reason::from_code(&reason)) {
        (Ok(currency), Ok(reason)) => (currency, reason),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
    };
    Ok(Ok(Refund {
        refund_id: format!("RF-{number:06}"),
        idempotency_key: row.get("idempotency_key")?,
        order_number: row.get("order_number")?,
        amount_minor: row.get("amount_minor")?,
        currency,
        reason,
        note: row.get("note")?,
        recorded_at: row.get("recorded_at")?,
    }))
}
