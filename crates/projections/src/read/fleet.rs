//! What agents asked for. The index over the actions holds everything that is counted, so that a day costs as much as that
//! day had calls, however long the station has run; counters for each day would be cheaper still, and would have to be
//! taken back wherever a conversation is folded again because its customer was forgotten. What people asked for in an
//! agent's place is no agent's call.

use crate::codes::Moment;
use crate::error::ViewsError;
use crate::fleet::{Calls, FleetDid};
use crate::metrics::Period;
use rusqlite::{Connection, params};

const CALLS: &str =
    "SELECT agent, tool, COUNT(*), SUM(held_once), SUM(state = 'denied'), SUM(state = 'failed'), SUM(state = 'unknown')
    FROM actions INDEXED BY actions_of_agents
    WHERE asker IS NULL AND proposed_at >= ?1 AND proposed_at < ?2
    GROUP BY agent, tool ORDER BY agent, tool";

/// Of what was proposed in the period.
pub(crate) fn fleet(tables: &Connection, period: Period) -> Result<FleetDid, ViewsError> {
    let mut calls = tables.prepare_cached(CALLS)?;
    let calls = calls.query_map(params![Moment(period.from), Moment(period.to)], |row| {
        Ok(Calls {
            agent: row.get(0)?,
            tool: row.get(1)?,
            calls: row.get(2)?,
            held: row.get(3)?,
            denied: row.get(4)?,
            failed: row.get(5)?,
            unknown: row.get(6)?,
        })
    })?;
    let calls = calls.collect::<Result<_, _>>()?;
    let mut live = tables.prepare_cached(
        "SELECT agent, COUNT(*) FROM conversations INDEXED BY conversations_live
             WHERE closed = 0 AND within IS NULL GROUP BY agent",
    )?;
    let live = live.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(FleetDid { calls, live: live.collect::<Result<_, _>>()? })
}
