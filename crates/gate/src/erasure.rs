//! Erasure of one customer. Two people order it; it is carried out as soon as nothing of the customer's is open: their
//! conversations end, what nobody has started in them is taken back, and what may have happened is waited for, for
//! without its arguments nobody could find out what became of it. Then the keys are named in the log and destroyed, and
//! whatever keeps words or ciphertext beside them forgets. Every step may be cut short and is taken up again.

mod ahead;
mod certificate;
mod closing;
mod linking;

pub use ahead::Ahead;
pub use certificate::{Certificate, Remains};
pub use linking::Linked;

use crate::error::GateError;
use crate::gate::Gate;
use crate::people::unsealed;
use crate::records::{Records, read, sealing};
use async_trait::async_trait;
use countersign_domain::customer::{Customer, Done, MOST_ERASED_AT_ONCE, Order};
use countersign_domain::event::Draft;
use countersign_domain::ids::{ActionId, ConversationId, KeyId};
use countersign_domain::ledger::LedgerName;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;
use linking::Content;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What is to be forgotten: its keys are gone.
#[derive(Debug, Clone)]
pub struct Forgotten {
    /// The conversations.
    pub conversations: Vec<ConversationId>,
    /// The positions of everything that was sealed in them.
    pub parts: Vec<u64>,
}

/// Something that keeps words, or their ciphertext, beside the keys.
#[async_trait]
pub trait Forget: Send + Sync {
    /// When this returns, none of it is there any more. It may be asked again for what it has forgotten; the error says
    /// why it could not, without a word of what it keeps.
    async fn forget(&self, forgotten: &Forgotten) -> Result<(), String>;
}

/// Erasures that are ordered and not done. Derived from the log; it only says where to look.
#[derive(Default)]
pub(crate) struct Erasures {
    pending: Mutex<BTreeMap<String, Pending>>,
    keepers: OnceLock<Vec<Arc<dyn Forget>>>,
    /// How many times keys were destroyed by this process.
    destroyed: AtomicU64,
    /// One at a time: each may write whole files anew.
    one: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Pending {
    /// The actions whose outcome it waits for.
    waits: Vec<ActionId>,
    /// Whether it failed, and is left alone until the next round.
    failed: bool,
}

impl Erasures {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waits(&self, customer: &str) -> Vec<ActionId> {
        self.lock().get(customer).map(|pending| pending.waits.clone()).unwrap_or_default()
    }

    /// Takes in where a customer's erasure stands.
    pub(crate) fn put(&self, customer: &str, state: &Customer) {
        match state.order {
            Some(_) => drop(self.lock().entry(customer.to_owned()).or_default()),
            None => drop(self.lock().remove(customer)),
        }
    }
}

impl Records {
    /// A customer, by their pseudonym, as far as holds and erasures go; nobody is unknown.
    pub async fn customer(&self, pseudonym: &str) -> Result<Customer, GateError> {
        let mut customer = Customer::default();
        for stored in self.stored(&StreamName::customer(pseudonym), 0).await? {
            customer.apply(&read(&stored)?, stored.envelope.position);
        }
        Ok(customer)
    }
}

impl Gate {
    /// Says what keeps words beside the keys. Until then no erasure is carried out; afterwards those that an earlier run
    /// left behind are.
    pub async fn forget_through(self: &Arc<Self>, keepers: Vec<Arc<dyn Forget>>) {
        let _first = self.erasures.keepers.set(keepers);
        self.carry_out_erasures().await;
    }

    /// Something happened to a customer: what is ordered is carried out in the background.
    pub(crate) async fn customer_changed(self: &Arc<Self>, customer: &str) -> Result<(), GateError> {
        self.erasures.put(customer, &self.records.customer(customer).await?);
        self.carry_out_in_background();
        Ok(())
    }

    /// Carries out, in the background, what does not wait for an outcome any more.
    pub(crate) fn carry_out_in_background(self: &Arc<Self>) {
        if self.ready_erasures().is_empty() {
            return;
        }
        let gate = self.clone();
        tokio::spawn(async move { gate.carry_out_erasures().await });
    }

    /// Lets those that failed be tried again.
    pub(crate) fn try_erasures_again(self: &Arc<Self>) {
        self.erasures.lock().values_mut().for_each(|pending| pending.failed = false);
        self.carry_out_in_background();
    }

    /// Counts up whenever keys were destroyed: whoever keeps something opened in memory lets go of it.
    pub fn times_erased(&self) -> u64 {
        self.erasures.destroyed.load(Ordering::Acquire)
    }

    fn ready_erasures(&self) -> Vec<String> {
        let pending = self.erasures.lock();
        let ready = |pending: &Pending| !pending.failed && !pending.waits.iter().any(|id| self.open.is_under_way(id));
        pending.iter().filter(|(_, pending)| ready(pending)).map(|(customer, _)| customer.clone()).collect()
    }

    /// Carries out every erasure that is ordered, as far as it goes. When this returns, each is done, or waits for an
    /// outcome, or has failed and is tried again.
    pub async fn carry_out_erasures(self: &Arc<Self>) {
        let Some(keepers) = self.erasures.keepers.get() else { return };
        let _one = self.erasures.one.lock().await;
        for customer in self.ready_erasures() {
            let done = self.carry_out(&customer, keepers).await;
            let mut pending = self.erasures.lock();
            match done {
                Ok(waits) if waits.is_empty() => drop(pending.remove(&customer)),
                Ok(waits) => {
                    tracing::info!(
                        open = waits.len(),
                        "an erasure waits until it is known what became of open actions"
                    );
                    pending.insert(customer, Pending { waits, failed: false });
                }
                Err(error) => {
                    tracing::error!(%error, "an erasure is not finished; it is tried again");
                    pending.insert(customer, Pending { waits: Vec::new(), failed: true });
                }
            }
        }
    }

    /// The actions that it waits for; none once it is done.
    async fn carry_out(&self, customer: &str, keepers: &[Arc<dyn Forget>]) -> Result<Vec<ActionId>, GateError> {
        let mut known: Option<Linked> = None;
        'look: loop {
            let state = self.records.customer(customer).await?;
            let Some(order) = &state.order else { return Ok(Vec::new()) };
            let linked = match &mut known {
                Some(linked) => linked,
                None => known.insert(self.linked(customer, order.position).await?),
            };
            let named: BTreeSet<&ConversationId> = order.conversations.iter().collect();
            let left: Vec<_> = linked.conversations.iter().filter(|id| !named.contains(*id)).cloned().collect();
            if left.is_empty() {
                let done = self.destroy(customer, order, linked, keepers).await?;
                let draft = state.erasure_done(done)?;
                match self.append_to_customer(customer, &state, draft).await {
                    Err(GateError::Moved) => continue,
                    stored => return stored.map(|()| Vec::new()),
                }
            }
            for id in &left {
                if !self.close_for_erasure(id, Some(customer)).await? {
                    known = None;
                    continue 'look;
                }
            }
            let mut content = Vec::new();
            for id in left.iter().take(MOST_ERASED_AT_ONCE) {
                content.push(self.content(id).await?);
            }
            let waits: Vec<ActionId> = content.iter().flat_map(|content| content.under_way.clone()).collect();
            if !waits.is_empty() {
                return Ok(waits);
            }
            let draft = named_for_erasure(&state, content, self.records.now())?;
            match self.append_to_customer(customer, &state, draft).await {
                // Somebody placed a hold: the order is off.
                Ok(()) | Err(GateError::Moved) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Destroys the keys that the log names, and lets everybody forget. Nothing of it is undone by doing it again.
    async fn destroy(
        &self,
        customer: &str,
        order: &Order,
        linked: &Linked,
        keepers: &[Arc<dyn Forget>],
    ) -> Result<Done, GateError> {
        let (keys, store) = (order.keys.clone(), self.records.sealing().clone());
        let destroyed = tokio::task::spawn_blocking(move || store.erase(&keys)).await;
        destroyed.map_err(|_| GateError::Ending)?.map_err(sealing)?;
        self.erasures.destroyed.fetch_add(1, Ordering::Release);
        let mut forgotten = Forgotten { conversations: order.conversations.clone(), parts: Vec::new() };
        for id in &order.conversations {
            forgotten.parts.extend(self.content(id).await?.sealed);
        }
        for keeper in keepers {
            keeper.forget(&forgotten).await.map_err(GateError::Erasure)?;
        }
        let mut dropped = 0;
        for id in &order.conversations {
            dropped += self.content(id).await?.dropped;
        }
        let ledger = self.ledgers.read(&self.records, &LedgerName::customer(customer)).await?;
        Ok(Done {
            keys: count(order.keys.len()),
            conversations: count(order.conversations.len()),
            parts: order.parts,
            dropped,
            elsewhere: count(linked.elsewhere.len()),
            counts_until: ledger.counts_until(),
            at: self.records.now(),
        })
    }

    /// Appends to a customer's stream, which must be where it was seen.
    async fn append_to_customer(&self, customer: &str, seen: &Customer, draft: Draft) -> Result<(), GateError> {
        let stream = StreamName::customer(customer);
        let write = Write { stream, expected: seen.version, events: vec![unsealed(draft, Actor::Station)] };
        self.records.log().append(Append { guards: Vec::new(), writes: vec![write] }).await?;
        Ok(())
    }
}

/// The event that names keys, with what they sealed.
fn named_for_erasure(
    state: &Customer,
    content: Vec<Content>,
    now: countersign_domain::time::Timestamp,
) -> Result<Draft, GateError> {
    let keys: BTreeSet<KeyId> = content.iter().map(|content| content.key.clone()).collect();
    let parts = content.iter().map(|content| content.sealed.len() as u64).sum();
    let conversations = content.into_iter().map(|content| content.conversation).collect();
    Ok(state.erase(keys.into_iter().collect(), conversations, parts, now)?)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
