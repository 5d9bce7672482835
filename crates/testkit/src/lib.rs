//! What tests stand on: a clock that only moves when told, and entropy that repeats.

mod clock;
mod entropy;

pub use clock::ManualClock;
pub use entropy::SeededEntropy;
