//! The clock of the shift: it follows the runtime's own (paused) time and jumps when told.

use countersign_domain::ambient::Clock;
use countersign_domain::time::Timestamp;
use countersign_testkit::ManualClock;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The wall clock of the machine on which the station runs. It lives on while no station does.
pub(crate) struct WallClock {
    set: ManualClock,
    /// When the running station's runtime last agreed with `set`.
    since: Mutex<Option<Instant>>,
}

impl WallClock {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self { set: ManualClock::new(start), since: Mutex::default() }
    }

    /// A runtime begins: from here on its time passes.
    pub(crate) fn begin(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// The runtime ends.
    pub(crate) fn end(&self) {
        let now = self.now();
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.set.set(now);
    }

    /// Somebody sets the clock, forwards or backwards.
    pub(crate) fn jump(&self, seconds: i64) {
        self.set.advance(seconds);
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let passed = self
            .since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(0, |since| i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX));
        self.set.now().plus_micros(passed)
    }
}

/// Lets time pass. Under paused time this takes no time: the runtime jumps there once nobody has anything to do.
#[allow(clippy::disallowed_methods, reason = "time is paused here, so that waiting for it waits for everybody else")]
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}
