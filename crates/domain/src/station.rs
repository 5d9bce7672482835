//! The station's own stream: its set-up, and the policy in force.

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
