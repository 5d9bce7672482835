//! The six metrics, counted from the rows of conversations that ended.

use super::conversations;
use crate::codes::{Moment, moment, unsigned};
use crate::error::ViewsError;
use crate::labels::ToolLabels;
use crate::metrics::{Asked, Counted, CountedRow, Measured, Measures, Named, Period, SETTLES_AFTER_SECONDS, Slice};
use countersign_domain::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use std::collections::BTreeMap;

const MICROS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// Of a period and the one before.
pub(crate) fn measured(tables: &Connection, asked: Asked) -> Result<Measured, ViewsError> {
    let Asked { period, .. } = asked;
    let before = period.before();
    let (mut now, mut then) =
        (Groups::of_days(period, asked.offset_seconds), Groups::of_days(before, asked.offset_seconds));
    let whole = params![Moment(before.from), Moment(period.to)];
    let mut ended = BTreeMap::new();
    let mut rows = tables.prepare_cached("SELECT * FROM measures WHERE closed_at >= ?1 AND closed_at < ?2")?;
    let mut rows = rows.query(whole)?;
    while let Some(row) = rows.next()? {
        let one = Ended::of(row)?;
        let groups = if period.has(one.closed_at) { &mut now } else { &mut then };
        groups.each(&one, asked.offset_seconds, |sum| sum.take(&one, asked.now));
        ended.insert(row.get::<_, i64>("conversation")?, one);
    }
    for (sql, which) in [
        (
            "SELECT r.conversation, r.ms FROM measures m JOIN replies r ON r.conversation = m.conversation
             WHERE m.closed_at >= ?1 AND m.closed_at < ?2",
            (|sum: &mut Sum| &mut sum.replies) as fn(&mut Sum) -> &mut Vec<i64>,
        ),
        (
            "SELECT h.conversation, h.ms FROM measures m JOIN holds h ON h.conversation = m.conversation
             WHERE m.closed_at >= ?1 AND m.closed_at < ?2 AND h.ms IS NOT NULL",
            |sum| &mut sum.holds,
        ),
    ] {
        let mut times = tables.prepare_cached(sql)?;
        let mut times = times.query(whole)?;
        while let Some(row) = times.next()? {
            let (conversation, ms): (i64, i64) = (row.get(0)?, row.get(1)?);
            let Some(one) = ended.get(&conversation) else { continue };
            let groups = if period.has(one.closed_at) { &mut now } else { &mut then };
            groups.each(one, asked.offset_seconds, |sum| which(sum).push(ms));
        }
    }
    Ok(Measured {
        reasons: reasons(tables, period, before)?,
        total: now.total.measures(),
        total_before: then.total.measures(),
        days: in_order(now.days),
        days_before: in_order(then.days),
        intents: by_frequency(now.intents),
        channels: by_frequency(now.channels),
        agents: by_frequency(now.agents),
    })
}

/// One conversation that ended.
struct Ended {
    closed_at: Timestamp,
    person: bool,
    reopened_at: Option<Timestamp>,
    score: Option<u32>,
    cost_micros: u64,
    person_ms: i64,
    intent: Option<String>,
    channel: Option<String>,
    reasoner: Option<String>,
}

impl Ended {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            closed_at: moment(row, "closed_at")?,
            person: row.get("person")?,
            reopened_at: row.get::<_, Option<Moment>>("reopened_at")?.map(|at| at.0),
            score: row.get("score")?,
            cost_micros: unsigned(row.get("cost_micros")?),
            person_ms: row.get("person_ms")?,
            intent: row.get("intent")?,
            channel: row.get("channel")?,
            reasoner: row.get("reasoner")?,
        })
    }
}

/// Measures as they are added up.
#[derive(Default)]
struct Sum {
    counts: Measures,
    replies: Vec<i64>,
    holds: Vec<i64>,
}

impl Sum {
    fn take(&mut self, one: &Ended, now: Timestamp) {
        let counts = &mut self.counts;
        counts.closed += 1;
        counts.escalated += u32::from(one.person);
        counts.rated += u32::from(one.score.is_some());
        counts.score_sum += one.score.unwrap_or(0);
        counts.cost_micros += one.cost_micros;
        counts.person_ms += one.person_ms;
        let settles = one.closed_at.plus_seconds(SETTLES_AFTER_SECONDS);
        let stands = !one.person && one.reopened_at.is_none_or(|again| again >= settles);
        counts.claimed += u32::from(!one.person);
        counts.verified += u32::from(stands);
        counts.unsettled += u32::from(stands && now < settles);
    }

    fn measures(mut self) -> Measures {
        let count = |times: &Vec<i64>| u32::try_from(times.len()).unwrap_or(u32::MAX);
        self.counts.replies = count(&self.replies);
        self.counts.holds = count(&self.holds);
        self.counts.reply_p95_ms = p95(&mut self.replies);
        self.counts.hold_p95_ms = p95(&mut self.holds);
        self.counts
    }
}

/// The 95th percentile by nearest rank: the smallest value that 95 of 100 do not exceed.
fn p95(times: &mut [i64]) -> Option<i64> {
    times.sort_unstable();
    let rank = (times.len() * 95).div_ceil(100);
    times.get(rank.checked_sub(1)?).copied()
}

type Sums = BTreeMap<Option<String>, Sum>;

/// A period's sums: whole, and split.
#[derive(Default)]
struct Groups {
    total: Sum,
    days: Sums,
    intents: Sums,
    channels: Sums,
    agents: Sums,
}

impl Groups {
    /// With each of its days, also those on which nothing ended.
    fn of_days(period: Period, offset: i64) -> Self {
        let mut days = Sums::new();
        let mut at = period.from;
        while at < period.to {
            days.insert(Some(day(at, offset)), Sum::default());
            at = at.plus_seconds(DAY_SECONDS);
        }
        if period.from < period.to {
            days.entry(Some(day(period.to.plus_micros(-1), offset))).or_default();
        }
        Self { days, ..Self::default() }
    }

    fn each(&mut self, one: &Ended, offset: i64, mut add: impl FnMut(&mut Sum)) {
        add(&mut self.total);
        add(self.days.entry(Some(day(one.closed_at, offset))).or_default());
        add(self.intents.entry(one.intent.clone()).or_default());
        add(self.channels.entry(one.channel.clone()).or_default());
        add(self.agents.entry(one.reasoner.clone()).or_default());
    }
}

/// The day of a moment, as `2026-10-14`.
fn day(at: Timestamp, offset: i64) -> String {
    at.plus_seconds(offset).to_string().chars().take(10).collect()
}

fn in_order(sums: Sums) -> Vec<Named> {
    sums.into_iter().map(|(name, sum)| (name, sum.measures())).collect()
}

fn by_frequency(sums: Sums) -> Vec<Named> {
    let mut named = in_order(sums);
    named.sort_by_key(|(_, measures)| std::cmp::Reverse(measures.closed));
    named
}

fn reasons(tables: &Connection, period: Period, before: Period) -> Result<Vec<(String, u32, u32)>, ViewsError> {
    let mut counted = tables.prepare_cached(
        "SELECT a.reason, SUM(m.closed_at >= ?2) AS now, SUM(m.closed_at < ?2) AS before
         FROM measures m JOIN askings a ON a.conversation = m.conversation
         WHERE m.closed_at >= ?1 AND m.closed_at < ?3 GROUP BY a.reason ORDER BY now DESC, a.reason",
    )?;
    let parameters = params![Moment(before.from), Moment(period.from), Moment(period.to)];
    let rows = counted.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The conversations behind a figure, and how many there are in all.
pub(crate) fn counted(
    tables: &Connection,
    labels: &ToolLabels,
    period: Period,
    counted: &Counted,
    slice: Option<&Slice>,
    limit: u32,
) -> Result<(u32, Vec<CountedRow>), ViewsError> {
    let settled = SETTLES_AFTER_SECONDS * MICROS;
    let stands = format!("person = 0 AND (reopened_at IS NULL OR reopened_at >= closed_at + {settled})");
    let (which, order) = match counted {
        Counted::Closed => (String::new(), "closed_at DESC"),
        Counted::Claimed => ("person = 0".to_owned(), "closed_at DESC"),
        Counted::Verified => (stands, "closed_at DESC"),
        Counted::CameBack => (format!("person = 0 AND NOT ({stands})"), "closed_at DESC"),
        Counted::Rated => ("score IS NOT NULL".to_owned(), "score, closed_at DESC"),
        Counted::Escalated => ("person = 1".to_owned(), "closed_at DESC"),
        Counted::Reason(_) => (
            "EXISTS (SELECT 1 FROM askings a WHERE a.conversation = m.conversation AND a.reason = ?4)".to_owned(),
            "closed_at DESC",
        ),
        Counted::Slowest => ("slowest_ms IS NOT NULL".to_owned(), "slowest_ms DESC"),
        Counted::LongestHeld => ("longest_ms IS NOT NULL".to_owned(), "longest_ms DESC"),
        Counted::Costliest => (String::new(), "cost_micros DESC, closed_at DESC"),
    };
    let (column, name) = match slice {
        None => ("NULL", None),
        Some(Slice::Intent(name)) => ("intent", name.clone()),
        Some(Slice::Channel(name)) => ("channel", name.clone()),
        Some(Slice::Agent(name)) => ("reasoner", name.clone()),
    };
    let reason = if let Counted::Reason(reason) = counted { Some(reason.clone()) } else { None };
    let and = if which.is_empty() { String::new() } else { format!("AND {which}") };
    let from = format!(
        "FROM (SELECT m.*, (SELECT MAX(ms) FROM replies r WHERE r.conversation = m.conversation) AS slowest_ms,
                   (SELECT MAX(ms) FROM holds h WHERE h.conversation = m.conversation) AS longest_ms
               FROM measures m WHERE closed_at >= ?1 AND closed_at < ?2) m
         WHERE {column} IS ?3 {and}"
    );
    let optional = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    let mut parameters = vec![Value::Integer(period.from.micros()), Value::Integer(period.to.micros()), optional(name)];
    parameters.extend(reason.map(Value::Text));
    let total = tables
        .prepare_cached(&format!("SELECT COUNT(*) {from}"))?
        .query_row(params_from_iter(parameters.iter()), |row| row.get(0))?;
    let mut found = tables.prepare_cached(&format!("SELECT m.* {from} ORDER BY {order} LIMIT {limit}"))?;
    let mut found = found.query(params_from_iter(parameters.iter()))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let conversation = row.get("conversation")?;
        rows.push(CountedRow {
            row: conversations::by_row(tables, labels, conversation)?,
            closed_at: moment(row, "closed_at")?,
            how: row.get("how")?,
            score: row.get("score")?,
            slowest_ms: row.get("slowest_ms")?,
            longest_hold_ms: row.get("longest_ms")?,
            cost_micros: unsigned(row.get("cost_micros")?),
        });
    }
    Ok((total, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_95th_percentile_is_a_value_that_was_measured() {
        assert_eq!(p95(&mut []), None);
        assert_eq!(p95(&mut [7]), Some(7));
        assert_eq!(p95(&mut (1..=20).rev().collect::<Vec<_>>()), Some(19));
        assert_eq!(p95(&mut (1..=100).collect::<Vec<_>>()), Some(95));
        assert_eq!(p95(&mut (1..=101).collect::<Vec<_>>()), Some(96));
    }
}
