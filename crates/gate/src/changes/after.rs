//! What follows once a change has taken effect. None of it is needed for the change to hold: whatever is cut short here
//! is taken up again by those who need it.

use crate::gate::Gate;
use countersign_domain::change::Change;
use countersign_domain::ids::PersonId;
use std::sync::Arc;

impl Gate {
    pub(crate) async fn after(self: &Arc<Self>, what: &Change) {
        match what {
            Change::RemovePerson { person } => {
                self.forget_password(person);
                self.void_in_background(person.clone());
            }
            // A sign-in sets the new one.
            Change::ResetKey { person, .. } => self.forget_password(person),
            Change::Resume => self.start_what_waited(),
            Change::Settle { action, .. } => {
                if let Err(error) = self.took_settled(action).await {
                    tracing::warn!(%action, %error, "a settled action stays in the list until the next start");
                }
            }
            Change::EraseCustomer { customer } | Change::PlaceHold { customer } | Change::LiftHold { customer } => {
                self.after_customer(customer).await;
            }
            Change::SetTool { to, .. } => {
                if let Err(error) = self.took_tool(&to.tool).await {
                    tracing::error!(tool = to.tool, %error, "how a tool is treated holds from the next start on; until then nothing is allowed");
                }
            }
            Change::SetChat { .. } => {
                if let Err(error) = self.took_chat().await {
                    tracing::error!(%error, "how the chat behaves holds from the next start on");
                }
            }
            Change::RevokeAgent { agent } => {
                if let Err(error) = self.end_calls_of(agent).await {
                    tracing::error!(agent, %error, "what a revoked agent had asked for is taken back at the next start");
                }
            }
            Change::AddServer { .. } => self.took_servers(),
            Change::RemoveServer { server } => {
                self.took_servers();
                if let Err(error) = self.end_what_was_asked_of(server).await {
                    tracing::error!(server, %error, "what was asked of a server that is none any more stays open; nothing of it runs");
                }
            }
            Change::EnrolPerson { .. }
            | Change::GrantAgent { .. }
            | Change::SetRoles { .. }
            | Change::SetLimits { .. }
            | Change::EnrolKey { .. }
            | Change::RevokeKey { .. } => {}
        }
    }

    fn forget_password(&self, person: &PersonId) {
        if let Err(error) = self.records.sealing().remove_password(person) {
            tracing::warn!(%error, "a password that opens nothing any more could not be removed");
        }
    }
}
