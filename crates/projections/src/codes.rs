//! How nouns stand in columns: enums by their serde code, moments as microseconds, counts as SQLite's integers.

use countersign_domain::money::{Currency, Money};
use countersign_domain::time::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An enum without data, or an id, as the text that serde gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coded<T>(pub(crate) T);

impl<T: Serialize> ToSql for Coded<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_value(&self.0) {
            Ok(Value::String(code)) => Ok(ToSqlOutput::from(code)),
            Ok(_) => Err(rusqlite::Error::ToSqlConversionFailure("a code that is no text".into())),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Coded<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let code = Value::String(value.as_str()?.to_owned());
        serde_json::from_value(code).map(Self).map_err(|e| FromSqlError::Other(e.into()))
    }
}

/// A moment, in microseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.micros()))
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        Timestamp::from_micros(micros).map(Self).ok_or(FromSqlError::OutOfRange(micros))
    }
}

/// Times in milliseconds, four bytes each: of one that is longer than 49 days, 49 days.
pub(crate) struct ReplyTimes;

impl ReplyTimes {
    pub(crate) fn packed(times: &[i64]) -> Vec<u8> {
        let four = |ms: &i64| u32::try_from(*ms.max(&0)).unwrap_or(u32::MAX).to_le_bytes();
        times.iter().flat_map(four).collect()
    }

    pub(crate) fn unpacked(bytes: &[u8]) -> impl Iterator<Item = i64> {
        bytes.as_chunks().0.iter().map(|four| i64::from(u32::from_le_bytes(*four)))
    }
}

/// A position or count for SQLite, which has no unsigned integers; ours end at 2^53-1.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Back from SQLite; nothing that this crate writes there is negative.
pub(crate) fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// An amount from its two columns, which are both there or both absent.
pub(crate) fn money(row: &Row<'_>, minor: &str, currency: &str) -> rusqlite::Result<Option<Money>> {
    let amount = row.get::<_, Option<i64>>(minor)?.zip(row.get::<_, Option<Coded<Currency>>>(currency)?);
    Ok(amount.map(|(minor, currency)| Money { minor, currency: currency.0 }))
}

/// A moment from its column.
pub(crate) fn moment(row: &Row<'_>, name: &str) -> rusqlite::Result<Timestamp> {
    row.get::<_, Moment>(name).map(|m| m.0)
}

/// A moment that may be absent.
pub(crate) fn maybe_moment(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<Moment>>(name).map(|m| m.map(|m| m.0))
}

/// An enum or id that may be absent, from its column.
pub(crate) fn maybe_coded<T: DeserializeOwned>(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<Coded<T>>>(name).map(|c| c.map(|c| c.0))
}

/// An enum or id from its column.
pub(crate) fn coded<T: DeserializeOwned>(row: &Row<'_>, name: &str) -> rusqlite::Result<T> {
    row.get::<_, Coded<T>>(name).map(|c| c.0)
}
