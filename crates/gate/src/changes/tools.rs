//! Changes of how a tool is treated. The rules are made anew for it, and their new version stands in the same append: what
//! was judged before is judged again before it starts.

use super::effect::Effect;
use crate::commit::event;
use crate::error::GateError;
use crate::folds::must_be_in_force;
use crate::gate::Gate;
use crate::tools::{Signed, Toolbox};
use crate::tools_signed::ToolInLog;
use countersign_domain::action::Phase;
use countersign_domain::change::ChangeError;
use countersign_domain::event::Draft;
use countersign_domain::station::StationEvent;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::check::{against, together};
use countersign_domain::tool::{ToolDefinition, ToolEvent, ToolSettings};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::Write;
use countersign_event_log::stream::StreamName;
use countersign_policy::Policies;
use std::sync::Arc;

/// Why an action ends that means something else by a change of its tool's settings.
const ENDED: &str = "tool_settings";

/// The tools and rules that there would be with other settings of one tool.
struct Next {
    toolbox: Toolbox,
    policies: Policies,
}

impl Gate {
    /// When people last signed how a tool is treated.
    pub async fn tool_signed_at(&self, name: &str) -> Result<Option<Timestamp>, GateError> {
        Ok(self.records.tool(name).await?.signed_at)
    }

    /// What would be wrong with these settings of a tool, under the definition that is to be accepted with them.
    pub fn check_tool(&self, to: &ToolSettings, accepted: Option<&ToolDefinition>) -> Result<(), GateError> {
        self.with_tool(to, accepted.cloned(), Signed::default()).map(drop)
    }

    /// Which other tools would not fit any more, and why: what reads their facts would have other arguments.
    pub fn breaks(&self, to: &ToolSettings, accepted: Option<&ToolDefinition>) -> Vec<(String, String)> {
        let toolbox = self.toolbox();
        let Some(next) = toolbox.with(to.clone(), accepted.cloned(), Signed::default()) else { return Vec::new() };
        let (now, then): (Vec<_>, Vec<_>) = (toolbox.definitions().collect(), next.definitions().collect());
        let others = toolbox.all().map(|tool| &tool.settings).filter(|other| other.tool != to.tool);
        let fits_now = others.filter(|other| against(other, &now).is_ok());
        fits_now.filter_map(|other| Some((other.tool.clone(), against(other, &then).err()?.to_string()))).collect()
    }

    fn with_tool(
        &self,
        to: &ToolSettings,
        accepted: Option<ToolDefinition>,
        signed: Signed,
    ) -> Result<Next, GateError> {
        let refused = |why: &dyn std::fmt::Display| GateError::ToolSettings(why.to_string());
        let next = self.toolbox().with(to.clone(), accepted, signed);
        let next = next.ok_or_else(|| GateError::UnknownTool(to.tool.clone()))?;
        let definitions: Vec<&ToolDefinition> = next.definitions().collect();
        let all: Vec<ToolSettings> = next.all().map(|tool| tool.settings.clone()).collect();
        together(&all).map_err(|why| refused(&why))?;
        against(to, &definitions).map_err(|why| refused(&why))?;
        let policies = Policies::parse(self.policies().files(), &next.for_rules());
        let policies = policies.map_err(|why| refused(&format!("the rules do not fit them: {why}")))?;
        Ok(Next { toolbox: next, policies })
    }

    pub(super) async fn set_tool(
        &self,
        from: Option<ToolSettings>,
        to: ToolSettings,
        accepted: Option<ToolDefinition>,
    ) -> Result<Effect, GateError> {
        if from.as_ref().is_some_and(|from| from.tool != to.tool) {
            return Err(ChangeError::Impossible("it is about one tool").into());
        }
        let toolbox = self.toolbox();
        let known = toolbox.get(&to.tool);
        if known.map(|known| &known.settings) != from.as_ref() {
            return Err(ChangeError::Outdated.into());
        }
        match &accepted {
            // What its server offers may have changed since somebody looked at it.
            Some(accepted) if !toolbox.offered(&to.tool).is_some_and(|offered| offered.is(accepted)) => {
                return Err(ChangeError::Outdated.into());
            }
            Some(accepted) if known.is_some_and(|known| known.definition.is(accepted)) => {
                return Err(ChangeError::Impossible("this definition is the one that was accepted").into());
            }
            None if known.is_none() => {
                return Err(ChangeError::Impossible("nobody has accepted yet what its server says of it").into());
            }
            None if from.as_ref() == Some(&to) => {
                return Err(ChangeError::Impossible("this is how the tool is treated").into());
            }
            _ => {}
        }
        let next = self.with_tool(&to, accepted.clone(), Signed::default())?.policies;
        let before = self.policies().version().to_owned();
        let files = self.files_in_force().await?;
        Ok(Box::new(move |states, signers| {
            must_be_in_force(states, &before)?;
            let by = Actor::Person(signers.people.first().map(ToString::to_string).unwrap_or_default());
            let ends_open = to.ends_open(from.as_ref(), accepted.is_some());
            let tool = StreamName::tool(&to.tool);
            let pinned = accepted.map(|definition| ToolEvent::Pinned { definition });
            let set = ToolEvent::SettingsSet { settings: Box::new(to), ends_open };
            let treated = pinned.into_iter().chain([set]).map(|said| event(Draft::open(&said), None, &by, None));
            let rules =
                StationEvent::PolicyInForce { version: next.version().to_owned(), files, rules: next.in_force() };
            let rules = vec![event(Draft::open(&rules), None, &by, None)];
            let drafts = [(tool, treated.collect()), (StreamName::station(), rules)];
            drafts
                .into_iter()
                .map(|(stream, events)| Ok(Write { expected: states.version(&stream)?, stream, events }))
                .collect()
        }))
    }

    /// It stands in the log: from here on the tool is treated so. Until then nothing that is judged as before can start.
    pub(super) async fn took_tool(self: &Arc<Self>, name: &str) -> Result<(), GateError> {
        let ToolInLog { settings: Some(settings), definition, signed, .. } = self.records.tool(name).await? else {
            return Ok(());
        };
        let since = signed.since;
        let next = self.with_tool(&settings, definition, signed)?;
        self.put_rules(next.toolbox, next.policies);
        self.end_what_means_something_else(name, since).await
    }

    /// Takes back what was proposed before a tool came to mean something else, and has not started.
    pub(crate) async fn end_what_means_something_else(&self, name: &str, since: u64) -> Result<(), GateError> {
        for id in self.open.proposed_before(since, Phase::UNSTARTED) {
            if self.records.action_state(&id).await?.proposed.tool == name {
                self.withdraw_unless_started(&id, &Actor::Station, ENDED).await?;
            }
        }
        Ok(())
    }
}
