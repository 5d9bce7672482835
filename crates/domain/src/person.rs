//! People of the staff and the keys that they sign with. Old keys verify the decisions of their time.

mod away;
mod event;
mod state;

pub use away::{Away, AwayError, MOST_DAYS_AWAY};
pub use event::{KeyOffer, PersonEvent, RevokeReason};
pub use state::{EnrolledKey, Person, Reset, sign_together};

use serde::{Deserialize, Serialize};

/// The one team until there are more.
pub const DEFAULT_TEAM: &str = "default";

/// What a person may do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides held actions.
    Supervisor,
    /// Takes over escalations.
    EscalationHandler,
    /// Reads everything, decides nothing.
    Compliance,
    /// Changes people, tools and policy.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Supervisor, Role::EscalationHandler, Role::Compliance, Role::Administrator];

    /// The role as policies name it.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Supervisor => "supervisor",
            Role::EscalationHandler => "escalation_handler",
            Role::Compliance => "compliance",
            Role::Administrator => "administrator",
        }
    }
}

impl KeyKind {
    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            KeyKind::Device => KeyKind::Station,
            KeyKind::Station => KeyKind::Device,
        }
    }
}

/// Where a signing key is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// On the person's device, unlocked by their password.
    Device,
    /// At the station, which signs for the signed-in person of a browser desk.
    Station,
}

#[cfg(test)]
mod tests;
