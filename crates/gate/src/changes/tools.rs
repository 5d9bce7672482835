//! Changes of how a tool is treated. The rules are made anew for it, and their new version stands in the same append: what
//! was judged before is judged again before it starts.

use super::effect::Effect;
use crate::commit::event;
use crate::error::GateError;
use crate::folds::must_be_in_force;
use crate::gate::Gate;
use crate::tools::{Signed, Toolbox};
use crate::tools_signed::signed;
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
        let stored = self.records.stored(&StreamName::tool(name), 0).await?;
        Ok(stored.last().map(|stored| stored.envelope.recorded_at))
    }

    /// What would be wrong with these settings of a tool.
    pub fn check_tool(&self, to: &ToolSettings) -> Result<(), GateError> {
        self.with_tool(to, Signed::default()).map(drop)
    }

    fn with_tool(&self, to: &ToolSettings, signed: Signed) -> Result<Next, GateError> {
        let refused = |why: &dyn std::fmt::Display| GateError::ToolSettings(why.to_string());
        let toolbox = self.toolbox();
        let next = toolbox.with(to.clone(), signed).ok_or_else(|| GateError::UnknownTool(to.tool.clone()))?;
        let definitions: Vec<&ToolDefinition> = toolbox.definitions().collect();
        let all: Vec<ToolSettings> = next.all().map(|tool| tool.settings.clone()).collect();
        together(&all).map_err(|why| refused(&why))?;
        against(to, &definitions).map_err(|why| refused(&why))?;
        let policies = Policies::parse(self.policies().files(), &next.for_rules());
        let policies = policies.map_err(|why| refused(&format!("the rules do not fit them: {why}")))?;
        Ok(Next { toolbox: next, policies })
    }

    pub(super) async fn set_tool(&self, from: Option<ToolSettings>, to: ToolSettings) -> Result<Effect, GateError> {
        if from.as_ref().is_some_and(|from| from.tool != to.tool) {
            return Err(ChangeError::Impossible("it is about one tool").into());
        }
        if self.toolbox().get(&to.tool).map(|known| &known.settings) != from.as_ref() {
            return Err(ChangeError::Outdated.into());
        }
        if from.as_ref() == Some(&to) {
            return Err(ChangeError::Impossible("this is how the tool is treated").into());
        }
        let next = self.with_tool(&to, Signed::default())?.policies;
        let before = self.policies().version().to_owned();
        let files = self.put_in_force().await?.pop().map(|put| put.files).unwrap_or_default();
        Ok(Box::new(move |states, signers| {
            must_be_in_force(states, &before)?;
            let by = Actor::Person(signers.people.first().map(ToString::to_string).unwrap_or_default());
            let ends_open = to.ends_open(from.as_ref());
            let tool = StreamName::tool(&to.tool);
            let set = ToolEvent::SettingsSet { settings: to, ends_open };
            let rules =
                StationEvent::PolicyInForce { version: next.version().to_owned(), files, rules: next.in_force() };
            let drafts = [(tool, Draft::open(&set)), (StreamName::station(), Draft::open(&rules))];
            drafts
                .into_iter()
                .map(|(stream, draft)| {
                    let expected = states.version(&stream)?;
                    Ok(Write { stream, expected, events: vec![event(draft, None, &by, None)] })
                })
                .collect()
        }))
    }

    /// It stands in the log: from here on the tool is treated so. Until then nothing that is judged as before can start.
    pub(super) async fn took_tool(self: &Arc<Self>, name: &str) -> Result<(), GateError> {
        let Some(signed) = signed(&self.records, name).await? else { return Ok(()) };
        let next = self.with_tool(&signed.settings, signed.signed)?;
        self.put_rules(next.toolbox, next.policies);
        self.end_what_means_something_else(name, signed.signed.since).await
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
