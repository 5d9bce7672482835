//! Agents of others tell of conversations that they have elsewhere: on the Floor, live, with their calls in place; over the
//! documented API and as spans.

use crate::gateway::{BOT, ana, house, refund};
use countersign_tests::agent::Agent;
use countersign_tests::desk::Desk;
use countersign_tests::process::program;
use countersign_tests::trail::verified;
use serde_json::{Value, json};
use std::process::Command;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const DESCRIPTION: &str = include_str!("../../docs/ingest.openapi.json");
const JSON: (&str, &str) = ("content-type", "application/json");

fn parent(trace: &str) -> String {
    format!("00-{trace}-00f067aa0ba902b7-01")
}

/// What a request or an answer must look like, by the description.
fn fits(schema: &str, value: &Value) {
    let mut whole: Value = serde_json::from_str(DESCRIPTION).unwrap();
    whole["$ref"] = json!(format!("#/components/schemas/{schema}"));
    let validator = jsonschema::validator_for(&whole).unwrap();
    let wrong: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:?} in {value:#}");
}

async fn tells(agent: &Agent, id: &str, body: &Value, headers: &[(&str, &str)]) -> (u16, Value) {
    let headers: Vec<_> = headers.iter().copied().chain([JSON]).collect();
    let path = format!("/v1/conversations/{id}/messages");
    let answer = agent.tell("POST", &path, &headers, body.to_string().into_bytes()).await;
    fits(if answer.0 == 200 { "Stored" } else { "Error" }, &answer.1);
    answer
}

fn message(id: &str, speaker: &str, text: &str) -> Value {
    json!({ "messages": [{ "id": id, "speaker": speaker, "text": text, "said_at": "2026-11-28T10:00:00+01:00" }] })
}

fn span(id: u8, attributes: &[(&str, Value)]) -> Value {
    let attributes: Vec<Value> = attributes
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": { "stringValue": value.as_str().map_or(value.to_string(), str::to_owned) } }))
        .collect();
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": TRACE, "spanId": format!("{id:016x}"), "name": "chat", "attributes": attributes,
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001250000000",
    }] }] }] })
}

async fn transcript(desk: &mut Desk, conversation: &str) -> Value {
    desk.query(json!({ "query": "conversation", "conversation": conversation })).await.unwrap()
}

fn kinds(view: &Value) -> Vec<&str> {
    view["entries"].as_array().unwrap().iter().map(|entry| entry["entry"]["kind"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_an_agent_relays_is_on_the_floor_with_its_calls_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, mut jonas, agent) = house(folder.path(), 600).await;
    // The call comes first: nothing is known yet of the trace that it is part of.
    let mut meta = ana();
    meta["traceparent"] = json!(parent(TRACE));
    let asked = {
        let (agent, meta) = (agent.clone(), meta.clone());
        tokio::spawn(async move { agent.call_with("issue_refund", refund(12_900), meta).await })
    };
    let held = marta.wait_for_action(&["held"]).await;
    let body = json!({
        "customer": { "id": "C-2001", "name": "Ana Ruiz" },
        "messages": [
            { "id": "m1", "speaker": "customer", "text": "The strap tore. Card 4111 1111 1111 1111." },
            { "id": "m2", "speaker": "agent", "text": "I am asking for your refund." },
        ],
    });
    fits("Messages", &body);
    let (status, told) = tells(&agent, "ticket-7", &body, &[("traceparent", &parent(TRACE))]).await;
    assert_eq!((status, &told["stored"], &told["known"]), (200, &json!(2), &json!(0)), "{told}");
    let conversation = told["conversation"].as_str().unwrap().to_owned();
    let floor = marta
        .wait_for_answer("it is on the floor, and held", json!({ "query": "conversations" }), |floor| {
            let is_held = |row: &&Value| row["conversation"] == conversation.as_str() && row["state"] == "held";
            floor["rows"].as_array().unwrap().iter().find(is_held).map(|_| floor.clone())
        })
        .await;
    let rows = floor["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["conversation"] == conversation.as_str()).unwrap();
    assert_eq!(
        (&row["channel"], &row["agent"], &row["customer"]),
        (&json!("external"), &json!(BOT), &json!("Ana Ruiz"))
    );
    assert!(
        !rows.iter().any(|row| row["channel"] == "mcp"),
        "its call is no conversation of its own any more: {rows:#?}"
    );
    let view = transcript(&mut marta, &conversation).await;
    assert_eq!(kinds(&view), ["action", "relayed", "relayed"]);
    assert!(!view.to_string().contains("4111 1111 1111 1111") && view.to_string().contains("The strap tore."));

    let refused = marta.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap_err();
    assert!(refused.to_string().contains("nobody writes here"), "{refused}");

    // Sent again after a broken line it is stored once; whoever looks at the card finds where it belongs.
    assert_eq!(tells(&agent, "ticket-7", &body, &[]).await.1["known"], 2);
    let action = held["action"].as_str().unwrap();
    marta.decide(action, json!({ "choice": "approve", "why": null })).await.unwrap();
    assert_eq!(asked.await.unwrap().unwrap()["isError"], false);
    let over = agent.tell("POST", "/v1/conversations/ticket-7/close", &[], Vec::new()).await;
    assert_eq!((over.0, &over.1["stored"]), (200, &json!(1)));
    let closed = jonas
        .wait_for_answer("it is over", json!({ "query": "conversation", "conversation": conversation }), |view| {
            (view["row"]["state"] == "closed").then(|| view.clone())
        })
        .await;
    assert_eq!(*kinds(&closed).last().unwrap(), "closed");
    station.stop().await;
    let data = folder.path().join("data");
    verified(&data);
    // Each of the two is a case of its own, that holds without the other and without the agent's grant being asked again.
    for (n, of) in [conversation.as_str(), held["conversation"].as_str().unwrap()].into_iter().enumerate() {
        let case = folder.path().join(format!("case-{n}.json"));
        let mut export = Command::new(program("countersign-station"));
        export.arg("export-case").arg("--data").arg(&data).args(["--conversation", of]).arg("--to").arg(&case);
        assert!(export.output().unwrap().status.success());
        let said = Command::new(program("countersign-verify")).arg(&case).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_tell_of_steps_and_words_in_both_forms_and_say_what_was_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, _jonas, agent) = house(folder.path(), 600).await;
    let nowhere = span(1, &[("gen_ai.operation.name", json!("chat"))]).to_string().into_bytes();
    let (status, answer) = agent.tell("POST", "/v1/traces", &[JSON], nowhere).await;
    let partial = &answer["partialSuccess"];
    assert_eq!((status, &partial["rejectedSpans"]), (200, &json!(1)), "{answer}");
    assert!(partial["errorMessage"].as_str().unwrap().contains("gen_ai.conversation.id"), "{answer}");

    let input = json!([{ "role": "user", "parts": [{ "type": "text", "content": "Where is my tent?" }] }]);
    let mut told = span(
        2,
        &[
            ("gen_ai.operation.name", json!("chat")),
            ("gen_ai.conversation.id", json!("thread-9")),
            ("gen_ai.request.model", json!("gpt-4.1")),
            ("gen_ai.input.messages", input),
        ],
    );
    // As exporters write what is empty; and a count that no log could hold harms nothing beside it.
    told["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceState"] = Value::Null;
    let attributes = told["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"].as_array_mut().unwrap();
    attributes.push(json!({ "key": "gen_ai.response.finish_reasons", "value": { "arrayValue": {} } }));
    attributes.push(json!({ "key": "gen_ai.usage.input_tokens", "value": { "intValue": "9007199254740993" } }));
    let (status, answer) = agent.tell("POST", "/v1/traces", &[JSON], told.to_string().into_bytes()).await;
    assert_eq!((status, &answer["partialSuccess"]), (200, &Value::Null), "{answer}");
    // Now the trace has its conversation, and the span of before is taken; compressed, as exporters send it.
    let (status, answer) = agent
        .tell(
            "POST",
            "/v1/traces",
            &[JSON, ("content-encoding", "gzip")],
            gzip(&span(1, &[("gen_ai.operation.name", json!("execute_tool")), ("gen_ai.tool.name", json!("track"))])),
        )
        .await;
    assert_eq!((status, &answer["partialSuccess"]), (200, &Value::Null), "{answer}");
    let row = marta
        .wait_for_answer("it is on the floor", json!({ "query": "conversations" }), |floor| {
            floor["rows"].as_array().unwrap().iter().find(|row| row["channel"] == "external").cloned()
        })
        .await;
    let conversation = row["conversation"].as_str().unwrap();
    let view = marta
        .wait_for_answer(
            "all of it is shown",
            json!({ "query": "conversation", "conversation": conversation }),
            |view| (kinds(view).len() == 3).then(|| view.clone()),
        )
        .await;
    assert_eq!(kinds(&view), ["relayed", "step", "step"]);
    assert_eq!(view["entries"][1]["entry"]["name"], "gpt-4.1");
    station.stop().await;
    verified(&folder.path().join("data"));
}

fn gzip(value: &Value) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(value.to_string().as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_in_words_and_nothing_of_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, _jonas, agent) = house(folder.path(), 600).await;
    let good = message("m1", "customer", "Hello");
    let many = json!({ "messages": vec![good["messages"][0].clone(); 101] });
    for (body, part) in [
        (json!({}), "messages"),
        (json!({ "messages": [] }), "1 to 100"),
        (many, "1 to 100"),
        (
            json!({ "messages": [good["messages"][0], { "id": "m2", "speaker": "customer", "text": " " }] }),
            "messages[1]: it is empty",
        ),
        (message("m1", "customer", &"x".repeat(8_001)), "8001 characters"),
        (message("m1", "robot", "Hello"), "robot"),
        (message(&"i".repeat(257), "customer", "Hello"), "1 to 256 bytes"),
        (json!({ "messages": [{ "id": "m", "speaker": "agent", "text": "x", "said_at": "yesterday" }] }), "RFC 3339"),
        (json!({ "messages": good["messages"], "verified": true }), "verified"),
    ] {
        let (status, answer) = tells(&agent, "ticket-7", &body, &[]).await;
        let words = answer["error"]["message"].as_str().unwrap().to_owned();
        assert!(status == 422 && words.contains(part) && words.contains("stored"), "{status} {words}");
    }
    let twice = br#"{"messages":[],"messages":[{"id":"m","speaker":"agent","text":"x"}]}"#.to_vec();
    assert_eq!(agent.tell("POST", "/v1/conversations/t/messages", &[JSON], twice).await.0, 422);
    assert_eq!(tells(&agent, "t", &good, &[("traceparent", "00-nothing")]).await.0, 422);
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &vec![b' '; 5 * 1024 * 1024]).unwrap();
    let bomb = bomb.finish().unwrap();
    for (path, headers, body, status) in [
        ("/v1/traces", vec![JSON, ("content-encoding", "gzip")], bomb, 413),
        ("/v1/traces", vec![JSON, ("content-encoding", "br")], b"x".to_vec(), 415),
        ("/v1/traces", vec![("content-type", "text/plain")], b"x".to_vec(), 415),
        ("/v1/traces", vec![JSON], b"{".to_vec(), 400),
        ("/v1/traces", vec![("content-type", "application/x-protobuf")], vec![0xff; 64], 400),
        ("/v1/conversations/t/messages", vec![JSON], vec![b' '; 1024 * 1024 + 1], 413),
        ("/v1/nothing", vec![JSON], b"{}".to_vec(), 404),
        ("/v1/conversations/t/messages", vec![JSON, ("origin", "https://shop.example")], b"{}".to_vec(), 403),
    ] {
        let (answered, words) = agent.tell("POST", path, &headers, body).await;
        assert_eq!(answered, status, "{path}: {words}");
        fits("Error", &words);
    }
    // A few bytes that would become very much, as protobuf and as JSON.
    let mut spans = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let inner = [[0x12_u8, 0x00]; 1_000_000].concat();
    let length = |long: usize| {
        let mut long = long;
        let mut bytes = Vec::new();
        while long > 0x7f {
            bytes.push(u8::try_from(long & 0x7f).unwrap() | 0x80);
            long >>= 7;
        }
        bytes.push(u8::try_from(long).unwrap());
        bytes
    };
    let scope = [vec![0x12], length(inner.len()), inner].concat();
    let request = [vec![0x0a], length(scope.len()), scope].concat();
    std::io::Write::write_all(&mut spans, &request).unwrap();
    let protobuf = ("content-type", "application/x-protobuf");
    let gzip = ("content-encoding", "gzip");
    let (status, words) = agent.tell("POST", "/v1/traces", &[protobuf, gzip], spans.finish().unwrap()).await;
    assert!(status == 413 && words.to_string().contains("more than 60000"), "{status} {words}");
    let many = format!("{{\"resourceSpans\":[{}{{}}]}}", "{},".repeat(70_000));
    assert_eq!(agent.tell("POST", "/v1/traces", &[JSON], many.into_bytes()).await.0, 413);
    for (method, path, status) in [
        ("POST", "/v1/conversations/never-told/close", 404),
        ("DELETE", "/v1/conversations/t", 405),
        ("PUT", "/v1/conversations/%ff", 422),
    ] {
        let (answered, words) = agent.tell(method, path, &[], Vec::new()).await;
        assert_eq!(answered, status, "{method} {path}: {words}");
        fits("Error", &words);
    }
    let (status, described) = agent.tell("GET", "/v1/openapi.json", &[], Vec::new()).await;
    assert_eq!((status, described), (200, serde_json::from_str::<Value>(DESCRIPTION).unwrap()));
    let stranger = Agent::at(station.gateway.as_deref().unwrap(), &format!("csa_{BOT}_{}", "0".repeat(64)));
    assert_eq!(tells(&stranger, "t", &good, &[]).await.0, 401);
    let floor = marta.query(json!({ "query": "conversations" })).await.unwrap();
    assert!(!floor["rows"].as_array().unwrap().iter().any(|row| row["channel"] == "external"), "{floor:#}");
    station.stop().await;
}
