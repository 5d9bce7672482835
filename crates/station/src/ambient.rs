//! The system's clock and randomness: the only place that reads them for the core.

use countersign_domain::ambient::{Clock, Entropy};
use countersign_domain::time::Timestamp;

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the Clock that everything else takes")]
    fn now(&self) -> Timestamp {
        Timestamp::new(chrono::Utc::now())
    }
}

/// The system's random number generator.
pub(crate) struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if getrandom::fill(buffer).is_err() {
            // Keys and ids must not be guessable: without randomness nothing may go on.
            std::process::abort();
        }
    }
}
