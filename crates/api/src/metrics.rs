//! The six metrics, as a desk asks for them.

use crate::desk::moment;
use crate::lists;
use crate::office::Office;
use crate::wire::error::Problem;
use crate::wire::metrics::{
    Counted, CountedRow, CountedView, Measures, MeasuresOf, MetricsView, Period, ReasonCount, Slice,
};
use countersign_domain::conversation::EscalationReason;
use countersign_projections::metrics as views;

const MOST_COUNTED: u32 = 200;
const LONGEST_DAYS: i64 = 100;
/// No time zone is further away from UTC.
const MOST_OFFSET_MINUTES: i32 = 14 * 60;

pub(crate) async fn metrics(
    office: &Office,
    from: &str,
    to: &str,
    offset_minutes: i32,
) -> Result<MetricsView, Problem> {
    let period = period(from, to)?;
    if offset_minutes.abs() > MOST_OFFSET_MINUTES {
        return Err(Problem::of_field("offset_minutes", "There is no such time zone."));
    }
    let now = office.gate.records().now();
    let asked = views::Asked { period, now, offset_seconds: i64::from(offset_minutes) * 60 };
    let found = office.views.measured(asked).await?;
    let measured = found.value;
    let all = |named: Vec<views::Named>| named.into_iter().map(of).collect();
    Ok(MetricsView {
        as_of: found.as_of,
        period: wire(period),
        before: wire(period.before()),
        total: measures(measured.total),
        total_before: measures(measured.total_before),
        reasons: measured.reasons.into_iter().map(reason).collect(),
        days: all(measured.days),
        days_before: all(measured.days_before),
        intents: all(measured.intents),
        channels: all(measured.channels),
        agents: all(measured.agents),
    })
}

pub(crate) async fn counted(
    office: &Office,
    from: &str,
    to: &str,
    counted: Counted,
    slice: Option<Slice>,
) -> Result<CountedView, Problem> {
    let found = office.views.counted(period(from, to)?, which(counted), slice.map(only), MOST_COUNTED).await?;
    let (total, rows) = found.value;
    let row = |row: views::CountedRow| CountedRow {
        row: lists::conversation_row(office, row.row),
        closed_at: row.closed_at.to_string(),
        how: how(&row.how).to_owned(),
        score: row.score,
        slowest_ms: row.slowest_ms,
        longest_hold_ms: row.longest_hold_ms,
        cost_micros: row.cost_micros,
    };
    Ok(CountedView { as_of: found.as_of, total, rows: rows.into_iter().map(row).collect() })
}

pub(crate) fn period(from: &str, to: &str) -> Result<views::Period, Problem> {
    let (from, to) = (moment("from", from)?, moment("to", to)?);
    let seconds = to.millis_since(from) / 1_000;
    if !(1..=LONGEST_DAYS * 86_400).contains(&seconds) {
        return Err(Problem::of_field(
            "to",
            format!("A period ends after it begins, at most {LONGEST_DAYS} days later."),
        ));
    }
    Ok(views::Period { from, to })
}

pub(crate) fn wire(period: views::Period) -> Period {
    Period { from: period.from.to_string(), to: period.to.to_string() }
}

fn measures(of: views::Measures) -> Measures {
    Measures {
        closed: of.closed,
        claimed: of.claimed,
        verified: of.verified,
        unsettled: of.unsettled,
        rated: of.rated,
        score_sum: of.score_sum,
        escalated: of.escalated,
        replies: of.replies,
        reply_p95_ms: of.reply_p95_ms,
        holds: of.holds,
        hold_p95_ms: of.hold_p95_ms,
        cost_micros: of.cost_micros,
        currency: of.currency.to_owned(),
        person_ms: of.person_ms,
    }
}

fn of((name, of): views::Named) -> MeasuresOf {
    MeasuresOf { name, measures: measures(of) }
}

fn reason((reason, count, before): (String, u32, u32)) -> ReasonCount {
    let known: Option<EscalationReason> = serde_json::from_value(reason.clone().into()).ok();
    let words = match known {
        Some(known) => known.in_words().to_owned(),
        None if reason == views::TAKEN_OVER => "A person took over unasked".to_owned(),
        None => reason.clone(),
    };
    ReasonCount { reason, words, count, before }
}

fn which(counted: Counted) -> views::Counted {
    match counted {
        Counted::Closed => views::Counted::Closed,
        Counted::Claimed => views::Counted::Claimed,
        Counted::Verified => views::Counted::Verified,
        Counted::CameBack => views::Counted::CameBack,
        Counted::Rated => views::Counted::Rated,
        Counted::Escalated => views::Counted::Escalated,
        Counted::Reason { reason } => views::Counted::Reason(reason),
        Counted::Slowest => views::Counted::Slowest,
        Counted::LongestHeld => views::Counted::LongestHeld,
        Counted::Costliest => views::Counted::Costliest,
    }
}

fn only(slice: Slice) -> views::Slice {
    match slice {
        Slice::Intent { name } => views::Slice::Intent(name),
        Slice::Channel { name } => views::Slice::Channel(name),
        Slice::Agent { name } => views::Slice::Agent(name),
    }
}

fn how(code: &str) -> &'static str {
    match code {
        "resolved" => "A person resolved it",
        "customer_done" => "The customer said that it is done",
        _ => "Nothing came for long",
    }
}
