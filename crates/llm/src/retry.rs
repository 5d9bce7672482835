//! How long is waited before a call is made again.

use rand::RngExt;
use std::time::Duration;

/// How often a call is made at most.
pub(crate) const MOST_TRIES: u32 = 3;
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(4);
/// Longer than this nobody in a chat waits: the next model is asked instead.
const LONGEST_ASKED: Duration = Duration::from_secs(8);

/// The wait before the next try, from 1; `None` if it is not worth one. Half of it is chance, so that those who failed
/// together do not come back together.
pub(crate) fn wait(tries: u32, asked: Option<Duration>) -> Option<Duration> {
    if tries >= MOST_TRIES || asked.is_some_and(|asked| asked > LONGEST_ASKED) {
        return None;
    }
    let base = FIRST.saturating_mul(1 << tries.min(8)).min(LONGEST);
    let by_chance = base.mul_f64(0.5 + rand::rng().random::<f64>() / 2.0);
    Some(by_chance.max(asked.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_asks_for_is_waited_for_and_no_longer_than_a_customer_waits() {
        assert!(wait(1, Some(Duration::from_secs(3))).unwrap() >= Duration::from_secs(3));
        assert_eq!(wait(1, Some(Duration::from_secs(30))), None);
        assert_eq!(wait(MOST_TRIES, None), None);
        for _ in 0..100 {
            let first = wait(1, None).unwrap();
            assert!(first >= FIRST && first <= FIRST * 2, "{first:?}");
        }
    }
}
