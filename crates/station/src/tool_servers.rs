//! The tool servers of a running station: asked at its start, watched from then on, and shown in Settings.

use crate::added_servers::Added;
use crate::error::StartError;
use crate::server_places::Places;
use countersign_api::office::{Defines, ToolServersSeen, TriedOut};
use countersign_api::wire::tools::{ServerState, ServerView};
use countersign_domain::server::AddedServer;
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_gate::Gate;
use countersign_gate::records::Records;
use countersign_gate::tools::{ToolFailure, ToolServers as _, Toolbox};
use countersign_mcp::{McpServers, Reached};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// What servers may have said that nobody has taken in yet.
const MOST_TOLD: usize = 16;

/// What each server answered at the start of the station.
pub(crate) struct FirstAsked(BTreeMap<String, Result<Vec<ToolDefinition>, ToolFailure>>);

impl FirstAsked {
    /// Asks all of them, at once.
    pub(crate) async fn ask(servers: &Arc<McpServers>) -> Self {
        let mut asked = JoinSet::new();
        for name in servers.names() {
            let servers = servers.clone();
            asked.spawn(async move { (name.clone(), servers.definitions_of(&name).await) });
        }
        Self(asked.join_all().await.into_iter().collect())
    }

    /// The tools as the operator's files treat them, of those servers that answered.
    pub(crate) fn by_files(&self, settings: Vec<ToolSettings>) -> Toolbox {
        let defined = self.0.values().flatten().flatten().cloned().collect();
        Toolbox::pin(defined, settings)
    }

    /// The tools as they were accepted, and taken down if they never were. A server that does not answer is waited for, as
    /// long as the log knows what the tools are that the files name.
    pub(crate) async fn accepted(&self, by_files: Toolbox, records: &Records) -> Result<Toolbox, StartError> {
        let mut toolbox = records.tools_as_signed(by_files).await?;
        for (server, answer) in &self.0 {
            match answer {
                Ok(definitions) => {
                    toolbox = records.take_down(toolbox.seen(server, definitions.clone()), server).await?;
                }
                Err(why) => {
                    let own = |settings: &ToolSettings| settings.tool.starts_with(&format!("{server}."));
                    if toolbox.waiting().any(own) {
                        return Err(why.clone().into());
                    }
                    tracing::warn!(server, %why, "a tool server does not answer; it is asked again while the station runs");
                }
            }
        }
        // What is no server here any more offers nothing.
        for server in toolbox.unasked().into_iter().filter(|server| !self.0.contains_key(server)) {
            toolbox = records.take_down(toolbox.seen(&server, Vec::new()), &server).await?;
        }
        Ok(toolbox)
    }
}

/// Why what a server says could not be taken in, by server.
#[derive(Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<BTreeMap<String, String>>>);

/// Keeps asking every server, connects what people add meanwhile, and gives what they say to the gate, until the station ends.
pub(crate) fn watch(
    servers: &Arc<McpServers>,
    gate: Arc<Gate>,
    (added, trouble): (Added, Trouble),
    until: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let (told, mut said) = mpsc::channel(MOST_TOLD);
    let mut asking = JoinSet::new();
    for name in servers.names() {
        asking.spawn(servers.clone().keep_asking(name, told.clone()));
    }
    let (servers, mut changed) = (servers.clone(), gate.servers_changed());
    tokio::spawn(async move {
        let taking_in = async {
            loop {
                tokio::select! {
                    Some((server, definitions)) = said.recv() => {
                        // What it said before it was removed counts no more.
                        if servers.has(&server) {
                            trouble.take_in(&gate, &server, definitions).await;
                        }
                    }
                    Ok(()) = changed.changed() => match added.follow(&gate, &servers).await {
                        Ok((new, gone)) => {
                            for name in gone {
                                trouble.take_in(&gate, &name, Vec::new()).await;
                                trouble.forget(&name);
                            }
                            for name in new {
                                asking.spawn(servers.clone().keep_asking(name, told.clone()));
                            }
                        }
                        Err(why) => tracing::error!(%why, "tool servers that people changed are connected with the next change, or the next start"),
                    },
                    else => return,
                }
            }
        };
        tokio::select! {
            () = taking_in => {}
            () = until => {}
        }
        asking.shutdown().await;
    })
}

impl Trouble {
    /// Gives what a server says to the gate.
    async fn take_in(&self, gate: &Arc<Gate>, server: &str, definitions: Vec<ToolDefinition>) {
        let taken = gate.offered(server, definitions).await;
        let mut trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken {
            Ok(()) => trouble.remove(server),
            Err(why) => {
                tracing::warn!(server, %why, "what a tool server says could not be taken in; it is asked again");
                trouble.insert(server.to_owned(), why.to_string())
            }
        };
    }

    fn forget(&self, server: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(server);
    }
}

/// The servers as people look at them.
pub(crate) struct ServersHere {
    pub(crate) servers: Arc<McpServers>,
    /// Those that this program was started with, and where each is.
    pub(crate) places: Places,
    pub(crate) added: Added,
    pub(crate) trouble: Trouble,
}

impl ToolServersSeen for ServersHere {
    fn all(&self) -> Vec<ServerView> {
        let health = self.servers.health();
        let trouble = self.trouble.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let added = self.added.places();
        let seen = |(name, reached): (String, Reached)| {
            let (state, why, failed, tools, took) = match reached {
                Reached::NotAsked => (ServerState::NotAsked, None, 0, 0, 0),
                Reached::Answers { tools, took } => (ServerState::Answers, None, 0, tools, took.as_millis()),
                Reached::Down { why, times } => (ServerState::Down, Some(why), times, 0, 0),
            };
            let why = why.or_else(|| trouble.get(&name).cloned());
            ServerView {
                place: self.places.get(&name).or_else(|| added.get(&name)).cloned().unwrap_or_default(),
                added: None,
                name,
                state,
                why,
                failed,
                tools: u32::try_from(tools).unwrap_or(u32::MAX),
                took_ms: u32::try_from(took).unwrap_or(u32::MAX),
            }
        };
        let mut all: Vec<ServerView> = health.into_iter().map(seen).chain(self.added.unconnected()).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    fn test<'a>(&'a self, server: &'a str) -> Option<Defines<'a>> {
        self.servers.has(server).then(|| Box::pin(self.servers.test(server)) as Defines<'a>)
    }

    fn try_out(&self, server: AddedServer, secrets: BTreeMap<String, String>) -> TriedOut<'_> {
        self.added.try_out(server, secrets)
    }

    fn look(&self, server: &AddedServer) -> Result<(), String> {
        self.added.look(server)
    }
}
