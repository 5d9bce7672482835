//! What an erasure would do if it were ordered now: for whoever is about to sign for it. Nothing is different by it.

use super::certificate::{Remains, remains};
use super::count;
use crate::error::GateError;
use crate::gate::Gate;
use crate::records::sealing;
use countersign_domain::customer::Done;
use countersign_domain::ids::{ActionId, ConversationId, KeyId};
use countersign_domain::ledger::LedgerName;
use std::collections::BTreeSet;

/// What would become unreadable, what would end, what would be waited for, and what would remain.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// The conversations that nobody could read any more.
    pub conversations: Vec<ConversationId>,
    /// How many of these go on now and would end.
    pub live: u32,
    /// Sealed parts that nobody could open any more.
    pub parts: u64,
    /// Actions that nobody has started: they would be taken back.
    pub taken_back: Vec<(ConversationId, ActionId)>,
    /// Actions that may happen or may have happened: nothing is destroyed before it is known.
    pub waits_for: Vec<(ConversationId, ActionId)>,
    /// What the certificate would say of what is left.
    pub remains: Vec<Remains>,
}

impl Gate {
    /// What an erasure of this customer would do now.
    pub async fn erasure_ahead(&self, customer: &str) -> Result<Ahead, GateError> {
        let linked = self.linked(customer, self.records.log().size()).await?;
        let store = self.records.sealing().clone();
        let gone = tokio::task::spawn_blocking(move || store.destroyed()).await;
        let gone: BTreeSet<KeyId> = gone.map_err(|_| GateError::Ending)?.map_err(sealing)?.into_iter().collect();
        let ledger = self.ledgers.read(&self.records, &LedgerName::customer(customer)).await?;
        let mut ahead = Ahead {
            conversations: Vec::new(),
            live: 0,
            parts: 0,
            taken_back: Vec::new(),
            waits_for: Vec::new(),
            remains: Vec::new(),
        };
        for id in linked.conversations {
            let content = self.content(&id).await?;
            if gone.contains(&content.key) {
                continue;
            }
            let (conversation, _) = self.records.conversation(&id).await?;
            let unstarted = self.unstarted(&conversation).await?;
            let unstarted: Vec<ActionId> = unstarted.into_iter().map(|action| action.proposed.action).collect();
            let waits = content.under_way.into_iter().filter(|action| !unstarted.contains(action));
            ahead.waits_for.extend(waits.map(|action| (id.clone(), action)));
            ahead.taken_back.extend(unstarted.into_iter().map(|action| (id.clone(), action)));
            ahead.live += u32::from(!conversation.closed);
            ahead.parts += content.sealed.len() as u64;
            ahead.conversations.push(id);
        }
        ahead.remains = remains(&Done {
            keys: count(ahead.conversations.len()),
            conversations: count(ahead.conversations.len()),
            parts: ahead.parts,
            dropped: 0,
            elsewhere: count(linked.elsewhere.len()),
            counts_until: ledger.counts_until(),
            at: self.records.now(),
        });
        Ok(ahead)
    }

    /// What an erasure that is ordered waits for, as far as this process has looked.
    pub fn erasure_waits_for(&self, customer: &str) -> Vec<ActionId> {
        self.erasures.waits(customer)
    }
}
