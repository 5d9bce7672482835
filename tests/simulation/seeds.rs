//! Many seeds, on every core: how many hold, how fast, and whether everything that a shift is meant to see was seen.

use crate::shift::Shift;
use crate::trail;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What many seeds gave.
#[derive(Debug, Default)]
pub(crate) struct Many {
    pub(crate) seeds: u64,
    pub(crate) took: Duration,
    pub(crate) counts: BTreeMap<String, u64>,
    /// The trail of the first that broke.
    pub(crate) broke: Option<String>,
}

impl Many {
    /// One line: seeds, speed, events.
    pub(crate) fn in_words(&self) -> String {
        let events: u64 = self.counts.iter().filter(|(kind, _)| kind.contains('.')).map(|(_, count)| count).sum();
        let seconds = self.took.as_secs_f64().max(0.001);
        format!(
            "{} shifts in {seconds:.1} s: {:.0} seeds/s, {events} events, {} effects, {} kills",
            self.seeds,
            self.seeds as f64 / seconds,
            self.counts.get("action.started").copied().unwrap_or(0),
            self.counts.iter().filter(|(what, _)| what.starts_with("killed")).map(|(_, count)| count).sum::<u64>(),
        )
    }
}

/// Runs shifts from the number `first` on until there are `count`, or the time is over, or one breaks.
pub(crate) fn run(first: u64, count: u64, until: Option<Instant>, shift: impl Fn(u64) -> Shift + Sync) -> Many {
    let (next, over, begun) = (AtomicU64::new(first), AtomicBool::new(false), Instant::now());
    let all = Mutex::new(Many::default());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let late = until.is_some_and(|until| Instant::now() >= until);
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if late || over.load(Ordering::Relaxed) || number - first >= count {
                        return;
                    }
                    let shift = shift(number);
                    let ran = std::panic::catch_unwind(|| shift.run());
                    let mut all = all.lock().unwrap();
                    all.seeds += 1;
                    let broke = match &ran {
                        Ok(ran) if ran.violations.is_empty() => None,
                        Ok(ran) => Some(trail::of(ran)),
                        Err(_) => Some(format!("{} panics", shift.in_words())),
                    };
                    for (what, count) in ran.iter().flat_map(|ran| &ran.counts) {
                        *all.counts.entry(what.clone()).or_default() += count;
                    }
                    if broke.is_some() {
                        over.store(true, Ordering::Relaxed);
                        all.broke = all.broke.take().or(broke);
                    }
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.took = begun.elapsed();
    all
}
