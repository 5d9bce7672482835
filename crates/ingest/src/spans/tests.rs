//! What is read of spans.

use super::*;
use countersign_domain::conversation::Speaker;
use serde_json::{Value, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn attribute(key: &str, value: &Value) -> Value {
    let value = match value {
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::String(text) => json!({ "stringValue": text }),
        other => json!({ "stringValue": other.to_string() }),
    };
    json!({ "key": key, "value": value })
}

fn span(id: u8, trace: &str, attributes: &[(&str, Value)]) -> Value {
    let attributes: Vec<Value> = attributes.iter().map(|(key, value)| attribute(key, value)).collect();
    json!({
        "traceId": trace, "spanId": format!("{id:016x}"), "name": "chat", "kind": 3,
        "startTimeUnixNano": format!("{}", 1_700_000_000_000_000_000_u64 + u64::from(id)),
        "endTimeUnixNano": "1700000001250000000", "attributes": attributes, "status": { "code": 2 },
    })
}

fn of(spans: Vec<Value>) -> Vec<Told> {
    let request = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    told(&serde_json::from_value(request).unwrap())
}

fn messages(told: &Told) -> Vec<(Speaker, String)> {
    let said = told.relaying.told.iter().filter_map(|telling| match telling {
        Telling::Message { speaker, text, .. } => Some((*speaker, text.clone())),
        _ => None,
    });
    said.collect()
}

#[test]
fn a_model_s_span_tells_its_step_and_what_was_said() {
    let input = json!([
        { "role": "system", "parts": [{ "type": "text", "content": "Be brief." }] },
        { "role": "user", "parts": [{ "type": "text", "content": "Where is my tent?" }] },
        { "role": "assistant", "parts": [{ "type": "tool_call", "id": "1", "name": "track", "arguments": {} }] },
        { "role": "tool", "parts": [{ "type": "tool_call_response", "id": "1", "result": "on its way" }] },
    ]);
    let output = json!([{ "role": "assistant", "parts": [{ "type": "text", "content": "On its way." }], "finish_reason": "stop" }]);
    let told = of(vec![span(
        1,
        TRACE,
        &[
            ("gen_ai.operation.name", json!("chat")),
            ("gen_ai.conversation.id", json!("c-1")),
            ("gen_ai.request.model", json!("gpt-4.1")),
            ("gen_ai.provider.name", json!("openai")),
            ("gen_ai.usage.input_tokens", json!(812)),
            ("gen_ai.usage.output_tokens", json!(64)),
            ("gen_ai.input.messages", input),
            ("gen_ai.output.messages", output),
        ],
    )]);
    let [one] = told.as_slice() else { panic!("one conversation") };
    assert_eq!((one.relaying.id.as_deref(), one.relaying.trace.as_deref()), (Some("c-1"), Some(TRACE)));
    let said = [(Speaker::Customer, "Where is my tent?".to_owned()), (Speaker::Agent, "On its way.".to_owned())];
    assert_eq!(messages(one), said);
    let step = one.relaying.told.iter().find_map(|telling| match telling {
        Telling::Span { operation, tokens, time, failed, names, .. } => {
            Some((*operation, *tokens, time.1, *failed, names.clone()))
        }
        _ => None,
    });
    let names = SpanNames { provider: Some("openai".into()), model: Some("gpt-4.1".into()), tool: None };
    assert_eq!(step, Some((SpanOperation::Model, (Some(812), Some(64)), 1_249, true, names)));
}

#[test]
fn a_message_has_one_key_in_every_span_that_tells_it_and_another_when_it_is_said_again() {
    let user = |text: &str| json!({ "role": "user", "parts": [{ "type": "text", "content": text }] });
    let keys = |input: Value| {
        let attributes = [("gen_ai.conversation.id", json!("c-1")), ("gen_ai.input.messages", input)];
        let told = of(vec![span(1, TRACE, &attributes)]);
        let keys = told[0].relaying.told.iter().filter_map(|telling| match telling {
            Telling::Message { key, .. } => Some(key.clone()),
            _ => None,
        });
        keys.collect::<Vec<_>>()
    };
    let first = keys(json!([user("Yes")]));
    let later = keys(json!([user("Yes"), user("And now?"), user("Yes")]));
    assert_eq!(first[0], later[0]);
    assert!(later[2] != later[0] && later.len() == 3);
}

#[test]
fn a_span_without_a_conversation_is_in_that_of_its_trace_and_what_is_no_agent_s_tells_nothing() {
    let other = "00000000000000000000000000000001";
    let told = of(vec![
        span(1, TRACE, &[("gen_ai.operation.name", json!("invoke_agent")), ("session.id", json!("c-2"))]),
        span(2, TRACE, &[("gen_ai.operation.name", json!("execute_tool")), ("gen_ai.tool.name", json!("track"))]),
        span(3, other, &[("gen_ai.operation.name", json!("chat"))]),
        span(4, TRACE, &[("http.request.method", json!("GET"))]),
        span(5, &"0".repeat(32), &[("gen_ai.operation.name", json!("chat"))]),
    ]);
    let found: Vec<_> = told.iter().map(|of| (of.relaying.id.as_deref(), of.spans)).collect();
    assert_eq!(found, [(None, 1), (Some("c-2"), 2)]);
}

#[test]
fn a_message_that_is_too_long_is_cut_where_it_can_be_seen() {
    let long = json!([{ "role": "user", "content": "x".repeat(9_000) }]);
    let told = of(vec![span(1, TRACE, &[("gen_ai.conversation.id", json!("c")), ("gen_ai.input.messages", long)])]);
    let (_, text) = messages(&told[0]).remove(0);
    assert!(text.chars().count() == 8_000 && text.ends_with(" […]"));
}
