//! The tool servers of a running station: asked at its start, watched from then on, and shown in Settings.

use crate::error::StartError;
use crate::server_places::Places;
use countersign_api::office::{Defines, ToolServersSeen};
use countersign_api::wire::tools::{ServerState, ServerView};
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_gate::Gate;
use countersign_gate::records::Records;
use countersign_gate::tools::{ToolFailure, Toolbox};
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
        for name in servers.names().map(str::to_owned) {
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

/// Keeps asking every server, and gives what they say to the gate, until the station ends.
pub(crate) fn watch(
    servers: &Arc<McpServers>,
    gate: Arc<Gate>,
    trouble: Trouble,
    until: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let (told, mut said) = mpsc::channel(MOST_TOLD);
    let mut asking = JoinSet::new();
    for name in servers.names().map(str::to_owned) {
        asking.spawn(servers.clone().keep_asking(name, told.clone()));
    }
    drop(told);
    tokio::spawn(async move {
        let taking_in = async {
            while let Some((server, definitions)) = said.recv().await {
                let taken = gate.offered(&server, definitions).await;
                let mut trouble = trouble.0.lock().unwrap_or_else(PoisonError::into_inner);
                match taken {
                    Ok(()) => trouble.remove(&server),
                    Err(why) => {
                        tracing::warn!(server, %why, "what a tool server says could not be taken in; it is asked again");
                        trouble.insert(server, why.to_string())
                    }
                };
            }
        };
        tokio::select! {
            () = taking_in => {}
            () = until => {}
        }
        asking.shutdown().await;
    })
}

/// The servers as people look at them.
pub(crate) struct ServersHere {
    pub(crate) servers: Arc<McpServers>,
    pub(crate) places: Places,
    pub(crate) trouble: Trouble,
}

impl ToolServersSeen for ServersHere {
    fn all(&self) -> Vec<ServerView> {
        let health = self.servers.health();
        let trouble = self.trouble.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let seen = |(name, reached): (String, Reached)| {
            let (state, why, failed, tools, took) = match reached {
                Reached::NotAsked => (ServerState::NotAsked, None, 0, 0, 0),
                Reached::Answers { tools, took } => (ServerState::Answers, None, 0, tools, took.as_millis()),
                Reached::Down { why, times } => (ServerState::Down, Some(why), times, 0, 0),
            };
            let why = why.or_else(|| trouble.get(&name).cloned());
            ServerView {
                place: self.places.get(&name).cloned().unwrap_or_default(),
                name,
                state,
                why,
                failed,
                tools: u32::try_from(tools).unwrap_or(u32::MAX),
                took_ms: u32::try_from(took).unwrap_or(u32::MAX),
            }
        };
        health.into_iter().map(seen).collect()
    }

    fn test<'a>(&'a self, server: &'a str) -> Option<Defines<'a>> {
        let known = self.servers.names().any(|known| known == server);
        known.then(|| Box::pin(self.servers.test(server)) as Defines<'a>)
    }
}
