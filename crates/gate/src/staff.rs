//! The staff with its history: who is and was here, since when, with which keys.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::{person_of, read};
use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_domain::person::{Person, PersonEvent};
use countersign_domain::station::StationEvent;
use countersign_domain::time::Timestamp;
use countersign_event_log::stream::StreamName;

/// A key's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTime {
    /// The key.
    pub key: SigningKeyId,
    /// When it was enrolled.
    pub since: Timestamp,
    /// When it was revoked, by itself or with its person.
    pub until: Option<Timestamp>,
}

/// Somebody who is or was on the staff.
#[derive(Debug, Clone)]
pub struct StaffMember {
    /// As they stand now.
    pub person: Person,
    /// Their id.
    pub id: PersonId,
    /// Their name; absent once erased.
    pub name: Option<String>,
    /// When they joined.
    pub joined: Timestamp,
    /// When they left.
    pub left: Option<Timestamp>,
    /// Who said last that they are away: they themself, or whoever manages people.
    pub away_by: Option<PersonId>,
    /// Their keys, oldest first.
    pub keys: Vec<KeyTime>,
}

impl Gate {
    /// Everybody who is or was on the staff, in the order in which they joined.
    pub async fn everybody(&self) -> Result<Vec<StaffMember>, GateError> {
        let mut all: Vec<StaffMember> = Vec::new();
        for stored in self.records.stored(&StreamName::station(), 0).await? {
            let at = stored.envelope.recorded_at;
            match read(&stored)? {
                StationEvent::PersonJoined { person } => all.push(self.member(person, at).await?),
                StationEvent::PersonLeft { person } => {
                    all.iter_mut().filter(|member| member.id == person).for_each(|member| member.left = Some(at));
                }
                _ => {}
            }
        }
        Ok(all)
    }

    async fn member(&self, id: PersonId, joined: Timestamp) -> Result<StaffMember, GateError> {
        let (person, name) = self.records.person(&id).await?;
        let mut keys: Vec<KeyTime> = Vec::new();
        let mut away_by = None;
        for stored in self.records.stored(&StreamName::person(&id), 0).await? {
            let at = stored.envelope.recorded_at;
            match read(&stored)? {
                PersonEvent::KeyEnrolled { key, .. } => keys.push(KeyTime { key, since: at, until: None }),
                PersonEvent::KeyReset { key, .. } => keys.push(KeyTime { key: key.key, since: at, until: None }),
                PersonEvent::KeyRevoked { key, .. } => end(&mut keys, at, |known| known.key == key),
                PersonEvent::Away { .. } => away_by = person_of(&stored),
                PersonEvent::Removed { .. } => end(&mut keys, at, |_| true),
                _ => {}
            }
        }
        Ok(StaffMember { person, id, name, joined, left: None, away_by, keys })
    }
}

fn end(keys: &mut [KeyTime], at: Timestamp, which: impl Fn(&KeyTime) -> bool) {
    keys.iter_mut().filter(|known| known.until.is_none() && which(known)).for_each(|known| known.until = Some(at));
}
