//! How many of something each agent has at once, within a bound.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts by an agent's name.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<Mutex<HashMap<String, usize>>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub struct Counted {
    of: Counts,
    agent: String,
}

impl Counts {
    /// One more of an agent's, unless it has `most` already.
    pub fn take(&self, agent: &str, most: usize) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(agent).copied().unwrap_or_default();
        (count < most).then(|| {
            counts.insert(agent.to_owned(), count + 1);
            Counted { of: self.clone(), agent: agent.to_owned() }
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.of.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.agent) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.agent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_agent_has_as_many_as_it_may_and_what_is_dropped_is_free_again() {
        let counts = Counts::default();
        let (first, second) = (counts.take("a", 2), counts.take("a", 2));
        assert!(first.is_some() && second.is_some() && counts.take("a", 2).is_none());
        assert!(counts.take("b", 2).is_some(), "another agent has its own");
        drop(first);
        assert!(counts.take("a", 2).is_some() && counts.take("a", 0).is_none());
        drop(second);
        assert!(counts.0.lock().unwrap().is_empty(), "whoever has none is forgotten");
    }
}
