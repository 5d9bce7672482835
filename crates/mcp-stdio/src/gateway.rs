//! One request to the gateway, and every message that it answers with.

use crate::access::Access;
use crate::message::{Message, error_of};
use futures::StreamExt;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use sse_stream::SseStream;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const LABEL: HeaderName = HeaderName::from_static("mcp-session-id");
/// The largest answer that is passed on, in bytes.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
/// How long a gateway that is not there, or goes away in the middle, is asked again: a station that is started again finds
/// every call that it had taken, so asking again repeats none.
const PATIENCE: Duration = Duration::from_secs(60);
const SOONEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error(
        "The gateway at {0} does not answer. Start the station with --gateway, or ask whoever runs it; what had been taken \
         down is not lost, and the same call finds it again."
    )]
    Away(Uri),
    #[error("The gateway refuses this token. Ask whoever gave it to you for another; nothing was asked.")]
    Token,
    #[error("The gateway answered with the status {0}, which says nothing of this request.")]
    Status(StatusCode),
    #[error("The gateway answered with what is no message.")]
    NoMessage,
}

/// Where messages go.
pub(crate) struct Gateway {
    access: Access,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The revision that an `initialize` agreed on: later requests say it beside.
    agreed: Mutex<Option<HeaderValue>>,
    /// What tells the client's requests apart from those of the agent's other clients, in either revision.
    label: String,
}

/// Where the messages of one answer go, until nobody wants them any more.
#[derive(Clone)]
pub(crate) struct Say {
    pub(crate) to: mpsc::Sender<String>,
    pub(crate) unwanted: Arc<AtomicBool>,
}

impl Say {
    async fn message(&self, line: String) {
        if !self.unwanted.load(Ordering::SeqCst) {
            let _ = self.to.send(line).await;
        }
    }
}

impl Gateway {
    pub(crate) fn at(access: Access) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        // Each of these is seeded by the system, so that no two programs share one.
        let half = || RandomState::new().build_hasher().finish();
        Self { access, client, agreed: Mutex::default(), label: format!("{:016x}{:016x}", half(), half()) }
    }

    /// Asks, and says every message that answers it. Whoever waits for an answer gets one, whatever happens.
    pub(crate) async fn ask(&self, message: &Message, say: &Say) {
        let until = Instant::now() + PATIENCE;
        let mut wait = SOONEST;
        loop {
            let why = match self.ask_once(message, say).await {
                Ok(()) => return,
                Err(why) => why,
            };
            let again = matches!(why, NoAnswer::Away(_)) && Instant::now() + wait < until;
            if !again {
                if let Some(id) = &message.id {
                    say.message(error_of(id, -32000, &why.to_string())).await;
                }
                return;
            }
            // Nobody to tell: the end of the program.
            let _ = tokio::time::timeout(wait, say.to.closed()).await;
            wait = (wait * 2).min(LONGEST);
        }
    }

    async fn ask_once(&self, message: &Message, say: &Say) -> Result<(), NoAnswer> {
        let away = || NoAnswer::Away(self.access.address.clone());
        let response = self.client.request(self.request(message)).await.map_err(|_| away())?;
        let status = response.status();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(NoAnswer::Token),
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => return Ok(()),
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                return Err(away());
            }
            _ => {}
        }
        if kind_of(&response) == EVENTS {
            let body = Limited::new(response.into_body(), LARGEST_ANSWER).map_err(std::io::Error::other);
            let mut events = std::pin::pin!(SseStream::new(body));
            let mut answered = message.id.is_none();
            while let Some(event) = events.next().await {
                let text = event.map_err(|_| away())?.data.unwrap_or_default();
                if !text.is_empty() {
                    answered |= self.pass_on(message, text.as_bytes(), say).await?;
                }
            }
            return if answered { Ok(()) } else { Err(away()) };
        }
        let text = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await.map_err(|_| away())?.to_bytes();
        let passed = self.pass_on(message, &text, say).await;
        // What is no message says at least which status it came with.
        passed.map(drop).map_err(|why| if status.is_success() { why } else { NoAnswer::Status(status) })
    }

    /// Says one message; whether it is the answer.
    async fn pass_on(&self, asked: &Message, text: &[u8], say: &Say) -> Result<bool, NoAnswer> {
        let read: Value = serde_json::from_slice(text).map_err(|_| NoAnswer::NoMessage)?;
        if read.get("jsonrpc").is_none() {
            return Err(NoAnswer::NoMessage);
        }
        let is_answer = read.get("method").is_none();
        if asked.method == "initialize" {
            let version = read.get("result").and_then(|result| result.get("protocolVersion")).and_then(Value::as_str);
            if let Some(version) = version.and_then(|version| HeaderValue::from_str(version).ok()) {
                *self.agreed.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
            }
        }
        let mut line = String::from_utf8_lossy(text).into_owned();
        // A line's end inside of a message is never more than space between its parts.
        if line.contains(['\n', '\r']) {
            line = line.replace(['\n', '\r'], " ");
        }
        say.message(line).await;
        Ok(is_answer)
    }

    fn request(&self, message: &Message) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(Bytes::from(message.text.clone())));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.access.address.clone();
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.access.bearer.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.extend(HeaderValue::from_str(&self.label).ok().map(|label| (LABEL, label)));
        let mut say = |name: HeaderName, words: &str| {
            if let Ok(words) = HeaderValue::from_str(words) {
                headers.insert(name, words);
            }
        };
        match message.revision() {
            Some(revision) => {
                say(VERSION, revision);
                say(METHOD, &message.method);
                if let Some(name) = message.name() {
                    say(NAME, name);
                }
            }
            None if message.method == "initialize" => {}
            None => {
                if let Some(agreed) = self.agreed.lock().unwrap_or_else(PoisonError::into_inner).clone() {
                    headers.insert(VERSION, agreed);
                }
            }
        }
        request
    }
}

fn kind_of(response: &Response<Incoming>) -> String {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
