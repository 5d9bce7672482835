//! How tools are treated as people signed it, and what was accepted of their definitions: what the log says of a tool rules,
//! and the operator's files are where a tool begins of which the log says nothing.

use crate::error::GateError;
use crate::people::unsealed;
use crate::records::{Records, read};
use crate::tools::{PinnedTool, Signed, Toolbox};
use countersign_domain::event::Draft;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::check::{against, together};
use countersign_domain::tool::{ToolDefinition, ToolEvent, ToolSettings};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, MOST_EVENTS, Write};
use countersign_event_log::stream::StreamName;
use std::collections::BTreeSet;

/// What the log says of a tool.
#[derive(Default)]
pub(crate) struct ToolInLog {
    /// How people signed that it is treated; absent where the files say so.
    pub(crate) settings: Option<ToolSettings>,
    /// When.
    pub(crate) signed_at: Option<Timestamp>,
    /// What was accepted of its definition.
    pub(crate) definition: Option<ToolDefinition>,
    pub(crate) signed: Signed,
}

impl Records {
    /// What the log says of a tool.
    pub(crate) async fn tool(&self, name: &str) -> Result<ToolInLog, GateError> {
        let mut known = ToolInLog::default();
        for stored in self.stored(&StreamName::tool(name), 0).await? {
            known.signed.version += 1;
            match read(&stored)? {
                ToolEvent::Pinned { definition } => {
                    known.signed.pinned = true;
                    known.signed.offered = Some(definition.hash());
                    known.definition = Some(definition);
                }
                ToolEvent::Offered { definition } => known.signed.offered = definition,
                ToolEvent::SettingsSet { settings, ends_open } => {
                    if ends_open {
                        known.signed.since = stored.envelope.position;
                    }
                    known.settings = Some(*settings);
                    known.signed_at = Some(stored.envelope.recorded_at);
                }
            }
        }
        Ok(known)
    }

    /// The tools as people signed how they are treated, under the definitions that were accepted.
    pub async fn tools_as_signed(&self, files: Toolbox) -> Result<Toolbox, GateError> {
        let mut toolbox = files.clone();
        let mut names: BTreeSet<String> = files.definitions().map(ToolDefinition::full_name).collect();
        names.extend(files.waiting().map(|settings| settings.tool.clone()));
        // What people have set up at the desk is named by no file, and its server may not answer.
        let streams = self.log().streams_of("tool").await?;
        names.extend(streams.iter().filter_map(|stream| Some(stream.as_str().split_once('/')?.1.to_owned())));
        for name in names {
            let ToolInLog { settings, definition, signed, .. } = self.tool(&name).await?;
            let from_files = files.get(&name).map(|tool| &tool.settings);
            let waiting = files.waiting().find(|settings| settings.tool == name);
            let Some(settings) = settings.or_else(|| from_files.or(waiting).cloned()) else { continue };
            toolbox = toolbox.with(settings, definition, signed).unwrap_or(toolbox);
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

    /// Takes down what a server offers: the definition of every tool of which the log knows nothing, so that another one is
    /// looked at by people first, whatever happens to this program; and whether the others are as they were accepted.
    pub async fn take_down(&self, mut toolbox: Toolbox, server: &str) -> Result<Toolbox, GateError> {
        let own = |tool: &&PinnedTool| tool.definition.server == server;
        let mut news = Vec::new();
        for tool in toolbox.all().filter(own) {
            let name = tool.definition.full_name();
            let mut signed = tool.signed.clone();
            let mut events = Vec::new();
            if !signed.pinned {
                let definition = tool.definition.clone();
                (signed.pinned, signed.offered) = (true, Some(tool.hash.clone()));
                events.push(ToolEvent::Pinned { definition });
            }
            let offered = toolbox.offered(&name).map(ToolDefinition::hash);
            if signed.offered != offered {
                signed.offered.clone_from(&offered);
                events.push(ToolEvent::Offered { definition: offered });
            }
            if !events.is_empty() {
                signed.version += events.len() as u64;
                let (stream, expected) = tool.guard();
                let events = events.iter().map(|event| unsealed(Draft::open(event), Actor::Station)).collect();
                news.push((name, signed, Write { stream, expected, events }));
            }
        }
        // Each tool has at most two events.
        while !news.is_empty() {
            let some = news.drain(..news.len().min(MOST_EVENTS / 2));
            let (known, writes): (Vec<_>, Vec<_>) = some.map(|(name, signed, write)| ((name, signed), write)).unzip();
            self.log().append(Append { guards: Vec::new(), writes }).await?;
            toolbox = known.into_iter().fold(toolbox, |toolbox, (name, signed)| toolbox.taken_down(&name, signed));
        }
        Ok(toolbox)
    }
}
