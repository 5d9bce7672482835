//! Time and randomness as a station has them: a running clock and the system's random numbers.

use countersign_domain::ambient::{Clock, Entropy};
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

/// The system's random number generator.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).unwrap();
    }
}
