//! Tools that a person uses who has the word.

use super::queue::{ActionState, DecisionView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The answer to `tool_forms`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ToolFormsView {
    /// Those that a person may ask for, reads first, then by name.
    pub tools: Vec<ToolForm>,
}

/// A tool, and what one writes to ask for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ToolForm {
    /// `server.tool`.
    pub tool: String,
    /// Its title for people.
    pub title: String,
    /// What its server says that it does.
    pub description: Option<String>,
    /// `read`, `reversible` or `irreversible`.
    #[ts(type = "\"read\" | \"reversible\" | \"irreversible\"")]
    pub effect: String,
    /// Its JSON schema without hidden arguments.
    #[ts(type = "unknown")]
    pub schema: Value,
    /// Which arguments are an amount in minor units and its currency.
    pub money: Option<MoneyArguments>,
    /// What the conversation tells already, by argument: whom and what it is about.
    #[ts(type = "Record<string, unknown>")]
    pub known: Value,
}

/// The arguments that are money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct MoneyArguments {
    /// The amount, in minor units.
    pub amount_minor: String,
    /// The currency.
    pub currency: String,
}

/// The answer to `outcome`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct OutcomeView {
    /// Where it stands.
    pub state: ActionState,
    /// The same in one sentence; absent while it waits.
    pub outcome: Option<String>,
    /// The rules that hold or deny it, in plain words.
    pub reasons: Vec<String>,
    /// What a person decided.
    pub decision: Option<DecisionView>,
    /// What the tool answered, value by value.
    pub result: Vec<ResultLine>,
    /// Whether there are more values than these.
    pub cut: bool,
    /// Whether there is an answer that is kept back: it is about somebody else than the customer.
    pub withheld: bool,
}

/// One value of a tool's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ResultLine {
    /// Its place, for people, such as "customer, name" or "lines 2, sku".
    pub name: String,
    /// The value for people.
    pub value: String,
}
