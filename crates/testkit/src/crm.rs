//! The tools of a CRM like the sample shop's, as its server would describe them.

use countersign_domain::tool::ToolDefinition;
use serde_json::{Value, json};

/// The tools that the sample shop's settings name, of the server `crm`.
pub fn crm_definitions() -> Vec<ToolDefinition> {
    let define = |name: &str, properties: Value, required: Value| ToolDefinition {
        server: "crm".into(),
        name: name.into(),
        title: None,
        description: None,
        input_schema: json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false
        }),
    };
    let text = || json!({"type": "string"});
    vec![
        define("find_order", json!({"order_number": text(), "postcode": text()}), json!(["order_number", "postcode"])),
        define("get_order", json!({"order_number": text()}), json!(["order_number"])),
        define("list_orders", json!({"customer_id": text()}), json!(["customer_id"])),
        define("get_customer", json!({"customer_id": text()}), json!(["customer_id"])),
        define("add_note", json!({"order_number": text(), "text": text()}), json!(["order_number", "text"])),
        define("probe_refund", json!({"idempotency_key": text()}), json!(["idempotency_key"])),
        define(
            "issue_refund",
            json!({
                "order_number": text(),
                "amount_minor": {"type": "integer", "minimum": 1, "title": "Amount"},
                "currency": {"type": "string", "title": "Currency"},
                "reason": {
                    "type": "string",
                    "enum": ["damaged", "late", "not_as_described", "changed_mind", "goodwill"],
                    "title": "Reason",
                },
                "idempotency_key": text(),
            }),
            json!(["order_number", "amount_minor", "currency", "reason"]),
        ),
    ]
}
