//! All configured servers behind the gate's port: started when first needed, started anew after they ended.

use crate::config::{self, ConfigError, ToolServer};
use crate::connection::Connection;
use crate::definitions::Defined;
use crate::health::{Health, Reached};
use crate::launcher::Launcher;
use async_trait::async_trait;
use countersign_domain::tool::ToolDefinition;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio::time::{Instant, timeout};

/// The most calls at work in one server at once.
const MAX_CALLS: usize = 16;
/// The most calls at work or waiting for one server; more are refused as not sent.
const MAX_WAITING: usize = 256;

/// How long a server may take over what is no call. Calls have their own timeouts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the start of the process, or the first byte, to the end of the handshake.
    pub start: Duration,
    /// For listing all its tools.
    pub list: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { start: Duration::from_secs(10), list: Duration::from_secs(10) }
    }
}

/// Tool servers, each on the standard streams of a process or at an address. Dropping it kills the processes.
#[derive(Debug)]
pub struct McpServers {
    servers: RwLock<BTreeMap<String, Arc<Server>>>,
    launcher: Launcher,
    limits: Limits,
    stopped: AtomicBool,
}

#[derive(Debug)]
struct Server {
    config: ToolServer,
    /// The present connection, or the last one, which is known to be gone before the next is made.
    connection: Mutex<Option<Arc<Connection>>>,
    calls: Semaphore,
    places: Semaphore,
    health: Health,
    /// Told when the server says that its tools have changed, and when a connection ends.
    stirred: Arc<Notify>,
    /// Whether it is none here any more: whoever still holds it starts it no more.
    removed: AtomicBool,
}

impl Server {
    fn of(config: ToolServer) -> Arc<Self> {
        Arc::new(Self {
            connection: Mutex::default(),
            calls: Semaphore::new(MAX_CALLS),
            places: Semaphore::new(MAX_WAITING),
            health: Health::default(),
            stirred: Arc::default(),
            removed: AtomicBool::new(false),
            config,
        })
    }
}

impl McpServers {
    /// Servers by configuration. None is started yet.
    pub fn new<C: Into<ToolServer>>(configs: Vec<C>) -> Result<Self, ConfigError> {
        Self::with_limits(configs, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits<C: Into<ToolServer>>(configs: Vec<C>, limits: Limits) -> Result<Self, ConfigError> {
        let configs: Vec<ToolServer> = configs.into_iter().map(Into::into).collect();
        config::check(&configs)?;
        let servers = configs.into_iter().map(|config| (config.name().to_owned(), Server::of(config))).collect();
        Ok(Self { servers: RwLock::new(servers), launcher: Launcher::new(), limits, stopped: AtomicBool::new(false) })
    }

    fn all(&self) -> BTreeMap<String, Arc<Server>> {
        self.servers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The servers, by name.
    pub fn names(&self) -> Vec<String> {
        self.all().into_keys().collect()
    }

    /// One more. It is started when it is first needed.
    pub fn add(&self, config: impl Into<ToolServer>) -> Result<(), ConfigError> {
        let config = config.into();
        config::check(std::slice::from_ref(&config))?;
        let mut servers = self.servers.write().unwrap_or_else(PoisonError::into_inner);
        match servers.entry(config.name().to_owned()) {
            Entry::Occupied(there) => Err(ConfigError::Twice(there.key().clone())),
            Entry::Vacant(free) => {
                free.insert(Server::of(config));
                Ok(())
            }
        }
    }

    /// One less: its connection ends, and what is called there now may have happened.
    pub async fn remove(&self, name: &str) {
        let removed = self.servers.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        let Some(server) = removed else { return };
        server.removed.store(true, Ordering::SeqCst);
        if let Some(connection) = server.connection.lock().await.as_ref() {
            connection.end().await;
        }
        server.stirred.notify_one();
    }

    /// What one server defines now. Starts it if it does not run.
    pub async fn definitions_of(&self, server: &str) -> Result<Vec<ToolDefinition>, ToolFailure> {
        self.ask(server, false).await
    }

    /// The same, asked anew even of a server that has told of no change.
    pub async fn test(&self, server: &str) -> Result<Vec<ToolDefinition>, ToolFailure> {
        self.ask(server, true).await
    }

    async fn ask(&self, server: &str, anew: bool) -> Result<Vec<ToolDefinition>, ToolFailure> {
        let (_, defined) = self.defined(&*self.server(server)?, anew).await?;
        Ok(defined.iter().map(|tool| tool.definition.clone()).collect())
    }

    /// How every server was when it was last asked, by name.
    pub fn health(&self) -> BTreeMap<String, Reached> {
        self.all().into_iter().map(|(name, server)| (name, server.health.now())).collect()
    }

    /// Notes of a server that it went away since it answered, if it did.
    pub(crate) async fn note_if_gone(&self, server: &str) {
        let Ok(server) = self.server(server) else { return };
        if server.connection.lock().await.as_ref().is_some_and(|connection| !connection.is_open()) {
            server.health.failed("it went away after it had answered".to_owned());
        }
    }

    /// Resolves when a server has said that its tools have changed, or its connection has ended since this was last asked.
    pub(crate) async fn stirred(&self, server: &str) {
        if let Ok(server) = self.server(server) {
            server.stirred.notified().await;
        }
    }

    /// Ends every server for good, and waits until none is left: whoever asks behind that starts none again.
    pub async fn stop_for_good(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.stop().await;
    }

    /// Ends every server and waits until none is left. A later call would start one again.
    pub async fn stop(&self) {
        for server in self.all().into_values() {
            if let Some(connection) = server.connection.lock().await.as_ref() {
                connection.end().await;
            }
        }
    }

    fn server(&self, name: &str) -> Result<Arc<Server>, ToolFailure> {
        let servers = self.servers.read().unwrap_or_else(PoisonError::into_inner);
        servers.get(name).cloned().ok_or_else(|| not_sent(name, "no such tool server is configured"))
    }

    /// An open connection, and what its server defines. Whoever finds that the server has forgotten them since shakes
    /// hands again, for nothing was asked of it yet.
    async fn defined(&self, server: &Server, anew: bool) -> Result<(Arc<Connection>, Arc<Vec<Defined>>), ToolFailure> {
        let asked = Instant::now();
        let defined = self.defined_now(server, anew).await;
        match &defined {
            // What was known already says nothing of how it is now.
            Ok(_) if !anew && server.health.is_known() => {}
            Ok((_, tools)) => server.health.answered(tools.len(), asked.elapsed()),
            Err(why) => server.health.failed(why.to_string()),
        }
        defined
    }

    async fn defined_now(
        &self,
        server: &Server,
        anew: bool,
    ) -> Result<(Arc<Connection>, Arc<Vec<Defined>>), ToolFailure> {
        let mut connection = self.connection(server).await?;
        let mut listed = connection.definitions(anew).await;
        if listed.is_err() && connection.was_left() {
            connection = self.connection(server).await?;
            listed = connection.definitions(anew).await;
        }
        let listed = listed.map_err(|why| not_sent(server.config.name(), why))?;
        Ok((connection, listed))
    }

    /// The open connection, or a new one, once the process of the last is gone.
    async fn connection(&self, server: &Server) -> Result<Arc<Connection>, ToolFailure> {
        let name = server.config.name();
        let mut slot = server.connection.lock().await;
        if self.stopped.load(Ordering::SeqCst) {
            return Err(not_sent(name, "this station is ending"));
        }
        if server.removed.load(Ordering::SeqCst) {
            return Err(not_sent(name, "it is no tool server here any more"));
        }
        if let Some(present) = slot.as_ref() {
            if present.is_open() {
                return Ok(Arc::clone(present));
            }
            if !present.give_way().await {
                return Err(not_sent(name, "its earlier process has not ended"));
            }
        }
        let started = Connection::start(&server.config, &self.launcher, self.limits, &server.stirred).await;
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
            all.append(&mut self.definitions_of(&name).await?);
        }
        Ok(all)
    }

    fn has(&self, server: &str) -> bool {
        self.server(server).is_ok()
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let name = call.server();
        let server = self.server(name)?;
        let busy = || not_sent(name, "too many calls are waiting for it");
        let _place = server.places.try_acquire().map_err(|_| busy())?;
        let _turn = timeout(call.timeout(), server.calls.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())?;
        let (connection, defined) = self.defined(&server, false).await?;
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
