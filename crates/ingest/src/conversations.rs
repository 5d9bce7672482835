//! Conversations and their messages, as JSON.

use crate::refused::Refused;
use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use countersign_domain::alias::trace_of;
use countersign_domain::conversation::{LONGEST_RELAYED_CHARS, Speaker};
use countersign_domain::strict;
use countersign_domain::time::Timestamp;
use countersign_gate::{CallCustomer, Caller, Gate, LONGEST_ALIAS, RelayReport, Relaying, Telling};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most messages of one request.
const MOST_MESSAGES: usize = 100;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Beginning {
    customer: Option<Customer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Messages {
    customer: Option<Customer>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    id: String,
    speaker: Speaker,
    text: String,
    said_at: Option<String>,
}

/// What was stored.
#[derive(Serialize)]
pub(crate) struct Stored {
    conversation: String,
    stored: usize,
    known: usize,
}

impl From<RelayReport> for Stored {
    fn from(report: RelayReport) -> Self {
        Self { conversation: report.conversation.to_string(), stored: report.stored, known: report.known }
    }
}

impl From<Customer> for CallCustomer {
    fn from(customer: Customer) -> Self {
        Self { id: customer.id, name: customer.name }
    }
}

pub(crate) async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::DESCRIPTION).into_response()
}

/// Begins a conversation here, if it is not known; ties the trace of the request to it.
pub(crate) async fn open(
    State(gate): State<Arc<Gate>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Stored>, Refused> {
    let beginning: Beginning = if body.is_empty() { Beginning::default() } else { read(&body)? };
    let customer = beginning.customer.map(CallCustomer::from);
    relay(&gate, &caller, Relaying { id: Some(id), trace: trace(&headers)?, customer, told: Vec::new() }).await
}

pub(crate) async fn messages(
    State(gate): State<Arc<Gate>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Stored>, Refused> {
    let said: Messages = read(&body)?;
    if !(1..=MOST_MESSAGES).contains(&said.messages.len()) {
        return Err(Refused::unread(format!(
            "One request tells of 1 to {MOST_MESSAGES} messages. Nothing was stored."
        )));
    }
    let told = said.messages.into_iter().enumerate().map(|(at, message)| telling(at, message));
    let told = told.collect::<Result<_, _>>()?;
    let customer = said.customer.map(CallCustomer::from);
    relay(&gate, &caller, Relaying { id: Some(id), trace: trace(&headers)?, customer, told }).await
}

pub(crate) async fn close(
    State(gate): State<Arc<Gate>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Stored>, Refused> {
    let told = vec![Telling::Done];
    relay(&gate, &caller, Relaying { id: Some(id), trace: trace(&headers)?, customer: None, told }).await
}

async fn relay(gate: &Gate, caller: &Caller, relaying: Relaying) -> Result<Json<Stored>, Refused> {
    Ok(Json(gate.relay(caller, &relaying).await?.into()))
}

fn telling(at: usize, message: Message) -> Result<Telling, Refused> {
    let wrong = |what: &str| Refused::unread(format!("messages[{at}]: {what}. Nothing of the request was stored."));
    if !(1..=LONGEST_ALIAS).contains(&message.id.len()) {
        return Err(wrong("its id has 1 to 256 bytes"));
    }
    let characters = message.text.trim().chars().count();
    if characters == 0 {
        return Err(wrong("it is empty"));
    }
    if characters > LONGEST_RELAYED_CHARS {
        return Err(wrong(&format!("it has {characters} characters; at most {LONGEST_RELAYED_CHARS} are taken")));
    }
    let said_at = message.said_at.as_deref().map(Timestamp::from_rfc3339).transpose();
    let said_at = said_at.map_err(|_| wrong("said_at is no time as RFC 3339 writes one, with its offset"))?;
    Ok(Telling::Message { key: message.id, speaker: message.speaker, text: message.text, said_at, from_span: false })
}

/// Strict: what says the same thing twice is read by nobody.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string());
    let value = text.and_then(|text| strict::parse(text).map_err(|why| why.to_string()));
    let read = value.and_then(|value| serde_json::from_value(value).map_err(|why| why.to_string()));
    read.map_err(|why| {
        Refused::unread(format!("The request is not what GET /v1/openapi.json describes: {why}. Nothing was stored."))
    })
}

/// The trace that a request says that it is part of, if it says one.
fn trace(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let Some(parent) = headers.get("traceparent") else { return Ok(None) };
    let trace = parent.to_str().ok().and_then(trace_of);
    let unread =
        || Refused::unread("The header traceparent is not as W3C's trace context writes it. Nothing was stored.");
    trace.map(Some).ok_or_else(unread)
}
