//! What has happened in a conversation, as far as a reply may speak of it.

use super::claims::Fact;
use crate::error::GateError;
use crate::gate::Gate;
use crate::records::OpenedEvent;
use countersign_domain::action::{ActionEvent, Phase, SettledHow};
use countersign_domain::conversation::Conversation;
use serde_json::Value;
use std::collections::BTreeSet;

/// The most actions of a conversation that are looked at: the newest. What an older one brought is not known any more.
const MOST_READ: usize = 128;
/// The most bytes that are known of what was said and read.
const MOST_KNOWN_BYTES: usize = 2 << 20;

/// What was done, read and said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Happened {
    /// The tools that succeeded.
    pub(super) done: BTreeSet<String>,
    /// What they brought and was not withheld from the agent.
    pub(super) results: Vec<Value>,
    /// The customer's messages and colleagues' replies.
    pub(super) said: Vec<String>,
}

impl Happened {
    /// Whether one of these tools succeeded.
    pub(super) fn succeeded(&self, tools: &[String]) -> bool {
        tools.iter().any(|tool| self.done.contains(tool))
    }

    /// Whether a record that was read says so.
    pub(super) fn recorded(&self, facts: &[Fact]) -> bool {
        facts.iter().any(|fact| self.results.iter().any(|record| fact.stands_in(record)))
    }

    /// Everything that was said or read, within its bound.
    pub(super) fn known(&self) -> String {
        let mut known = String::new();
        let mut add = |text: &str| {
            if known.len() + text.len() < MOST_KNOWN_BYTES {
                known.push_str(text);
                known.push('\n');
            }
        };
        self.said.iter().for_each(|text| add(text));
        self.results.iter().for_each(|result| each_text(result, &mut add));
        known
    }
}

fn each_text(value: &Value, add: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => add(text),
        Value::Number(number) => add(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, add)),
        Value::Object(fields) => fields.values().for_each(|field| each_text(field, add)),
        Value::Null | Value::Bool(_) => {}
    }
}

impl Gate {
    /// What has happened in a conversation up to now.
    pub(super) async fn happened(
        &self,
        conversation: &Conversation,
        events: &[OpenedEvent],
    ) -> Result<Happened, GateError> {
        let mut happened = Happened::default();
        for opened in events {
            if matches!(opened.stored.envelope.kind.as_str(), "conversation.received" | "conversation.answered") {
                happened.said.extend(opened.text("text").map(str::to_owned));
            }
        }
        for (id, tool) in conversation.actions.iter().rev().take(MOST_READ) {
            let record = self.records.action(id).await?;
            if !matches!(record.action.phase, Phase::Succeeded | Phase::Settled(SettledHow::Happened)) {
                continue;
            }
            happened.done.insert(tool.clone());
            for opened in &record.events {
                if matches!(opened.event(), Ok(ActionEvent::Succeeded { .. })) && opened.field("withheld").is_none() {
                    happened.results.extend(opened.field("result").cloned());
                }
            }
        }
        Ok(happened)
    }
}
