//! Time: UTC, microseconds, written as `2026-11-23T05:39:00.123456Z` and in no other way.

use chrono::{DateTime, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// A moment in UTC with microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(DateTime<Utc>);

/// Text that is not a moment in the one form that is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time in the form 2026-11-23T05:39:00.123456Z")]
pub struct InvalidTimestamp(String);

impl Timestamp {
    /// Cuts to whole microseconds.
    pub fn new(moment: DateTime<Utc>) -> Self {
        Self(moment.trunc_subsecs(6))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; `None` outside of chrono's range.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Later by `seconds` (earlier if negative); stays where it is rather than overflow.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        TimeDelta::try_seconds(seconds).and_then(|d| self.0.checked_add_signed(d)).map_or(self, Self)
    }

    /// Later by `micros`; stays where it is rather than overflow.
    pub fn plus_micros(self, micros: i64) -> Self {
        self.0.checked_add_signed(TimeDelta::microseconds(micros)).map_or(self, Self)
    }

    /// Milliseconds from `earlier` to this moment, negative if it is later.
    pub fn millis_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_milliseconds()
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format(FORMAT))
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let parsed = NaiveDateTime::parse_from_str(text, FORMAT).ok().map(|t| Self(t.and_utc()));
        // One moment has one spelling: whatever else chrono would accept is refused.
        parsed.filter(|t| t.to_string() == text).ok_or_else(|| InvalidTimestamp(text.to_owned()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTimestamp;
    fn try_from(text: String) -> Result<Self, InvalidTimestamp> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling() {
        let text = "2026-11-23T05:39:00.123456Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        for other in ["2026-11-23T05:39:00Z", "2026-11-23T05:39:00.123Z", "2026-11-23 05:39:00.123456Z", ""] {
            assert!(other.parse::<Timestamp>().is_err(), "{other}");
        }
    }
}
