//! What tests stand on: a clock that only moves when told, entropy that repeats, a log that
//! fails on demand, a CRM's tools, a playbook, and a provider of language models.

mod clock;
mod crm;
mod disk;
mod entropy;
mod faulty_log;
mod playbooks;
pub mod provider;

pub use clock::ManualClock;
pub use crm::crm_definitions;
pub use disk::ManualDisk;
pub use entropy::SeededEntropy;
pub use faulty_log::{Fate, FaultyLog, LogFaults};
pub use playbooks::playbook_files;
