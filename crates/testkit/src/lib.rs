//! What tests stand on: a clock that only moves when told, entropy that repeats, and a log that fails on demand.

mod clock;
mod disk;
mod entropy;
mod faulty_log;

pub use clock::ManualClock;
pub use disk::ManualDisk;
pub use entropy::SeededEntropy;
pub use faulty_log::{Fate, FaultyLog, LogFaults};
