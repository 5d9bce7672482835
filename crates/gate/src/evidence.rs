//! Evidence: reads that a tool's settings name, for people and policy, never for the agent.

use crate::error::GateError;
use crate::permit::{CallLimits, EvidencePermit};
use crate::tools::{PinnedTool, ToolServers, Toolbox};
use chrono::{DateTime, Utc};
use countersign_domain::action::{ActionBytes, Evidence};
use countersign_domain::hidden;
use countersign_domain::money::{Currency, Money};
use countersign_domain::time::Timestamp;
use countersign_domain::tool::{EffectClass, EvidenceRead};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// A reading younger than this is not made again when nobody waited in between, in milliseconds.
pub(crate) const FRESH_MS: i64 = 5_000;

/// The longest text that is a fact, in characters: a card has to have room for it.
const LONGEST_FACT_CHARS: usize = 1_000;

/// A fact that the settings name and the answer does not hold.
const MISSING: &str = "missing_fact";

/// One fact as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fact {
    /// The scalar.
    pub(crate) value: Value,
    /// Its currency, where it is an amount in minor units.
    pub(crate) currency: Option<String>,
}

impl Fact {
    /// The fact for people.
    pub(crate) fn shown(&self) -> String {
        let money = self.currency.clone().and_then(|c| Currency::try_from(c).ok()).zip(self.value.as_i64());
        match (money, &self.value) {
            (Some((currency, minor)), _) => Money { minor, currency }.to_string(),
            (None, Value::String(text)) => {
                moment(text).map_or_else(|| hidden::boxed(text), |at| at.format("%-d %b %Y").to_string())
            }
            (None, Value::Null) => "none".to_owned(),
            (None, other) => other.to_string(),
        }
    }

    /// This fact and the one before it for people, so exact that a difference between them can be seen.
    pub(crate) fn shown_beside(&self, before: &Self) -> (String, String) {
        let (now, was) = (self.shown(), before.shown());
        if now == was { (self.exact(), before.exact()) } else { (now, was) }
    }

    fn exact(&self) -> String {
        match &self.value {
            Value::String(text) => moment(text)
                .filter(|_| self.currency.is_none())
                .map_or_else(|| hidden::boxed(text), |at| at.format("%-d %b %Y, %H:%M:%S%.f UTC").to_string()),
            _ => self.shown(),
        }
    }
}

/// The moment that a text says in the spelling of RFC 3339, such as "2026-11-12T13:40:00.000Z".
fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// What reading evidence gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// How it went.
    pub(crate) state: Evidence,
    /// The facts by name, if it went well.
    pub(crate) facts: Option<BTreeMap<String, Fact>>,
}

impl Reading {
    /// Where the settings name no evidence.
    pub(crate) fn none() -> Self {
        Self { state: Evidence::None, facts: None }
    }

    /// From the sealed field of an event.
    pub(crate) fn stored(state: Evidence, field: Option<&Value>) -> Self {
        let facts = field.and_then(|value| serde_json::from_value(value.clone()).ok());
        Self { state, facts }
    }

    /// The sealed field.
    pub(crate) fn field(&self) -> Value {
        countersign_domain::canonical::value_of(&self.facts)
    }

    /// The scalars, as policy sees them.
    pub(crate) fn scalars(&self) -> Option<BTreeMap<String, Value>> {
        self.facts.as_ref().map(|facts| facts.iter().map(|(n, f)| (n.clone(), f.value.clone())).collect())
    }

    /// Whether it was made less than five seconds before `now`.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        match &self.state {
            Evidence::None => true,
            Evidence::Read { at } => now.millis_since(*at) < FRESH_MS,
            Evidence::Failed { .. } => false,
        }
    }
}

/// Reads the evidence of a tool, if it names any. A failure is an answer: it holds the action, and the card says so.
pub(crate) async fn read(
    toolbox: &Toolbox,
    servers: &dyn ToolServers,
    tool: &PinnedTool,
    arguments: &Value,
    permit: EvidencePermit,
    now: impl Fn() -> Timestamp,
) -> Result<Reading, GateError> {
    let Some(named) = &tool.settings.evidence else { return Ok(Reading::none()) };
    let failed = |code: &str| Ok(Reading { state: Evidence::Failed { code: code.to_owned() }, facts: None });
    let Some(reader) = toolbox.get(&named.tool) else { return failed("unavailable") };
    if reader.settings.effect != EffectClass::Read {
        return failed("not_a_read");
    }
    let Some(wanted) = arguments_for(named, reader, arguments) else { return failed("missing_argument") };
    let bytes = ActionBytes {
        tool: named.tool.clone(),
        server: reader.definition.server.clone(),
        definition: reader.hash.clone(),
        arguments: wanted,
        salt: String::new(),
    };
    let timeout = Duration::from_secs(u64::from(reader.settings.timeout_seconds));
    let call = permit.call(&bytes, CallLimits { timeout, key_argument: None });
    match servers.call(call).await {
        Err(failure) => failed(failure.code()),
        Ok(answer) if answer.is_error => failed("tool_error"),
        Ok(answer) => match facts(named, &answer.result) {
            Ok(facts) => Ok(Reading { state: Evidence::Read { at: now() }, facts: Some(facts) }),
            Err(code) => failed(code),
        },
    }
}

/// What it is read with. An optional argument that the action leaves out is left out here as well; nothing where the read
/// needs it.
fn arguments_for(named: &EvidenceRead, reader: &PinnedTool, arguments: &Value) -> Option<Value> {
    let required = reader.definition.input_schema.get("required").and_then(Value::as_array);
    let needs = |name: &String| required.is_some_and(|all| all.iter().any(|one| one == name));
    let mut wanted = Map::new();
    for (name, from) in &named.arguments {
        match arguments.get(from) {
            Some(value) => {
                wanted.insert(name.clone(), value.clone());
            }
            None if needs(name) => return None,
            None => {}
        }
    }
    Some(Value::Object(wanted))
}

fn facts(named: &EvidenceRead, result: &Value) -> Result<BTreeMap<String, Fact>, &'static str> {
    named
        .facts
        .iter()
        .map(|fact| {
            let value = result.pointer(&fact.path).ok_or(MISSING)?;
            let too_long = value.as_str().is_some_and(|text| text.chars().count() > LONGEST_FACT_CHARS);
            if value.is_object() || value.is_array() {
                return Err("nested_fact");
            }
            if too_long {
                return Err("long_fact");
            }
            let currency = match &fact.currency {
                Some(path) => Some(result.pointer(path).and_then(Value::as_str).ok_or(MISSING)?.to_owned()),
                None => None,
            };
            Ok((fact.name.clone(), Fact { value: value.clone(), currency }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Fact;
    use serde_json::json;

    fn text(value: &str) -> Fact {
        Fact { value: json!(value), currency: None }
    }

    #[test]
    fn a_moment_is_shown_as_a_day_and_anything_else_as_it_stands() {
        assert_eq!(text("2026-11-12T13:40:00.000Z").shown(), "12 Nov 2026");
        assert_eq!(text("2026-11-02T00:30:00+02:00").shown(), "1 Nov 2026", "in UTC, as it is stored");
        for other in ["delivered", "2026-11-12", "2026-13-12T13:40:00Z", "12 Nov 2026", "1042"] {
            assert_eq!(text(other).shown(), other);
        }
        assert_eq!(text("a\u{202e}b").shown(), "a[U+202E]b");
    }

    #[test]
    fn a_change_within_a_day_is_not_hidden_by_showing_the_day() {
        let (was, now) = (text("2026-11-12T13:40:00.000Z"), text("2026-11-12T13:40:00.250Z"));
        let shown = ("12 Nov 2026, 13:40:00.250 UTC".to_owned(), "12 Nov 2026, 13:40:00 UTC".to_owned());
        assert_eq!(now.shown_beside(&was), shown);
        let (was, now) = (text("2026-11-12T13:40:00Z"), text("2026-11-13T13:40:00Z"));
        assert_eq!(now.shown_beside(&was), ("13 Nov 2026".to_owned(), "12 Nov 2026".to_owned()));
    }
}
