//! What goes wrong with the log in one seed: refusals, appends that are stored and not told, reads that fail, a disk
//! that is gone until the restart, and the end of the process at a chosen append.

use crate::chance::Chance;
use crate::clock::pass;
use async_trait::async_trait;
use countersign_event_log::log::ReadError;
use countersign_testkit::{Fate, LogFaults};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A process that reads so often is running round: it is ended, and its shift breaks.
const MOST_READS: u64 = 100_000;
/// What is counted then.
pub(crate) const RUNS_ROUND: &str = "runs round";

/// Where the process ends: at the append of that number, counted from the shift's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Death {
    pub(crate) at: u64,
    /// Whether that append is stored.
    pub(crate) stored: bool,
}

/// The faults of one seed.
pub(crate) struct Faults {
    chance: Chance,
    appends: AtomicU64,
    /// Of this process.
    reads: AtomicU64,
    death: Mutex<Option<Death>>,
    /// Whether anything but a death goes wrong.
    pub(crate) at_work: AtomicBool,
    /// The disk is gone until the process is started anew.
    disk_gone: AtomicBool,
    dead: AtomicBool,
    died: Notify,
    stored: Notify,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed, "log"),
            appends: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            death: Mutex::default(),
            at_work: AtomicBool::new(false),
            disk_gone: AtomicBool::new(false),
            dead: AtomicBool::new(false),
            died: Notify::new(),
            stored: Notify::new(),
            counts: Mutex::default(),
        }
    }

    /// How many appends were asked for so far.
    pub(crate) fn appends(&self) -> u64 {
        self.appends.load(Ordering::Relaxed)
    }

    /// A process begins, which ends at that append.
    pub(crate) fn begin(&self, death: Option<Death>) {
        *self.death.lock().unwrap() = death;
        self.reads.store(0, Ordering::Relaxed);
        self.disk_gone.store(false, Ordering::Relaxed);
        self.dead.store(false, Ordering::Relaxed);
    }

    /// Resolves when the process has ended.
    pub(crate) async fn ended(&self) {
        while !self.dead.load(Ordering::Relaxed) {
            self.died.notified().await;
        }
    }

    /// Resolves when something is stored: all who wait, in the order in which they came.
    pub(crate) async fn stores(&self) {
        self.stored.notified().await;
    }

    /// Notes that something happened which every many shifts must have met.
    pub(crate) fn count(&self, what: &'static str) {
        *self.counts.lock().unwrap().entry(what).or_default() += 1;
    }

    /// How often each fault struck.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().unwrap().clone()
    }

    async fn dawdle(&self) {
        match self.chance.below(8) {
            0..=3 => {}
            4 | 5 => tokio::task::yield_now().await,
            6 => {
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
            }
            // Now and then so slow that what the append stands on has time to move.
            _ if self.chance.one_in(2) => pass(self.chance.time(100, 4_000)).await,
            _ => pass(Duration::from_millis(1 + self.chance.below(4))).await,
        }
    }

    fn drawn(&self) -> Fate {
        if !self.at_work.load(Ordering::Relaxed) {
            return Fate::Told;
        }
        if self.disk_gone.load(Ordering::Relaxed) {
            return Fate::Refused;
        }
        match self.chance.below(400) {
            0..4 => Fate::Refused,
            4..8 => Fate::Untold,
            8 => {
                self.disk_gone.store(true, Ordering::Relaxed);
                self.count("disk gone");
                if self.chance.one_in(2) { Fate::Refused } else { Fate::Untold }
            }
            _ => Fate::Told,
        }
    }
}

#[async_trait]
impl LogFaults for Faults {
    async fn fate(&self) -> Fate {
        self.dawdle().await;
        let number = self.appends.fetch_add(1, Ordering::Relaxed);
        if self.dead.load(Ordering::Relaxed) {
            return Fate::DiesBefore;
        }
        let death = *self.death.lock().unwrap();
        let fate = match death {
            Some(death) if death.at <= number => match death.stored {
                true => Fate::DiesAfter,
                false => Fate::DiesBefore,
            },
            _ => self.drawn(),
        };
        match fate {
            Fate::Told => {}
            Fate::Refused => self.count("append refused"),
            Fate::Untold => self.count("append stored and not told"),
            Fate::DiesBefore => self.count("killed before an append"),
            Fate::DiesAfter => self.count("killed after an append"),
        }
        fate
    }

    async fn tells(&self) {
        self.stored.notify_waiters();
        self.dawdle().await;
    }

    fn reads(&self) -> Result<(), ReadError> {
        if self.reads.fetch_add(1, Ordering::Relaxed) >= MOST_READS {
            self.count(RUNS_ROUND);
            self.died();
            return Err(ReadError::Unavailable("this process runs round and is ended".to_owned()));
        }
        if self.at_work.load(Ordering::Relaxed) && self.chance.one_in(3_000) {
            self.count("read failed");
            return Err(ReadError::Unavailable("the disk failed".to_owned()));
        }
        Ok(())
    }

    fn died(&self) {
        self.dead.store(true, Ordering::Relaxed);
        self.died.notify_one();
    }
}
