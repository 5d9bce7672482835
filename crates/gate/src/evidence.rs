//! Evidence: reads that a tool's settings name, for people and policy, never for the agent.

use crate::error::GateError;
use crate::permit::{CallLimits, EvidencePermit};
use crate::tools::{PinnedTool, ToolServers, Toolbox};
use countersign_domain::action::{ActionBytes, Evidence};
use countersign_domain::money::{Currency, Money};
use countersign_domain::time::Timestamp;
use countersign_domain::tool::{EffectClass, EvidenceRead};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// A reading this old or younger is not made again when nobody waited in between, in milliseconds.
pub(crate) const FRESH_MS: i64 = 5_000;

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
            (None, Value::String(text)) => crate::arguments::boxed(text),
            (None, Value::Null) => "none".to_owned(),
            (None, other) => other.to_string(),
        }
    }
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
    let Some(wanted) = arguments_for(named, arguments) else { return failed("missing_fact") };
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
            Some(facts) => Ok(Reading { state: Evidence::Read { at: now() }, facts: Some(facts) }),
            None => failed("missing_fact"),
        },
    }
}

fn arguments_for(named: &EvidenceRead, arguments: &Value) -> Option<Value> {
    let mut wanted = Map::new();
    for (name, from) in &named.arguments {
        wanted.insert(name.clone(), arguments.get(from)?.clone());
    }
    Some(Value::Object(wanted))
}

fn facts(named: &EvidenceRead, result: &Value) -> Option<BTreeMap<String, Fact>> {
    named
        .facts
        .iter()
        .map(|fact| {
            let value = result.pointer(&fact.path)?;
            if value.is_object() || value.is_array() {
                return None;
            }
            let currency = match &fact.currency {
                Some(path) => Some(result.pointer(path)?.as_str()?.to_owned()),
                None => None,
            };
            Some((fact.name.clone(), Fact { value: value.clone(), currency }))
        })
        .collect()
}
