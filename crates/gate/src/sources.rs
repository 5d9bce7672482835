//! Where an argument came from, held against the log. What an agent says of its own sources is a claim like any other:
//! only what stands in the customer's words, in a record that was read, or among the facts, is called found there.

use crate::card::{CardSource, CardWords};
use crate::draw::Sealed;
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
/// The most values of one result that are looked at.
const MOST_VALUES: usize = 20_000;

/// What an earlier action of the same conversation brought, as its agent could read it.
pub(crate) struct Earlier {
    pub(crate) action: ActionId,
    pub(crate) tool: String,
    pub(crate) result: Value,
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
            Provenance::Record { action, path, what } => {
                let read = self.earlier.iter().find(|earlier| earlier.action == *action)?;
                let there = read.result.pointer(path) == Some(value);
                there.then(|| CardSource::Record { what: hidden::boxed(what) })
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
        let earlier = self.earlier.iter().rev();
        let in_a_record = earlier.filter_map(|read| place(&read.result, value).map(|path| (&read.tool, path))).next();
        if let Some((tool, path)) = in_a_record {
            return Some(CardSource::Record { what: hidden::boxed(&format!("{tool}, {path}")) });
        }
        let named = self.tool.settings.evidence.iter().flat_map(|evidence| &evidence.facts);
        let read = |name: &str| self.sealed.last.facts.as_ref().and_then(|facts| facts.get(name));
        let fact = named.into_iter().find(|fact| read(&fact.name).map(|Fact { value, .. }| value) == Some(value))?;
        Some(CardSource::Record { what: fact.label.clone() })
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
                Some(CardSource::WorkedOut { what: hidden::boxed(what) })
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
                    minor.as_u64().map_or_else(Vec::new, |minor| amounts(minor, currency.exponent()))
                }
                (Value::String(text), _) => vec![folded(text)],
                (other, _) => vec![other.to_string()],
            });
        });
        forms
    }
}

/// An amount in minor units as people write it: 12900 is 129, 129.00 and 129,00.
fn amounts(minor: u64, exponent: u32) -> Vec<String> {
    let unit = 10_u64.pow(exponent);
    let (whole, part) = (minor / unit, minor % unit);
    if exponent == 0 {
        return vec![whole.to_string()];
    }
    let width = exponent as usize;
    let mut forms = vec![format!("{whole}.{part:0width$}"), format!("{whole},{part:0width$}")];
    if part == 0 {
        forms.push(whole.to_string());
    }
    forms
}

fn scalars(value: &Value, each: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| scalars(item, each)),
        Value::Object(fields) => fields.values().for_each(|field| scalars(field, each)),
        scalar => each(scalar),
    }
}

/// Whether finding the value somewhere says that it came from there: no flag, no digit, no letter.
fn is_telling(value: &Value) -> bool {
    let (mut some, mut all) = (false, true);
    scalars(value, &mut |scalar| {
        some = true;
        all &= match scalar {
            Value::String(text) => text.trim().chars().count() > 1,
            Value::Number(number) => number.as_i64().is_none_or(|n| n.abs() > 9),
            _ => false,
        };
    });
    some && all
}

fn stand_in(text: &str, forms: &[Vec<String>]) -> bool {
    let text = folded(text);
    !forms.is_empty() && forms.iter().all(|forms| forms.iter().any(|form| stands_in(&text, form)))
}

/// Whether a form stands in a text as words of its own: 104 is not in 1042, nor 129 in 129.50.
fn stands_in(text: &str, form: &str) -> bool {
    if form.is_empty() {
        return false;
    }
    text.match_indices(form).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.get(form.len()..).unwrap_or_default();
        let begins = !goes_on(before.chars().rev(), form.chars().next());
        begins && !goes_on(after.chars(), form.chars().next_back())
    })
}

/// Whether what stands beside a form, seen from its edge outwards, belongs to the same word or number.
fn goes_on(mut beside: impl Iterator<Item = char>, edge: Option<char>) -> bool {
    if edge.is_none_or(|edge| !edge.is_alphanumeric()) {
        return false;
    }
    match beside.next() {
        Some('.' | ',') if edge.is_some_and(|edge| edge.is_ascii_digit()) => {
            beside.next().is_some_and(|next| next.is_ascii_digit())
        }
        next => next.is_some_and(char::is_alphanumeric),
    }
}

/// Small letters, single spaces.
fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where a value stands in a result, for people: `lines 1 total_minor`.
fn place(result: &Value, value: &Value) -> Option<String> {
    let mut left = MOST_VALUES;
    let mut waiting = vec![(String::new(), result)];
    while let Some((path, at)) = waiting.pop() {
        left = left.checked_sub(1)?;
        if at == value {
            return Some(if path.is_empty() { "its answer".to_owned() } else { path });
        }
        let below = |name: String| if path.is_empty() { name } else { format!("{path} {name}") };
        match at {
            // The last one in is looked at first.
            Value::Array(items) => {
                waiting.extend(items.iter().enumerate().rev().map(|(n, item)| (below((n + 1).to_string()), item)));
            }
            Value::Object(fields) => {
                waiting.extend(fields.iter().rev().map(|(name, field)| (below(name.clone()), field)));
            }
            _ => {}
        }
    }
    None
}

impl Gate {
    /// The results of the same conversation that were there before an action was proposed: those that its agent names,
    /// and the newest besides.
    pub(crate) async fn earlier(
        &self,
        record: &ActionRecord,
        conversation: &[OpenedEvent],
        sealed: &Sealed,
    ) -> Vec<Earlier> {
        let proposal = record.action.proposal;
        let before = conversation.iter().filter(|event| event.stored.envelope.position < proposal);
        let proposed = before.filter_map(|event| match event.event() {
            Ok(ConversationEvent::Proposed { action, .. }) => Some(action),
            _ => None,
        });
        let proposed: Vec<ActionId> = proposed.collect();
        let named = |id: &ActionId| {
            sealed.provenance.values().any(|from| matches!(from, Provenance::Record { action, .. } if action == id))
        };
        let newest = proposed.len().saturating_sub(MOST_SEARCHED);
        let wanted = proposed.iter().enumerate().filter(|(nth, id)| *nth >= newest || named(id));
        let mut earlier = Vec::new();
        for (_, id) in wanted {
            // What cannot be read is no source.
            let Ok(read) = self.records.action(id).await else { continue };
            earlier.extend(brought(&read, proposal));
        }
        earlier
    }
}

/// What an action brought before that position, unless it was kept from its agent.
fn brought(read: &ActionRecord, proposal: u64) -> Option<Earlier> {
    let outcome = read.events.iter().find(|opened| {
        let succeeded = matches!(opened.event(), Ok(ActionEvent::Succeeded { .. }));
        succeeded && opened.stored.envelope.position < proposal
    })?;
    if outcome.field("withheld").is_some() {
        return None;
    }
    let result = outcome.field("result")?.clone();
    Some(Earlier { action: read.action.proposed.action.clone(), tool: read.action.proposed.tool.clone(), result })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_in_a_text_only_as_a_word_or_number_of_its_own() {
        for (text, form) in
            [("order 1042, please", "1042"), ("€129 back", "129"), ("I paid 129.", "129"), ("a-17b", "17b")]
        {
            assert!(stands_in(text, form), "{form} stands in {text}");
        }
        for (text, form) in [
            ("order 10420", "1042"),
            ("129.50 euros", "129"),
            ("1,129 euros", "129"),
            ("undamaged", "damaged"),
            ("x", ""),
        ] {
            assert!(!stands_in(text, form), "{form} does not stand in {text}");
        }
    }

    #[test]
    fn an_amount_is_found_as_people_write_it() {
        assert_eq!(amounts(12_900, 2), ["129.00", "129,00", "129"]);
        assert_eq!(amounts(12_950, 2), ["129.50", "129,50"]);
        assert_eq!(amounts(500, 0), ["500"]);
    }

    #[test]
    fn what_may_stand_anywhere_by_chance_tells_nothing() {
        for value in
            [serde_json::json!(true), serde_json::json!(1), serde_json::json!("x"), Value::Null, serde_json::json!([])]
        {
            assert!(!is_telling(&value), "{value}");
        }
        assert!(is_telling(&serde_json::json!(["1042", 25])));
    }

    #[test]
    fn a_place_is_named_by_its_way_from_the_top_and_a_huge_result_is_given_up() {
        let result = serde_json::json!({"id": "C-1", "lines": [{"total_minor": 900}, {"total_minor": 12_900}]});
        assert_eq!(place(&result, &serde_json::json!(12_900)).as_deref(), Some("lines 2 total_minor"));
        assert_eq!(place(&result, &serde_json::json!(7)), None);
        let huge = serde_json::json!([vec![0; MOST_VALUES], 7]);
        assert_eq!(place(&huge, &serde_json::json!(7)), None);
    }
}
