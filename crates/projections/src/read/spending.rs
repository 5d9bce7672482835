//! What calls of models cost. The index holds all that is summed up, so that a day costs as much as that day had calls.

use crate::codes::{Moment, unsigned};
use crate::error::ViewsError;
use crate::metrics::Period;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

const SPENT: &str = "SELECT json_extract(told, '$.intent'), SUM(json_extract(told, '$.cost_micros'))
    FROM entries INDEXED BY entries_model_calls
    WHERE kind = 'model_call' AND at >= ?1 AND at < ?2 GROUP BY 1";

/// In the period, by class of intent.
pub(crate) fn spent(tables: &Connection, period: Period) -> Result<BTreeMap<String, u64>, ViewsError> {
    let mut statement = tables.prepare_cached(SPENT)?;
    let rows = statement.query_map(params![Moment(period.from), Moment(period.to)], |row| {
        Ok((row.get::<_, String>(0)?, unsigned(row.get(1)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
