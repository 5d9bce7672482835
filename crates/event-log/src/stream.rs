//! Streams: the unit of consistency. A stream's name says its concept; its version counts its events.

use countersign_domain::change::Change;
use countersign_domain::ids::{ActionId, ChangeId, ConversationId, PersonId};
use countersign_domain::ledger::LedgerName;
use serde::{Deserialize, Serialize};

/// The name of a stream: `action/act_…`, `change/chg_…`, `conversation/cnv_…`, `person/per_…`, `ledger/customer/…`, `tool/crm.…`,
/// `channel/chat`, `agent/billing-bot`, `call/…`, `alias/…`, `server`, `fleet`, `station`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamName(String);

impl StreamName {
    /// The stream of one action.
    pub fn action(id: &ActionId) -> Self {
        Self(format!("action/{id}"))
    }

    /// The stream of one conversation.
    pub fn conversation(id: &ConversationId) -> Self {
        Self(format!("conversation/{id}"))
    }

    /// The stream of one change.
    pub fn change(id: &ChangeId) -> Self {
        Self(format!("change/{id}"))
    }

    /// The stream of one customer, by their pseudonym.
    pub fn customer(pseudonym: &str) -> Self {
        Self(format!("customer/{pseudonym}"))
    }

    /// The stream that must stand where it stood when a change was proposed.
    pub fn changed_by(what: &Change) -> Self {
        match what {
            Change::EnrolPerson { person, .. }
            | Change::SetRoles { person, .. }
            | Change::SetLimits { person, .. }
            | Change::RemovePerson { person }
            | Change::EnrolKey { person, .. }
            | Change::RevokeKey { person, .. }
            | Change::ResetKey { person, .. } => Self::person(person),
            Change::Resume => Self::fleet(),
            Change::Settle { action, .. } => Self::action(action),
            Change::EraseCustomer { customer } | Change::PlaceHold { customer } | Change::LiftHold { customer } => {
                Self::customer(customer)
            }
            Change::SetTool { to, .. } => Self::tool(&to.tool),
            Change::SetChat { .. } => Self::chat(),
            Change::GrantAgent { agent, .. } | Change::RevokeAgent { agent } => Self::agent(agent),
            Change::AddServer { .. } | Change::RemoveServer { .. } => Self::servers(),
        }
    }

    /// How the chat behaves.
    pub fn chat() -> Self {
        Self("channel/chat".to_owned())
    }

    /// The tool servers that people added.
    pub fn servers() -> Self {
        Self("server".to_owned())
    }

    /// The stream of one external agent, by its name.
    pub fn agent(name: &str) -> Self {
        Self(format!("agent/{name}"))
    }

    /// The stream of one call of an external agent, by its pseudonym.
    pub fn call(pseudonym: &str) -> Self {
        Self(format!("call/{pseudonym}"))
    }

    /// The stream of one name that an external agent has for a conversation of its own, by its pseudonym.
    pub fn alias(pseudonym: &str) -> Self {
        Self(format!("alias/{pseudonym}"))
    }

    /// The stream of one tool, by its full name.
    pub fn tool(name: &str) -> Self {
        Self(format!("tool/{name}"))
    }

    /// The stream of one person.
    pub fn person(id: &PersonId) -> Self {
        Self(format!("person/{id}"))
    }

    /// The stream of one ledger.
    pub fn ledger(name: &LedgerName) -> Self {
        Self(format!("ledger/{}", name.as_str()))
    }

    /// The stream of one object, by its pseudonym.
    pub fn object(pseudonym: &str) -> Self {
        Self(format!("object/{pseudonym}"))
    }

    /// The stream of what is done with one conversation as evidence.
    pub fn case(id: &ConversationId) -> Self {
        Self(format!("case/{id}"))
    }

    /// What a person searched the trail for.
    pub fn searches(id: &PersonId) -> Self {
        Self(format!("trail/{id}"))
    }

    /// Stop and resume, for the whole station.
    pub fn fleet() -> Self {
        Self("fleet".to_owned())
    }

    /// The station's own: set-up, who joined, the policy in force.
    pub fn station() -> Self {
        Self("station".to_owned())
    }

    /// A name as stored.
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for StreamName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many events a stream must hold for an append to go through; 0 means that it must not exist.
pub type Version = u64;
