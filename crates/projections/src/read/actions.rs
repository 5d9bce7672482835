//! Lists of actions.

use crate::codes::{coded, maybe_coded, maybe_moment, moment, money, signed, unsigned};
use crate::error::ViewsError;
use crate::labels::{self, ToolLabels};
use crate::rows::{ActionRow, ActionState, Away, Delegated, Deputy, Signer, Snoozed};
use rusqlite::{Connection, Params, Row, params};
use serde_json::Value;

const COLUMNS: &str = "
SELECT a.*, c.conversation AS conversation_id, COALESCE(around.conversation, c.conversation) AS seen_in, c.channel, c.customer, c.erased, asker.name AS asked_by,
    snoozer.name AS snoozed_by_name, delegate.name AS delegate_name, delegator.name AS delegated_by_name,
    delegate.away_until, delegate.deputy, deputy.name AS deputy_name, deputy.away_until AS deputy_away_until
FROM actions a JOIN conversations c ON c.id = a.conversation LEFT JOIN conversations around ON around.id = c.within
    LEFT JOIN people asker ON asker.person = a.asker
    LEFT JOIN people snoozer ON snoozer.person = a.snoozed_by LEFT JOIN people delegate ON delegate.person = a.delegate
    LEFT JOIN people delegator ON delegator.person = a.delegated_by
    LEFT JOIN people deputy ON deputy.person = delegate.deputy";

const HELD: &str = "WHERE a.state = 'held' ORDER BY a.deadline, a.position LIMIT ?1";
const WAITING: &str = "WHERE a.state = 'waiting' ORDER BY a.deadline, a.position LIMIT ?1";
const UNKNOWN: &str = "WHERE a.state = 'unknown' ORDER BY a.changed LIMIT ?1";
/// The condition is that of the index `actions_decided`, word for word.
const DECIDED: &str = "
WHERE a.state NOT IN ('proposed', 'held', 'waiting', 'unknown') AND (a.held_once = 1 OR a.effect <> 'read')
ORDER BY a.changed DESC LIMIT ?1";

/// Held, nearest deadline first.
pub(crate) fn held(tables: &Connection, labels: &ToolLabels, limit: u32) -> Result<Vec<ActionRow>, ViewsError> {
    list(tables, labels, HELD, params![limit])
}

/// Approved and can still be taken back, the next to start first.
pub(crate) fn waiting(tables: &Connection, labels: &ToolLabels, limit: u32) -> Result<Vec<ActionRow>, ViewsError> {
    list(tables, labels, WAITING, params![limit])
}

/// Outcomes that nobody knows, the longest open first.
pub(crate) fn unknown(tables: &Connection, labels: &ToolLabels, limit: u32) -> Result<Vec<ActionRow>, ViewsError> {
    list(tables, labels, UNKNOWN, params![limit])
}

/// Decided or ended, newest first.
pub(crate) fn decided(tables: &Connection, labels: &ToolLabels, limit: u32) -> Result<Vec<ActionRow>, ViewsError> {
    list(tables, labels, DECIDED, params![limit])
}

/// All of one conversation and of the calls that belong to it, in the order of their proposals, from a position on.
pub(crate) fn of_conversation(
    tables: &Connection,
    labels: &ToolLabels,
    conversation: i64,
    from: i64,
) -> Result<Vec<ActionRow>, ViewsError> {
    let sql = "WHERE a.conversation IN (SELECT ?1 UNION ALL SELECT id FROM conversations WHERE within = ?1)
                   AND a.position >= ?2 ORDER BY a.position";
    list(tables, labels, sql, params![conversation, from])
}

/// The held action of a conversation with the nearest deadline.
pub(crate) fn held_in(
    tables: &Connection,
    labels: &ToolLabels,
    conversation: i64,
) -> Result<Option<ActionRow>, ViewsError> {
    let nearest = "WHERE a.conversation IN (SELECT ?1 UNION ALL SELECT id FROM conversations WHERE within = ?1)
                       AND a.state = 'held' ORDER BY a.deadline, a.position LIMIT 1";
    Ok(list(tables, labels, nearest, params![conversation])?.pop())
}

fn list(
    tables: &Connection,
    labels: &ToolLabels,
    which: &str,
    parameters: impl Params,
) -> Result<Vec<ActionRow>, ViewsError> {
    let mut statement = tables.prepare_cached(&format!("{COLUMNS} {which}"))?;
    let rows = statement.query_map(parameters, |row| action(row, labels))?;
    let mut actions: Vec<ActionRow> = rows.collect::<Result<_, _>>()?;
    for action in &mut actions {
        action.signers = signers(tables, action.position)?;
    }
    Ok(actions)
}

fn action(row: &Row<'_>, labels: &ToolLabels) -> rusqlite::Result<ActionRow> {
    let tool: String = row.get("tool")?;
    let customer: Option<String> = row.get("customer")?;
    let arguments: Option<String> = row.get("arguments")?;
    let arguments: Option<Value> = arguments.and_then(|text| serde_json::from_str(&text).ok());
    let money = money(row, "minor", "currency")?;
    let state = coded(row, "state")?;
    let words = labels::wording(labels, &tool, arguments.as_ref(), money.as_ref(), customer.as_deref());
    Ok(ActionRow {
        action: coded(row, "action")?,
        position: unsigned(row.get("position")?),
        conversation: coded(row, "conversation_id")?,
        seen_in: coded(row, "seen_in")?,
        channel: row.get("channel")?,
        agent: row.get("agent")?,
        asker: maybe_coded(row, "asker")?,
        whisperer: maybe_coded(row, "whisperer")?,
        asked_by: row.get("asked_by")?,
        tool,
        effect: coded(row, "effect")?,
        noun: words.noun,
        headline: words.headline,
        money,
        customer,
        erased: row.get("erased")?,
        object: words.object,
        state,
        proposed_at: moment(row, "proposed_at")?,
        deadline: match state {
            ActionState::Held | ActionState::Waiting => maybe_moment(row, "deadline")?,
            _ => None,
        },
        snoozed: match state {
            ActionState::Held => snoozed(row)?,
            _ => None,
        },
        delegated: match state {
            ActionState::Held => delegated(row)?,
            _ => None,
        },
        changed_at: moment(row, "changed_at")?,
        needed: row.get("needed")?,
        contradictions: row.get("contradictions")?,
        signers: Vec::new(),
        remark: row.get("remark")?,
        took_ms: row.get("took_ms")?,
    })
}

fn snoozed(row: &Row<'_>) -> rusqlite::Result<Option<Snoozed>> {
    let Some(until) = maybe_moment(row, "snoozed_until")? else { return Ok(None) };
    Ok(Some(Snoozed { until, by: row.get("snoozed_by_name")? }))
}

fn delegated(row: &Row<'_>) -> rusqlite::Result<Option<Delegated>> {
    let Some(to) = maybe_coded(row, "delegate")? else { return Ok(None) };
    let (name, by_name) = (row.get("delegate_name")?, row.get("delegated_by_name")?);
    Ok(Some(Delegated { to, name, by: maybe_coded(row, "delegated_by")?, by_name, away: away(row)? }))
}

fn away(row: &Row<'_>) -> rusqlite::Result<Option<Away>> {
    let Some(until) = maybe_moment(row, "away_until")? else { return Ok(None) };
    let (name, away_until) = (row.get("deputy_name")?, maybe_moment(row, "deputy_away_until")?);
    let deputy = maybe_coded(row, "deputy")?.map(|person| Deputy { person, name, away_until });
    Ok(Some(Away { until, deputy }))
}

fn signers(tables: &Connection, proposal: u64) -> Result<Vec<Signer>, ViewsError> {
    let mut statement = tables.prepare_cached(
        "SELECT s.person, p.name, s.choice, s.at FROM signatures s LEFT JOIN people p ON p.person = s.person
         WHERE s.action = ?1 ORDER BY s.position",
    )?;
    let rows = statement.query_map(params![signed(proposal)], |row| {
        Ok(Signer {
            person: coded(row, "person")?,
            name: row.get("name")?,
            choice: coded(row, "choice")?,
            at: moment(row, "at")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::TABLES;

    #[test]
    fn a_list_costs_what_it_shows_and_not_what_the_log_holds() {
        let tables = Connection::open_in_memory().unwrap();
        tables.execute_batch(TABLES).unwrap();
        let held = [(HELD, "actions_held"), (WAITING, "actions_waiting")];
        for (which, index) in held.into_iter().chain([(UNKNOWN, "actions_unknown"), (DECIDED, "actions_decided")]) {
            let mut statement = tables.prepare(&format!("EXPLAIN QUERY PLAN {COLUMNS} {which}")).unwrap();
            let steps = statement.query_map([1], |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
            assert!(plan.iter().any(|step| step.contains(&format!("USING INDEX {index}"))), "{plan:?}");
            assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{plan:?}");
        }
    }
}
