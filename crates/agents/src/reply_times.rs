//! Within what time a person answers once one was asked for, by the reason: an operator's file.

use countersign_domain::conversation::EscalationReason;
use countersign_domain::time::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;

/// The longest that a customer may be left to wait, in minutes: a week.
const LONGEST_MINUTES: u32 = 7 * 24 * 60;

/// Minutes by reason, for every reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTimes {
    minutes: HashMap<EscalationReason, u32>,
}

/// Why the file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyTimesError {
    /// It does not parse, or names what there is not.
    #[error("{0}")]
    NotRead(String),
    /// A reason has no time.
    #[error("reply_within_minutes says nothing of {0:?}; every reason needs a time")]
    Missing(EscalationReason),
    /// A time that is none.
    #[error("{0:?} has {1} minutes; 1 to {LONGEST_MINUTES} are taken")]
    OutOfBounds(EscalationReason, u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reply_within_minutes: HashMap<EscalationReason, u32>,
}

impl ReplyTimes {
    /// Reads the file's TOML strictly.
    pub fn read(text: &str) -> Result<Self, ReplyTimesError> {
        let file: File = toml::from_str(text).map_err(|error| ReplyTimesError::NotRead(error.to_string()))?;
        let minutes = file.reply_within_minutes;
        for reason in EscalationReason::ALL {
            match minutes.get(&reason) {
                None => return Err(ReplyTimesError::Missing(reason)),
                Some(n) if !(1..=LONGEST_MINUTES).contains(n) => {
                    return Err(ReplyTimesError::OutOfBounds(reason, *n));
                }
                Some(_) => {}
            }
        }
        Ok(Self { minutes })
    }

    /// Within how many seconds a person answers.
    pub fn seconds(&self, reason: EscalationReason) -> u64 {
        u64::from(self.minutes.get(&reason).copied().unwrap_or(1)) * 60
    }

    /// When a person answers at the latest, where one was asked for at that time.
    pub fn due(&self, reason: EscalationReason, at: Timestamp) -> Timestamp {
        at.plus_seconds(i64::from(self.minutes.get(&reason).copied().unwrap_or(1)) * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../assets/escalations/times.toml");

    #[test]
    fn every_reason_has_a_time_and_nothing_else_is_taken() {
        let times = ReplyTimes::read(SHIPPED).unwrap();
        let at: Timestamp = "2026-11-23T09:00:00.000000Z".parse().unwrap();
        assert_eq!(times.due(EscalationReason::AskedForPerson, at), at.plus_seconds(600));
        let without = SHIPPED.replace("denied = 30", "");
        assert_eq!(ReplyTimes::read(&without), Err(ReplyTimesError::Missing(EscalationReason::Denied)));
        let never = SHIPPED.replace("denied = 30", "denied = 0");
        assert_eq!(ReplyTimes::read(&never), Err(ReplyTimesError::OutOfBounds(EscalationReason::Denied, 0)));
        for wrong in ["denied = 30\nbored = 3", "denied = \"soon\"", "denied = -1"] {
            let text = SHIPPED.replace("denied = 30", wrong);
            assert!(matches!(ReplyTimes::read(&text), Err(ReplyTimesError::NotRead(_))), "{wrong}");
        }
    }
}
