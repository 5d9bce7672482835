//! The sample shop brings its own CRM: a real MCP server beside this program, with its data in the station's folder.

use crate::error::StartError;
use crate::options::Options;
use countersign_mcp::{McpServers, ServerConfig};
use std::collections::BTreeMap;
use std::path::PathBuf;

const NAME: &str = "crm";
const PROGRAM: &str = "countersign-crm";
/// Settings of the sample CRM that whoever starts the station may pass on: its log level and its fault switches.
const PASSED_ON: &str = "COUNTERSIGN_CRM_";

/// The tool servers of this station.
pub(crate) fn servers(options: &Options) -> Result<McpServers, StartError> {
    let folder = options.data_folder.join("crm");
    std::fs::create_dir_all(&folder).map_err(|e| StartError::file(&folder, &e))?;
    let command = match &options.crm_command {
        Some(command) => command.clone(),
        None => beside_this_program()?,
    };
    let environment: BTreeMap<String, String> =
        std::env::vars().filter(|(name, _)| name.starts_with(PASSED_ON)).collect();
    let config = ServerConfig {
        name: NAME.to_owned(),
        command,
        args: vec!["--data".to_owned(), folder.join("crm.db").display().to_string()],
        environment,
        folder,
    };
    McpServers::new(vec![config]).map_err(|e| StartError::content(PROGRAM, e))
}

fn beside_this_program() -> Result<PathBuf, StartError> {
    let program = std::env::current_exe().map_err(|e| StartError::file(PROGRAM, &e))?;
    let beside = program.with_file_name(PROGRAM).with_extension(std::env::consts::EXE_EXTENSION);
    if beside.is_file() {
        return Ok(beside);
    }
    let why = format!("the sample CRM does not stand beside {}", program.display());
    Err(StartError::Content { path: beside, why })
}
