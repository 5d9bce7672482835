//! Policies, tool settings, words and playbooks, read from files: never compiled in.

use crate::error::StartError;
use countersign_agents::ReplyTimes;
use countersign_domain::tool::ToolSettings;
use countersign_gate::{LooksFile, ReplyWords, ReplyWordsFile, ShortestLooks, Topics};
use countersign_policy::PolicyFile;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// No file of these is larger: what is, is refused before it is read.
pub(crate) const LARGEST_BYTES: u64 = 1024 * 1024;
const MOST_FILES: usize = 200;

/// The text of every file with that ending in a folder, by name.
pub(crate) fn texts(folder: &Path, ending: &str) -> Result<Vec<(PathBuf, String)>, StartError> {
    let listed = std::fs::read_dir(folder).map_err(|e| StartError::file(folder, &e))?;
    let mut files = Vec::new();
    for entry in listed.take(MOST_FILES * 4) {
        let path = entry.map_err(|e| StartError::file(folder, &e))?.path();
        if path.extension().is_some_and(|e| e == ending) {
            files.push(path);
        }
    }
    if files.len() > MOST_FILES {
        return Err(StartError::content(folder, format!("holds more than {MOST_FILES} .{ending} files")));
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let size = std::fs::metadata(&path).map_err(|e| StartError::file(&path, &e))?.len();
            if size > LARGEST_BYTES {
                return Err(StartError::content(path, "is larger than 1 MB"));
            }
            let text = std::fs::read_to_string(&path).map_err(|e| StartError::file(&path, &e))?;
            Ok((path, text))
        })
        .collect()
}

/// A file of TOML.
pub(crate) fn parsed<T: DeserializeOwned>(path: &Path) -> Result<T, StartError> {
    let size = std::fs::metadata(path).map_err(|e| StartError::file(path, &e))?.len();
    if size > LARGEST_BYTES {
        return Err(StartError::content(path, "is larger than 1 MB"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    toml::from_str(&text).map_err(|e| StartError::content(path, e))
}

/// The policy files of a folder.
pub(crate) fn policies(folder: &Path) -> Result<Vec<PolicyFile>, StartError> {
    let named = |(path, text): (PathBuf, String)| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        PolicyFile { name, text }
    };
    Ok(texts(folder, "cedar")?.into_iter().map(named).collect())
}

/// Within what time people answer.
pub(crate) fn reply_times(path: &Path) -> Result<ReplyTimes, StartError> {
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    ReplyTimes::read(&text).map_err(|e| StartError::content(path, e))
}

/// How long a card is looked at, at least, before it is approved.
pub(crate) fn shortest_looks(path: &Path) -> Result<ShortestLooks, StartError> {
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    let file: LooksFile = toml::from_str(&text).map_err(|e| StartError::content(path, e))?;
    file.checked().map_err(|e| StartError::content(path, e))
}

/// What a second look knows of words. What settings rule out must be among it: a slip of the pen would never be found.
pub(crate) fn topics(path: &Path, settings: &[ToolSettings]) -> Result<Topics, StartError> {
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    let topics: Topics = toml::from_str(&text).map_err(|e| StartError::content(path, e))?;
    let topics = topics.checked().map_err(|e| StartError::content(path, e))?;
    let facts = settings.iter().flat_map(|settings| &settings.evidence).flat_map(|evidence| &evidence.facts);
    let mut ruled_out = facts.flat_map(|fact| fact.contradicts.values().flatten());
    match ruled_out.find(|topic| !topics.has(topic)) {
        Some(topic) => Err(StartError::content(path, format!("has no topic {topic:?}, which tool settings name"))),
        None => Ok(topics),
    }
}

/// What a model's reply is held against. The tools of effects must be among the settings: a slip of the pen would let
/// nobody say that they did it.
pub(crate) fn reply_words(path: &Path, settings: &[ToolSettings]) -> Result<ReplyWords, StartError> {
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    let file: ReplyWordsFile = toml::from_str(&text).map_err(|e| StartError::content(path, e))?;
    if let Some(tool) = file.tools().find(|tool| !settings.iter().any(|known| known.tool == **tool)) {
        return Err(StartError::content(path, format!("names the tool {tool:?}, which has no settings")));
    }
    file.checked().map_err(|e| StartError::content(path, e))
}

/// The operator's settings of all tools.
pub(crate) fn tool_settings(folder: &Path) -> Result<Vec<ToolSettings>, StartError> {
    let mut all = Vec::new();
    for (path, text) in texts(folder, "toml")? {
        all.extend(countersign_mcp::settings::parse(&text).map_err(|e| StartError::content(path, e))?);
    }
    countersign_domain::tool::check::together(&all).map_err(|e| StartError::content(folder, e))?;
    Ok(all)
}
