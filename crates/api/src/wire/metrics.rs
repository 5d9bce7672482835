//! The six metrics. Every figure comes with the counts that it is made of, so that nobody has to believe a percentage.

use crate::wire::conversation::ConversationRow;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Period {
    /// From here on.
    pub from: String,
    /// Up to here, and not including it.
    pub to: String,
}

/// The answer to `metrics`. A conversation counts in the period in which it ended first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct MetricsView {
    /// The log position up to which this is folded.
    #[ts(type = "number")]
    pub as_of: u64,
    /// The period that was asked for.
    pub period: Period,
    /// The one of the same length before it.
    pub before: Period,
    /// The period's measures.
    pub total: Measures,
    /// Those of the one before.
    pub total_before: Measures,
    /// Why people were asked for, the most frequent first: a conversation counts once with each of its reasons.
    pub reasons: Vec<ReasonCount>,
    /// Day by day of the desk's time zone.
    pub days: Vec<MeasuresOf>,
    /// The days of the period before, in the same order.
    pub days_before: Vec<MeasuresOf>,
    /// By what the conversations were about, the most frequent first.
    pub intents: Vec<MeasuresOf>,
    /// By channel.
    pub channels: Vec<MeasuresOf>,
    /// By what reasoned last.
    pub agents: Vec<MeasuresOf>,
}

/// The measures of a day, an intent, a channel or an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct MeasuresOf {
    /// Its name: a day as `2026-10-14`; absent where no intent was recognised, or nothing reasoned.
    pub name: Option<String>,
    /// Its measures.
    pub measures: Measures,
}

/// What the six metrics of some ended conversations are made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Measures {
    /// Conversations that ended.
    pub closed: u32,
    /// Those of them that ended without a person: nobody was asked for, and nobody took them over.
    pub claimed: u32,
    /// Those of the claimed that were not taken up again within 72 hours.
    pub verified: u32,
    /// Those of the verified whose 72 hours are not over yet.
    pub unsettled: u32,
    /// Customers who rated.
    pub rated: u32,
    /// The sum of their scores, each from 1 to 5.
    pub score_sum: u32,
    /// Conversations in which a person was asked for, or took over.
    pub escalated: u32,
    /// Messages that were answered, one for each turn that answered some.
    pub replies: u32,
    /// Within this many milliseconds 95 of 100 were answered: from the message stored to the first segment sent.
    #[ts(type = "number | null")]
    pub reply_p95_ms: Option<i64>,
    /// Actions that waited for people, and no longer do.
    pub holds: u32,
    /// Within this many milliseconds 95 of 100 of them were decided, expired or were taken back.
    #[ts(type = "number | null")]
    pub hold_p95_ms: Option<i64>,
    /// What their turns cost, in millionths of the reporting currency's unit.
    #[ts(type = "number")]
    pub cost_micros: u64,
    /// The reporting currency, ISO 4217.
    pub currency: String,
    /// How long a person had the word in them, in milliseconds.
    #[ts(type = "number")]
    pub person_ms: i64,
}

/// How often a person was asked for, for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ReasonCount {
    /// The reason's code, or `taken_over` where a person took over unasked.
    pub reason: String,
    /// In plain words.
    pub words: String,
    /// Conversations of the period.
    pub count: u32,
    /// Conversations of the period before.
    pub before: u32,
}

/// Which conversations a figure is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "which", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Counted {
    /// All that ended, the latest first.
    Closed,
    /// Ended without a person.
    Claimed,
    /// Ended without a person, and not taken up again within 72 hours.
    Verified,
    /// Ended without a person, and taken up again within 72 hours.
    CameBack,
    /// Rated, the lowest scores first.
    Rated,
    /// A person was asked for, or took over.
    Escalated,
    /// A person was asked for, for this reason.
    Reason {
        /// Its code.
        reason: String,
    },
    /// By their slowest reply, the slowest first.
    Slowest,
    /// By their longest hold, the longest first.
    LongestHeld,
    /// By their cost, the highest first.
    Costliest,
}

/// Only those of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Slice {
    /// About this; none if nothing was recognised.
    Intent {
        /// The intent.
        name: Option<String>,
    },
    /// Over this channel.
    Channel {
        /// The channel.
        name: Option<String>,
    },
    /// Where this reasoned last.
    Agent {
        /// What reasoned.
        name: Option<String>,
    },
}

/// The answer to `counted`: at most 200.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CountedView {
    /// The log position up to which this is folded.
    #[ts(type = "number")]
    pub as_of: u64,
    /// How many there are in all.
    pub total: u32,
    /// The conversations.
    pub rows: Vec<CountedRow>,
}

/// One conversation behind a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CountedRow {
    /// The conversation.
    pub row: ConversationRow,
    /// When it ended first.
    pub closed_at: String,
    /// How, in plain words.
    pub how: String,
    /// What the customer gave it, from 1 to 5.
    pub score: Option<u8>,
    /// Its slowest reply, in milliseconds.
    #[ts(type = "number | null")]
    pub slowest_ms: Option<i64>,
    /// Its longest hold, in milliseconds.
    #[ts(type = "number | null")]
    pub longest_hold_ms: Option<i64>,
    /// What its turns cost, in millionths of the reporting currency's unit.
    #[ts(type = "number")]
    pub cost_micros: u64,
}
