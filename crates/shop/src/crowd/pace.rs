//! How many customers come, and what whoever started them says about it while they run.

use serde::Deserialize;

/// What one address may open in a minute at the chat, of which some must be left for people who try it by hand.
const MOST_A_MINUTE: u32 = 10;
const MOST_AT_ONCE: usize = 16;

/// How many come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Conversations a minute; with none, nobody new comes, and whoever talks goes on.
    pub per_minute: u32,
    /// The most at once.
    pub at_once: usize,
}

impl Pace {
    /// This pace, or the most that there may be.
    pub fn bounded(self) -> Self {
        Self { per_minute: self.per_minute.min(MOST_A_MINUTE), at_once: self.at_once.min(MOST_AT_ONCE) }
    }
}

/// One line that they are told: JSON, with what is to be different. A secret comes this way because a command line is
/// everybody's to read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The secret with which the shop's site signs its customers in; without one, all come by name only.
    pub site_secret: Option<String>,
    /// See [`Pace::per_minute`].
    pub per_minute: Option<u32>,
    /// See [`Pace::at_once`].
    pub at_once: Option<usize>,
}

impl Told {
    /// Reads one line.
    pub fn read(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }

    /// What holds from now on, after what held before.
    pub fn after(self, before: &Self) -> Self {
        Self {
            site_secret: self.site_secret.or_else(|| before.site_secret.clone()),
            per_minute: self.per_minute.or(before.per_minute),
            at_once: self.at_once.or(before.at_once),
        }
    }

    /// The pace that it comes to.
    pub fn pace(&self) -> Pace {
        Pace { per_minute: self.per_minute.unwrap_or(0), at_once: self.at_once.unwrap_or(0) }.bounded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_stays_and_no_pace_is_beyond_what_the_chat_takes() {
        let first = Told::read(r#"{"site_secret":"s","per_minute":4000,"at_once":4000}"#).unwrap();
        assert_eq!(first.pace(), Pace { per_minute: MOST_A_MINUTE, at_once: MOST_AT_ONCE });
        let second = Told::read(r#"{"per_minute":0}"#).unwrap().after(&first);
        assert_eq!((second.site_secret.as_deref(), second.pace().per_minute), (Some("s"), 0));
        assert_eq!(second.pace().at_once, MOST_AT_ONCE);
        assert!(Told::read(r#"{"secret":"s"}"#).is_err());
    }
}
