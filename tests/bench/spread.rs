//! Median, 95th and 99th percentile of durations and ratios.

use std::time::Duration;

/// What many measurements of one thing say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: Duration,
    pub(crate) p95: Duration,
    pub(crate) p99: Duration,
}

impl Spread {
    /// Of at least one measurement.
    pub(crate) fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let nth = |percent: usize| all[((all.len() - 1) * percent).div_ceil(100)];
        Self { median: nth(50), p95: nth(95), p99: nth(99) }
    }
}

/// The median of at least one number.
pub(crate) fn median(mut all: Vec<f64>) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all[(all.len() - 1) / 2]
}

/// In milliseconds.
pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
