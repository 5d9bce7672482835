//! The station's own stream: its set-up, who joined and left, the policy in force, what happened to its machine, and where
//! its log goes on from a backup.

use crate::event::Event;
use crate::ids::{KeyId, LogId, PersonId};
use crate::rulebook::RuleInForce;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happens to the station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum StationEvent {
    /// First set-up.
    #[serde(rename = "station.set_up")]
    SetUp {
        /// One person decides everything. Can be chosen only here, and ends for good with the second person.
        one_person_mode: bool,
        /// Whether this folder is the sample shop's.
        sample_shop: bool,
    },
    /// A person joined the staff: the station's list of its people.
    #[serde(rename = "station.person_joined")]
    PersonJoined {
        /// Who; their own stream tells the rest.
        person: PersonId,
    },
    /// A person left the staff.
    #[serde(rename = "station.person_left")]
    PersonLeft {
        /// Who.
        person: PersonId,
    },
    /// An external agent was granted something for the first time: the station's list of them. It stays in it.
    #[serde(rename = "station.agent_joined")]
    AgentJoined {
        /// Its name; its own stream tells the rest.
        agent: String,
    },
    /// A recovery key was made, in the place of the one before. It opens the sealing keys and signs nothing.
    #[serde(rename = "station.recovery_key_made")]
    RecoveryKeyMade {
        /// Who asked for it and saw it.
        by: PersonId,
    },
    /// Another set of policy files is in force from here on.
    #[serde(rename = "station.policy_in_force")]
    PolicyInForce {
        /// Its version: digest of the files, hexadecimal.
        version: String,
        /// Digest of each file, by name.
        files: std::collections::BTreeMap<String, String>,
        /// The rules in them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rules: Vec<RuleInForce>,
    },
    /// The machine's clock was set, or the machine slept. Deadlines are absolute: none was moved.
    #[serde(rename = "station.clock_jumped")]
    ClockJumped {
        /// By how many milliseconds, negative where it was set back.
        by_ms: i64,
        /// What it said then.
        at: Timestamp,
    },
    /// There is less room on the disk, or room again.
    #[serde(rename = "station.room_changed")]
    RoomChanged {
        /// What there is room for.
        room: Room,
        /// Bytes that were free; absent where that could not be told.
        free: Option<u64>,
        /// By the station's clock.
        at: Timestamp,
    },
    /// The first record of a log that goes on from a backup of another one. Everything before it belongs to that one.
    #[serde(rename = "station.restored")]
    Restored(Restored),
    /// Behind it: keys that sealed something in the backup, and were erased since. They are destroyed here too.
    #[serde(rename = "station.erased_again")]
    ErasedAgain {
        /// The keys.
        keys: Vec<KeyId>,
    },
}

/// What there is room for on the disk. The outcome of what has started can be stored in any case: that is what the rest
/// is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// Nothing with an effect starts, and no conversation begins.
    NoEffects,
    /// No conversation begins.
    NoConversations,
    /// Everything.
    Enough,
}

/// With less than this free, no conversation begins, in bytes.
pub const FOR_CONVERSATIONS: u64 = 1_000_000_000;
/// With less than this free, nothing with an effect starts, in bytes. It holds what 64 running calls may answer (1 MB
/// each, sealed, in the write-ahead log and in the file), and what people and customers write meanwhile.
pub const FOR_EFFECTS: u64 = 200_000_000;

impl Room {
    /// With so many bytes free. Where that cannot be told, as with the least.
    pub fn with(free: Option<u64>) -> Self {
        match free {
            None => Self::NoEffects,
            Some(free) if free < FOR_EFFECTS => Self::NoEffects,
            Some(free) if free < FOR_CONVERSATIONS => Self::NoConversations,
            Some(_) => Self::Enough,
        }
    }
}

impl Event for StationEvent {}

/// The staff as a whole, as the station's stream tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staff {
    /// Whether the first set-up was stored.
    pub set_up: bool,
    /// Whether one person decides everything.
    pub one_person_mode: bool,
    /// Who is here, in the order in which they joined.
    pub people: Vec<PersonId>,
    /// The external agents, in the order in which they joined, those that were revoked among them.
    pub agents: Vec<String>,
    joined: usize,
}

impl Staff {
    /// Whether this person decides everything alone.
    pub fn is_alone(&self, person: &PersonId) -> bool {
        self.one_person_mode && self.people.contains(person)
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &StationEvent) {
        match event {
            StationEvent::SetUp { one_person_mode, .. } => {
                self.set_up = true;
                self.one_person_mode = *one_person_mode;
            }
            StationEvent::PersonJoined { person } => {
                self.people.push(person.clone());
                self.joined += 1;
                // For good: it does not come back when people leave.
                self.one_person_mode &= self.joined < 2;
            }
            StationEvent::PersonLeft { person } => self.people.retain(|here| here != person),
            StationEvent::AgentJoined { agent } => self.agents.push(agent.clone()),
            StationEvent::PolicyInForce { .. }
            | StationEvent::ClockJumped { .. }
            | StationEvent::RoomChanged { .. }
            | StationEvent::RecoveryKeyMade { .. }
            | StationEvent::Restored(_)
            | StationEvent::ErasedAgain { .. } => {}
        }
    }

    /// How many people must sign a change.
    pub fn signatures_needed(&self) -> u8 {
        if self.one_person_mode { 1 } else { 2 }
    }
}

/// Where a restored log comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The log that was backed up.
    pub log: LogId,
    /// How many records the backup holds: the position of this one.
    pub size: u64,
    /// The root over them, hexadecimal.
    pub root: String,
    /// How far that log is known to have gone, where somebody kept a later checkpoint: what lies between is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_known: Option<LastKnown>,
    /// The public key that signed that log's checkpoints, hexadecimal.
    pub key_before: String,
    /// The public key that signs this one's, hexadecimal.
    pub key: String,
    /// How many keys the list of erased keys named: each is destroyed here too.
    pub erased: u64,
    /// By the station's clock.
    pub at: Timestamp,
}

/// A later head of a log that was backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastKnown {
    /// Records.
    pub size: u64,
    /// The root over them, hexadecimal.
    pub root: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_mode_is_chosen_at_the_first_set_up_and_ends_for_good_with_the_second_person() {
        let person = |n: u8| -> PersonId { format!("per_{n:032x}").parse().unwrap() };
        let mut staff = Staff::default();
        staff.apply(&StationEvent::SetUp { one_person_mode: true, sample_shop: true });
        staff.apply(&StationEvent::PersonJoined { person: person(1) });
        assert_eq!((staff.one_person_mode, staff.signatures_needed()), (true, 1));
        staff.apply(&StationEvent::PersonJoined { person: person(2) });
        assert_eq!((staff.one_person_mode, staff.signatures_needed()), (false, 2));
        staff.apply(&StationEvent::PersonLeft { person: person(2) });
        assert_eq!((staff.one_person_mode, staff.people.len()), (false, 1), "it does not come back");
    }

    #[test]
    fn room_ends_for_conversations_first_and_for_effects_when_the_rest_is_needed() {
        assert_eq!(Room::with(Some(FOR_CONVERSATIONS)), Room::Enough);
        assert_eq!(Room::with(Some(FOR_CONVERSATIONS - 1)), Room::NoConversations);
        assert_eq!(Room::with(Some(FOR_EFFECTS)), Room::NoConversations);
        assert_eq!(Room::with(Some(FOR_EFFECTS - 1)), Room::NoEffects);
        assert_eq!(Room::with(None), Room::NoEffects, "what cannot be told is not assumed");
    }
}
