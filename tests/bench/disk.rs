//! What the disk costs: how long one fdatasync takes in the folder that is measured in.

use crate::spread::Spread;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A file of its own beside the databases, written to and synced between rounds.
pub(crate) struct Disk {
    path: PathBuf,
    file: File,
    took: Vec<Duration>,
}

impl Disk {
    pub(crate) fn new(folder: &Path) -> Self {
        let path = folder.join("synced");
        Self { file: File::create(&path).unwrap(), path, took: Vec::new() }
    }

    /// Writes and syncs that many pages, one by one.
    pub(crate) fn sample(&mut self, pages: usize) {
        for _ in 0..pages {
            self.file.write_all(&[7; 4096]).unwrap();
            let begun = Instant::now();
            self.file.sync_data().unwrap();
            self.took.push(begun.elapsed());
        }
    }

    /// One fdatasync, over all samples.
    pub(crate) fn one(&self) -> Spread {
        Spread::of(self.took.clone())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.path);
    }
}

/// The processor time that this process has used, in microseconds; `None` where the system does not tell it this way.
pub(crate) fn cpu_micros() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    // Ticks of a hundredth of a second on every Linux that we know.
    Some((user + system) * 1e4)
}

/// The same in nanoseconds, precisely; `None` where the system does not tell it.
pub(crate) fn cpu_nanos() -> Option<i128> {
    #[cfg(target_os = "linux")]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Some(i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec))
    }
    #[cfg(not(target_os = "linux"))]
    None
}
