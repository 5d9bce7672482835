//! The system's clock and randomness: the only place that reads them for the core.

use countersign_domain::ambient::{Clock, Entropy};
use countersign_domain::time::Timestamp;
use rand::Rng;

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the Clock that everything else takes")]
    fn now(&self) -> Timestamp {
        Timestamp::new(chrono::Utc::now())
    }
}

/// Random numbers: each thread's own generator (ChaCha), which the system's seeds and again and again reseeds. A system call
/// for every salt and every nonce would cost more than the sealing itself. Without the system's randomness it panics: keys
/// and ids must not be guessable, so nothing may go on.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill_bytes(buffer);
    }
}
