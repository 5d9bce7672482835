//! The sample shop brings its own tool servers, real MCP servers beside this program: its CRM, with its data in the
//! station's folder, and its articles. A file may say that one of them is reached otherwise, and name further servers: what
//! those define stands in Settings, and is called by nobody until people have signed there how it is treated.

use crate::added_servers::{FOLDERS, STARTED_HERE};
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
/// Settings of the sample CRM that whoever starts the station may pass on: its log level and its fault switches.
const PASSED_ON: &str = "COUNTERSIGN_CRM_";

/// A server in the file behind `--servers`: one that is reached over HTTP, or a program that is started here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    url: Option<String>,
    /// A file beside this one, with the server's bearer token and nothing else.
    token_file: Option<PathBuf>,
    /// A program, as an absolute path, that speaks on its standard streams.
    command: Option<PathBuf>,
    #[serde(default)]
    args: Vec<String>,
    /// All of its environment.
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

/// The tool servers of this station, and where each is reached.
pub(crate) fn servers(options: &Options) -> Result<(McpServers, Places), StartError> {
    let mut all = named(options)?;
    if !all.contains_key(CRM.0) {
        all.insert(CRM.0.to_owned(), crm(options)?.into());
    }
    if !all.contains_key(KNOWLEDGE.0) {
        all.insert(KNOWLEDGE.0.to_owned(), knowledge(options)?.into());
    }
    let place = |server: &ToolServer| match server {
        ToolServer::Child(_) => STARTED_HERE.to_owned(),
        ToolServer::Remote(there) => there.place(),
    };
    let places = all.iter().map(|(name, server)| (name.clone(), place(server))).collect();
    let file = options.servers.as_deref().unwrap_or(Path::new(CRM.1));
    let folders: Vec<PathBuf> = all.values().filter_map(own_folder_of).collect();
    let servers = McpServers::new(all.into_values().collect()).map_err(|e| StartError::content(file, e))?;
    for own in folders {
        std::fs::create_dir_all(&own).map_err(|e| StartError::file(&own, &e))?;
    }
    Ok((servers, places))
}

/// The folder that a server works in which is started here.
fn own_folder_of(server: &ToolServer) -> Option<PathBuf> {
    match server {
        ToolServer::Child(child) => Some(child.folder.clone()),
        ToolServer::Remote(_) => None,
    }
}

/// The servers that a file names.
fn named(options: &Options) -> Result<BTreeMap<String, ToolServer>, StartError> {
    let Some(path) = &options.servers else { return Ok(BTreeMap::new()) };
    let size = std::fs::metadata(path).map_err(|e| StartError::file(path, &e))?.len();
    if size > LARGEST_BYTES {
        return Err(StartError::content(path, "is larger than 1 MB"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    let named: BTreeMap<String, Named> = toml::from_str(&text).map_err(|e| StartError::content(path, e))?;
    let folder = std::path::absolute(path).map_err(|e| StartError::file(path, &e))?;
    let folder = folder.parent().unwrap_or(Path::new("/")).to_owned();
    let server = |(name, named): (String, Named)| {
        let server = match named {
            Named { url: Some(url), token_file: Some(token_file), command: None, args, environment }
                if args.is_empty() && environment.is_empty() =>
            {
                let remote = RemoteConfig::new(name.as_str(), &url, folder.join(token_file));
                remote.map_err(|e| StartError::content(path, e))?.into()
            }
            Named { url: None, token_file: None, command: Some(command), args, environment } => {
                // A name that is none is refused with all the others; until then it is no name of a folder either.
                let own = options.data_folder.join(FOLDERS).join(name.replace(['/', '\\', '.'], "_"));
                ServerConfig { name: name.clone(), command, args, environment, folder: own }.into()
            }
            _ => {
                let why = format!(
                    "says of {name:?} neither where it is (url and token_file) nor what is started here (command, with \
                     args and environment)"
                );
                return Err(StartError::content(path, why));
            }
        };
        Ok((name, server))
    };
    named.into_iter().map(server).collect()
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
