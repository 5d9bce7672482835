//! Connects to a server that is none here yet, asks what it defines, and lets it go: nothing is granted or kept.

use crate::config::{self, ConfigError, ToolServer};
use crate::connection::{Connection, StartError};
use crate::launcher::Launcher;
use crate::servers::Limits;
use countersign_domain::tool::ToolDefinition;
use std::sync::Arc;

/// What a server said.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// What it calls itself.
    pub name: String,
    /// In which version.
    pub version: String,
    /// The revision of the protocol that was agreed on.
    pub protocol: String,
    /// What it defines.
    pub tools: Vec<ToolDefinition>,
}

/// Why it said nothing of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTried {
    /// It could not be tried at all.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It was, and did not answer as a tool server does.
    #[error("{0}")]
    Silent(String),
}

/// Tries a server out.
pub async fn try_out(server: ToolServer, limits: Limits) -> Result<Tried, NotTried> {
    config::check(std::slice::from_ref(&server))?;
    let launcher = Launcher::new();
    let silent = |why: &dyn std::fmt::Display| NotTried::Silent(why.to_string());
    let started = Connection::start(&server, &launcher, limits, &Arc::default()).await;
    let connection = started.map_err(|why| match why {
        StartError::Handshake(why) => NotTried::Silent(why.to_owned()),
        why => silent(&why),
    })?;
    let defined = connection.definitions(true).await.map_err(|why| silent(&why));
    let said = connection.says();
    connection.end().await;
    let tools = defined?.iter().map(|tool| tool.definition.clone()).collect();
    let (name, version, protocol) = said.unwrap_or_default();
    Ok(Tried { name, version, protocol, tools })
}
