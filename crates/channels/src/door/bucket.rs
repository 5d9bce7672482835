//! Token buckets: a rate with a burst, alone or one per key in a bounded table.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A rate: so many at once, then one more each time so long has passed.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// How long until there is one more.
    pub each: Duration,
}

impl Rate {
    /// So many at once, then so many a minute.
    pub const fn per_minute(burst: u32, count: u32) -> Self {
        let each = match Duration::from_secs(60).checked_div(count) {
            Some(each) => each,
            None => Duration::MAX,
        };
        Self { burst, each }
    }
}

/// One bucket; it starts full.
#[derive(Debug)]
pub struct Bucket {
    rate: Rate,
    level: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, level: f64::from(rate.burst), at: now }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        self.level = self.level_at(now);
        self.at = self.at.max(now);
        let there = self.level >= 1.0;
        if there {
            self.level -= 1.0;
        }
        there
    }

    /// Another rate from now on.
    pub fn set_rate(&mut self, rate: Rate, now: Instant) {
        (self.level, self.at) = (self.level_at(now), self.at.max(now));
        self.rate = rate;
    }

    fn level_at(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        (self.level + passed / self.rate.each.as_secs_f64()).min(f64::from(self.rate.burst))
    }

    fn is_full(&self, now: Instant) -> bool {
        self.level_at(now) >= f64::from(self.rate.burst)
    }
}

/// A bucket per key. A bucket that has filled up again is as good as none, so it is forgotten when room is needed.
#[derive(Debug)]
pub struct Buckets<K> {
    most: usize,
    table: Mutex<Table<K>>,
}

#[derive(Debug)]
struct Table<K> {
    rate: Rate,
    buckets: HashMap<K, Bucket>,
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    /// Remembers at most `most` keys; while all of them are in use, further keys are refused.
    pub fn new(rate: Rate, most: usize) -> Self {
        Self { most, table: Mutex::new(Table { rate, buckets: HashMap::new() }) }
    }

    /// Another rate from now on, for everybody.
    pub fn set_rate(&self, rate: Rate, now: Instant) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.rate = rate;
        table.buckets.values_mut().for_each(|bucket| bucket.set_rate(rate, now));
    }

    /// Takes one from the bucket of `key`, if there is one.
    pub fn take(&self, key: &K, now: Instant) -> bool {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let Table { rate, buckets } = &mut *table;
        if let Some(bucket) = buckets.get_mut(key) {
            return bucket.take(now);
        }
        if buckets.len() >= self.most {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        if buckets.len() >= self.most {
            return false;
        }
        buckets.entry(key.clone()).or_insert_with(|| Bucket::new(*rate, now)).take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Rate::per_minute(5, 20), start);
        assert_eq!((0..9).filter(|_| bucket.take(start)).count(), 5);
        assert!(!bucket.take(start + Duration::from_millis(2_900)));
        assert!(bucket.take(start + Duration::from_millis(3_100)), "20 a minute is one every three seconds");
        assert_eq!((0..9).filter(|_| bucket.take(start + Duration::from_secs(3_600))).count(), 5);
    }

    #[test]
    fn another_rate_holds_from_then_on_and_gives_nothing_back() {
        let start = Instant::now();
        let buckets = Buckets::new(Rate::per_minute(2, 1), 10);
        assert!(buckets.take(&"a", start) && buckets.take(&"a", start) && !buckets.take(&"a", start));
        buckets.set_rate(Rate::per_minute(5, 60), start);
        assert!(!buckets.take(&"a", start), "what was used up is used up");
        assert!(buckets.take(&"a", start + Duration::from_millis(1_100)), "one a second by now");
        assert_eq!((0..9).filter(|_| buckets.take(&"b", start)).count(), 5);
        buckets.set_rate(Rate::per_minute(1, 60), start);
        assert_eq!((0..9).filter(|_| buckets.take(&"c", start)).count(), 1);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_only_full_buckets() {
        let start = Instant::now();
        let buckets = Buckets::new(Rate::per_minute(1, 60), 2);
        assert!(buckets.take(&"a", start) && buckets.take(&"b", start));
        assert!(!buckets.take(&"c", start), "no room while both are in use");
        assert!(!buckets.take(&"a", start), "and nobody was forgotten to make room");
        assert!(buckets.take(&"c", start + Duration::from_secs(2)));
    }
}
