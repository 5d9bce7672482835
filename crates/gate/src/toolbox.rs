//! The tools as they were accepted, beside what their servers offer now.

use crate::tools::{PinnedTool, Signed};
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use std::collections::{BTreeMap, BTreeSet};

/// What a server offers under the name of a tool that was accepted otherwise: nothing of it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    /// Another definition.
    Changed(ToolDefinition),
    /// Another definition, when the server was last asked; it does not answer now. Its hash.
    Noted(String),
    /// Nothing of that name.
    Gone,
}

/// Every tool that servers define, by full name. Of those without settings nothing is known but what their server says:
/// nothing may propose or call them.
#[derive(Debug, Clone, Default)]
pub struct Toolbox {
    tools: BTreeMap<String, PinnedTool>,
    /// Settings of tools that no server has defined yet.
    waiting: BTreeMap<String, ToolSettings>,
    unset: BTreeMap<String, ToolDefinition>,
    /// Where a server offers something else than what was accepted.
    offers: BTreeMap<String, Offer>,
    /// The servers that have said what they define.
    asked: BTreeSet<String>,
}

impl Toolbox {
    /// Pins every definition; those without settings wait until people say how they are treated.
    pub fn pin(definitions: Vec<ToolDefinition>, settings: Vec<ToolSettings>) -> Self {
        let waiting = settings.into_iter().map(|s| (s.tool.clone(), s)).collect();
        let mut toolbox = Self { waiting, ..Self::default() };
        for definition in definitions {
            toolbox.asked.insert(definition.server.clone());
            toolbox.meet(definition);
        }
        toolbox
    }

    /// A tool that was not known.
    fn meet(&mut self, definition: ToolDefinition) {
        let name = definition.full_name();
        match self.waiting.remove(&name) {
            Some(settings) => {
                self.tools.insert(name, PinnedTool::new(definition, settings, Signed::default()));
            }
            None => {
                self.unset.insert(name, definition);
            }
        }
    }

    /// The same once a server has said what it defines now: what was accepted stays as it was.
    pub fn seen(&self, server: &str, definitions: Vec<ToolDefinition>) -> Self {
        let mut next = self.clone();
        next.asked.insert(server.to_owned());
        next.unset.retain(|_, definition| definition.server != server);
        let mut offered: BTreeMap<String, ToolDefinition> =
            definitions.into_iter().map(|definition| (definition.full_name(), definition)).collect();
        let own = next.tools.values().filter(|tool| tool.definition.server == server);
        let accepted: Vec<ToolDefinition> = own.map(|tool| tool.definition.clone()).collect();
        for definition in accepted {
            let now = offered.remove(&definition.full_name());
            next.offers(&definition, now);
        }
        offered.into_values().for_each(|definition| next.meet(definition));
        next
    }

    /// Notes what is offered of an accepted tool.
    fn offers(&mut self, accepted: &ToolDefinition, now: Option<ToolDefinition>) {
        let name = accepted.full_name();
        match now {
            Some(now) if now.is(accepted) => self.offers.remove(&name),
            Some(now) => self.offers.insert(name, Offer::Changed(now)),
            None => self.offers.insert(name, Offer::Gone),
        };
    }

    /// The same with these settings of the tool that they name, and the definition that was accepted, where that is another;
    /// absent where nobody has defined it.
    pub(crate) fn with(
        &self,
        settings: ToolSettings,
        accepted: Option<ToolDefinition>,
        signed: Signed,
    ) -> Option<Self> {
        let mut next = self.clone();
        let name = settings.tool.clone();
        next.waiting.remove(&name);
        let offered = self.offered(&name).cloned();
        let unset = next.unset.remove(&name);
        let before = next.tools.get(&name).map(|tool| tool.definition.clone());
        let definition = accepted.or_else(|| before.clone()).or(unset)?;
        // The same may be written otherwise: its server's own order is kept.
        let definition = offered.clone().filter(|offered| offered.is(&definition)).unwrap_or(definition);
        if next.asked.contains(&definition.server) {
            next.offers(&definition, offered);
        } else if signed.pinned && signed.offered.as_ref() != Some(&definition.hash()) {
            // Nobody knows better than the log what a server offers that does not answer.
            next.offers.insert(name.clone(), signed.offered.clone().map_or(Offer::Gone, Offer::Noted));
        } else {
            next.offers.remove(&name);
        }
        next.tools.insert(name, PinnedTool::new(definition, settings, signed));
        Some(next)
    }

    /// The servers of accepted tools that have not said yet what they define.
    pub fn unasked(&self) -> BTreeSet<String> {
        let servers = self.tools.values().map(|tool| tool.definition.server.clone());
        servers.filter(|server| !self.asked.contains(server)).collect()
    }

    /// Whether its server has said what it defines, and offers the tool as it was accepted.
    pub(crate) fn can_run(&self, tool: &PinnedTool) -> bool {
        let name = tool.definition.full_name();
        self.asked.contains(&tool.definition.server) && !self.offers.contains_key(&name)
    }

    /// The same once the log says this of the tool.
    pub(crate) fn taken_down(mut self, name: &str, signed: Signed) -> Self {
        if let Some(tool) = self.tools.get_mut(name) {
            tool.signed = signed;
        }
        self
    }

    /// What rules are checked against.
    pub fn for_rules(&self) -> Vec<(ToolDefinition, ToolSettings)> {
        self.tools.values().map(|tool| (tool.definition.clone(), tool.settings.clone())).collect()
    }

    /// The tool by that full name, as it was accepted.
    pub fn get(&self, name: &str) -> Option<&PinnedTool> {
        self.tools.get(name)
    }

    /// What is to be called under this full name, with settings or without.
    pub fn definition(&self, name: &str) -> Option<&ToolDefinition> {
        self.tools.get(name).map(|tool| &tool.definition).or_else(|| self.unset.get(name))
    }

    /// What its server offers under this full name now; absent where it offers nothing.
    pub fn offered(&self, name: &str) -> Option<&ToolDefinition> {
        match self.offers.get(name) {
            Some(Offer::Changed(definition)) => Some(definition),
            Some(Offer::Gone | Offer::Noted(_)) => None,
            None => self.definition(name),
        }
    }

    /// What its server offers instead of what was accepted.
    pub fn offers_instead(&self, name: &str) -> Option<&Offer> {
        self.offers.get(name)
    }

    /// Everything that servers define, as it was accepted.
    pub fn definitions(&self) -> impl Iterator<Item = &ToolDefinition> {
        self.tools.values().map(|tool| &tool.definition).chain(self.unset.values())
    }

    /// Settings of tools that no server has defined yet.
    pub fn waiting(&self) -> impl Iterator<Item = &ToolSettings> {
        self.waiting.values()
    }

    /// All tools with settings, by name.
    pub fn all(&self) -> impl Iterator<Item = &PinnedTool> {
        self.tools.values()
    }

    /// Those of them that agents may ask for: what settles an unknown outcome is asked by the gate alone.
    pub fn for_agents(&self) -> impl Iterator<Item = &PinnedTool> {
        let probe =
            |tool: &PinnedTool| Some(format!("{}.{}", tool.definition.server, tool.settings.probe.as_ref()?.tool));
        let probes: BTreeSet<String> = self.all().filter_map(probe).collect();
        self.all().filter(move |tool| !probes.contains(&tool.definition.full_name()))
    }

    /// Whether both say the same of every tool.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        let signed = |of: &Self| of.tools.values().map(|tool| tool.signed.clone()).collect::<Vec<_>>();
        self.offers == other.offers
            && self.asked == other.asked
            && self.unset == other.unset
            && self.waiting == other.waiting
            && self.has_rules_as(other)
            && signed(self) == signed(other)
    }

    /// Whether rules for the one are rules for the other.
    pub(crate) fn has_rules_as(&self, other: &Self) -> bool {
        let of = |tool: &PinnedTool| (tool.hash.clone(), tool.settings.clone());
        self.tools.values().map(of).eq(other.tools.values().map(of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn define(name: &str, description: &str) -> ToolDefinition {
        ToolDefinition {
            server: "crm".into(),
            name: name.into(),
            title: None,
            description: Some(description.into()),
            input_schema: json!({"type": "object"}),
        }
    }

    fn settings(name: &str) -> ToolSettings {
        ToolSettings::beginning(format!("crm.{name}"))
    }

    #[test]
    fn what_was_accepted_stays_whatever_its_server_offers_afterwards() {
        let accepted = Toolbox::pin(vec![define("note", "Notes."), define("odd", "?")], vec![settings("note")]);
        assert_eq!(accepted.offered("crm.note"), Some(&define("note", "Notes.")));
        let changed = accepted.seen("crm", vec![define("note", "Notes, and pays."), define("new", "!")]);
        assert_eq!(changed.get("crm.note").unwrap().definition, define("note", "Notes."));
        assert_eq!(changed.offers_instead("crm.note"), Some(&Offer::Changed(define("note", "Notes, and pays."))));
        let unset: Vec<&String> = changed.unset.keys().collect();
        assert_eq!(unset, ["crm.new"], "what is new waits for people, what is gone and was nothing is gone");
        let gone = changed.seen("crm", Vec::new());
        assert_eq!(gone.offers_instead("crm.note"), Some(&Offer::Gone));
        assert_eq!(gone.seen("other", Vec::new()).offers, gone.offers, "what another server says is nothing to it");
        let back = gone.seen("crm", vec![define("note", "Notes."), define("odd", "?")]);
        assert!(back.is_as(&accepted));
    }

    #[test]
    fn accepting_what_is_offered_leaves_nothing_to_look_at_and_anything_else_does() {
        let accepted = Toolbox::pin(vec![define("note", "Notes.")], vec![settings("note")]);
        let changed = accepted.seen("crm", vec![define("note", "Two.")]);
        let with = |of: &Toolbox, definition| of.with(settings("note"), definition, Signed::default()).unwrap();
        let taken = with(&changed, Some(define("note", "Two.")));
        assert_eq!(
            (taken.offers_instead("crm.note"), &taken.get("crm.note").unwrap().definition),
            (None, &define("note", "Two."))
        );
        let otherwise = with(&changed, Some(define("note", "Three.")));
        assert_eq!(otherwise.offers_instead("crm.note"), Some(&Offer::Changed(define("note", "Two."))));
        assert!(with(&changed, None).is_as(&changed), "settings alone accept nothing");
    }

    #[test]
    fn settings_wait_for_the_server_that_defines_their_tool() {
        let down = Toolbox::pin(Vec::new(), vec![settings("note")]);
        assert!(down.get("crm.note").is_none());
        let up = down.seen("crm", vec![define("note", "Notes.")]);
        assert!(up.get("crm.note").is_some() && up.waiting().next().is_none());
        // What the log knows of it holds meanwhile, and nobody says that it was gone.
        let known = |offered: Option<String>| {
            let signed = Signed { pinned: true, offered, ..Signed::default() };
            down.with(settings("note"), Some(define("note", "Notes.")), signed).unwrap()
        };
        let as_accepted = known(Some(define("note", "Notes.").hash()));
        let tool = as_accepted.get("crm.note").unwrap();
        assert!(as_accepted.offers_instead("crm.note").is_none());
        assert!(!as_accepted.can_run(tool), "whatever runs waits for its server");
        assert_eq!(as_accepted.unasked().into_iter().collect::<Vec<_>>(), ["crm"]);
        assert!(as_accepted.seen("crm", vec![define("note", "Notes.")]).can_run(tool));
        // What it was noted to offer last is not forgotten because it does not answer.
        let noted = known(Some("8".repeat(64)));
        assert_eq!(noted.offers_instead("crm.note"), Some(&Offer::Noted("8".repeat(64))));
        assert_eq!(known(None).offers_instead("crm.note"), Some(&Offer::Gone));
        let known = noted;
        assert_eq!(
            known.seen("crm", vec![define("note", "Two.")]).offers_instead("crm.note"),
            Some(&Offer::Changed(define("note", "Two.")))
        );
    }

    #[test]
    fn one_definition_may_be_written_in_several_ways() {
        let mut accepted = define("note", "Notes.");
        accepted.input_schema = json!({"type": "object", "properties": {"n": {"maximum": 1}}});
        let mut offered = accepted.clone();
        offered.input_schema = json!({"type": "object", "properties": {"n": {"maximum": 1.0}}});
        let toolbox = Toolbox::pin(vec![accepted], vec![settings("note")]);
        let seen = toolbox.seen("crm", vec![offered]);
        assert!(seen.is_as(&toolbox) && seen.offers_instead("crm.note").is_none());
    }
}
