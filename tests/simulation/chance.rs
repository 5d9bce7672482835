//! The choices of one seed: a stream of numbers for each actor, so that one more draw of one does not move the others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A stream of choices.
#[derive(Debug)]
pub(crate) struct Chance(AtomicU64);

/// SplitMix64's finishing step: every bit of the input moves every bit of the result.
pub(crate) fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A number for a text.
pub(crate) fn of_text(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Chance {
    /// The stream of one actor in one seed.
    pub(crate) fn new(seed: u64, whose: &str) -> Self {
        Self(AtomicU64::new(mixed(seed ^ mixed(of_text(whose)))))
    }

    /// A stream that depends on a state and on nothing else.
    pub(crate) fn of_state(state: u64) -> Self {
        Self(AtomicU64::new(mixed(state)))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        mixed(self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }

    /// Below `n`, which is at least 1.
    pub(crate) fn below(&self, n: u64) -> u64 {
        self.next() % n
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).unsigned_abs()) as i64
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// A time between two, in milliseconds.
    pub(crate) fn time(&self, low_ms: i64, high_ms: i64) -> Duration {
        Duration::from_millis(self.between(low_ms, high_ms).unsigned_abs())
    }
}
