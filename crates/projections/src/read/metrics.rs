//! The six metrics, counted from the rows of conversations that ended.

use super::conversations;
use crate::codes::{Moment, ReplyTimes, moment, unsigned};
use crate::error::ViewsError;
use crate::labels::ToolLabels;
use crate::metrics::{Asked, Counted, CountedRow, Measured, Measures, Named, Period, SETTLES_AFTER_SECONDS, Slice};
use countersign_domain::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Statement, params, params_from_iter};
use std::collections::HashMap;

const MICROS: i64 = 1_000_000;
const DAY_MICROS: i64 = 86_400 * MICROS;
const SETTLES_AFTER: i64 = SETTLES_AFTER_SECONDS * MICROS;

/// In the order in which [`Ended`] reads them.
const ENDED: &str =
    "SELECT closed_at, conversation, person, person_ms, cost_micros, holds, reopened_at, score, reply_times,
        intent, channel, reasoner
    FROM ended WHERE closed_at >= ?1 AND closed_at < ?2";

/// Of a period and the one before.
pub(crate) fn measured(tables: &Connection, asked: Asked) -> Result<Measured, ViewsError> {
    let Asked { period, offset_seconds, now } = asked;
    let before = period.before();
    let (mut this, mut other) = (Days::of(period, offset_seconds), Days::of(before, offset_seconds));
    let (mut intents, mut channels, mut agents) = (Split::default(), Split::default(), Split::default());
    let mut reasons = Reasons::default();
    let mut holds = tables.prepare_cached("SELECT ms FROM holds WHERE conversation = ?1 AND ms IS NOT NULL")?;
    let mut askings = tables.prepare_cached("SELECT reason FROM askings WHERE conversation = ?1")?;
    let mut rows = tables.prepare_cached(ENDED)?;
    let mut rows = rows.query(params![Moment(before.from), Moment(period.to)])?;
    let mut one = Ended::default();
    while let Some(row) = rows.next()? {
        one.read(row, &mut holds)?;
        let within = one.closed_at >= period.from.micros();
        if one.person {
            reasons.take(&mut askings, one.conversation, within)?;
        }
        let add = |sum: &mut Sum| sum.take(&one, now.micros());
        if !within {
            other.each(one.closed_at, add);
            continue;
        }
        this.each(one.closed_at, add);
        let name = |column: usize| row.get_ref(column).and_then(|text| Ok(text.as_str_or_null()?));
        intents.each(name(9)?, add);
        channels.each(name(10)?, add);
        agents.each(name(11)?, add);
    }
    let ((total, days), (total_before, days_before)) = (this.measures(), other.measures());
    Ok(Measured {
        reasons: reasons.by_frequency(),
        total,
        total_before,
        days,
        days_before,
        intents: intents.by_frequency(),
        channels: channels.by_frequency(),
        agents: agents.by_frequency(),
    })
}

/// One conversation that ended. Its lists are used again for the next one.
#[derive(Default)]
struct Ended {
    closed_at: i64,
    conversation: i64,
    person: bool,
    person_ms: i64,
    cost_micros: u64,
    reopened_at: Option<i64>,
    score: Option<u32>,
    replies: Vec<i64>,
    holds: Vec<i64>,
}

impl Ended {
    fn read(&mut self, row: &Row<'_>, holds: &mut Statement<'_>) -> rusqlite::Result<()> {
        self.closed_at = row.get(0)?;
        self.conversation = row.get(1)?;
        self.person = row.get(2)?;
        self.person_ms = row.get(3)?;
        self.cost_micros = unsigned(row.get(4)?);
        self.reopened_at = row.get(6)?;
        self.score = row.get(7)?;
        self.replies.clear();
        self.replies.extend(ReplyTimes::unpacked(row.get_ref(8)?.as_blob()?));
        self.holds.clear();
        if row.get::<_, i64>(5)? > 0 {
            // Not in the row: one may still be open when the conversation ends.
            for ms in holds.query_map(params![self.conversation], |row| row.get(0))? {
                self.holds.push(ms?);
            }
        }
        Ok(())
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
    fn take(&mut self, one: &Ended, now: i64) {
        let counts = &mut self.counts;
        counts.closed += 1;
        counts.escalated += u32::from(one.person);
        counts.rated += u32::from(one.score.is_some());
        counts.score_sum += one.score.unwrap_or(0);
        counts.cost_micros += one.cost_micros;
        counts.person_ms += one.person_ms;
        let settles = one.closed_at + SETTLES_AFTER;
        let stands = !one.person && one.reopened_at.is_none_or(|again| again >= settles);
        counts.claimed += u32::from(!one.person);
        counts.verified += u32::from(stands);
        counts.unsettled += u32::from(stands && now < settles);
        self.replies.extend_from_slice(&one.replies);
        self.holds.extend_from_slice(&one.holds);
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
    let rank = (times.len() * 95).div_ceil(100);
    let nth = rank.checked_sub(1)?;
    Some(*times.select_nth_unstable(nth).1)
}

/// A period's sums: whole, and for each of its days, also those on which nothing ended.
struct Days {
    total: Sum,
    offset: i64,
    /// The number of the first day.
    first: i64,
    days: Vec<Sum>,
}

impl Days {
    fn of(period: Period, offset_seconds: i64) -> Self {
        let offset = offset_seconds * MICROS;
        let day = |at: i64| (at + offset).div_euclid(DAY_MICROS);
        let (from, to) = (period.from.micros(), period.to.micros());
        let first = day(from);
        let count = if from < to { day(to - 1) - first + 1 } else { 0 };
        Self { total: Sum::default(), offset, first, days: (0..count).map(|_| Sum::default()).collect() }
    }

    fn each(&mut self, at: i64, mut add: impl FnMut(&mut Sum)) {
        add(&mut self.total);
        let nth = (at + self.offset).div_euclid(DAY_MICROS) - self.first;
        if let Some(day) = usize::try_from(nth).ok().and_then(|nth| self.days.get_mut(nth)) {
            add(day);
        }
    }

    fn measures(self) -> (Measures, Vec<Named>) {
        let named = |(number, sum): (i64, Sum)| (day_named(number), sum.measures());
        (self.total.measures(), (self.first..).zip(self.days).map(named).collect())
    }
}

/// A day by its number since 1970, as `2026-10-14`.
fn day_named(number: i64) -> Option<String> {
    Timestamp::from_micros(number.saturating_mul(DAY_MICROS)).map(|day| day.to_string().chars().take(10).collect())
}

/// Sums by what a column says.
#[derive(Default)]
struct Split {
    places: HashMap<Option<String>, usize>,
    sums: Vec<(Option<String>, Sum)>,
    /// Where the one before went: the next one mostly goes there too.
    last: usize,
}

impl Split {
    fn each(&mut self, name: Option<&str>, add: impl FnOnce(&mut Sum)) {
        if self.sums.get(self.last).is_none_or(|(last, _)| last.as_deref() != name) {
            let name = name.map(str::to_owned);
            self.last = *self.places.entry(name.clone()).or_insert_with(|| {
                self.sums.push((name, Sum::default()));
                self.sums.len() - 1
            });
        }
        if let Some((_, sum)) = self.sums.get_mut(self.last) {
            add(sum);
        }
    }

    fn by_frequency(self) -> Vec<Named> {
        let mut named: Vec<Named> = self.sums.into_iter().map(|(name, sum)| (name, sum.measures())).collect();
        named.sort_by(|(a, of_a), (b, of_b)| of_b.closed.cmp(&of_a.closed).then_with(|| a.cmp(b)));
        named
    }
}

/// Why people were asked for: in how many conversations of the period, and of the one before.
#[derive(Default)]
struct Reasons(HashMap<String, (u32, u32)>);

impl Reasons {
    fn take(&mut self, askings: &mut Statement<'_>, conversation: i64, within: bool) -> rusqlite::Result<()> {
        for reason in askings.query_map(params![conversation], |row| row.get(0))? {
            let (now, before) = self.0.entry(reason?).or_default();
            *(if within { now } else { before }) += 1;
        }
        Ok(())
    }

    fn by_frequency(self) -> Vec<(String, u32, u32)> {
        let mut all: Vec<_> = self.0.into_iter().map(|(reason, (now, before))| (reason, now, before)).collect();
        all.sort_by(|(a, of_a, _), (b, of_b, _)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
        all
    }
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
    let stands = format!("person = 0 AND (reopened_at IS NULL OR reopened_at >= closed_at + {SETTLES_AFTER})");
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
        "FROM (SELECT m.*, (SELECT MAX(ms) FROM holds h WHERE h.conversation = m.conversation) AS longest_ms
               FROM ended m WHERE closed_at >= ?1 AND closed_at < ?2) m
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
