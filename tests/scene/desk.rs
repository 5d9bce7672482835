//! A desk over HTTP, as the browser desk asks: three calls, one bearer token.

use crate::process::{DEADLINE, LOOK};
use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::http::{Request, header};
use futures::StreamExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::time::Instant;

/// The password of the person that [`Desk::set_up`] makes.
pub const PASSWORD: &str = "four unrelated plain words";
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// What a station tells a desk unasked, as long as this is held.
pub struct Notices {
    lines: BodyDataStream,
    unread: Vec<u8>,
}

impl Notices {
    /// Who looks at what, the next time that it is told.
    pub async fn looking(&mut self) -> Value {
        loop {
            let notice = tokio::time::timeout(DEADLINE, self.next()).await.expect("it is told in time");
            if notice["notice"] == "looking" {
                return notice["looking"].clone();
            }
        }
    }

    async fn next(&mut self) -> Value {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return serde_json::from_slice(&line).expect("a notice is JSON");
            }
            let more = self.lines.next().await.expect("the station tells on").expect("and is heard");
            self.unread.extend_from_slice(&more);
        }
    }
}

/// A desk at which one person works.
pub struct Desk {
    client: Client<HttpConnector, Body>,
    origin: String,
    token: Option<String>,
    bearer: Option<String>,
}

impl Desk {
    /// A desk at the address that the station printed; nobody is signed in.
    pub fn at(address: &str) -> Desk {
        let (origin, rest) = address.split_once("/#").unwrap_or((address.trim_end_matches('/'), ""));
        let token = rest.strip_prefix("token=").map(str::to_owned);
        let client = Client::builder(TokioExecutor::new()).build_http();
        Desk { client, origin: origin.to_owned(), token, bearer: None }
    }

    /// Sets up the first person, with the one-time token from the console.
    pub async fn set_up(&mut self, name: &str) {
        let token = self.token.clone();
        let command = json!({ "command": "set_up", "name": name, "password": PASSWORD, "token": token });
        let session = self.command(command).await.expect("the first person is set up");
        assert_eq!(session["stage"], "desk");
    }

    /// Signs the first person in.
    pub async fn sign_in(&mut self) {
        self.sign_in_with(PASSWORD).await.expect("the password fits");
    }

    /// Signs the first person in with this password.
    pub async fn sign_in_with(&mut self, password: &str) -> Result<Value, Value> {
        let session = self.query(json!({ "query": "session" })).await.expect("anybody may ask for the session");
        let person = session["people"][0]["id"].clone();
        self.command(json!({ "command": "sign_in", "person": person, "password": password })).await
    }

    /// The token of the session, once somebody has signed in.
    pub fn bearer(&self) -> Option<&str> {
        self.bearer.as_deref()
    }

    /// Begins to hear what the station tells.
    pub async fn notices(&self) -> Notices {
        let bearer = format!("Bearer {}", self.bearer.as_deref().unwrap_or_default());
        let request = Request::get(format!("{}/api/notices", self.origin)).header(header::AUTHORIZATION, bearer);
        let request = request.body(Body::empty()).expect("a request");
        let answer = self.client.request(request).await.expect("the desk is reachable");
        assert!(answer.status().is_success(), "{}", answer.status());
        Notices { lines: Body::new(answer.into_body()).into_data_stream(), unread: Vec::new() }
    }

    /// Asks. `Err` is the problem that the desk is given.
    pub async fn query(&mut self, query: Value) -> Result<Value, Value> {
        self.post("query", json!({ "query": query })).await
    }

    /// Asks, and returns how many bytes the whole answer has, which is not read.
    pub async fn query_unread(&mut self, query: Value) -> usize {
        let (good, bytes) = self.send("query", json!({ "query": query })).await;
        assert!(good, "{}", String::from_utf8_lossy(&bytes));
        bytes.len()
    }

    /// Commands.
    pub async fn command(&mut self, command: Value) -> Result<Value, Value> {
        self.post("command", json!({ "command": command })).await
    }

    /// Decides about the card that is shown now.
    pub async fn decide(&mut self, action: &str, choice: Value) -> Result<Value, Value> {
        let card = self.card(action).await;
        self.decide_on(action, &card["card_digest"], choice).await
    }

    /// Decides with a digest of one's own.
    pub async fn decide_on(&mut self, action: &str, digest: &Value, choice: Value) -> Result<Value, Value> {
        self.decide_after(action, digest, choice, 1_500).await
    }

    /// The same, saying for how many milliseconds the card was looked at.
    pub async fn decide_after(
        &mut self,
        action: &str,
        digest: &Value,
        choice: Value,
        looked_ms: u64,
    ) -> Result<Value, Value> {
        let decision = json!({ "action": action, "card_digest": digest, "choice": choice, "looked_ms": looked_ms });
        self.decides(&decision).await
    }

    /// Sends a decision as it is.
    pub async fn decides(&mut self, decision: &Value) -> Result<Value, Value> {
        self.post("decide", json!({ "decision": decision })).await
    }

    /// Approves what the card shows.
    pub async fn approve(&mut self, action: &str) {
        self.decide(action, json!({ "choice": "approve" })).await.expect("the approval is taken");
    }

    /// A card as the desk shows it.
    pub async fn card(&mut self, action: &str) -> Value {
        self.query(json!({ "query": "card", "action": action })).await.expect("the card is shown")
    }

    /// Waits until one action of the Approvals queue is in one of these states, and gives its row.
    pub async fn wait_for_action(&mut self, states: &[&str]) -> Value {
        self.wait_for(&format!("an action is {states:?}"), |queue| {
            let rows =
                ["held", "waiting", "unknown", "decided"].iter().filter_map(|list| queue[list].as_array()).flatten();
            rows.into_iter().find(|row| states.iter().any(|state| row["state"] == *state)).cloned()
        })
        .await
    }

    /// Waits until `found` sees in the Approvals queue what it looks for.
    pub async fn wait_for(&mut self, what: &str, found: impl Fn(&Value) -> Option<Value>) -> Value {
        self.wait_for_answer(what, json!({ "query": "approvals" }), found).await
    }

    /// Asks again until `found` sees in the answer what it looks for.
    pub async fn wait_for_answer(
        &mut self,
        what: &str,
        query: Value,
        found: impl Fn(&Value) -> Option<Value>,
    ) -> Value {
        let began = Instant::now();
        let mut look = tokio::time::interval(LOOK);
        loop {
            look.tick().await;
            let answer = self.query(query.clone()).await.expect("the desk is answered");
            if let Some(value) = found(&answer) {
                return value;
            }
            assert!(began.elapsed() < DEADLINE, "not within {} seconds: {what}; now: {answer:#}", DEADLINE.as_secs());
        }
    }

    async fn post(&mut self, path: &str, body: Value) -> Result<Value, Value> {
        let (good, bytes) = self.send(path, body).await;
        let value: Value = serde_json::from_slice(&bytes).expect("an answer is JSON");
        if good { Ok(value) } else { Err(value) }
    }

    /// Whether the answer is a good one, and its bytes.
    async fn send(&mut self, path: &str, body: Value) -> (bool, Bytes) {
        let mut request = Request::post(format!("{}/api/{path}", self.origin))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, &self.origin);
        if let Some(bearer) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let answer = tokio::time::timeout(DEADLINE, self.client.request(request)).await.expect("the desk is answered");
        let answer = answer.unwrap_or_else(|e| panic!("the desk is not reachable: {e}"));
        let good = answer.status().is_success();
        if let Some(bearer) = answer.headers().get("countersign-session") {
            self.bearer = Some(bearer.to_str().expect("a token").to_owned());
        }
        (good, to_bytes(Body::new(answer.into_body()), LARGEST_ANSWER).await.expect("a whole answer"))
    }
}
