//! Rest for what fails: a model that has failed several times in a row is not asked for a while, and then once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures in a row after which it rests.
const FAILURES: u32 = 3;
const FIRST_REST: Duration = Duration::from_secs(15);
const LONGEST_REST: Duration = Duration::from_secs(240);

/// Who rests, by name.
#[derive(Debug)]
pub(crate) struct Breakers<K>(Mutex<HashMap<K, Stands>>);

#[derive(Debug, Default, Clone, Copy)]
struct Stands {
    failed: u32,
    /// Until when it is not asked.
    until: Option<Instant>,
    /// Whether one call is out to see how it does.
    tried: bool,
}

impl<K: Eq + Hash + Clone> Default for Breakers<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone> Breakers<K> {
    /// Whether it may be asked now. Once its rest is over, one may ask; the others wait for what comes of that.
    pub(crate) fn may_ask(&self, key: &K, now: Instant) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stands) = all.get_mut(key) else { return true };
        match stands.until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => !std::mem::replace(&mut stands.tried, true),
        }
    }

    /// It answered.
    pub(crate) fn answered(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// A call was given up before anything came of it: it says nothing of the model.
    pub(crate) fn left(&self, key: &K) {
        if let Some(stands) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(key) {
            stands.tried = false;
        }
    }

    /// It failed; it may have said how long to wait.
    pub(crate) fn failed(&self, key: &K, now: Instant, asked: Option<Duration>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = all.entry(key.clone()).or_default();
        stands.failed = stands.failed.saturating_add(1);
        stands.tried = false;
        let rests = (stands.failed >= FAILURES)
            .then(|| FIRST_REST.saturating_mul(1 << (stands.failed - FAILURES).min(8)).min(LONGEST_REST));
        stands.until = rests.max(asked).map(|rest| now + rest).max(stands.until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_three_times_rests_and_is_then_asked_once() {
        let breakers = Breakers::default();
        let start = Instant::now();
        let later = |seconds: u64| start + Duration::from_secs(seconds);
        for _ in 0..2 {
            breakers.failed(&"m", start, None);
            assert!(breakers.may_ask(&"m", start));
        }
        breakers.failed(&"m", start, None);
        assert!(!breakers.may_ask(&"m", later(14)));
        assert!(breakers.may_ask(&"other", later(14)));
        assert!(breakers.may_ask(&"m", later(15)));
        assert!(!breakers.may_ask(&"m", later(15)), "one is out already");
        breakers.failed(&"m", later(16), None);
        assert!(!breakers.may_ask(&"m", later(40)), "it rests longer each time");
        assert!(breakers.may_ask(&"m", later(46)));
        breakers.left(&"m");
        assert!(breakers.may_ask(&"m", later(46)), "a call that was given up says nothing");
        breakers.answered(&"m");
        assert!(breakers.may_ask(&"m", later(46)) && breakers.may_ask(&"m", later(46)));
    }

    #[test]
    fn it_rests_as_long_as_it_asks_to() {
        let breakers = Breakers::default();
        let start = Instant::now();
        breakers.failed(&"m", start, Some(Duration::from_secs(9)));
        assert!(!breakers.may_ask(&"m", start + Duration::from_secs(8)));
        assert!(breakers.may_ask(&"m", start + Duration::from_secs(9)));
    }
}
