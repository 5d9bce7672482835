//! Models over the wire of their providers: a scripted server of ours speaks it, well and badly.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use countersign_agents::model::{AskedCall, Message, ModelName, ModelReply, ModelRequest, Models, ToolOffer};
use countersign_domain::conversation::{ModelCallEnd, Tokens};
use countersign_llm::{Patience, Provider, Providers, Wire};
use countersign_testkit::provider::{Answer, Server, anthropic, openai, responses};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

const KEY: &str = "sk-test-4711";

fn patience() -> Patience {
    let long = Duration::from_secs(20);
    Patience { to_begin: long, between: long, in_all: long }
}

fn providers(wire: Wire, server: &Server, patience: Patience) -> Providers {
    let provider = Provider::new(wire, &server.url(), KEY.to_owned().into()).unwrap();
    Providers::new(BTreeMap::from([("house".to_owned(), provider)]), patience).unwrap()
}

fn request() -> ModelRequest {
    let call = AskedCall { id: "call-1".into(), tool: "crm__find_order".into(), arguments: json!({ "order": "1042" }) };
    ModelRequest {
        model: ModelName { provider: "house".into(), name: "tall-1".into() },
        system: "Be brief.".into(),
        messages: vec![
            Message::User("Where is 1042?".into()),
            Message::Assistant { text: String::new(), calls: vec![call] },
            Message::Tool { id: "call-1".into(), text: "Delivered.".into() },
        ],
        tools: vec![ToolOffer {
            name: "crm__find_order".into(),
            description: "Finds an order.".into(),
            schema: json!({ "type": "object", "properties": { "order": { "type": "string" } } }),
        }],
        most_tokens: 300,
    }
}

async fn ask(providers: &Providers) -> (ModelReply, String) {
    let heard = Mutex::new(String::new());
    let reply = providers.ask(&request(), &|piece| heard.lock().unwrap().push_str(piece)).await;
    (reply, heard.into_inner().unwrap())
}

/// What a provider of one wire says: words, and a call of a tool, with what it counted.
fn well(wire: Wire) -> Answer {
    let call = ("call-2", "crm__find_order", json!({ "order": "1043" }));
    match wire {
        Wire::OpenAi => openai(&["It was ", "delivered."], Some(call), Some((1_200, 200, 34))),
        Wire::OpenAiResponses => responses(&["It was ", "delivered."], Some(call), Some((1_200, 200, 34))),
        Wire::Anthropic => anthropic(&["It was ", "delivered."], Some(call), Some((900, 200, 100, 34))),
    }
}

#[tokio::test]
async fn each_wire_brings_words_tool_calls_and_what_its_provider_counted() {
    for wire in [Wire::OpenAi, Wire::OpenAiResponses, Wire::Anthropic] {
        let server = Server::start(vec![well(wire)]).await;
        let (reply, heard) = ask(&providers(wire, &server, patience())).await;
        assert_eq!(reply.end, ModelCallEnd::Answered, "{wire:?}: {}", reply.why);
        assert_eq!((reply.text.as_str(), heard.as_str()), ("It was delivered.", "It was delivered."), "{wire:?}");
        let calls: Vec<_> = reply.calls.iter().map(|call| (call.tool.as_str(), call.arguments.clone())).collect();
        assert_eq!(calls, [("crm__find_order", json!({ "order": "1043" }))], "{wire:?}");
        let cache_written = if wire == Wire::Anthropic { 100 } else { 0 };
        assert_eq!(reply.tokens, Some(Tokens { read: 1_200, cached: 200, cache_written, written: 34 }), "{wire:?}");
        let asked: Value = server.asked().remove(0);
        assert_eq!(asked["model"], "tall-1", "{asked}");
        assert!(asked.to_string().contains("crm__find_order") && asked.to_string().contains("Delivered."), "{asked}");
        assert!(server.keys().iter().all(|key| key.contains(KEY)));
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart_and_no_word_of_ours_has_a_key_or_what_was_asked() {
    let status = |code: u16| Answer::Status(code, "0", format!("{{\"error\":\"{KEY} Where is 1042?\"}}"));
    let whole = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"It w\"}}]}\n\n";
    let cases = [
        (status(401), ModelCallEnd::WrongKey),
        (status(403), ModelCallEnd::WrongKey),
        (status(404), ModelCallEnd::UnknownModel),
        (status(400), ModelCallEnd::NotTaken),
        (Answer::Stream("this is no stream at all".into()), ModelCallEnd::Garbled),
        (Answer::Stream("data: {\"choices\": 7}\n\n".into()), ModelCallEnd::Garbled),
        (Answer::Stream("data: {half an objec\n\n".into()), ModelCallEnd::Garbled),
        (Answer::Stream(whole.into()), ModelCallEnd::Garbled),
        (Answer::Cut(whole.into()), ModelCallEnd::TimedOut),
        (Answer::Endless(whole.into()), ModelCallEnd::TooLong),
    ];
    for (answer, end) in cases {
        let told = format!("{answer:?}");
        let server = Server::start(vec![answer]).await;
        let (reply, _) = ask(&providers(Wire::OpenAi, &server, patience())).await;
        assert_eq!(reply.end, end, "{told:.80}: {}", reply.why);
        assert!(!reply.why.contains(KEY) && !reply.why.contains("1042"), "{}", reply.why);
        assert!(reply.text.is_empty() && reply.calls.is_empty(), "half an answer is none");
        assert_eq!(server.asked().len(), 1, "{told:.80} is not asked again");
    }
}

#[tokio::test]
async fn what_passes_is_asked_again_and_what_had_begun_to_answer_is_not() {
    for code in [429, 503, 529, 500] {
        let server = Server::start(vec![
            Answer::Status(code, "0.01", String::new()),
            Answer::Status(code, "0.01", String::new()),
            well(Wire::OpenAi),
        ])
        .await;
        let (reply, _) = ask(&providers(Wire::OpenAi, &server, patience())).await;
        assert_eq!((reply.end, server.asked().len()), (ModelCallEnd::Answered, 3), "{code}");
    }
    // It asks for longer than anybody in a chat waits.
    let server = Server::start(vec![Answer::Status(429, "30", String::new()), well(Wire::OpenAi)]).await;
    let providers = providers(Wire::OpenAi, &server, patience());
    let (reply, _) = ask(&providers).await;
    assert_eq!((reply.end, server.asked().len()), (ModelCallEnd::RateLimited, 1));
    let (reply, _) = ask(&providers).await;
    assert_eq!((reply.end, server.asked().len()), (ModelCallEnd::Resting, 1), "it rests as long as it asks to");
}

#[tokio::test]
async fn who_does_not_answer_in_time_or_is_not_there_keeps_nobody_waiting() {
    let short = Duration::from_millis(150);
    let patience = Patience { to_begin: short, between: short, in_all: Duration::from_secs(20) };
    for answer in
        [Answer::Silence, Answer::Stalled("data: {\"choices\":[{\"delta\":{\"content\":\"It w\"}}]}\n\n".into())]
    {
        let server = Server::start(vec![answer.clone(), answer.clone(), answer.clone(), answer]).await;
        let (reply, _) = ask(&providers(Wire::OpenAi, &server, patience)).await;
        assert_eq!(reply.end, ModelCallEnd::TimedOut, "{}", reply.why);
    }
    let gone = Server::start(vec![]).await.gone().await;
    let (reply, _) = ask(&providers(Wire::OpenAi, &gone, patience)).await;
    assert_eq!(reply.end, ModelCallEnd::Unreachable);
}

#[tokio::test]
async fn arguments_that_are_no_object_come_as_they_are_and_make_no_call_of_another() {
    let broken = Answer::Stream(
        [
            r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"crm__find_order","arguments":"{\"order\": "}}]}}]}"#,
            r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
            "data: [DONE]",
            "",
        ]
        .join("\n\n"),
    );
    let server = Server::start(vec![broken]).await;
    let (reply, _) = ask(&providers(Wire::OpenAi, &server, patience())).await;
    assert_eq!(reply.end, ModelCallEnd::Answered, "{}", reply.why);
    assert_eq!(reply.calls.len(), 1);
    assert!(!reply.calls[0].arguments.is_object(), "{:?}", reply.calls);
}
