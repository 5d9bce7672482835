//! Customers: holds and erasures that two people signed, and what an erasure says that it destroyed.

use super::changes::Effect;
use super::{At, Meaning, Wrong, caused_by, must};
use crate::envelope::Actor;
use countersign_domain::customer::{CustomerError, CustomerEvent};
use countersign_domain::ids::{ConversationId, KeyId};

impl Meaning {
    pub(super) fn customer(&mut self, at: &At<'_>, name: &str, event: &CustomerEvent) -> Wrong {
        let mut customer = self.customers.remove(name).unwrap_or_default();
        let words = |why: CustomerError| format!("it cannot come here: {why}");
        let legal = match event {
            CustomerEvent::HoldPlaced { at } => customer.place_hold(*at),
            CustomerEvent::HoldLifted { at } => customer.lift_hold(*at),
            CustomerEvent::ErasureOrdered { at } => customer.order_erasure(*at),
            CustomerEvent::Erased { keys, conversations, parts, at } => {
                customer.erase(keys.clone(), conversations.clone(), *parts, *at)
            }
            CustomerEvent::ErasureDone(done) => customer.erasure_done(done.clone()),
        };
        // Asked in any case: what could not come here did follow from its change.
        let caused = match event {
            CustomerEvent::Erased { keys, conversations, .. } => self.erased(at, name, keys, conversations),
            CustomerEvent::ErasureDone(_) => caused_by(at, &Actor::Station),
            _ => self.follows_from_a_change(at, &Effect::Customer(name.to_owned(), event.clone())),
        };
        let result = legal.map(drop).map_err(words).and(caused);
        if let CustomerEvent::Erased { keys, .. } = event {
            self.erased.extend(keys.iter().map(ToString::to_string));
        }
        customer.apply(event, at.position);
        self.customers.insert(name.to_owned(), customer);
        result
    }

    /// Only keys of conversations that have ended, with that customer or with nobody whom the site knew, are destroyed.
    fn erased(&self, at: &At<'_>, customer: &str, keys: &[KeyId], conversations: &[ConversationId]) -> Wrong {
        caused_by(at, &Actor::Station)?;
        let mut theirs = Vec::new();
        for id in conversations {
            let Some(talk) = self.conversations.get(id) else {
                // A case holds one conversation only.
                must(!self.whole, || format!("it erases {id}, which was never opened"))?;
                continue;
            };
            let with = talk.state.customer();
            must(with.is_none_or(|with| with == customer), || {
                format!("it erases {id}, a conversation with another customer")
            })?;
            must(talk.state.closed, || format!("it erases {id}, which has not ended"))?;
            theirs.extend(talk.key.as_ref());
        }
        must(!self.whole || keys.iter().all(|key| theirs.contains(&key)), || {
            "it destroys a key that sealed none of the conversations that it names".to_owned()
        })
    }
}
