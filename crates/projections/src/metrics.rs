//! The six metrics: what they are made of. A conversation counts in the period in which it ended first, with what it was up
//! to then; taken up again it changes whether it was resolved, and a rating that comes later is its own.

use crate::rows::ConversationRow;
use countersign_domain::conversation::REPORTING_CURRENCY;
use countersign_domain::time::Timestamp;

/// The reason of those whom a person took over though nobody had asked for one.
pub const TAKEN_OVER: &str = "taken_over";
/// What is taken up again within this many seconds was not resolved: 72 hours.
pub const SETTLES_AFTER_SECONDS: i64 = 72 * 3_600;

/// A span of time: from one moment on, up to another and not including it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// From here on.
    pub from: Timestamp,
    /// Up to here, exclusive.
    pub to: Timestamp,
}

impl Period {
    /// The one of the same length before it.
    pub fn before(self) -> Self {
        let length = self.to.micros().saturating_sub(self.from.micros());
        Self { from: self.from.plus_micros(-length), to: self.from }
    }

    /// Whether this moment is in it.
    pub fn has(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// What is asked: a period, as of when, and where days begin.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The period; the one before it is measured beside it.
    pub period: Period,
    /// The time now: what ended less than 72 hours ago may still be taken up again.
    pub now: Timestamp,
    /// Seconds that days begin before those of UTC.
    pub offset_seconds: i64,
}

/// What the metrics of some ended conversations are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// That ended.
    pub closed: u32,
    /// Of those, without a person: nobody was asked for, and nobody took them over.
    pub claimed: u32,
    /// Of the claimed, not taken up again within 72 hours.
    pub verified: u32,
    /// Of the verified, those whose 72 hours are not over.
    pub unsettled: u32,
    /// Rated.
    pub rated: u32,
    /// The sum of the scores.
    pub score_sum: u32,
    /// In which a person was asked for, or took over.
    pub escalated: u32,
    /// Turns that answered a message.
    pub replies: u32,
    /// The 95th percentile of how long those took, milliseconds, by nearest rank.
    pub reply_p95_ms: Option<i64>,
    /// Holds that ended.
    pub holds: u32,
    /// The 95th percentile of how long those took.
    pub hold_p95_ms: Option<i64>,
    /// What turns cost, in millionths of the reporting currency's unit.
    pub cost_micros: u64,
    /// The reporting currency.
    pub currency: &'static str,
    /// How long people had the word, milliseconds.
    pub person_ms: i64,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            closed: 0,
            claimed: 0,
            verified: 0,
            unsettled: 0,
            rated: 0,
            score_sum: 0,
            escalated: 0,
            replies: 0,
            reply_p95_ms: None,
            holds: 0,
            hold_p95_ms: None,
            cost_micros: 0,
            currency: REPORTING_CURRENCY,
            person_ms: 0,
        }
    }
}

/// A day, an intent, a channel or an agent with its measures.
pub type Named = (Option<String>, Measures);

/// Everything that is measured of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The period.
    pub total: Measures,
    /// The one before.
    pub total_before: Measures,
    /// Reasons for which people were asked for, with how many conversations of the period and of the one before.
    pub reasons: Vec<(String, u32, u32)>,
    /// Each day of the period, as `2026-10-14`.
    pub days: Vec<Named>,
    /// Each day of the one before.
    pub days_before: Vec<Named>,
    /// By intent, the most frequent first.
    pub intents: Vec<Named>,
    /// By channel.
    pub channels: Vec<Named>,
    /// By what reasoned last.
    pub agents: Vec<Named>,
}

/// Which conversations a figure is made of, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// All that ended, the latest first.
    Closed,
    /// Without a person.
    Claimed,
    /// Without a person, and not taken up again within 72 hours.
    Verified,
    /// Without a person, and taken up again within 72 hours.
    CameBack,
    /// Rated, the lowest scores first.
    Rated,
    /// A person was asked for, or took over.
    Escalated,
    /// For this reason.
    Reason(String),
    /// Those with a reply, the slowest first.
    Slowest,
    /// Those with a hold, the longest first.
    LongestHeld,
    /// The costliest first.
    Costliest,
}

/// Only those of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    /// About this.
    Intent(Option<String>),
    /// Over this channel.
    Channel(Option<String>),
    /// Where this reasoned last.
    Agent(Option<String>),
}

/// One conversation behind a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedRow {
    /// The conversation.
    pub row: ConversationRow,
    /// When it ended first.
    pub closed_at: Timestamp,
    /// How: `resolved`, `customer_done` or `idle`.
    pub how: String,
    /// From 1 to 5.
    pub score: Option<u8>,
    /// Milliseconds of its slowest reply.
    pub slowest_ms: Option<i64>,
    /// Milliseconds of its longest hold.
    pub longest_hold_ms: Option<i64>,
    /// What its turns cost.
    pub cost_micros: u64,
}
