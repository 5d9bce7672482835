//! The sample shop brings its own tool servers, real MCP servers beside this program: its CRM, with its data in the
//! station's folder, and its articles. A file may say that one of them is reached over HTTP instead.

use crate::assets::LARGEST_BYTES;
use crate::error::StartError;
use crate::options::Options;
use crate::server_places::Places;
use countersign_mcp::{McpServers, RemoteConfig, ServerConfig, ToolServer};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const CRM: (&str, &str) = ("crm", "countersign-crm");
const KNOWLEDGE: (&str, &str) = ("knowledge", "countersign-knowledge");
/// Where a server is that this program starts.
const STARTED_HERE: &str = "started here";
/// Settings of the sample CRM that whoever starts the station may pass on: its log level and its fault switches.
const PASSED_ON: &str = "COUNTERSIGN_CRM_";

/// A server in the file behind `--servers`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct There {
    url: String,
    /// A file beside this one, with the server's bearer token and nothing else.
    token_file: PathBuf,
}

/// The tool servers of this station, and where each is reached.
pub(crate) fn servers(options: &Options) -> Result<(McpServers, Places), StartError> {
    let mut elsewhere = elsewhere(options)?;
    let place =
        |name: &str| elsewhere.get(name).map_or(STARTED_HERE.to_owned(), |there| format!("at {}", there.address()));
    let places = [CRM.0, KNOWLEDGE.0].map(|name| (name.to_owned(), place(name))).into();
    let crm = match elsewhere.remove(CRM.0) {
        Some(remote) => remote.into(),
        None => crm(options)?.into(),
    };
    let knowledge: ToolServer = match elsewhere.remove(KNOWLEDGE.0) {
        Some(remote) => remote.into(),
        None => knowledge(options)?.into(),
    };
    // Settings of tools name servers: one that none names would be called by nobody.
    if let (Some(name), Some(path)) = (elsewhere.keys().next(), &options.servers) {
        return Err(StartError::content(path, format!("{name:?} is no server of the sample shop: crm or knowledge")));
    }
    let place = options.servers.as_deref().unwrap_or(Path::new(CRM.1));
    let servers = McpServers::new(vec![crm, knowledge]).map_err(|e| StartError::content(place, e))?;
    Ok((servers, places))
}

fn elsewhere(options: &Options) -> Result<BTreeMap<String, RemoteConfig>, StartError> {
    let Some(path) = &options.servers else { return Ok(BTreeMap::new()) };
    let size = std::fs::metadata(path).map_err(|e| StartError::file(path, &e))?.len();
    if size > LARGEST_BYTES {
        return Err(StartError::content(path, "is larger than 1 MB"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    let named: BTreeMap<String, There> = toml::from_str(&text).map_err(|e| StartError::content(path, e))?;
    let folder = std::path::absolute(path).map_err(|e| StartError::file(path, &e))?;
    let folder = folder.parent().unwrap_or(Path::new("/")).to_owned();
    let there = |(name, There { url, token_file }): (String, There)| {
        let remote = RemoteConfig::new(name.as_str(), &url, folder.join(token_file));
        Ok((name, remote.map_err(|e| StartError::content(path, e))?))
    };
    named.into_iter().map(there).collect()
}

fn crm(options: &Options) -> Result<ServerConfig, StartError> {
    let crm_folder = own_folder(options, CRM.0)?;
    Ok(ServerConfig {
        name: CRM.0.to_owned(),
        command: match &options.crm_command {
            Some(command) => command.clone(),
            None => beside_this_program(CRM.1)?,
        },
        args: vec!["--data".to_owned(), crm_folder.join("crm.db").display().to_string()],
        environment: std::env::vars().filter(|(name, _)| name.starts_with(PASSED_ON)).collect(),
        folder: crm_folder,
    })
}

fn knowledge(options: &Options) -> Result<ServerConfig, StartError> {
    let articles = options.assets.join("knowledge");
    // Looked at here: a server that ends because it has no articles could only say that it has closed its output.
    std::fs::read_dir(&articles).map_err(|e| StartError::file(&articles, &e))?;
    let articles = std::path::absolute(&articles).map_err(|e| StartError::file(&articles, &e))?;
    Ok(ServerConfig {
        name: KNOWLEDGE.0.to_owned(),
        command: beside_this_program(KNOWLEDGE.1)?,
        args: vec!["--articles".to_owned(), articles.display().to_string()],
        environment: BTreeMap::new(),
        folder: own_folder(options, KNOWLEDGE.0)?,
    })
}

/// The folder in which a server works.
fn own_folder(options: &Options, name: &str) -> Result<PathBuf, StartError> {
    let folder = options.data_folder.join(name);
    std::fs::create_dir_all(&folder).map_err(|e| StartError::file(&folder, &e))?;
    Ok(folder)
}

pub(crate) fn beside_this_program(name: &str) -> Result<PathBuf, StartError> {
    let program = std::env::current_exe().map_err(|e| StartError::file(name, &e))?;
    let beside = program.with_file_name(name).with_extension(std::env::consts::EXE_EXTENSION);
    if beside.is_file() {
        return Ok(beside);
    }
    let why = format!("the sample shop's {name} does not stand beside {}", program.display());
    Err(StartError::Content { path: beside, why })
}
