//! What tests stand on: a clock that only moves when told, and entropy that repeats.

mod clock;
mod disk;
mod entropy;

pub use clock::ManualClock;
pub use disk::ManualDisk;
pub use entropy::SeededEntropy;
