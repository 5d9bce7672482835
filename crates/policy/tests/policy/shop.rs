//! The sample shop's tools and the starter policies, and a request that tests change in one respect at a time.

use countersign_domain::{
    conversation::Assurance,
    money::Money,
    tool::{ToolDefinition, ToolSettings},
    verdict::Verdict,
};
use countersign_policy::{GateFacts, Policies, PolicyError, PolicyFile, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn tool(name: &str, effect: &str, schema: Value, more: Value) -> (ToolDefinition, ToolSettings) {
    let definition = ToolDefinition {
        server: "crm".into(),
        name: name.into(),
        title: None,
        description: None,
        input_schema: schema,
    };
    let mut settings =
        json!({"tool": format!("crm.{name}"), "effect": effect, "timeout_seconds": 10, "hold_seconds": 900});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (definition, serde_json::from_value(settings).unwrap())
}

fn texts(required: &[&str]) -> Value {
    let properties: BTreeMap<_, _> = required.iter().map(|name| (*name, json!({"type": "string"}))).collect();
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

/// The refund, without evidence.
pub(crate) fn refund_tool() -> (ToolDefinition, ToolSettings) {
    let schema = json!({
        "type": "object",
        "required": ["order_number", "amount_minor", "currency", "reason"],
        "properties": {
            "order_number": {"type": "string"},
            "amount_minor": {"type": "integer", "minimum": 1},
            "currency": {"type": "string"},
            "reason": {"type": "string", "enum": ["damaged", "late", "other"]},
            "note": {"type": ["string", "null"]},
            "idempotency_key": {"type": "string"}
        }
    });
    let settings = json!({
        "money": {"amount_minor": "amount_minor", "currency": "currency"},
        "key_argument": "idempotency_key"
    });
    tool("issue_refund", "irreversible", schema, settings)
}

/// The refund, with the order's total and state as evidence.
pub(crate) fn refund_tool_with_evidence() -> (ToolDefinition, ToolSettings) {
    let (definition, mut settings) = refund_tool();
    let evidence = json!({
        "tool": "crm.get_order",
        "arguments": {"order_number": "order_number"},
        "facts": [
            {"name": "total", "label": "Total", "path": "/total_minor", "currency": "/currency"},
            {"name": "state", "label": "State", "path": "/state"}
        ]
    });
    settings.evidence = Some(serde_json::from_value(evidence).unwrap());
    (definition, settings)
}

pub(crate) fn shop_tools() -> Vec<(ToolDefinition, ToolSettings)> {
    vec![
        refund_tool(),
        tool("find_order", "read", texts(&["order_number", "postcode"]), json!({})),
        tool("get_order", "read", texts(&["order_number"]), json!({})),
        tool("list_orders", "read", texts(&["customer_id"]), json!({})),
        tool("add_note", "reversible", texts(&["order_number", "text"]), json!({})),
        tool("probe_refund", "read", texts(&["key"]), json!({})),
    ]
}

pub(crate) fn starter_files() -> Vec<PolicyFile> {
    let file = |name: &str, text: &str| PolicyFile { name: name.into(), text: text.into() };
    vec![
        file("refunds.cedar", include_str!("../../../../assets/policies/refunds.cedar")),
        file("reads.cedar", include_str!("../../../../assets/policies/reads.cedar")),
        file("replies.cedar", include_str!("../../../../assets/policies/replies.cedar")),
    ]
}

pub(crate) fn starter() -> Policies {
    Policies::parse(&starter_files(), &shop_tools()).unwrap()
}

/// One file of rules for the shop's tools.
pub(crate) fn rules(text: &str) -> Result<Policies, PolicyError> {
    Policies::parse(&[PolicyFile { name: "test.cedar".into(), text: text.into() }], &shop_tools())
}

/// An action to judge, with what a test leaves as it is.
pub(crate) struct Case {
    pub(crate) tool: &'static str,
    pub(crate) agent: &'static str,
    pub(crate) arguments: Value,
    pub(crate) money: Option<Money>,
    pub(crate) channel: &'static str,
    pub(crate) assurance: Assurance,
    pub(crate) evidence: Option<BTreeMap<String, Value>>,
    pub(crate) facts: GateFacts,
}

pub(crate) fn call(tool: &'static str, arguments: Value) -> Case {
    Case {
        tool,
        agent: "mila",
        arguments,
        money: None,
        channel: "chat",
        assurance: Assurance::Anonymous,
        evidence: None,
        facts: GateFacts::default(),
    }
}

/// A refund of so many minor units.
pub(crate) fn refund(minor: i64, currency: &str) -> Case {
    let arguments = json!({"order_number": "1001", "amount_minor": minor, "currency": currency, "reason": "damaged"});
    Case {
        money: Some(Money { minor, currency: currency.to_owned().try_into().unwrap() }),
        ..call("crm.issue_refund", arguments)
    }
}

impl Case {
    pub(crate) fn verified(self) -> Self {
        Self { assurance: Assurance::Verified, ..self }
    }

    pub(crate) fn over(self, channel: &'static str) -> Self {
        Self { channel, ..self }
    }

    pub(crate) fn by(self, agent: &'static str) -> Self {
        Self { agent, ..self }
    }

    pub(crate) fn evidence(self, facts: Value) -> Self {
        Self { evidence: Some(serde_json::from_value(facts).unwrap()), ..self }
    }

    pub(crate) fn judged_by(&self, policies: &Policies) -> Verdict {
        policies.judge(&Request {
            tool: self.tool,
            agent: self.agent,
            arguments: &self.arguments,
            money: self.money.as_ref(),
            channel: self.channel,
            assurance: self.assurance,
            evidence: self.evidence.as_ref(),
            facts: self.facts.clone(),
        })
    }
}

pub(crate) fn ids(verdict: &Verdict) -> Vec<&str> {
    verdict.rules.iter().map(|rule| rule.id.as_str()).collect()
}
