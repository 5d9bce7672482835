//! What each kind of change does. Another kind is one more arm in each function here and in `after`.

use super::{agents, customers, people, running};
use crate::error::GateError;
use crate::gate::Gate;
use countersign_domain::change::Change;
use countersign_domain::event::Fields;
use countersign_domain::ids::{KeyId, PersonId};
use countersign_domain::station::Staff;
use countersign_domain::time::Timestamp;
use countersign_event_log::log::{StreamStates, Write};
use std::sync::Arc;

/// Where, in the append of the last signature, it stands that a change took effect.
pub(crate) const TOOK_EFFECT: usize = 1;
/// Where the first event of the effect stands.
pub(crate) const FIRST: usize = 2;

/// Who signs, and how things stand in the moment of the effect.
pub(crate) struct Signers {
    /// Everybody who signed, whoever proposed it first.
    pub(crate) people: Vec<PersonId>,
    /// The staff before the change.
    pub(crate) staff: Staff,
    /// By the station's clock.
    pub(crate) now: Timestamp,
}

/// What a change writes, or why it cannot be: pure and bounded, for the log's writer waits for it. It is asked when the
/// change is proposed, and again in the append in which it takes effect.
pub(crate) type Effect = Box<dyn FnOnce(&mut dyn StreamStates, &Signers) -> Result<Vec<Write>, GateError> + Send>;

impl Gate {
    /// Makes ready what a change writes. `sealed` was sealed with the proposal, under `key`.
    pub(crate) async fn effect(&self, what: &Change, sealed: &Fields, key: &KeyId) -> Result<Effect, GateError> {
        Ok(match what.clone() {
            Change::EnrolPerson { person, team, roles, limits, key: first } => {
                let name = self.sealed_name(&person, sealed, key)?;
                people::join(people::Joining { person, team, roles, limits, key: first }, name)
            }
            Change::SetRoles { person, team, roles } => people::roles(person, team, roles),
            Change::SetLimits { person, limits } => people::limits(person, limits),
            Change::RemovePerson { person } => people::leave(person),
            Change::EnrolKey { person, key } => people::enrol_key(person, key),
            Change::RevokeKey { person, key } => people::revoke_key(person, key),
            Change::ResetKey { person, key } => people::reset_key(person, key),
            Change::Resume => running::resume(),
            Change::EraseCustomer { customer } => customers::erase(customer),
            Change::PlaceHold { customer } => customers::place_hold(customer),
            Change::LiftHold { customer } => customers::lift_hold(customer),
            Change::SetTool { from, to, definition } => {
                self.set_tool(from.map(|from| *from), *to, definition.map(|definition| *definition)).await?
            }
            Change::SetChat { from, to } => self.set_chat(*from, *to)?,
            Change::GrantAgent { agent, from, to, token } => {
                self.grant_agent(agent, from.map(|from| *from), *to, token)?
            }
            Change::RevokeAgent { agent } => agents::revoke(agent),
            Change::AddServer { server } => self.add_server(*server)?,
            Change::RemoveServer { server } => self.remove_server(server).await?,
            Change::Settle { action, how } => {
                let record = self.records.action(&action).await?;
                let from = self.settles_from(&record.action);
                running::settle(record.action, how, from)
            }
        })
    }

    /// What must have happened before the last signature of such a change is stored. It may be done in vain, and again.
    pub(crate) async fn before(self: &Arc<Self>, what: &Change) -> Result<(), GateError> {
        match what {
            Change::Resume => self.before_resume().await,
            _ => Ok(()),
        }
    }
}
