//! How much of something each agent begins within an hour, within a bound. It begins anew with the station.

use crate::error::GateError;
use countersign_domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const HOUR: i64 = 3_600;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Begun {
    /// Conversations that are relayed.
    Conversations,
    /// Names for them.
    Names,
}

/// Counts by an agent's name, each with the moment at which its hour began.
#[derive(Default)]
pub(crate) struct Hourly(Mutex<HashMap<(String, Begun), (Timestamp, u32)>>);

impl Hourly {
    /// One more of an agent's, unless it has begun `most` within the hour.
    pub(crate) fn take(&self, agent: &str, what: Begun, most: u32, now: Timestamp) -> Result<(), GateError> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = counts.entry((agent.to_owned(), what)).or_insert((now, 0));
        // Also where the clock was set back: nobody waits for longer than an hour.
        if now >= since.plus_seconds(HOUR) || now < *since {
            (*since, *count) = (now, 0);
        }
        if *count >= most {
            return Err(GateError::BegunTooMuch(most));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_agent_begins_so_much_an_hour_and_begins_anew_in_the_next() {
        let (hourly, now) = (Hourly::default(), Timestamp::from_micros(1_800_000_000_000_000).unwrap());
        let take = |agent: &str, what, at| hourly.take(agent, what, 2, at).is_ok();
        assert!(take("a", Begun::Names, now) && take("a", Begun::Names, now) && !take("a", Begun::Names, now));
        assert!(take("b", Begun::Names, now) && take("a", Begun::Conversations, now), "each has its own");
        assert!(
            !take("a", Begun::Names, now.plus_seconds(HOUR - 1)) && take("a", Begun::Names, now.plus_seconds(HOUR))
        );
    }
}
