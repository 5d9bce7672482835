//! A server that speaks what providers speak, as a script says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking, in its helpers too")]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use futures::StreamExt;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status, with `retry-after`, and a body.
    Status(u16, &'static str, String),
    /// A stream of events, whole.
    Stream(String),
    /// The same, and then the connection is cut.
    Cut(String),
    /// The same, and then nothing more comes.
    Stalled(String),
    /// The same again and again, for ever.
    Endless(String),
    /// Nothing.
    Silence,
}

#[derive(Default)]
struct Script {
    answers: Vec<Answer>,
    asked: Vec<Value>,
    keys: Vec<String>,
}

/// The server, at an address of its own.
pub struct Server {
    script: Arc<Mutex<Script>>,
    address: std::net::SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts it: it answers these in turn, and then fails.
    pub async fn start(answers: Vec<Answer>) -> Self {
        let script = Arc::new(Mutex::new(Script { answers, ..Script::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(script.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { script, address, task }
    }

    /// The same address, with nobody there.
    pub async fn gone(self) -> Self {
        self.task.abort();
        while tokio::net::TcpStream::connect(self.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        self
    }

    /// Its address, as a base of URLs.
    pub fn url(&self) -> String {
        format!("http://{}/v1/", self.address)
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<Value> {
        self.script.lock().unwrap().asked.clone()
    }

    /// The keys that it was shown, in order.
    pub fn keys(&self) -> Vec<String> {
        self.script.lock().unwrap().keys.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = {
        let mut script = script.lock().unwrap();
        script.asked.push(serde_json::from_slice(&body).unwrap_or(Value::Null));
        let key = headers.get("authorization").or_else(|| headers.get("x-api-key"));
        script.keys.push(key.map(|key| key.to_str().unwrap().to_owned()).unwrap_or_default());
        if script.answers.is_empty() { Answer::Status(500, "0", String::new()) } else { script.answers.remove(0) }
    };
    let events = |body: Body| Response::builder().header("content-type", "text/event-stream").body(body).unwrap();
    let piece = |text: String| Ok::<_, Infallible>(Bytes::from(text));
    match answer {
        Answer::Status(code, wait, body) => {
            Response::builder().status(code).header("retry-after", wait).body(Body::from(body)).unwrap()
        }
        Answer::Stream(text) => events(Body::from(text)),
        Answer::Cut(text) => {
            let pieces = [Ok(Bytes::from(text)), Err(std::io::Error::other("cut"))];
            events(Body::from_stream(futures::stream::iter(pieces)))
        }
        Answer::Stalled(text) => {
            let first = futures::stream::once(async move { piece(text) });
            events(Body::from_stream(first.chain(futures::stream::pending())))
        }
        Answer::Endless(text) => events(Body::from_stream(futures::stream::repeat_with(move || piece(text.clone())))),
        Answer::Silence => std::future::pending().await,
    }
}

type Call<'a> = (&'a str, &'a str, Value);

fn lines(events: Vec<Value>) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

fn named(events: Vec<Value>) -> String {
    events.iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())).collect()
}

/// OpenAI's chat completions; counted: prompt, cached of it, completion.
pub fn openai(words: &[&str], call: Option<Call<'_>>, counted: Option<(u64, u64, u64)>) -> Answer {
    let chunk = |delta: Value, finish: Value| json!({ "id": "c", "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] });
    let mut events: Vec<Value> = words.iter().map(|word| chunk(json!({ "content": word }), Value::Null)).collect();
    let why = if call.is_some() { "tool_calls" } else { "stop" };
    if let Some((id, name, arguments)) = call {
        let text = arguments.to_string();
        let (first, rest) = text.split_at(text.len() / 2);
        let function = |id: Value, name: Value, text: &str| json!({ "tool_calls": [{ "index": 0, "id": id, "type": "function", "function": { "name": name, "arguments": text } }] });
        events.push(chunk(function(json!(id), json!(name), first), Value::Null));
        events.push(chunk(json!({ "tool_calls": [{ "index": 0, "function": { "arguments": rest } }] }), Value::Null));
    }
    events.push(chunk(json!({}), json!(why)));
    if let Some((read, cached, written)) = counted {
        let details = json!({ "cached_tokens": cached });
        events.push(json!({ "id": "c", "object": "chat.completion.chunk", "choices": [], "usage": { "prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written, "prompt_tokens_details": details } }));
    }
    Answer::Stream(lines(events) + "data: [DONE]\n\n")
}

/// OpenAI's responses; counted as above.
pub fn responses(words: &[&str], call: Option<Call<'_>>, counted: Option<(u64, u64, u64)>) -> Answer {
    let mut events = vec![json!({ "type": "response.created", "response": { "id": "r", "status": "in_progress" } })];
    let whole = words.concat();
    events.push(json!({ "type": "response.output_item.added", "output_index": 0, "item": { "type": "message", "id": "m", "role": "assistant", "content": [] } }));
    for word in words {
        events.push(json!({ "type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": word }));
    }
    let message = json!({ "type": "message", "id": "m", "role": "assistant", "content": [{ "type": "output_text", "text": whole }] });
    events.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": message }));
    let mut output = vec![message];
    if let Some((id, name, arguments)) = call {
        let text = arguments.to_string();
        let item = |arguments: &str| json!({ "type": "function_call", "id": "f", "call_id": id, "name": name, "arguments": arguments });
        events.push(json!({ "type": "response.output_item.added", "output_index": 1, "item": item("") }));
        events.push(json!({ "type": "response.function_call_arguments.delta", "item_id": "f", "output_index": 1, "delta": text }));
        events.push(json!({ "type": "response.function_call_arguments.done", "item_id": "f", "output_index": 1, "arguments": text }));
        events.push(json!({ "type": "response.output_item.done", "output_index": 1, "item": item(&text) }));
        output.push(item(&text));
    }
    let (read, cached, written) = counted.unwrap_or_default();
    let usage = json!({ "input_tokens": read, "input_tokens_details": { "cached_tokens": cached }, "output_tokens": written, "total_tokens": read + written });
    events.push(json!({ "type": "response.completed", "response": { "id": "r", "status": "completed", "model": "tall-1", "output": output, "usage": usage } }));
    Answer::Stream(named(events))
}

/// Anthropic's messages; counted: input that was in no cache, read from a cache, put into one, output.
pub fn anthropic(words: &[&str], call: Option<Call<'_>>, counted: Option<(u64, u64, u64, u64)>) -> Answer {
    let (read, cached, put, written) = counted.unwrap_or_default();
    let usage = json!({ "input_tokens": read, "cache_read_input_tokens": cached, "cache_creation_input_tokens": put, "output_tokens": 1 });
    let mut events = vec![
        json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "model": "tall-1", "usage": usage } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
    ];
    for word in words {
        events.push(
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": word } }),
        );
    }
    events.push(json!({ "type": "content_block_stop", "index": 0 }));
    let why = if call.is_some() { "tool_use" } else { "end_turn" };
    if let Some((id, name, arguments)) = call {
        let text = arguments.to_string();
        let (first, rest) = text.split_at(text.len() / 2);
        events.push(json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "tool_use", "id": id, "name": name, "input": {} } }));
        for piece in [first, rest] {
            events.push(json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": piece } }));
        }
        events.push(json!({ "type": "content_block_stop", "index": 1 }));
    }
    events.push(
        json!({ "type": "message_delta", "delta": { "stop_reason": why }, "usage": { "output_tokens": written } }),
    );
    events.push(json!({ "type": "message_stop" }));
    Answer::Stream(named(events))
}
