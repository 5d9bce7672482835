//! Where an argument came from, held against the log. What an agent says of its own sources is a claim like any other:
//! only what stands in the customer's words, in a record that was read, or among the facts, is called found there.

mod place;
mod words;

use self::place::{place, steps};
use self::words::{amounts, folded, is_telling, scalars, stand_in};
use crate::card::{CardSource, CardWords};
use crate::draw::{self, Sealed};
use crate::error::GateError;
use crate::evidence::Fact;
use crate::gate::Gate;
use crate::proposal::Provenance;
use crate::records::{ActionRecord, OpenedEvent};
use crate::tools::PinnedTool;
use countersign_domain::action::ActionEvent;
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::hidden;
use countersign_domain::ids::ActionId;
use countersign_domain::money::Currency;
use serde_json::Value;

/// The most results of the conversation that are searched besides those that the agent names: the newest.
const MOST_SEARCHED: usize = 8;
/// The most values that are looked at for one argument, over all results.
const MOST_VALUES: usize = 20_000;
/// The longest label of a source, in characters.
const LONGEST_LABEL_CHARS: usize = 120;

/// What an earlier action of the same conversation brought, as its agent could read it.
pub(crate) struct Earlier {
    action: ActionId,
    /// What the tool is called for people.
    title: String,
    /// What was sent to it: a record that repeats that is no source of it.
    sent: Value,
    result: Value,
}

impl Earlier {
    /// Whether a value was brought by the agent itself and only came back.
    fn repeats(&self, value: &Value) -> bool {
        place(&self.sent, value, &mut { MOST_VALUES }).is_some()
    }

    /// What was read, and where in it: "Find order: lines 1 total minor".
    fn label(&self, steps: Vec<String>) -> String {
        short(&format!("{}: {}", self.title, steps.join(" ").replace('_', " ")))
    }
}

/// Everything that an argument may come from.
pub(crate) struct Sources<'a> {
    /// All of the customer's words, for what the agent names.
    pub(crate) said: &'a [CardWords],
    /// The words that the card quotes, for what it does not name.
    pub(crate) quoted: &'a [CardWords],
    pub(crate) earlier: &'a [Earlier],
    pub(crate) tool: &'a PinnedTool,
    pub(crate) sealed: &'a Sealed,
}

impl Sources<'_> {
    /// Where an agent's argument came from.
    pub(crate) fn of(&self, name: &str, value: &Value) -> CardSource {
        let forms = self.forms(name, value);
        let declared = self.sealed.provenance.get(name);
        self.as_declared(value, &forms, declared)
            .or_else(|| self.found(value, &forms))
            .or_else(|| self.read_into(declared))
            .unwrap_or(CardSource::Agent)
    }

    /// The source that the agent names, where the value is really there.
    fn as_declared(&self, value: &Value, forms: &[Vec<String>], declared: Option<&Provenance>) -> Option<CardSource> {
        match declared? {
            Provenance::Customer { message } => {
                let words = self.said.iter().find(|words| words.message == *message)?;
                stand_in(&words.text, forms).then_some(CardSource::Customer { message: words.message, at: words.at })
            }
            Provenance::Record { action, path, .. } => {
                let read = self.earlier.iter().find(|earlier| earlier.action == *action)?;
                let there = read.result.pointer(path) == Some(value) && !read.repeats(value);
                // What the agent calls it is its own word: the card says what was read, and where it stands there.
                there.then(|| CardSource::Record { what: read.label(steps(&read.result, path)) })
            }
        }
    }

    /// Where the value is, whatever the agent says. What may stand anywhere by chance is looked for nowhere.
    fn found(&self, value: &Value, forms: &[Vec<String>]) -> Option<CardSource> {
        if !is_telling(value) {
            return None;
        }
        if let Some(words) = self.quoted.iter().rev().find(|words| stand_in(&words.text, forms)) {
            return Some(CardSource::Customer { message: words.message, at: words.at });
        }
        let earlier = self.earlier.iter().rev().filter(|read| !read.repeats(value));
        let mut left = MOST_VALUES;
        let in_a_record = earlier.filter_map(|read| Some(read.label(place(&read.result, value, &mut left)?))).next();
        if let Some(what) = in_a_record {
            return Some(CardSource::Record { what });
        }
        let named = self.tool.settings.evidence.iter().flat_map(|evidence| &evidence.facts);
        let read = |name: &str| self.sealed.last.facts.as_ref().and_then(|facts| facts.get(name));
        let fact = named.into_iter().find(|fact| read(&fact.name).map(|Fact { value, .. }| value) == Some(value))?;
        Some(CardSource::Record { what: short(&fact.label) })
    }

    /// The source that the agent names, which does not hold the value itself.
    fn read_into(&self, declared: Option<&Provenance>) -> Option<CardSource> {
        match declared? {
            Provenance::Customer { message } => {
                let words = self.said.iter().find(|words| words.message == *message)?;
                Some(CardSource::Understood { message: words.message, at: words.at })
            }
            Provenance::Record { action, what, .. } => {
                self.earlier.iter().find(|earlier| earlier.action == *action)?;
                Some(CardSource::WorkedOut { what: short(what) })
            }
        }
    }

    /// How each scalar of a value may be written; one of the forms of each must stand there.
    fn forms(&self, name: &str, value: &Value) -> Vec<Vec<String>> {
        let money = self.tool.settings.money.as_ref().filter(|money| money.amount_minor == name);
        let currency = money.and_then(|money| self.sealed.arguments.get(&money.currency)?.as_str());
        let currency = currency.and_then(|code| Currency::try_from(code.to_owned()).ok());
        let mut forms = Vec::new();
        scalars(value, &mut |scalar| {
            forms.push(match (scalar, &currency) {
                (Value::Number(minor), Some(currency)) => {
                    minor.as_i64().filter(|minor| *minor >= 0).map_or_else(Vec::new, |minor| amounts(minor, currency))
                }
                (Value::String(text), _) => vec![folded(text)],
                (other, _) => vec![other.to_string()],
            });
        });
        forms
    }
}

/// A label of a card, which has to have room for many.
fn short(label: &str) -> String {
    let cut = label.char_indices().nth(LONGEST_LABEL_CHARS).and_then(|(at, _)| label.get(..at));
    hidden::boxed(&cut.map_or_else(|| label.to_owned(), |cut| format!("{cut}…")))
}

impl Gate {
    /// The results of the same conversation that were there before an action was proposed: those that its agent names,
    /// and the newest besides.
    pub(crate) async fn earlier(
        &self,
        record: &ActionRecord,
        conversation: &[OpenedEvent],
        sealed: &Sealed,
    ) -> Result<Vec<Earlier>, GateError> {
        let proposal = record.action.proposal;
        let before = conversation.iter().filter(|event| event.stored.envelope.position < proposal);
        let proposed = before.filter_map(|event| match event.event() {
            Ok(ConversationEvent::Proposed { action, .. }) => Some(action),
            _ => None,
        });
        let proposed: Vec<ActionId> = proposed.collect();
        let named = |id: &ActionId| {
            let of_arguments = sealed.provenance.iter().filter(|(name, _)| sealed.arguments.get(name).is_some());
            of_arguments.into_iter().any(|(_, from)| matches!(from, Provenance::Record { action, .. } if action == id))
        };
        let (before, newest) = proposed.split_at(proposed.len().saturating_sub(MOST_SEARCHED));
        let mut earlier = Vec::new();
        for id in before.iter().filter(|id| named(id)).take(MOST_SEARCHED).chain(newest) {
            let read = self.records.action(id).await?;
            let tool = &read.action.proposed.tool;
            let title = self.pinned(tool).map_or_else(|_| tool.clone(), |tool| tool.title());
            let sent = draw::gather(&read).map_or(Value::Null, |sealed| sealed.arguments);
            earlier.extend(brought(&read, proposal).map(|result| Earlier { action: id.clone(), title, sent, result }));
        }
        Ok(earlier)
    }
}

/// What an action brought before that position, unless it was kept from its agent.
fn brought(read: &ActionRecord, proposal: u64) -> Option<Value> {
    let outcome = read.events.iter().find(|opened| {
        let succeeded = matches!(opened.event(), Ok(ActionEvent::Succeeded { .. }));
        succeeded && opened.stored.envelope.position < proposal
    })?;
    if outcome.field("withheld").is_some() {
        return None;
    }
    outcome.field("result").cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_short_however_long_the_names_in_a_result_are() {
        assert_eq!(short(&"k".repeat(100_000)).chars().count(), LONGEST_LABEL_CHARS + 1);
        assert_eq!(short("Order total"), "Order total");
    }
}
