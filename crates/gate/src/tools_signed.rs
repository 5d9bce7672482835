//! How tools are treated as people signed it: what the log says of a tool rules, and the operator's files are where a tool
//! begins of which the log says nothing.

use crate::error::GateError;
use crate::records::{Records, read};
use crate::tools::{Signed, Toolbox};
use countersign_domain::tool::check::{against, together};
use countersign_domain::tool::{ToolDefinition, ToolEvent, ToolSettings};
use countersign_event_log::stream::StreamName;

/// What people signed of a tool last.
pub(crate) struct SignedSettings {
    pub(crate) settings: ToolSettings,
    pub(crate) signed: Signed,
}

/// What the log says of a tool.
pub(crate) async fn signed(records: &Records, name: &str) -> Result<Option<SignedSettings>, GateError> {
    let mut last = None;
    let mut signed = Signed::default();
    for stored in records.stored(&StreamName::tool(name), 0).await? {
        let ToolEvent::SettingsSet { settings, ends_open } = read(&stored)?;
        signed.version += 1;
        if ends_open {
            signed.since = stored.envelope.position;
        }
        last = Some(settings);
    }
    Ok(last.map(|settings| SignedSettings { settings, signed }))
}

impl Records {
    /// The tools as people signed how they are treated.
    pub async fn tools_as_signed(&self, files: Toolbox) -> Result<Toolbox, GateError> {
        let mut toolbox = files.clone();
        for definition in files.definitions() {
            if let Some(SignedSettings { settings, signed }) = signed(self, &definition.full_name()).await? {
                toolbox = toolbox.with(settings, signed).unwrap_or(toolbox);
            }
        }
        let all: Vec<ToolSettings> = toolbox.all().map(|tool| tool.settings.clone()).collect();
        let definitions: Vec<&ToolDefinition> = toolbox.definitions().collect();
        let unfit = together(&all).err().or_else(|| all.iter().find_map(|one| against(one, &definitions).err()));
        if let Some(why) = unfit {
            // What does not fit is held by the rules, or ends as a failure; nobody is kept from mending it.
            tracing::warn!(%why, "what people signed of a tool does not fit what its server defines now");
        }
        Ok(toolbox)
    }
}
