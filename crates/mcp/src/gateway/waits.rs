//! Who waits at the gateway now. An agent that asks what became of its calls more often at once than it may have calls is
//! answered at once instead of being waited with.

use countersign_gate::Caller;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many may wait besides one for each open call: for those who ask again.
const BESIDES: usize = 16;

/// How many requests of each agent wait.
#[derive(Clone, Default)]
pub(super) struct Waits(Arc<Mutex<HashMap<String, usize>>>);

/// One that waits, until it is dropped.
pub(super) struct Waiting {
    of: Waits,
    agent: String,
}

impl Waits {
    /// One more, if it may.
    pub(super) fn begin(&self, caller: &Caller) -> Option<Waiting> {
        let most = BESIDES + usize::try_from(caller.grant().open_calls).unwrap_or(usize::MAX);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(caller.name().to_owned()).or_default();
        (*count < most).then(|| {
            *count += 1;
            Waiting { of: self.clone(), agent: caller.name().to_owned() }
        })
    }
}

impl Drop for Waiting {
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
