//! Where an argument came from, held against the log. What an agent says of its own sources is a claim like any other:
//! only what stands in the customer's words, in a record that was read, or among the facts, is called found there.

use crate::card::{CardSource, CardWords};
use crate::draw::Sealed;
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
use countersign_domain::money::{Currency, Money};
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
    result: Value,
}

impl Earlier {
    /// What was read, and where in it: "Find order: lines 1 total minor".
    fn label(&self, steps: impl IntoIterator<Item = String>) -> String {
        let way = steps.into_iter().map(|step| step.replace('_', " ")).collect::<Vec<_>>().join(" ");
        short(&format!("{}: {way}", self.title))
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
                let there = read.result.pointer(path) == Some(value);
                // What the agent calls it is its own word: the card says what was read, and where it stands there.
                let steps = path.split('/').skip(1).map(str::to_owned);
                there.then(|| CardSource::Record { what: read.label(steps) })
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

/// An amount as people write it: 129.00 and 129,00; and 129 with its currency beside it, for a bare number may be an order's.
fn amounts(minor: i64, currency: &Currency) -> Vec<String> {
    let shown = Money { minor, currency: currency.clone() }.to_string();
    let number: String = shown.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let symbol = folded(&shown.replace(&number, ""));
    let names: &[&str] = match currency.as_str() {
        "EUR" => &["euro", "euros"],
        "GBP" => &["pound", "pounds"],
        "USD" => &["dollar", "dollars"],
        _ => &[],
    };
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    let mut forms = match part {
        "" => Vec::new(),
        part => vec![format!("{whole}.{part}"), format!("{whole},{part}")],
    };
    if part.bytes().all(|digit| digit == b'0') {
        for beside in names.iter().copied().chain([symbol.as_str(), &currency.as_str().to_lowercase()]) {
            forms.extend([format!("{beside}{whole}"), format!("{beside} {whole}")]);
            forms.extend([format!("{whole}{beside}"), format!("{whole} {beside}")]);
        }
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
    // Thousands are written in groups of three, also with a space between them.
    let leads = form.bytes().take_while(u8::is_ascii_digit).count() == 3;
    text.match_indices(form).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.get(form.len()..).unwrap_or_default();
        let belongs_before = goes_on(before.chars().rev(), form.chars().next()) || leads && ends_in_a_group(before);
        let belongs_after = goes_on(after.chars(), form.chars().next_back()) || begins_a_group(after);
        !belongs_before && !belongs_after
    })
}

/// Whether what stands beside a form, seen from its edge outwards, belongs to the same word, number or name: erring means
/// that a source is not called found.
fn goes_on(mut beside: impl Iterator<Item = char>, edge: Option<char>) -> bool {
    if edge.is_none_or(|edge| !edge.is_alphanumeric()) {
        return false;
    }
    let is_digit = edge.is_some_and(|edge| edge.is_ascii_digit());
    match beside.next() {
        Some('%') => is_digit,
        Some('.' | ',' | '-' | '_' | '@' | '/' | '+' | '\'' | '’') => {
            beside.next().is_some_and(char::is_alphanumeric)
        }
        Some(' ') => is_digit && beside.next() == Some('%'),
        next => next.is_some_and(char::is_alphanumeric),
    }
}

fn ends_in_a_group(before: &str) -> bool {
    before.strip_suffix(' ').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
}

fn begins_a_group(after: &str) -> bool {
    let digits = after.strip_prefix(' ').map(|after| after.bytes().take_while(u8::is_ascii_digit).count());
    digits == Some(3)
}

/// Small letters, single spaces.
fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A label of a card, which has to have room for many.
fn short(label: &str) -> String {
    let cut = label.char_indices().nth(LONGEST_LABEL_CHARS).and_then(|(at, _)| label.get(..at));
    hidden::boxed(&cut.map_or_else(|| label.to_owned(), |cut| format!("{cut}…")))
}

/// The way to a value in a result, as far as there is something left to look at.
fn place(result: &Value, value: &Value, left: &mut usize) -> Option<Vec<String>> {
    /// A value, with what it was reached from and by which step.
    struct Met<'a> {
        from: usize,
        step: Step<'a>,
        value: &'a Value,
    }
    enum Step<'a> {
        Top,
        Item(usize),
        Field(&'a str),
    }
    let mut met = vec![Met { from: 0, step: Step::Top, value: result }];
    let mut at = 0;
    while let Some(Met { value: here, .. }) = met.get(at) {
        let here = *here;
        if here == value {
            let mut way = Vec::new();
            let mut up = at;
            while let Some(Met { from, step, .. }) = met.get(up) {
                match step {
                    Step::Top => break,
                    Step::Item(n) => way.push((n + 1).to_string()),
                    Step::Field(name) => way.push((*name).to_owned()),
                }
                up = *from;
            }
            way.reverse();
            return Some(way);
        }
        let room = *left;
        let before = met.len();
        match here {
            Value::Array(items) => {
                let below = items.iter().enumerate().map(|(n, value)| Met { from: at, step: Step::Item(n), value });
                met.extend(below.take(room));
            }
            Value::Object(fields) => {
                let below = fields.iter().map(|(name, value)| Met { from: at, step: Step::Field(name), value });
                met.extend(below.take(room));
            }
            _ => {}
        }
        *left = left.saturating_sub(met.len() - before);
        at += 1;
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
            earlier.extend(brought(&read, proposal).map(|result| Earlier { action: id.clone(), title, result }));
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
    fn a_form_stands_in_a_text_only_as_a_word_number_or_name_of_its_own() {
        let there =
            [("order 1042, please", "1042"), ("I paid 129.00.", "129.00"), ("1042 46001", "1042"), ("at 5 pm", "5")];
        for (text, form) in there {
            assert!(stands_in(text, form), "{form} stands in {text}");
        }
        let not_there = [
            ("order 10420", "1042"),
            ("129.50 euros", "129"),
            ("1,129 euros", "129"),
            ("12 129.00", "129.00"),
            ("12’129.00", "129.00"),
            ("20% off", "20"),
            ("20 % off", "20"),
            ("undamaged", "damaged"),
            ("rf-1042", "1042"),
            ("not.bob@shop.com", "bob@shop.com"),
            ("bob@shop.com.evil.org", "bob@shop.com"),
            ("x", ""),
        ];
        for (text, form) in not_there {
            assert!(!stands_in(text, form), "{form} does not stand in {text}");
        }
    }

    #[test]
    fn an_amount_is_found_as_people_write_it_and_a_bare_number_is_none() {
        let currency = |code: &str| Currency::try_from(code.to_owned()).unwrap();
        let said = |text: &str, minor, code| stand_in(text, &[amounts(minor, &currency(code))]);
        for text in ["€129 back", "129 EUR", "129 euros", "129,00", "129.00 please", "129€"] {
            assert!(said(text, 12_900, "EUR"), "{text}");
        }
        for text in ["129 back", "order 129", "€129.50", "£129"] {
            assert!(!said(text, 12_900, "EUR"), "{text}");
        }
        assert!(said("£129.50", 12_950, "GBP") && said("500 JPY", 500, "JPY"));
        assert!(!said("My order 1042 is broken.", 104_200, "EUR"));
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
        let find = |result: &Value, value: i64| place(result, &serde_json::json!(value), &mut { MOST_VALUES });
        let result = serde_json::json!({"id": "C-1", "lines": [{"total_minor": 900}, {"total_minor": 12_900}]});
        assert_eq!(find(&result, 12_900).unwrap(), ["lines", "2", "total_minor"]);
        assert_eq!(find(&result, 7), None);
        let huge = serde_json::json!({"a": vec![0; 2 * MOST_VALUES], "b": {"c": 7}});
        assert_eq!(find(&huge, 7), None);
    }

    #[test]
    fn a_label_is_short_however_long_the_names_in_a_result_are() {
        assert_eq!(short(&"k".repeat(100_000)).chars().count(), LONGEST_LABEL_CHARS + 1);
        assert_eq!(short("Order total"), "Order total");
    }
}
