//! Tool servers that people added at the desk: from what the log says to what is connected, now and at each start.

use crate::error::StartError;
use crate::server_places::Places;
use countersign_api::office::{ServerSaid, TriedOut};
use countersign_api::server_change::use_of;
use countersign_api::wire::tools::{ServerState, ServerView};
use countersign_domain::change::Change;
use countersign_domain::server::{AddedServer, AddedServers, ServerReach};
use countersign_gate::Gate;
use countersign_gate::error::GateError;
use countersign_gate::records::Records;
use countersign_gate::tools::ToolServers as _;
use countersign_mcp::{Limits, McpServers, NotTried, RemoteConfig, ServerConfig, ToolServer, try_out};
use countersign_sealing::Sealing;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where servers that are started here have their folders, each its own.
pub(crate) const FOLDERS: &str = "servers";
/// Where a server is that this program starts.
pub(crate) const STARTED_HERE: &str = "started here";

/// What there is of them.
#[derive(Clone)]
pub(crate) struct Added {
    sealing: Arc<Sealing>,
    /// The station's data folder.
    folder: PathBuf,
    now: Arc<Mutex<BTreeMap<String, Standing>>>,
}

/// One of them: where it is, and why it is not connected where it is not.
#[derive(Debug, Clone)]
struct Standing {
    server: AddedServer,
    place: String,
    why: Option<String>,
}

impl Added {
    pub(crate) fn new(sealing: Arc<Sealing>, folder: &Path) -> Self {
        Self { sealing, folder: folder.to_owned(), now: Arc::default() }
    }

    /// Connects those of the log beside those that this program was started with.
    pub(crate) async fn begin(&self, records: &Records, servers: &McpServers) -> Result<(), StartError> {
        let added = records.added_servers().await?;
        if let Some(twice) = added.0.keys().find(|name| servers.has(name)) {
            return Err(StartError::Arguments(format!(
                "Two tool servers are named {twice:?}: one that people added at the desk, and one that this station is started \
                 with. Start it without the second, and remove the first at the desk if it is the second that you want."
            )));
        }
        self.connect(added, servers);
        Ok(())
    }

    /// Forgets every secret that is of no server here, and of none that waits for a signature: of what was refused, or removed.
    /// Not while a desk is open, at which one may just be kept for a server that is about to be proposed.
    pub(crate) async fn forget_others(&self, gate: &Gate) -> Result<(), StartError> {
        let mut servers: Vec<AddedServer> = gate.added_servers().await?.0.into_values().collect();
        for record in gate.waiting_changes().await? {
            if let Change::AddServer { server } = record.change.proposed.what {
                servers.push(*server);
            }
        }
        let secrets = servers.iter().flat_map(|server| {
            server.secrets.iter().map(|secret| (use_of(&server.name, &secret.name), secret.fingerprint.clone()))
        });
        Ok(self.sealing.forget_secrets_but(&secrets.collect::<Vec<_>>())?)
    }

    /// Connects what is there now and was not, and lets go of what was and is not: the names of both.
    pub(crate) async fn follow(
        &self,
        gate: &Gate,
        servers: &McpServers,
    ) -> Result<(Vec<String>, Vec<String>), GateError> {
        let added = gate.added_servers().await?;
        let before = self.all();
        let gone: Vec<String> = before
            .iter()
            .filter(|(name, standing)| added.0.get(*name) != Some(&standing.server))
            .map(|(name, _)| name.clone())
            .collect();
        for name in &gone {
            servers.remove(name).await;
            let removed = self.standings().remove(name);
            for secret in removed.iter().flat_map(|standing| &standing.server.secrets) {
                if let Err(error) = self.sealing.forget_secret(&use_of(name, &secret.name), &secret.fingerprint) {
                    tracing::warn!(server = name, %error, "a secret of a server that is none any more is forgotten with the next start");
                }
            }
        }
        Ok((self.connect(added, servers), gone))
    }

    fn connect(&self, added: AddedServers, servers: &McpServers) -> Vec<String> {
        let mut new = Vec::new();
        for (name, server) in added.0 {
            if self.standings().contains_key(&name) {
                continue;
            }
            let kept = |secret: &str, fingerprint: &str| {
                let kept = self.sealing.secret(&use_of(&name, secret), fingerprint).ok().flatten();
                kept.map(|secret| secret.to_string())
            };
            let secrets: Option<BTreeMap<String, String>> = server
                .secrets
                .iter()
                .map(|secret| Some((secret.name.clone(), kept(&secret.name, &secret.fingerprint)?)))
                .collect();
            let config = match secrets {
                Some(secrets) => self.config(&server, &secrets),
                None => {
                    Err("its secret is not in this station's key store; remove the server and add it anew".to_owned())
                }
            };
            let connected = config.and_then(|config| servers.add(config).map_err(|why| why.to_string()));
            if let Err(why) = &connected {
                tracing::error!(server = name, why, "a tool server that people added is not connected");
            }
            let standing = Standing { place: place(&server), why: connected.err(), server };
            if standing.why.is_none() {
                new.push(name.clone());
            }
            self.standings().insert(name, standing);
        }
        new
    }

    /// How it is started, or reached.
    fn config(&self, server: &AddedServer, secrets: &BTreeMap<String, String>) -> Result<ToolServer, String> {
        match &server.reach {
            ServerReach::Program { command, arguments, folder, environment } => {
                let own = || self.folder.join(FOLDERS).join(&server.name);
                let at = folder.as_ref().map_or_else(own, PathBuf::from);
                if folder.is_none() {
                    std::fs::create_dir_all(&at).map_err(|why| format!("its folder cannot be made: {why}"))?;
                }
                let at = std::path::absolute(&at).map_err(|why| format!("its folder cannot be found: {why}"))?;
                let environment = environment.clone().into_iter().chain(secrets.clone()).collect();
                let (name, command, args) = (server.name.clone(), command.into(), arguments.clone());
                Ok(ServerConfig { name, command, args, environment, folder: at }.into())
            }
            ServerReach::Address { url } => {
                let header = secrets.iter().next().map(|(name, value)| (name.as_str(), value.as_str()));
                Ok(RemoteConfig::added(server.name.as_str(), url, header).map_err(|why| why.to_string())?.into())
            }
        }
    }

    fn standings(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Standing>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> BTreeMap<String, Standing> {
        self.standings().clone()
    }

    /// Where each is.
    pub(crate) fn places(&self) -> Places {
        self.all().into_iter().map(|(name, standing)| (name, standing.place)).collect()
    }

    /// Those that are not connected, as people look at them.
    pub(crate) fn unconnected(&self) -> Vec<ServerView> {
        let view = |(name, standing): (String, Standing)| {
            let (place, why) = (standing.place, standing.why?);
            let (state, failed, tools, took_ms) = (ServerState::Down, 1, 0, 0);
            Some(ServerView { name, place, state, why: Some(why), failed, tools, took_ms, added: None })
        };
        self.all().into_iter().filter_map(view).collect()
    }

    /// Asks one that is none here yet what it defines, and lets it go.
    pub(crate) fn try_out(&self, server: AddedServer, secrets: BTreeMap<String, String>) -> TriedOut<'_> {
        Box::pin(async move {
            self.look(&server)?;
            let tried = try_out(self.config(&server, &secrets)?, Limits::default()).await;
            let tried = tried.map_err(|why| match why {
                NotTried::Silent(why) => format!("it did not answer as a tool server does: {why}"),
                why @ NotTried::Config(_) => why.to_string(),
            })?;
            Ok(ServerSaid { name: tried.name, version: tried.version, protocol: tried.protocol, tools: tried.tools })
        })
    }

    /// Looks whether its program can be started, without starting it.
    pub(crate) fn look(&self, server: &AddedServer) -> Result<(), String> {
        let ServerReach::Program { command, folder, .. } = &server.reach else { return Ok(()) };
        let found = std::fs::metadata(command).map_err(|_| format!("there is no program {command} on this machine"))?;
        if !found.is_file() || !may_run(&found) {
            return Err(format!("{command} is no program that may be run on this machine"));
        }
        match folder {
            Some(folder) if !Path::new(folder).is_dir() => Err(format!("there is no folder {folder} on this machine")),
            _ => Ok(()),
        }
    }
}

fn place(server: &AddedServer) -> String {
    match &server.reach {
        ServerReach::Program { .. } => STARTED_HERE.to_owned(),
        ServerReach::Address { url } => {
            RemoteConfig::added(server.name.as_str(), url, None).map_or_else(|_| url.clone(), |there| there.place())
        }
    }
}

#[cfg(unix)]
fn may_run(file: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn may_run(_file: &std::fs::Metadata) -> bool {
    true
}
