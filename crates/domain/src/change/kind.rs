//! The kinds of changes. Another one is a variant here, a row in `authority`, and an effect in the gate.

use crate::action::SettledHow;
use crate::agent::AgentGrant;
use crate::channel::ChatSettings;
use crate::ids::{ActionId, PersonId, SigningKeyId};
use crate::money::Money;
use crate::person::{KeyOffer, Role};
use crate::server::AddedServer;
use crate::tool::{ToolDefinition, ToolSettings};
use serde::{Deserialize, Serialize};

/// What is to be different. Names and words are sealed beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A further person joins. Sealed: `name`.
    EnrolPerson {
        /// The person.
        person: PersonId,
        /// In which team.
        team: String,
        /// What they may do.
        roles: Vec<Role>,
        /// What they may approve in one UTC day, by currency; absent without limits.
        limits: Option<Vec<Money>>,
        /// Their first key.
        key: KeyOffer,
    },
    /// A person has these roles from here on.
    SetRoles {
        /// The person.
        person: PersonId,
        /// In which team.
        team: String,
        /// All roles.
        roles: Vec<Role>,
    },
    /// A person has these limits from here on.
    SetLimits {
        /// The person.
        person: PersonId,
        /// One limit for each currency; absent without limits.
        limits: Option<Vec<Money>>,
    },
    /// A person leaves.
    RemovePerson {
        /// The person.
        person: PersonId,
    },
    /// A person signs with a further key: another device. Whoever holds it proposes it and signs first, with that key.
    EnrolKey {
        /// The person.
        person: PersonId,
        /// The key.
        key: KeyOffer,
    },
    /// A key signs nothing any more.
    RevokeKey {
        /// The person.
        person: PersonId,
        /// The key.
        key: SigningKeyId,
    },
    /// A password reset: a new key in the place of all that the person had.
    ResetKey {
        /// The person.
        person: PersonId,
        /// The key.
        key: KeyOffer,
    },
    /// A stop ends that asks for two.
    Resume,
    /// An outcome that nobody knew is known.
    Settle {
        /// The action.
        action: ActionId,
        /// What is known.
        how: SettledHow,
    },
    /// What was said by and about a customer is erased, as soon as nothing of theirs is open.
    EraseCustomer {
        /// Who, pseudonymous (HMAC under the station's index key).
        customer: String,
    },
    /// Nothing of a customer's is erased from here on.
    PlaceHold {
        /// Who, pseudonymous.
        customer: String,
    },
    /// What is a customer's may be erased again.
    LiftHold {
        /// Who, pseudonymous.
        customer: String,
    },
    /// A tool is treated otherwise from here on.
    SetTool {
        /// How it is treated, so that the difference that is signed stands in the trail; absent where nobody has said so
        /// yet, and nothing calls it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Box<ToolSettings>>,
        /// How it is treated then.
        to: Box<ToolSettings>,
        /// What its server defines it as then, and nothing else is called; absent where that stays as it was accepted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        definition: Option<Box<ToolDefinition>>,
    },
    /// The chat behaves otherwise from here on.
    SetChat {
        /// How it behaves, so that the difference that is signed stands in the trail.
        from: Box<ChatSettings>,
        /// How it behaves then.
        to: Box<ChatSettings>,
    },
    /// An external agent may do this from here on, and nothing else.
    GrantAgent {
        /// Its name.
        agent: String,
        /// What it may do, so that the difference that is signed stands in the trail; absent where nothing yet.
        from: Option<Box<AgentGrant>>,
        /// What it may do then.
        to: Box<AgentGrant>,
        /// SHA-256 of the token that is its own then, hexadecimal: the one before, or another in its place.
        token: String,
    },
    /// An external agent may do nothing any more, and what it had called for and has not started is taken back.
    RevokeAgent {
        /// Its name.
        agent: String,
    },
    /// A tool server is connected from here on. What it offers is called by nobody until people have said how it is treated.
    AddServer {
        /// All of it but the secrets.
        server: Box<AddedServer>,
    },
    /// A tool server that people added is one no more.
    RemoveServer {
        /// Its name.
        server: String,
    },
}

/// The kind of a change, without what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// [`Change::EnrolPerson`]
    EnrolPerson,
    /// [`Change::SetRoles`]
    SetRoles,
    /// [`Change::SetLimits`]
    SetLimits,
    /// [`Change::RemovePerson`]
    RemovePerson,
    /// [`Change::EnrolKey`]
    EnrolKey,
    /// [`Change::RevokeKey`]
    RevokeKey,
    /// [`Change::ResetKey`]
    ResetKey,
    /// [`Change::Resume`]
    Resume,
    /// [`Change::Settle`]
    Settle,
    /// [`Change::EraseCustomer`]
    EraseCustomer,
    /// [`Change::PlaceHold`]
    PlaceHold,
    /// [`Change::LiftHold`]
    LiftHold,
    /// [`Change::SetTool`]
    SetTool,
    /// [`Change::SetChat`]
    SetChat,
    /// [`Change::GrantAgent`]
    GrantAgent,
    /// [`Change::RevokeAgent`]
    RevokeAgent,
    /// [`Change::AddServer`]
    AddServer,
    /// [`Change::RemoveServer`]
    RemoveServer,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [ChangeKind; 18] = [
        ChangeKind::EnrolPerson,
        ChangeKind::SetRoles,
        ChangeKind::SetLimits,
        ChangeKind::RemovePerson,
        ChangeKind::EnrolKey,
        ChangeKind::RevokeKey,
        ChangeKind::ResetKey,
        ChangeKind::Resume,
        ChangeKind::Settle,
        ChangeKind::EraseCustomer,
        ChangeKind::PlaceHold,
        ChangeKind::LiftHold,
        ChangeKind::SetTool,
        ChangeKind::SetChat,
        ChangeKind::GrantAgent,
        ChangeKind::RevokeAgent,
        ChangeKind::AddServer,
        ChangeKind::RemoveServer,
    ];

    /// The kind as the log and rules name it.
    pub const fn name(self) -> &'static str {
        match self {
            ChangeKind::EnrolPerson => "enrol_person",
            ChangeKind::SetRoles => "set_roles",
            ChangeKind::SetLimits => "set_limits",
            ChangeKind::RemovePerson => "remove_person",
            ChangeKind::EnrolKey => "enrol_key",
            ChangeKind::RevokeKey => "revoke_key",
            ChangeKind::ResetKey => "reset_key",
            ChangeKind::Resume => "resume",
            ChangeKind::Settle => "settle",
            ChangeKind::EraseCustomer => "erase_customer",
            ChangeKind::PlaceHold => "place_hold",
            ChangeKind::LiftHold => "lift_hold",
            ChangeKind::SetTool => "set_tool",
            ChangeKind::SetChat => "set_chat",
            ChangeKind::GrantAgent => "grant_agent",
            ChangeKind::RevokeAgent => "revoke_agent",
            ChangeKind::AddServer => "add_server",
            ChangeKind::RemoveServer => "remove_server",
        }
    }
}

impl Change {
    /// Its kind.
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Change::EnrolPerson { .. } => ChangeKind::EnrolPerson,
            Change::SetRoles { .. } => ChangeKind::SetRoles,
            Change::SetLimits { .. } => ChangeKind::SetLimits,
            Change::RemovePerson { .. } => ChangeKind::RemovePerson,
            Change::EnrolKey { .. } => ChangeKind::EnrolKey,
            Change::RevokeKey { .. } => ChangeKind::RevokeKey,
            Change::ResetKey { .. } => ChangeKind::ResetKey,
            Change::Resume => ChangeKind::Resume,
            Change::Settle { .. } => ChangeKind::Settle,
            Change::EraseCustomer { .. } => ChangeKind::EraseCustomer,
            Change::PlaceHold { .. } => ChangeKind::PlaceHold,
            Change::LiftHold { .. } => ChangeKind::LiftHold,
            Change::SetTool { .. } => ChangeKind::SetTool,
            Change::SetChat { .. } => ChangeKind::SetChat,
            Change::GrantAgent { .. } => ChangeKind::GrantAgent,
            Change::RevokeAgent { .. } => ChangeKind::RevokeAgent,
            Change::AddServer { .. } => ChangeKind::AddServer,
            Change::RemoveServer { .. } => ChangeKind::RemoveServer,
        }
    }

    /// The person whom it is about.
    pub const fn person(&self) -> Option<&PersonId> {
        match self {
            Change::EnrolPerson { person, .. }
            | Change::SetRoles { person, .. }
            | Change::SetLimits { person, .. }
            | Change::RemovePerson { person }
            | Change::EnrolKey { person, .. }
            | Change::RevokeKey { person, .. }
            | Change::ResetKey { person, .. } => Some(person),
            Change::Resume
            | Change::Settle { .. }
            | Change::EraseCustomer { .. }
            | Change::PlaceHold { .. }
            | Change::LiftHold { .. }
            | Change::SetTool { .. }
            | Change::SetChat { .. }
            | Change::GrantAgent { .. }
            | Change::RevokeAgent { .. }
            | Change::AddServer { .. }
            | Change::RemoveServer { .. } => None,
        }
    }

    /// The key that its first signature is made with, where that key is not enrolled yet.
    pub const fn offered(&self) -> Option<&KeyOffer> {
        match self {
            Change::EnrolKey { key, .. } => Some(key),
            _ => None,
        }
    }
}
