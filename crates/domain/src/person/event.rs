//! What happens to a person: their stream.

use super::{KeyKind, Role};
use crate::event::Event;
use crate::ids::{PersonId, SigningKeyId};
use crate::money::Money;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A signing key as it is offered for enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyOffer {
    /// Its id.
    pub key: SigningKeyId,
    /// Where it is held.
    pub held: KeyKind,
    /// Ed25519 public key, hexadecimal.
    pub public: String,
}

/// Why a key signs nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// It was revoked by itself: a device that is lost or given away.
    Revoked,
    /// The person has another key from a password reset.
    Reset,
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
    /// A signing key in the place of all earlier ones, from a password reset.
    #[serde(rename = "person.key_reset")]
    KeyReset {
        /// The person.
        person: PersonId,
        /// The key.
        key: KeyOffer,
        /// Who reset it: until then it signs nothing together with any of them.
        by: Vec<PersonId>,
        /// When that ends, by the station's clock.
        until: Timestamp,
    },
    /// From here on the key signs nothing. What it signed before stays signed.
    #[serde(rename = "person.key_revoked")]
    KeyRevoked {
        /// The person.
        person: PersonId,
        /// The key.
        key: SigningKeyId,
        /// Why.
        reason: RevokeReason,
    },
    /// Other roles than before.
    #[serde(rename = "person.roles_set")]
    RolesSet {
        /// The person.
        person: PersonId,
        /// In which team.
        team: String,
        /// All roles from here on.
        roles: Vec<Role>,
    },
    /// What they may approve in one UTC day, by currency.
    #[serde(rename = "person.limits_set")]
    LimitsSet {
        /// The person.
        person: PersonId,
        /// One limit for each currency; a currency that is not named is beyond them. Absent: without limits.
        limits: Option<Vec<Money>>,
    },
    /// They are away: until then what was handed to them is their deputy's to decide. It ends by itself.
    #[serde(rename = "person.away")]
    Away {
        /// The person.
        person: PersonId,
        /// Until when, by the station's clock.
        until: Timestamp,
        /// Who decides meanwhile what was handed to them.
        deputy: PersonId,
    },
    /// They are back sooner.
    #[serde(rename = "person.back")]
    Back {
        /// The person.
        person: PersonId,
    },
    /// They have left: no session, no key, and what they approved and nobody started is void.
    #[serde(rename = "person.removed")]
    Removed {
        /// The person.
        person: PersonId,
    },
}

impl Event for PersonEvent {}
