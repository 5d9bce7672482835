//! What a model answered, as it is sealed in the log.

use crate::dialogue::Ending;
use countersign_domain::ids::ActionId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A model's answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// What it says.
    pub text: String,
    /// The tools that it asks for, in order.
    #[serde(default)]
    pub calls: Vec<AskedCall>,
    /// What it asks of ourselves, and of no tool server.
    #[serde(default)]
    pub asides: Vec<AskedCall>,
    /// The ends of actions that it knew when it answered.
    #[serde(default)]
    pub saw: Vec<(ActionId, Ending)>,
    /// How many entries of the dialogue it had read: it knows of none behind them.
    pub read: usize,
}

/// A call of a tool that a model asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedCall {
    /// The provider's id of it.
    pub id: String,
    /// `server.tool`, or what the model made up.
    pub tool: String,
    /// The arguments, as the model gave them.
    pub arguments: Value,
}

/// The deepest that arguments are kept: what goes deeper no schema takes, and no reader of the log has to.
const DEEPEST: usize = 32;
/// The largest that arguments are kept, in bytes.
const LARGEST: usize = 16 * 1024;

impl AskedCall {
    /// The same with arguments that can be stored: others are words, which no tool takes.
    pub(super) fn bounded(self) -> Self {
        let text = self.arguments.to_string();
        if deeper_than(&self.arguments, DEEPEST) || text.len() > LARGEST {
            return Self { arguments: Value::String(text.chars().take(200).collect()), ..self };
        }
        self
    }
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return true };
    match value {
        Value::Array(values) => values.iter().any(|value| deeper_than(value, below)),
        Value::Object(values) => values.values().any(|value| deeper_than(value, below)),
        _ => false,
    }
}

impl Answer {
    /// From what is sealed; `None` if that is no answer.
    pub fn read(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }

    /// As it is sealed.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// What it says, if anything.
    pub fn spoken(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }
}
