//! The stock of fresh keys: durable before the first is handed out, so that taking one costs no write.
//!
//! What an earlier run left in its stock is never handed out again: nobody wrote down how far that run had come.

use crate::cipher::{self, Key};
use crate::error::SealingError;
use crate::master::{Master, purpose};
use crate::store::Store;
use countersign_domain::ambient::Entropy;
use countersign_domain::ids::KeyId;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keys made durable in one commit.
pub(crate) const BATCH: usize = 256;

/// What is needed to make keys.
pub(crate) struct Source {
    pub(crate) store: Store,
    pub(crate) master: Master,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// Keys that are durable and that nobody has yet.
pub(crate) struct Stock {
    source: Arc<Source>,
    ready: Mutex<VecDeque<(KeyId, Key)>>,
    refilling: AtomicBool,
    batch: usize,
}

impl Stock {
    pub(crate) fn new(source: Arc<Source>, batch: usize) -> Self {
        Self { source, ready: Mutex::default(), refilling: AtomicBool::new(false), batch }
    }

    /// Takes a key. Below half, another thread makes more; only an empty stock makes its caller wait for a commit.
    pub(crate) fn take(self: &Arc<Self>) -> Result<(KeyId, Key), SealingError> {
        loop {
            let (taken, left) = {
                let mut ready = self.ready();
                (ready.pop_front(), ready.len())
            };
            if left < self.batch / 2 && !self.refilling.swap(true, Ordering::AcqRel) {
                if taken.is_some() {
                    self.refill_behind();
                } else {
                    let refilled = self.refill();
                    self.refilling.store(false, Ordering::Release);
                    refilled?;
                }
            } else if taken.is_none() {
                // Somebody else is refilling and many callers wait: a batch of one's own is the simplest bound.
                self.refill()?;
            }
            if let Some(taken) = taken {
                return Ok(taken);
            }
        }
    }

    fn refill_behind(self: &Arc<Self>) {
        let stock = Arc::clone(self);
        let refill = move || {
            // A failure shows when the stock is empty: then the caller refills and gets the error itself.
            let _failed = stock.refill();
            stock.refilling.store(false, Ordering::Release);
        };
        if std::thread::Builder::new().name("key-stock".to_owned()).spawn(refill).is_err() {
            self.refilling.store(false, Ordering::Release);
        }
    }

    fn refill(&self) -> Result<(), SealingError> {
        let Source { store, master, entropy } = &*self.source;
        let made: Vec<(KeyId, Key)> =
            (0..self.batch).map(|_| (KeyId::random(entropy.as_ref()), cipher::fresh_key(entropy.as_ref()))).collect();
        let wrapped = made
            .iter()
            .map(|(id, key)| Ok((id.clone(), master.wrap(key, purpose::SEALING, id.as_str(), entropy.as_ref())?)))
            .collect::<Result<Vec<_>, SealingError>>()?;
        store.add_sealing_keys(&wrapped)?;
        self.ready().extend(made);
        Ok(())
    }

    fn ready(&self) -> MutexGuard<'_, VecDeque<(KeyId, Key)>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
