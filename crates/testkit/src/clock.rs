//! A clock that stands still until a test moves it.

use countersign_domain::ambient::Clock;
use countersign_domain::time::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A clock that a test sets and advances; it may also be set back.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Timestamp>,
}

impl ManualClock {
    /// Stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { now: Mutex::new(start) }
    }

    /// Jumps to a moment, forwards or backwards.
    pub fn set(&self, moment: Timestamp) {
        *self.held() = moment;
    }

    /// Moves by `seconds`, backwards if negative; the moment it then stands at.
    pub fn advance(&self, seconds: i64) -> Timestamp {
        let mut now = self.held();
        *now = now.plus_seconds(seconds);
        *now
    }

    fn held(&self) -> MutexGuard<'_, Timestamp> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.held()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_only_when_told() {
        let start = Timestamp::from_micros(1_000_000).unwrap();
        let clock = ManualClock::new(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.advance(-1), start.plus_seconds(-1));
        clock.set(start);
        assert_eq!(clock.now(), start);
    }
}
