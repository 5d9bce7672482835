//! The agents' listener: MCP over HTTP for agents that others wrote, and what they tell of their conversations, each with a
//! token of its own. Nothing of a request is looked at before its token is, and nothing that no client would send is read
//! to its end.

use crate::error::StartError;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use countersign_agents::port::Conversations;
use countersign_channels::door::{
    self, BodyBounds, BodyRefused, Bounds, Bucket, Buckets, Caller as Peer, Door, LOOPBACK, Neighbour, Rate,
    host_is_known, whole,
};
use countersign_domain::agent::MOST_AGENTS;
use countersign_domain::strict;
use countersign_gate::error::GateError;
use countersign_gate::{Caller, Gate};
use countersign_mcp::gateway::{self, CANCELLED, LABEL, LARGEST_REQUEST, TakingBack};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Where the gateway answers.
const PATH: &str = "/mcp";
/// A call that waits keeps its connection.
const CONNECTIONS: Bounds = Bounds {
    connections: 4_096,
    connections_per_address: 4_096,
    head: Duration::from_secs(60),
    head_bytes: 32 * 1024,
    silence: None,
    stalled: Duration::from_secs(20),
    drain: Duration::from_secs(5),
};
const LABEL_NAME: HeaderName = HeaderName::from_static(LABEL);
const WITHIN: Duration = Duration::from_secs(20);
const BODY: BodyBounds = BodyBounds { bytes: LARGEST_REQUEST, within: WITHIN };
const TOLD_BODY: BodyBounds = BodyBounds { bytes: countersign_ingest::LARGEST_REQUEST, within: WITHIN };
/// Requests of one agent: its calls, and how often it asks what became of them.
const REQUESTS: Rate = Rate::per_minute(2_000, 60_000);
/// Requests of one agent that tell of its conversations: each may be an append.
const TELLINGS: Rate = Rate::per_minute(200, 1_200);
/// Tokens of one address that were none.
const GUESSES: Rate = Rate::per_minute(20, 20);
const MOST_NEIGHBOURS: usize = 10_000;

/// A running listener for agents that others wrote.
pub(crate) struct GatewayListener {
    address: SocketAddr,
    task: JoinHandle<()>,
}

struct Entrance {
    gate: Arc<Gate>,
    requests: Buckets<String>,
    tellings: Buckets<String>,
    guesses: Buckets<Neighbour>,
}

impl GatewayListener {
    pub(crate) fn start(
        listener: TcpListener,
        gate: Arc<Gate>,
        conversations: Arc<dyn Conversations>,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(|e| StartError::file("gateway listener", &e))?;
        let paces: Mutex<HashMap<String, (u32, Bucket)>> = Mutex::default();
        let pace = move |caller: &Caller| {
            let mut paces = paces.lock().unwrap_or_else(PoisonError::into_inner);
            may_call(&mut paces, caller.name(), caller.grant().calls_per_minute, Instant::now())
        };
        let (service, taking_back) = gateway::service(gate.clone(), conversations, Arc::new(pace), &LOOPBACK);
        let entrance = Entrance {
            gate: gate.clone(),
            requests: Buckets::new(REQUESTS, MOST_AGENTS),
            tellings: Buckets::new(TELLINGS, MOST_AGENTS),
            guesses: Buckets::new(GUESSES, MOST_NEIGHBOURS),
        };
        let door = Arc::new(Door::new(&LOOPBACK.map(str::to_owned), &[]));
        let router = Router::new()
            .route_service(PATH, service)
            .layer(from_fn_with_state(taking_back, strictly))
            .merge(countersign_ingest::router(gate))
            .layer(from_fn_with_state(Arc::new(entrance), entered))
            .layer(from_fn_with_state(door, host_is_known));
        let task = tokio::spawn(door::serve(listener, None, router, CONNECTIONS, end));
        Ok(Self { address, task })
    }

    /// Where agents reach it.
    pub(crate) fn address(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    pub(crate) async fn ended(self) {
        let _ = self.task.await;
    }
}

/// So many calls a minute, a sixth of them at once; another grant holds at once.
fn may_call(paces: &mut HashMap<String, (u32, Bucket)>, agent: &str, per_minute: u32, now: Instant) -> bool {
    let rate = Rate::per_minute(per_minute.div_ceil(6), per_minute);
    let (before, bucket) = paces.entry(agent.to_owned()).or_insert_with(|| (per_minute, Bucket::new(rate, now)));
    if *before != per_minute {
        *before = per_minute;
        bucket.set_rate(rate, now);
    }
    bucket.take(now)
}

/// Lets a request through with the agent whose token it shows, or says why not.
async fn entered(State(entrance): State<Arc<Entrance>>, mut request: Request, next: Next) -> Response {
    let Some(Peer(address)) = request.extensions().get::<Peer>().copied() else {
        return said(StatusCode::SERVICE_UNAVAILABLE, -32603, "Whose connection this is, is not known.");
    };
    let neighbour = Neighbour::from(address.ip());
    let headers = request.headers();
    // No page of any site has business here, whatever its browser says of it.
    if headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site") {
        return said(StatusCode::FORBIDDEN, -32600, "No page of a browser may ask this.");
    }
    let caller = match token_of(headers) {
        Some(token) => entrance.gate.caller(token).await,
        None => Err(GateError::UnknownToken),
    };
    let name = match caller {
        Ok(caller) if !entrance.requests.take(&caller.name().to_owned(), Instant::now()) => {
            return too_many("Too many requests of this agent. Wait a few seconds.");
        }
        Ok(caller) => {
            let name = caller.name().to_owned();
            request.extensions_mut().insert(caller);
            name
        }
        Err(GateError::UnknownToken) => {
            if !entrance.guesses.take(&neighbour, Instant::now()) {
                return too_many("Too many wrong tokens from this address. Wait a minute.");
            }
            let words = "This gateway asks for an agent's bearer token, and this is none that is good now.";
            let mut refused = said(StatusCode::UNAUTHORIZED, -32600, words);
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return refused;
        }
        Err(error) => {
            tracing::warn!(%error, "whose token this is cannot be told now");
            return said(
                StatusCode::SERVICE_UNAVAILABLE,
                -32603,
                "Nobody's token can be looked at now; try in a minute.",
            );
        }
    };
    let tells = request.uri().path().starts_with(countersign_ingest::PREFIX);
    if tells && !entrance.tellings.take(&name, Instant::now()) {
        return too_many(
            "Too many requests of this agent. Send more messages or spans in each, or wait a few seconds.",
        );
    }
    match whole(request, if tells { TOLD_BODY } else { BODY }).await {
        Ok(request) => next.run(request).await,
        Err(why @ BodyRefused::TooLarge(_)) => said(StatusCode::PAYLOAD_TOO_LARGE, -32600, &why.to_string()),
        Err(why @ BodyRefused::TooSlow(_)) => said(StatusCode::REQUEST_TIMEOUT, -32600, &why.to_string()),
    }
}

/// What says the same thing twice, or a number that does not come back as it was written, is read by nobody: else what is
/// judged might not be what was asked for. A client that begins is told a label, by which it can take its calls back.
async fn strictly(State(taking_back): State<TakingBack>, request: Request, next: Next) -> Response {
    if *request.method() != Method::POST {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST_REQUEST).await else {
        return said(StatusCode::BAD_REQUEST, -32700, "The request could not be read.");
    };
    let strict = std::str::from_utf8(&bytes).map_err(|error| error.to_string());
    let message = match strict.and_then(|text| strict::parse(text).map_err(|why| why.to_string())) {
        Ok(message) => message,
        Err(why) => {
            let words = format!("The request is not strict JSON, so it was not looked at: {why}.");
            return said(StatusCode::BAD_REQUEST, -32700, &words);
        }
    };
    let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
    if method == CANCELLED {
        let label = parts.headers.get(LABEL).and_then(|label| label.to_str().ok());
        let caller = parts.extensions.get::<Caller>();
        if let Some(caller) = caller
            && let Err(error) = taking_back.take_back(caller, label, &message).await
        {
            tracing::warn!(%error, "a call could not be taken back; it stays as it is");
        }
    }
    let begins = method == "initialize";
    let mut response = next.run(Request::from_parts(parts, axum::body::Body::from(bytes))).await;
    if begins && response.status().is_success() {
        response
            .headers_mut()
            .extend(HeaderValue::from_str(&taking_back.label()).ok().map(|label| (LABEL_NAME, label)));
    }
    response
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let mut shown = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (shown.next(), shown.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn too_many(words: &str) -> Response {
    let mut response = said(StatusCode::TOO_MANY_REQUESTS, -32600, words);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// An error as clients of the protocol read one.
fn said(status: StatusCode, code: i32, words: &str) -> Response {
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": words } });
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_calls_as_often_as_it_was_granted_and_another_grant_holds_at_once() {
        let (mut paces, now) = (HashMap::new(), Instant::now());
        let mut taken =
            |per_minute, at: Instant| (0..100).filter(|_| may_call(&mut paces, "bot", per_minute, at)).count();
        assert_eq!(taken(60, now), 10);
        assert_eq!(taken(60, now + Duration::from_secs(5)), 5);
        assert_eq!(taken(6, now + Duration::from_secs(5)), 0);
        assert_eq!(taken(6, now + Duration::from_secs(60)), 1);
    }

    #[test]
    fn a_token_is_read_from_one_header_of_the_right_form_and_no_other() {
        let token = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            token_of(&headers).map(str::to_owned)
        };
        assert_eq!(token(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(token(&["bearer abc"]).as_deref(), Some("abc"));
        for none in [&[][..], &["abc"], &["Basic abc"], &["Bearer a", "Bearer b"]] {
            assert_eq!(token(none), None);
        }
    }
}
