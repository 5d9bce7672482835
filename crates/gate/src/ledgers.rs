//! Ledgers as they were read last, brought forward by what came since. Nothing is decided on them but what is looked at
//! again where it is stored.

use crate::error::GateError;
use crate::records::{Records, read};
use countersign_domain::ledger::{Ledger, LedgerEvent, LedgerName};
use countersign_event_log::stream::{StreamName, Version};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most ledgers that are kept; beyond it, the memory begins anew.
const MOST_KEPT: usize = 4096;

#[derive(Default)]
pub(crate) struct LedgersRead {
    kept: Mutex<HashMap<LedgerName, (Version, Ledger)>>,
}

impl LedgersRead {
    /// A ledger as it stands now.
    pub(crate) async fn read(&self, records: &Records, name: &LedgerName) -> Result<Ledger, GateError> {
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let (mut at, mut ledger) = known.unwrap_or_default();
        for stored in records.stored(&StreamName::ledger(name), at).await? {
            ledger.apply(&read::<LedgerEvent>(&stored)?);
            at += 1;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(name.clone(), (at, ledger.clone()));
        Ok(ledger)
    }
}
