//! All configured servers behind the gate's port: started when first needed, started anew after they ended.

use crate::config::{self, ConfigError, ServerConfig};
use crate::connection::Connection;
use crate::launcher::Launcher;
use async_trait::async_trait;
use countersign_domain::tool::ToolDefinition;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

/// The most calls at work in one server at once.
const MAX_CALLS: usize = 16;
/// The most calls at work or waiting for one server; more are refused as not sent.
const MAX_WAITING: usize = 256;

/// How long a server may take over what is no call. Calls have their own timeouts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the start of the process to the end of the handshake.
    pub start: Duration,
    /// For listing all its tools.
    pub list: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { start: Duration::from_secs(10), list: Duration::from_secs(10) }
    }
}

/// Tool servers on standard input and output. Dropping it kills them all.
#[derive(Debug)]
pub struct McpServers {
    servers: BTreeMap<String, Server>,
    launcher: Launcher,
    limits: Limits,
}

#[derive(Debug)]
struct Server {
    config: ServerConfig,
    /// The present connection, or the last one, which is known to be gone before the next is made.
    connection: Mutex<Option<Arc<Connection>>>,
    calls: Semaphore,
    places: Semaphore,
}

impl McpServers {
    /// Servers by configuration. None is started yet.
    pub fn new(configs: Vec<ServerConfig>) -> Result<Self, ConfigError> {
        Self::with_limits(configs, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits(configs: Vec<ServerConfig>, limits: Limits) -> Result<Self, ConfigError> {
        config::check(&configs)?;
        let servers = configs
            .into_iter()
            .map(|config| {
                let server = Server {
                    connection: Mutex::default(),
                    calls: Semaphore::new(MAX_CALLS),
                    places: Semaphore::new(MAX_WAITING),
                    config,
                };
                (server.config.name.clone(), server)
            })
            .collect();
        Ok(Self { servers, launcher: Launcher::new(), limits })
    }

    /// The configured servers, by name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.servers.keys().map(String::as_str)
    }

    /// What one server defines now. Starts it if it does not run.
    pub async fn definitions_of(&self, server: &str) -> Result<Vec<ToolDefinition>, ToolFailure> {
        let connection = self.connection(self.server(server)?).await?;
        let defined = connection.definitions().await.map_err(|why| not_sent(server, why))?;
        Ok(defined.iter().map(|tool| tool.definition.clone()).collect())
    }

    /// Ends every server and waits until none is left. A later call would start one again.
    pub async fn stop(&self) {
        for server in self.servers.values() {
            if let Some(connection) = server.connection.lock().await.as_ref() {
                connection.end().await;
            }
        }
    }

    fn server(&self, name: &str) -> Result<&Server, ToolFailure> {
        self.servers.get(name).ok_or_else(|| not_sent(name, "no such tool server is configured"))
    }

    /// The open connection, or a new one, once the process of the last is gone.
    async fn connection(&self, server: &Server) -> Result<Arc<Connection>, ToolFailure> {
        let name = &server.config.name;
        let mut slot = server.connection.lock().await;
        if let Some(present) = slot.as_ref() {
            if present.is_open() {
                return Ok(Arc::clone(present));
            }
            if !present.end().await {
                return Err(not_sent(name, "its earlier process has not ended"));
            }
        }
        let started = Connection::start(&server.config, &self.launcher, self.limits).await;
        let started = Arc::new(started.map_err(|why| not_sent(name, why))?);
        *slot = Some(Arc::clone(&started));
        Ok(started)
    }
}

#[async_trait]
impl ToolServers for McpServers {
    /// Fails if any server cannot be asked; [`McpServers::definitions_of`] asks one alone.
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        let mut all = Vec::new();
        for name in self.names() {
            all.append(&mut self.definitions_of(name).await?);
        }
        Ok(all)
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let name = call.server();
        let server = self.server(name)?;
        let busy = || not_sent(name, "too many calls are waiting for it");
        let _place = server.places.try_acquire().map_err(|_| busy())?;
        let _turn = timeout(call.timeout(), server.calls.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())?;
        let connection = self.connection(server).await?;
        let defined = connection.definitions().await.map_err(|why| not_sent(name, why))?;
        match defined.iter().find(|tool| tool.definition.name == call.tool()) {
            Some(tool) if tool.hash == call.definition() => connection.call(&call).await,
            Some(_) => Err(changed(&call, "is defined otherwise than when it was accepted; review and accept it anew")),
            None => Err(changed(&call, "is no longer offered by its server")),
        }
    }
}

fn not_sent(server: &str, why: impl std::fmt::Display) -> ToolFailure {
    ToolFailure::NotSent(format!("{server}: {why}"))
}

fn changed(call: &PermittedCall, how: &str) -> ToolFailure {
    ToolFailure::DefinitionChanged(format!("{}.{} {how}", call.server(), call.tool()))
}
