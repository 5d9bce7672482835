//! What an operator says of a tool server: how to start it and where, or where it is.

use crate::remote::RemoteConfig;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One tool server, started as a child process that speaks MCP on its standard input and output.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// The operator's name for it, the first half of its tools' full names: letters, digits, `-` and `_`.
    pub name: String,
    /// The program, as an absolute path: nothing is searched for.
    pub command: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment. Nothing of the station's own is passed on, `PATH` neither.
    pub environment: BTreeMap<String, String>,
    /// Its working folder, an absolute path of its own. It must exist when the server is started.
    pub folder: PathBuf,
}

/// What stands in its environment may be secret, and is in no trace.
impl std::fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerConfig")
            .field("name", &self.name)
            .field("command", &self.command)
            .field("args", &self.args)
            .field("environment", &self.environment.keys())
            .field("folder", &self.folder)
            .finish()
    }
}

/// How one tool server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolServer {
    /// It is started here.
    Child(ServerConfig),
    /// Somebody else has started it.
    Remote(RemoteConfig),
}

impl ToolServer {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Child(config) => &config.name,
            Self::Remote(config) => config.name(),
        }
    }
}

impl From<ServerConfig> for ToolServer {
    fn from(config: ServerConfig) -> Self {
        Self::Child(config)
    }
}

impl From<RemoteConfig> for ToolServer {
    fn from(config: RemoteConfig) -> Self {
        Self::Remote(config)
    }
}

/// Why a list of servers is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The name cannot stand in a tool's full name.
    #[error("the tool server name {0:?} is not usable: take 1 to 64 letters, digits, '-' or '_'")]
    Name(String),
    /// Two servers have one name.
    #[error("two tool servers are named {0:?}: give each its own name")]
    Twice(String),
    /// A path is relative.
    #[error("the {what} of tool server {server:?} is not an absolute path: write the whole path")]
    RelativePath {
        /// The server.
        server: String,
        /// Which path: the command or the folder.
        what: &'static str,
    },
}

/// Whether a name can stand on either side of the dot in `server.tool`.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Refuses what could not be started, or not be told apart.
pub(crate) fn check(configs: &[ToolServer]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    for config in configs {
        let name = config.name();
        if !is_name(name) {
            return Err(ConfigError::Name(name.to_owned()));
        }
        if !names.insert(name) {
            return Err(ConfigError::Twice(name.to_owned()));
        }
        let paths = match config {
            ToolServer::Child(child) => vec![("command", child.command.as_path()), ("folder", child.folder.as_path())],
            ToolServer::Remote(remote) => remote.token_file().map(|file| ("token file", file)).into_iter().collect(),
        };
        for (what, path) in paths {
            if !path.is_absolute() {
                return Err(ConfigError::RelativePath { server: name.to_owned(), what });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(name: &str, command: &str) -> ToolServer {
        ToolServer::Child(ServerConfig {
            name: name.to_owned(),
            command: command.into(),
            args: Vec::new(),
            environment: BTreeMap::new(),
            folder: "/".into(),
        })
    }

    #[test]
    fn names_and_paths_that_could_be_mistaken_are_refused() {
        assert_eq!(check(&[config("crm", "/a"), config("kb", "/a")]), Ok(()));
        assert_eq!(check(&[config("crm.x", "/a")]), Err(ConfigError::Name("crm.x".to_owned())));
        assert_eq!(check(&[config("", "/a")]), Err(ConfigError::Name(String::new())));
        assert_eq!(check(&[config("crm", "/a"), config("crm", "/b")]), Err(ConfigError::Twice("crm".to_owned())));
        let relative = ConfigError::RelativePath { server: "crm".to_owned(), what: "command" };
        assert_eq!(check(&[config("crm", "a")]), Err(relative));
    }
}
