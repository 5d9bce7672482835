//! Changes that are about a customer: legal holds, and the order to erase them.

use super::effect::Effect;
use crate::commit::event;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::customer::{Customer, CustomerError};
use countersign_domain::event::Draft;
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::Write;
use countersign_event_log::stream::StreamName;
use std::sync::Arc;

pub(super) fn erase(customer: String) -> Effect {
    to(customer, Customer::order_erasure)
}

pub(super) fn place_hold(customer: String) -> Effect {
    to(customer, Customer::place_hold)
}

pub(super) fn lift_hold(customer: String) -> Effect {
    to(customer, Customer::lift_hold)
}

fn to(customer: String, decide: fn(&Customer, Timestamp) -> Result<Draft, CustomerError>) -> Effect {
    Box::new(move |states, signers| {
        let stream = StreamName::customer(&customer);
        let mut state = Customer::default();
        for stored in states.events(&stream, 0)? {
            state.apply(&read(&stored)?, stored.envelope.position);
        }
        let draft = decide(&state, signers.now)?;
        let by = signers.people.first().map(ToString::to_string).unwrap_or_default();
        let events = vec![event(draft, None, &Actor::Person(by), None)];
        Ok(vec![Write { stream, expected: state.version, events }])
    })
}

impl Gate {
    /// A hold or an order stands: what is to be carried out is, in the background.
    pub(super) async fn after_customer(self: &Arc<Self>, customer: &str) {
        if let Err(error) = self.customer_changed(customer).await {
            tracing::warn!(%error, "an erasure that was ordered is carried out at the next start");
        }
    }
}
