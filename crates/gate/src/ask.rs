//! A tool call that a person asks for who has the word: an action like an agent's, through the same rules. What is held is
//! for somebody else to decide.

use crate::arguments;
use crate::draw::{self, Sealed};
use crate::error::GateError;
use crate::gate::Gate;
use crate::propose::{Requester, Wanted};
use crate::records::OpenedEvent;
use crate::report::ActionReport;
use crate::tools::PinnedTool;
use countersign_domain::action::ActionError;
use countersign_domain::authority::Command;
use countersign_domain::conversation::{Assurance, ConversationEvent};
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::masking::mask_card_numbers;
use countersign_domain::strict;
use countersign_domain::tool::Subject;
use countersign_event_log::envelope::Actor;
use countersign_event_log::receipt::Receipt;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The longest account that a person gives of why they ask, in characters.
pub const LONGEST_WHY_CHARS: usize = 500;

/// The most times that a wish is put forward again because something else was first.
const MOST_LOOKS: usize = 16;
const ASKED_OTHERWISE: &str = "This was stored before, as it was written then: see the transcript. Nothing more was asked for; ask again if \
                               you want both.";

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The conversation that they have.
    pub conversation: ConversationId,
    /// Who asks.
    pub by: PersonId,
    /// `server.tool`.
    pub tool: String,
    /// The arguments as JSON text: parsed once, strictly, by the gate.
    pub arguments: String,
    /// Why, for whoever decides on it; may be empty.
    pub why: String,
    /// The desk's own id of it; the same one again is the same proposal.
    pub client: String,
}

impl Gate {
    /// Takes a person's proposal. Allowed: returns once the outcome is stored. Held or denied: returns at once. A message
    /// that comes meanwhile does not keep it back.
    pub async fn ask(self: &Arc<Self>, ask: Ask) -> Result<ActionReport, GateError> {
        let why = ask.why.trim();
        let long = why.chars().count();
        if long > LONGEST_WHY_CHARS {
            let message = format!("{long} characters; at most {LONGEST_WHY_CHARS} are kept.");
            return Err(GateError::Override(vec![("why".to_owned(), message)]));
        }
        for _ in 0..MOST_LOOKS {
            let (_, guard) = self.allowed(&ask.by, Command::UseTool).await?;
            let (conversation, events) = self.records.conversation(&ask.conversation).await?;
            conversation.must_be_live()?;
            let client = self.records.pseudonym(&ask.conversation, &format!("tool {}", ask.client)).await?;
            if let Some(action) = asked_before(&events, &client) {
                let known = self.report(&action).await?;
                let same = strict::parse(&ask.arguments).ok();
                let proposed = self.records.action(&action).await?;
                let before = proposed.events.first().and_then(|event| event.field("arguments"));
                return match known.tool == ask.tool && before == same.as_ref() {
                    true => Ok(known),
                    false => Err(GateError::Override(vec![("client".to_owned(), ASKED_OTHERWISE.to_owned())])),
                };
            }
            conversation.must_be_theirs(&ask.by)?;
            let wanted = Wanted {
                conversation: ask.conversation.clone(),
                seen: conversation.version,
                requester: Requester::Person { by: ask.by.clone(), client, guard },
                tool: ask.tool.clone(),
                arguments: ask.arguments.clone(),
                claim: (!why.is_empty()).then(|| mask_card_numbers(why).text),
                provenance: BTreeMap::new(),
            };
            match self.put_forward(wanted, &conversation).await {
                // The customer wrote, somebody took the word, or a verdict met something that moved: look again.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
        Err(GateError::Moved)
    }

    /// Takes back what this person had asked for and that has not started.
    pub async fn take_back(&self, id: &ActionId, by: &PersonId) -> Result<Receipt, GateError> {
        loop {
            let (_, guard) = self.here(by).await?;
            let action = self.records.action_state(id).await?;
            if action.proposed.by.as_ref() != Some(by) {
                return Err(GateError::NotAllowed("only whoever asked for it takes it back"));
            }
            if !action.phase.has_not_started() {
                return Err(ActionError::WrongPhase { phase: action.phase, needs: "one that has not started" }.into());
            }
            match self.withdraw(&action, &Actor::Person(by.to_string()), "requester", vec![guard]).await {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    /// The tools that a person may ask for: all that have settings, but those that settle others' outcomes. Beside each what
    /// the conversation tells already of whom and what it would be about.
    pub async fn tools_to_ask_for(&self, id: &ConversationId) -> Result<Vec<(PinnedTool, Value)>, GateError> {
        let told = self.told(id).await?;
        let toolbox = self.toolbox();
        let probe =
            |tool: &PinnedTool| Some(format!("{}.{}", tool.definition.server, tool.settings.probe.as_ref()?.tool));
        let probes: BTreeSet<String> = toolbox.all().filter_map(probe).collect();
        let asked = toolbox.all().filter(|tool| !probes.contains(&tool.definition.full_name()));
        let of = |tool: &PinnedTool| {
            let names = arguments::fixed(tool).into_iter().chain(tool.settings.proof.iter().map(String::as_str));
            names.filter_map(|name| Some((name.to_owned(), told.get(name)?.clone()))).collect()
        };
        Ok(asked.map(|tool| (tool.clone(), Value::Object(of(tool)))).collect())
    }

    /// What was given or answered under each name last in this conversation, and who its customer is by the argument's own name.
    async fn told(&self, id: &ConversationId) -> Result<Map<String, Value>, GateError> {
        let (conversation, events) = self.records.conversation(id).await?;
        let mut told = Map::new();
        for (action, _) in &conversation.actions {
            let record = self.records.action(action).await?;
            if let Ok(Sealed { arguments: Value::Object(arguments), .. }) = draw::gather(&record) {
                told.extend(arguments);
            }
            let answered = record.events.iter().rev().find_map(|opened| opened.field("result")?.as_object().cloned());
            let plain = |value: &Value| value.is_string() || value.is_number();
            told.extend(answered.into_iter().flatten().filter(|(_, value)| plain(value)));
        }
        let subject =
            events.iter().rev().find_map(|opened| opened.text("subject")).filter(|subject| !subject.is_empty());
        if let Some(subject) = subject.filter(|_| conversation.assurance() == Assurance::Verified) {
            for tool in self.toolbox().all() {
                if let Some(Subject::Argument(name)) = &tool.settings.subject {
                    told.insert(name.clone(), json!(subject));
                }
            }
        }
        Ok(told)
    }
}

/// What was proposed with this desk's id.
fn asked_before(events: &[OpenedEvent], client: &str) -> Option<ActionId> {
    events.iter().find_map(|opened| match opened.event() {
        Ok(ConversationEvent::Proposed { action, client: Some(known), .. }) if known == client => Some(action),
        _ => None,
    })
}
