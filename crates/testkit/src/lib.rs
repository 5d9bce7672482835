//! What tests stand on: a clock that only moves when told, entropy that repeats, a log that
//! fails on demand, a CRM's tools and a playbook.

mod clock;
mod crm;
mod disk;
mod entropy;
mod faulty_log;
mod playbooks;

pub use clock::ManualClock;
pub use crm::crm_definitions;
pub use disk::ManualDisk;
pub use entropy::SeededEntropy;
pub use faulty_log::{Fate, FaultyLog, LogFaults};
pub use playbooks::playbook_files;
