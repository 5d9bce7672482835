//! Reads an operator's tool settings: TOML with one `[[tool]]` table for each tool. Pure. What does not fit together is
//! refused, by the name of the tool and the field.

use countersign_domain::tool::ToolSettings;
use countersign_domain::tool::check::{Unfit, together};
use serde::Deserialize;

/// The most tools in one file.
const MAX_TOOLS: usize = 1024;
/// The largest file, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is no TOML, or a field is unknown, missing or of the wrong type.
    #[error("the tool settings could not be read: {0}")]
    Syntax(String),
    /// It is larger than any real settings.
    #[error("the tool settings are too large: at most 1 MiB and 1024 tools")]
    TooLarge,
    /// They do not fit together.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tool: Vec<ToolSettings>,
}

/// Reads and checks settings. The order is kept.
pub fn parse(text: &str) -> Result<Vec<ToolSettings>, SettingsError> {
    if text.len() > MAX_BYTES {
        return Err(SettingsError::TooLarge);
    }
    let file: File = toml::from_str(text).map_err(|error| SettingsError::Syntax(error.to_string()))?;
    if file.tool.len() > MAX_TOOLS {
        return Err(SettingsError::TooLarge);
    }
    together(&file.tool)?;
    Ok(file.tool)
}
