//! What follows once a change has taken effect. None of it is needed for the change to hold: whatever is cut short here
//! is taken up again by those who need it.

use crate::gate::Gate;
use countersign_domain::change::Change;
use std::sync::Arc;

impl Gate {
    pub(crate) async fn after(self: &Arc<Self>, what: &Change) {
        match what {
            Change::RemovePerson { person } => self.void_in_background(person.clone()),
            Change::Resume => self.start_what_waited(),
            Change::Settle { action, .. } => {
                if let Err(error) = self.took_settled(action).await {
                    tracing::warn!(%action, %error, "a settled action stays in the list until the next start");
                }
            }
            Change::EraseCustomer { customer } | Change::PlaceHold { customer } | Change::LiftHold { customer } => {
                self.after_customer(customer).await;
            }
            Change::EnrolPerson { .. }
            | Change::SetRoles { .. }
            | Change::SetLimits { .. }
            | Change::EnrolKey { .. }
            | Change::RevokeKey { .. }
            | Change::ResetKey { .. } => {}
        }
    }
}
