//! The station's own stream: its set-up, who joined and left, and the policy in force.

use crate::event::Event;
use crate::ids::PersonId;
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
    },
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
    joined: usize,
}

impl Staff {
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
            StationEvent::PolicyInForce { .. } | StationEvent::RecoveryKeyMade { .. } => {}
        }
    }

    /// How many people must sign a change.
    pub fn signatures_needed(&self) -> u8 {
        if self.one_person_mode { 1 } else { 2 }
    }
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
}
