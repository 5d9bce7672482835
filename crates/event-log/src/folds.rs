//! The folds that a log keeps per stream, so that a hot stream costs a verdict and not a re-read.

use crate::stream::{StreamName, Version};
use std::any::{Any, TypeId};
use std::collections::HashMap;

/// How many folds are kept; beyond it the half that was unused for longest goes.
pub const MOST_FOLDS: usize = 4096;

struct Kept {
    at: Version,
    state: Box<dyn Any + Send>,
    used: u64,
}

/// Folds by stream and type. Only the writer of a log holds it: a fold in it has seen stored events and those of
/// appends of the present group, and the whole cache is cleared when a group is not stored.
#[derive(Default)]
pub struct FoldCache {
    kept: HashMap<(StreamName, TypeId), Kept>,
    uses: u64,
}

impl FoldCache {
    /// Takes a fold out.
    pub fn take(&mut self, stream: &StreamName, fold: TypeId) -> Option<(Version, Box<dyn Any + Send>)> {
        self.kept.remove(&(stream.clone(), fold)).map(|kept| (kept.at, kept.state))
    }

    /// Puts a fold back.
    pub fn keep(&mut self, stream: &StreamName, fold: TypeId, at: Version, state: Box<dyn Any + Send>) {
        self.uses += 1;
        self.kept.insert((stream.clone(), fold), Kept { at, state, used: self.uses });
        if self.kept.len() > MOST_FOLDS {
            let mut uses: Vec<u64> = self.kept.values().map(|kept| kept.used).collect();
            uses.sort_unstable();
            let oldest_to_stay = uses.get(uses.len() / 2).copied().unwrap_or(0);
            self.kept.retain(|_, kept| kept.used >= oldest_to_stay);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded_and_keeps_what_was_used_last() {
        let mut cache = FoldCache::default();
        let fold = TypeId::of::<u64>();
        let name = |n: usize| StreamName::stored(format!("ledger/{n}"));
        for n in 0..MOST_FOLDS * 3 {
            cache.keep(&name(n), fold, n as u64, Box::new(n as u64));
            assert!(cache.kept.len() <= MOST_FOLDS);
        }
        assert!(cache.take(&name(0), fold).is_none());
        assert_eq!(cache.take(&name(MOST_FOLDS * 3 - 1), fold).unwrap().0, (MOST_FOLDS * 3 - 1) as u64);
        assert!(cache.take(&name(MOST_FOLDS * 3 - 1), fold).is_none(), "taken is taken");
    }
}
