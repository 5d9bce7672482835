//! A person, as their stream tells.

use super::away::Away;
use super::event::{KeyOffer, PersonEvent};
use super::{KeyKind, Role};
use crate::ids::{PersonId, SigningKeyId};
use crate::money::Money;
use crate::time::Timestamp;

/// A password reset that a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    /// Who reset it.
    pub by: Vec<PersonId>,
    /// Until then it signs nothing together with them.
    pub until: Timestamp,
}

/// An enrolled key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledKey {
    /// Its id.
    pub key: SigningKeyId,
    /// Where it is held.
    pub held: KeyKind,
    /// Ed25519 public key, hexadecimal.
    pub public: String,
    /// It signs nothing any more.
    pub revoked: bool,
    /// Set where it comes from a password reset.
    pub reset: Option<Reset>,
}

/// A person, as their stream tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// Set once enrolled.
    pub id: Option<PersonId>,
    /// What they may do; nothing once removed.
    pub roles: Vec<Role>,
    /// Their keys, the revoked ones too.
    pub keys: Vec<EnrolledKey>,
    /// What they may approve in one UTC day, by currency; `None` without limits.
    pub limits: Option<Vec<Money>>,
    /// Set once they said that they are away, or somebody said it for them. The time may have passed.
    pub away: Option<Away>,
    /// They have left.
    pub removed: bool,
    /// How many events were taken in: the stream's version.
    pub version: u64,
    /// The version that the last of them made which says what they are: being away says nothing of that.
    pub stands_since: u64,
}

impl Person {
    /// Takes an event in.
    pub fn apply(&mut self, event: &PersonEvent) {
        self.version += 1;
        if !matches!(event, PersonEvent::Away { .. } | PersonEvent::Back { .. }) {
            self.stands_since = self.version;
        }
        match event {
            PersonEvent::Enrolled { person, roles } => {
                self.id = Some(person.clone());
                self.roles.clone_from(roles);
            }
            PersonEvent::KeyEnrolled { key, held, public, .. } => {
                self.enrol(&KeyOffer { key: key.clone(), held: *held, public: public.clone() }, None);
            }
            PersonEvent::KeyReset { key, by, until, .. } => {
                self.enrol(key, Some(Reset { by: by.clone(), until: *until }));
            }
            PersonEvent::KeyRevoked { key, .. } => {
                self.keys.iter_mut().filter(|k| k.key == *key).for_each(|k| k.revoked = true);
            }
            PersonEvent::RolesSet { roles, .. } => self.roles.clone_from(roles),
            PersonEvent::LimitsSet { limits, .. } => self.limits.clone_from(limits),
            PersonEvent::Away { until, deputy, .. } => {
                self.away = Some(Away { until: *until, deputy: deputy.clone() });
            }
            PersonEvent::Back { .. } => self.away = None,
            PersonEvent::Removed { .. } => {
                self.removed = true;
                self.away = None;
                self.roles.clear();
                self.keys.iter_mut().for_each(|k| k.revoked = true);
            }
        }
    }

    fn enrol(&mut self, offer: &KeyOffer, reset: Option<Reset>) {
        self.keys.push(EnrolledKey {
            key: offer.key.clone(),
            held: offer.held,
            public: offer.public.clone(),
            revoked: false,
            reset,
        });
    }

    /// The key by that id, if it is or was theirs.
    pub fn key(&self, id: &SigningKeyId) -> Option<&EnrolledKey> {
        self.keys.iter().find(|k| k.key == *id)
    }

    /// The key by that id, if it still signs.
    pub fn signing_key(&self, id: &SigningKeyId) -> Option<&EnrolledKey> {
        self.key(id).filter(|k| !k.revoked)
    }

    /// Whether they are what they were at this version of their stream. Nobody takes a change of theirs out of its way by
    /// being away.
    pub fn stands_as(&self, version: u64) -> bool {
        self.stands_since <= version && version <= self.version
    }

    /// Whether they are on the staff.
    pub fn is_here(&self) -> bool {
        self.id.is_some() && !self.removed
    }

    /// Whether they have one of these roles.
    pub fn has(&self, roles: &[Role]) -> bool {
        self.is_here() && self.roles.iter().any(|role| roles.contains(role))
    }

    /// Whether they may decide held actions.
    pub fn may_decide(&self) -> bool {
        self.has(&[Role::Supervisor])
    }
}

/// Whether two people's signatures may stand beside each other: for a while, not that of a key that came from a password
/// reset beside that of whoever reset it.
pub fn sign_together(one: (&Person, &SigningKeyId), other: (&Person, &SigningKeyId), now: Timestamp) -> bool {
    let barred = |(person, key): (&Person, &SigningKeyId), beside: &Person| {
        let reset = person.key(key).and_then(|key| key.reset.as_ref());
        reset.is_some_and(|reset| now < reset.until && beside.id.as_ref().is_some_and(|id| reset.by.contains(id)))
    };
    !barred(one, other.0) && !barred(other, one.0)
}
