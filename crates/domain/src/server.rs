//! Tool servers that people added at the desk: a program that is started on the station's machine, or an address. What must
//! stay secret is not here: only its name, and a fingerprint that tells one secret from another.

mod address;
mod check;

pub use address::{ServerAddress, is_header};
pub use check::UnfitServer;

use crate::event::Event;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most servers that are added.
pub const MOST_SERVERS: usize = 32;

/// A server as two people signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedServer {
    /// Its name, the first half of its tools' full names.
    pub name: String,
    /// How it is reached.
    pub reach: ServerReach,
    /// What is kept for it where nobody reads it: of a program, further variables of its environment; of an address, the one
    /// header that shows who asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<KeptSecret>,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum ServerReach {
    /// The station starts a program that speaks on its standard streams: whatever that does, it does as the station's own user.
    Program {
        /// Its absolute path: nothing is searched for.
        command: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// The absolute path of its working folder; absent where the station gives it one of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<String>,
        /// Its whole environment but for the secrets.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        environment: BTreeMap<String, String>,
    },
    /// Somebody else runs it, and it speaks streamable HTTP.
    Address {
        /// Where: `https`, or `http` on this machine alone.
        url: String,
    },
}

/// A secret that is kept at the station and stands in no event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSecret {
    /// A variable's name, or a header's in small letters.
    pub name: String,
    /// HMAC-SHA-256 under the station's index key, hexadecimal: another value has another one, and nobody guesses back.
    pub fingerprint: String,
}

/// What happens to the servers that people added: one stream for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum ServerEvent {
    /// It is connected from here on. Follows from a change that people signed.
    #[serde(rename = "server.added")]
    Added {
        /// All of it.
        server: AddedServer,
    },
    /// It is no server here any more. Follows from a change that people signed.
    #[serde(rename = "server.removed")]
    Removed {
        /// Its name.
        server: String,
    },
}

impl Event for ServerEvent {}

/// The servers that people added, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedServers(pub BTreeMap<String, AddedServer>);

impl AddedServers {
    /// Takes an event in.
    pub fn apply(&mut self, event: &ServerEvent) {
        match event {
            ServerEvent::Added { server } => self.0.insert(server.name.clone(), server.clone()),
            ServerEvent::Removed { server } => self.0.remove(server),
        };
    }
}
