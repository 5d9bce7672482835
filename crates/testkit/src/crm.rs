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
    let booking = |name: &str| {
        let properties = json!({"order_number": text(), "slot_id": text(), "idempotency_key": text()});
        define(name, properties, json!(["order_number", "slot_id"]))
    };
    vec![
        define("find_order", json!({"order_number": text(), "postcode": text()}), json!(["order_number", "postcode"])),
        define("get_order", json!({"order_number": text()}), json!(["order_number"])),
        define("list_orders", json!({"customer_id": text()}), json!(["customer_id"])),
        define("get_customer", json!({"customer_id": text()}), json!(["customer_id"])),
        define(
            "add_note",
            json!({"order_number": text(), "text": text(), "idempotency_key": text()}),
            json!(["order_number", "text"]),
        ),
        define("probe_change", json!({"idempotency_key": text()}), json!(["idempotency_key"])),
        define(
            "cancel_order",
            json!({
                "order_number": text(),
                "reason": {
                    "type": "string",
                    "enum": ["changed_mind", "ordered_twice", "too_late", "found_elsewhere", "other"],
                    "title": "Reason",
                },
                "idempotency_key": text(),
            }),
            json!(["order_number", "reason"]),
        ),
        define(
            "change_address",
            json!({
                "order_number": text(), "street": text(), "postcode": text(), "city": text(), "idempotency_key": text()
            }),
            json!(["order_number", "street", "postcode", "city"]),
        ),
        define(
            "list_delivery_slots",
            json!({"order_number": text(), "postcode": text()}),
            json!(["order_number", "postcode"]),
        ),
        booking("book_delivery"),
        booking("reschedule_delivery"),
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
