//! The ports through which time, randomness and the disk's room reach the core. No implementation lives in a core crate.

use crate::time::Timestamp;

/// Tells the time. Implementations: the station's system clock, the test kit's manual clock.
pub trait Clock: Send + Sync {
    /// The present moment, UTC, in microseconds.
    fn now(&self) -> Timestamp;
}

/// Tells how much room is left where the log lies. Implementations: the station's data folder, tests.
pub trait Disk: Send + Sync {
    /// Bytes that can still be written there; `None` if that cannot be told.
    fn free_bytes(&self) -> Option<u64>;
}

/// Gives random bytes. Implementations: the operating system's, and the test kit's seeded stream.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Sixteen fresh random bytes.
pub fn random_16(entropy: &dyn Entropy) -> [u8; 16] {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    bytes
}

/// Thirty-two fresh random bytes.
pub fn random_32(entropy: &dyn Entropy) -> [u8; 32] {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    bytes
}
