//! Time: UTC, microseconds, written as `2026-11-23T05:39:00.123456Z` and in no other way.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, de};

const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// A moment in UTC with microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
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

    /// Reads any text of RFC 3339, in whatever zone and with as many digits as whoever sends it writes. What is stored has
    /// one form.
    pub fn from_rfc3339(text: &str) -> Result<Self, InvalidTimestamp> {
        let read = DateTime::parse_from_rfc3339(text).map_err(|_| InvalidTimestamp(text.to_owned()))?;
        Ok(Self::new(read.to_utc()))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; `None` outside of chrono's range.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Its day in UTC, counted from 1970-01-01.
    pub fn day(self) -> i64 {
        self.micros().div_euclid(86_400_000_000)
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
        let at = self.0.naive_utc();
        let (year, micro) = (at.year(), at.nanosecond() / 1000);
        // What nearly every moment needs, without interpreting the format each time: the log writes one for each event.
        if (0..=9999).contains(&year) && micro < 1_000_000 {
            let (month, day, hour, minute, second) = (at.month(), at.day(), at.hour(), at.minute(), at.second());
            return write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z");
        }
        write!(f, "{}", self.0.format(FORMAT))
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        if let Some(moment) = usual(text).filter(|moment| moment.nanosecond() < 1_000_000_000) {
            return Ok(Self(moment.and_utc()));
        }
        let parsed = NaiveDateTime::parse_from_str(text, FORMAT).ok().map(|t| Self(t.and_utc()));
        // One moment has one spelling: whatever else chrono would accept is refused.
        parsed.filter(|t| t.to_string() == text).ok_or_else(|| InvalidTimestamp(text.to_owned()))
    }
}

/// The moment that a text in the usual form names, digit for digit; `None` for any other text.
fn usual(text: &str) -> Option<NaiveDateTime> {
    let text: [u8; 27] = text.as_bytes().try_into().ok()?;
    let [year @ .., b'-', m, n, b'-', d, e, b'T', h, i, b':', k, l, b':', s, t, b'.', u, v, w, x, y, z, b'Z'] = text
    else {
        return None;
    };
    let [a, b, c, f] = year;
    let digits = [a, b, c, f, m, n, d, e, h, i, k, l, s, t, u, v, w, x, y, z];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    let date = NaiveDate::from_ymd_opt(number(&year).try_into().ok()?, number(&[m, n]), number(&[d, e]))?;
    date.and_hms_micro_opt(number(&[h, i]), number(&[k, l]), number(&[s, t]), number(&[u, v, w, x, y, z]))
}

// By hand, so that none of the many that a log holds costs a text of its own.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Timestamp;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a time")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
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
    fn what_is_sent_is_read_in_any_form_and_written_in_one() {
        for sent in ["2026-10-14T12:00:00Z", "2026-10-14T12:00:00.000Z", "2026-10-14T14:00:00.000000+02:00"] {
            assert_eq!(Timestamp::from_rfc3339(sent).unwrap().to_string(), "2026-10-14T12:00:00.000000Z");
        }
        for none in ["", "soon", "2026-10-14", "2026-10-14T12:00:00", "2026-13-14T12:00:00Z"] {
            assert!(Timestamp::from_rfc3339(none).is_err(), "{none}");
        }
    }

    #[test]
    fn a_moment_has_one_spelling() {
        let text = "2026-11-23T05:39:00.123456Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        for other in ["2026-11-23T05:39:00Z", "2026-11-23T05:39:00.123Z", "2026-11-23 05:39:00.123456Z", ""] {
            assert!(other.parse::<Timestamp>().is_err(), "{other}");
        }
        for other in ["2026-02-29", "2026-13-01", "2026-1a-01", "+026-11-23", "2026/11/23", "10000-01-01"] {
            assert!(format!("{other}T05:39:00.123456Z").parse::<Timestamp>().is_err(), "{other}");
        }
        for other in
            ["24:00:00.000000Z", "23:60:00.000000Z", "05:39:00.1234567Z", "05:39:00.12345Z", "05:39:00.123456z"]
        {
            assert!(format!("2026-11-23T{other}").parse::<Timestamp>().is_err(), "{other}");
        }
    }

    #[test]
    fn the_quick_spelling_is_that_of_the_format() {
        // About every nine days and some odd micros, from the year 0 to beyond 9999.
        let (first, last) = (-62_167_219_200_000_000_i64, 253_500_000_000_000_000);
        for micros in (first..last).step_by(777_777_777_777) {
            let time = Timestamp::from_micros(micros).unwrap();
            let text = time.to_string();
            assert_eq!(text, time.0.format(FORMAT).to_string());
            if text.len() == 27 {
                assert_eq!(text.parse::<Timestamp>().unwrap(), time);
            }
        }
    }
}
