//! The tools as published: names, honest annotations, schemas that a form can be made of, and checked arguments.

use rmcp::{model::ErrorCode, service::ServiceError};
use serde_json::{Value, json};

use crate::client::{Shop, headlamp};

#[tokio::test]
async fn the_annotations_tell_the_truth() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let tools = crm.client.list_all_tools().await.unwrap();
    let told: Vec<_> = tools
        .iter()
        .map(|tool| {
            let hints = tool.annotations.as_ref().unwrap();
            (tool.name.as_ref(), hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint)
        })
        .collect();
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(
        told,
        [
            ("find_order", yes, no, yes),
            ("get_order", yes, no, yes),
            ("list_orders", yes, no, yes),
            ("get_customer", yes, no, yes),
            ("find_customer", yes, no, yes),
            ("issue_refund", no, yes, no),
            ("probe_refund", no, no, yes),
            ("cancel_order", no, yes, no),
            ("change_address", no, yes, no),
            ("list_delivery_slots", yes, no, yes),
            ("book_delivery", no, no, no),
            ("reschedule_delivery", no, yes, no),
            ("probe_change", no, no, yes),
            ("add_note", no, no, no),
        ]
    );
}

#[tokio::test]
async fn every_argument_has_a_title_a_description_and_bounds_and_nothing_else_is_taken() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    for tool in crm.client.list_all_tools().await.unwrap() {
        let input = Value::Object(tool.input_schema.as_ref().clone());
        assert_eq!(input["additionalProperties"], false, "{}", tool.name);
        assert!(!input.to_string().contains("$ref"), "{input}");
        for (name, field) in input["properties"].as_object().unwrap() {
            let place = format!("{} of {}: {field}", name, tool.name);
            assert!(field["title"].is_string() && field["description"].is_string(), "{place}");
            assert!(field.get("default").is_none(), "{place}");
            match field["type"].as_str() {
                Some("string") => assert!(field["maxLength"].is_u64() || field["enum"].is_array(), "{place}"),
                Some("integer") => assert!(field["minimum"].is_i64() && field["maximum"].is_i64(), "{place}"),
                _ => panic!("{place}"),
            }
        }
        let output = Value::Object(tool.output_schema.unwrap().as_ref().clone());
        assert_eq!(output["type"], "object", "{output}");
        assert!(!output.to_string().contains("$ref"), "{output}");
    }
}

#[tokio::test]
async fn the_refund_schema_is_what_operators_see() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let tools = crm.client.list_all_tools().await.unwrap();
    let refund = tools.iter().find(|tool| tool.name == "issue_refund").unwrap();
    let schema = Value::Object(refund.input_schema.as_ref().clone());
    assert_eq!(schema["required"], json!(["order_number", "amount_minor", "currency", "reason"]));
    assert_eq!(schema["properties"]["amount_minor"]["minimum"], 1);
    assert_eq!(schema["properties"]["amount_minor"]["maximum"], 100_000_000);
    assert_eq!(schema["properties"]["currency"]["enum"], json!(["EUR", "GBP", "SEK", "USD"]));
    assert_eq!(
        schema["properties"]["reason"]["enum"],
        json!(["damaged", "late", "not_as_described", "changed_mind", "goodwill"])
    );
    assert_eq!(schema["properties"]["note"]["maxLength"], 500);
}

#[tokio::test]
async fn arguments_outside_the_schema_are_refused_in_words_and_nothing_happens() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let bad = [
        ("amount_minor", json!(0), "from 1 to"),
        ("amount_minor", json!(100_000_001), "from 1 to"),
        ("amount_minor", json!(49.5), "amount_minor"),
        ("amount_minor", json!("4900"), "amount_minor"),
        ("currency", json!("JPY"), "JPY"),
        ("reason", json!("because"), "because"),
        ("note", json!("x".repeat(501)), "note is longer than 500"),
        ("idempotency_key", json!(""), "idempotency_key is empty"),
        ("idempotency_key", json!("k".repeat(201)), "idempotency_key is longer than 200"),
        ("order_number", json!(" # "), "order_number is empty"),
        ("approved_by", json!("me"), "approved_by"),
    ];
    for (name, value, says) in bad {
        let mut arguments = headlamp("k-1");
        arguments[name] = value;
        let (code, text) = crm.refused("issue_refund", arguments).await;
        assert_eq!(code, "invalid_arguments", "{name}");
        assert!(text.contains(says) || name == "amount_minor", "{name}: {text}");
    }
    let long = json!({ "order_number": "1042", "text": "é".repeat(1001), "idempotency_key": "k-2" });
    assert_eq!(crm.refused("add_note", long).await.0, "invalid_arguments");
    crm.ask("add_note", json!({ "order_number": "1042", "text": "é".repeat(1000), "idempotency_key": "k-2" })).await;
    assert_eq!(shop.refunds().len(), 0);
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    match crm.call("list_customers", json!({})).await {
        Err(ServiceError::McpError(error)) => assert_eq!(error.code, ErrorCode::INVALID_PARAMS),
        other => panic!("{other:?}"),
    }
}
