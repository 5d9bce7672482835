//! Time for the bench: a running clock. Randomness is the station's own.

use countersign_domain::ambient::Clock;
use countersign_domain::time::Timestamp;
use std::time::Instant;

/// Runs from an invented morning on.
pub(crate) struct RunningClock {
    begun: Instant,
    morning: Timestamp,
}

impl RunningClock {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), morning: "2026-11-23T08:00:00.000000Z".parse().unwrap() }
    }
}

impl Clock for RunningClock {
    fn now(&self) -> Timestamp {
        self.morning.plus_micros(i64::try_from(self.begun.elapsed().as_micros()).unwrap())
    }
}
