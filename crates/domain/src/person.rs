//! People of the staff and the keys that they sign with. Old keys verify the decisions of their time.

use crate::event::Event;
use crate::ids::{PersonId, SigningKeyId};
use serde::{Deserialize, Serialize};

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

/// Where a signing key is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// On the person's device, unlocked by their password.
    Device,
    /// At the station, which signs for the signed-in person of a browser desk.
    Station,
}

/// What happens to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum PersonEvent {
    /// A member of staff; the name is sealed as `name`.
    #[serde(rename = "person.enrolled")]
    Enrolled {
        /// The person.
        person: PersonId,
        /// What they may do.
        roles: Vec<Role>,
    },
    /// A signing key; the private half never leaves where it was made.
    #[serde(rename = "person.key_enrolled")]
    KeyEnrolled {
        /// The person.
        person: PersonId,
        /// The key.
        key: SigningKeyId,
        /// Where it is held.
        held: KeyKind,
        /// Ed25519 public key, hexadecimal.
        public: String,
    },
}

impl Event for PersonEvent {}

/// An enrolled key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledKey {
    /// Its id.
    pub key: SigningKeyId,
    /// Where it is held.
    pub held: KeyKind,
    /// Ed25519 public key, hexadecimal.
    pub public: String,
}

/// A person, as their stream tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// Set once enrolled.
    pub id: Option<PersonId>,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Their keys.
    pub keys: Vec<EnrolledKey>,
}

impl Person {
    /// Takes an event in.
    pub fn apply(&mut self, event: &PersonEvent) {
        match event {
            PersonEvent::Enrolled { person, roles } => {
                self.id = Some(person.clone());
                self.roles.clone_from(roles);
            }
            PersonEvent::KeyEnrolled { key, held, public, .. } => {
                self.keys.push(EnrolledKey { key: key.clone(), held: *held, public: public.clone() });
            }
        }
    }

    /// The key by that id, if it is theirs.
    pub fn key(&self, id: &SigningKeyId) -> Option<&EnrolledKey> {
        self.keys.iter().find(|k| k.key == *id)
    }

    /// Whether they may decide held actions.
    pub fn may_decide(&self) -> bool {
        self.roles.contains(&Role::Supervisor)
    }
}
