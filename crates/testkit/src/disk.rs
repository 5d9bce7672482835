//! A disk with as much room as a test says.

use countersign_domain::ambient::Disk;
use std::sync::atomic::{AtomicU64, Ordering};

/// A disk whose room a test sets.
#[derive(Debug)]
pub struct ManualDisk(AtomicU64);

impl ManualDisk {
    /// With so many bytes free.
    pub fn new(free: u64) -> Self {
        Self(AtomicU64::new(free))
    }

    /// From here on so many bytes are free.
    pub fn set(&self, free: u64) {
        self.0.store(free, Ordering::SeqCst);
    }
}

impl Disk for ManualDisk {
    fn free_bytes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::SeqCst))
    }
}
