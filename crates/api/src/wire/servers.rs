//! Tool servers that are added at the desk.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A tool server that somebody wants to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct NewServer {
    /// Its name, the first half of its tools' full names.
    pub name: String,
    /// How it is reached.
    pub reach: ServerReach,
    /// What is kept for it and read by nobody any more: of a program, further variables of its environment; of an address,
    /// the one header that shows who asks.
    pub secrets: Vec<NewSecret>,
}

/// How a tool server is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ServerReach {
    /// The station starts a program that speaks on its standard streams.
    Program {
        /// Its absolute path.
        command: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// The absolute path of its working folder; absent where the station gives it one of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        folder: Option<String>,
        /// Its environment but for the secrets.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        environment: BTreeMap<String, String>,
    },
    /// Somebody else runs it, and it speaks streamable HTTP.
    Address {
        /// Where: `https`, or `http` on the station's machine alone.
        url: String,
    },
}

/// A secret on its way to the station's key store.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct NewSecret {
    /// A variable's name, or a header's in small letters.
    pub name: String,
    /// Its value. No answer and no event ever has it.
    pub value: String,
}

/// A value is in no trace.
impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewSecret({})", self.name)
    }
}

/// The answer to `server_try`: what a server said that is none here yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ServerTried {
    /// Whether it is as far as it can be tried.
    pub good: bool,
    /// What happened, why, and what to do.
    pub told: String,
    /// What it calls itself, and in which version; absent where it was not asked or did not say.
    pub calls_itself: Option<String>,
    /// The revision of the protocol that was agreed on.
    pub protocol: Option<String>,
    /// The tools that it defines.
    pub tools: Vec<ToolSaid>,
}

/// A tool, as a server says that it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ToolSaid {
    /// Its name there.
    pub name: String,
    /// Its description, in its server's words.
    pub description: Option<String>,
}
