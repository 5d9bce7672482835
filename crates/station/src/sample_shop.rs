//! The sample shop brings its own tool servers, real MCP servers beside this program: its CRM, with its data in the
//! station's folder, and its articles.

use crate::error::StartError;
use crate::options::Options;
use countersign_mcp::{McpServers, ServerConfig};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const CRM: (&str, &str) = ("crm", "countersign-crm");
const KNOWLEDGE: (&str, &str) = ("knowledge", "countersign-knowledge");
/// Settings of the sample CRM that whoever starts the station may pass on: its log level and its fault switches.
const PASSED_ON: &str = "COUNTERSIGN_CRM_";

/// The tool servers of this station.
pub(crate) fn servers(options: &Options) -> Result<McpServers, StartError> {
    let crm_folder = own_folder(options, CRM.0)?;
    let crm = ServerConfig {
        name: CRM.0.to_owned(),
        command: match &options.crm_command {
            Some(command) => command.clone(),
            None => beside_this_program(CRM.1)?,
        },
        args: vec!["--data".to_owned(), crm_folder.join("crm.db").display().to_string()],
        environment: std::env::vars().filter(|(name, _)| name.starts_with(PASSED_ON)).collect(),
        folder: crm_folder,
    };
    let articles = options.assets.join("knowledge");
    // Looked at here: a server that ends because it has no articles could only say that it has closed its output.
    std::fs::read_dir(&articles).map_err(|e| StartError::file(&articles, &e))?;
    let articles = std::path::absolute(&articles).map_err(|e| StartError::file(&articles, &e))?;
    let knowledge = ServerConfig {
        name: KNOWLEDGE.0.to_owned(),
        command: beside_this_program(KNOWLEDGE.1)?,
        args: vec!["--articles".to_owned(), articles.display().to_string()],
        environment: BTreeMap::new(),
        folder: own_folder(options, KNOWLEDGE.0)?,
    };
    McpServers::new(vec![crm, knowledge]).map_err(|e| StartError::content(Path::new(CRM.1), e))
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
