//! An agent that others wrote, at the gateway: the requests of a client of the protocol, in either revision, as bytes.

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
/// The revision in which a request says everything about itself.
const STATELESS: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";
const LABEL: &str = "mcp-session-id";

/// An agent with a token.
#[derive(Clone)]
pub struct Agent {
    client: Client<HttpConnector, Body>,
    address: String,
    token: String,
    /// Whether it speaks the newer revision, and takes tasks.
    stateless: bool,
    /// What the gateway told it to call itself.
    label: Option<String>,
}

/// A token for an agent, and what the station is told of it.
pub fn token(agent: &str, n: u8) -> (String, String) {
    let token = format!("csa_{agent}_{}", hex(&[n; 32]));
    let digest = hex(&Sha256::digest(&token));
    (token, digest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Agent {
    /// One that speaks 2025-11-25.
    pub fn at(address: &str, token: &str) -> Agent {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Agent { client, address: address.to_owned(), token: token.to_owned(), stateless: false, label: None }
    }

    /// The same with tasks, in 2026-07-28.
    pub fn with_tasks(self) -> Agent {
        Agent { stateless: true, ..self }
    }

    /// Calls a tool: the result, or the protocol's error.
    pub async fn call(&self, tool: &str, arguments: Value) -> Result<Value, Value> {
        self.call_with(tool, arguments, json!({})).await
    }

    /// The same with something beside.
    pub async fn call_with(&self, tool: &str, arguments: Value, meta: Value) -> Result<Value, Value> {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments, "_meta": meta })).await
    }

    /// A request to what takes in what agents tell of their conversations: the status, and the answer if it is JSON.
    pub async fn tell(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
        let base = self.address.strip_suffix("/mcp").expect("the gateway's address ends with its path");
        let bearer = format!("Bearer {}", self.token);
        let mut request = Request::builder().method(method).uri(format!("{base}{path}"));
        request = request.header(header::AUTHORIZATION, bearer);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.client.request(request.body(Body::from(body)).expect("a request")).await;
        let answer = answer.expect("the listener is reachable");
        let status = answer.status().as_u16();
        let bytes = to_bytes(Body::new(answer.into_body()), LARGEST_ANSWER).await.expect("the answer comes whole");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// One request, and the message that answers it.
    pub async fn ask(&self, method: &str, params: Value) -> Result<Value, Value> {
        let mut messages = self.ask_as(1, method, params).await;
        let message = messages.pop().unwrap_or_else(|| panic!("no answer to {method}"));
        match message.get("result") {
            Some(result) => Ok(result.clone()),
            None => Err(message["error"].clone()),
        }
    }

    /// Begins as a client of its own, which calls itself what the gateway says.
    pub async fn greeted(mut self) -> Agent {
        let client = json!({ "name": "t", "version": "1" });
        let params = json!({ "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": client });
        let answer = self.send(&self.message(Some(0), "initialize", params)).await;
        let label = answer.headers().get(LABEL).expect("it is told what to call itself");
        self.label = Some(label.to_str().expect("letters and digits").to_owned());
        self
    }

    /// The same client's label with another's token.
    pub fn calling_itself_as(mut self, other: &Agent) -> Agent {
        self.label.clone_from(&other.label);
        self
    }

    /// Takes back what it asked for under that id: the status that it is answered with.
    pub async fn take_back(&self, id: u64) -> u16 {
        let params = json!({ "requestId": id, "reason": "Not wanted any more." });
        self.send(&self.message(None, "notifications/cancelled", params)).await.status().as_u16()
    }

    /// One request under that id, and every message that comes.
    pub async fn ask_as(&self, id: u64, method: &str, params: Value) -> Vec<Value> {
        let answer = self.send(&self.message(Some(id), method, params)).await;
        let bytes = to_bytes(Body::new(answer.into_body()), LARGEST_ANSWER).await.expect("the answer comes whole");
        let text = String::from_utf8(bytes.to_vec()).expect("an answer is text");
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("no answer to {method}: {text}"));
        let events: Vec<Value> = text
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(str::trim)
            .filter(|data| !data.is_empty())
            .map(read)
            .collect();
        if events.is_empty() { vec![read(&text)] } else { events }
    }

    fn message(&self, id: Option<u64>, method: &str, mut params: Value) -> Value {
        if self.stateless {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(STATELESS);
            params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({ "name": "test", "version": "1" });
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
                json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
        }
        let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if let Some(id) = id {
            message["id"] = json!(id);
        }
        message
    }

    async fn send(&self, message: &Value) -> Response<Body> {
        let (method, params) = (message["method"].as_str().expect("a method"), &message["params"]);
        let mut request = Request::post(&self.address)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if self.stateless {
            request = request.header("mcp-protocol-version", STATELESS).header("mcp-method", method);
            let named = params["name"].as_str().or(params["taskId"].as_str());
            if let Some(name) = named {
                request = request.header("mcp-name", name);
            }
        } else if method != "initialize" {
            request = request.header("mcp-protocol-version", LEGACY);
        }
        if let Some(label) = &self.label {
            request = request.header(LABEL, label);
        }
        let answer = self.client.request(request.body(Body::from(message.to_string())).expect("a request")).await;
        answer.expect("the gateway is reachable").map(Body::new)
    }
}
