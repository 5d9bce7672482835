//! What stands before every call of a desk: its own page or a device of the house asks, not too often, in JSON, in one piece.

use super::problems::Failed;
use super::sessions::{self, Hash};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_api::wire::device::WORD_HEADER;
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_channels::door::{
    BodyBounds, BodyRefused, Bounds, Buckets, Caller, Door, KnownHost, Neighbour, Rate, comes_from_elsewhere, whole,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The largest request: an override's arguments have at most 64 kB, and words 2,000 characters.
const BODY: BodyBounds = BodyBounds { bytes: 256 * 1024, within: Duration::from_secs(10) };
/// Calls of one address: far more than people make, far fewer than a runaway script.
const CALLS: Rate = Rate::per_minute(1_200, 12_000);
/// Addresses whose rate is remembered at once.
const MOST_NEIGHBOURS: usize = 10_000;

const NO_PAGE: &str = "Only the desk's own page may ask this.";
const NO_WORD: &str =
    "This station has another connection code by now. Ask whoever runs it for the new one, and connect again.";

/// Connections of desks. A browser keeps several open, one of them for notices.
pub(super) const CONNECTIONS: Bounds = Bounds {
    connections: 512,
    connections_per_address: 256,
    head: Duration::from_secs(15),
    head_bytes: 16 * 1024,
    silence: None,
    stalled: Duration::from_secs(20),
    drain: Duration::from_secs(5),
};

/// Who may ask at a listener.
pub(super) enum Entrance {
    /// Its own pages, in a browser.
    Pages(Arc<Door>),
    /// Whoever says the house's word, of which this is the hash; no page of any browser.
    Devices(Hash),
}

pub(super) struct Guard {
    entrance: Entrance,
    calls: Buckets<Neighbour>,
}

impl Guard {
    pub(super) fn new(entrance: Entrance) -> Arc<Self> {
        Arc::new(Self { entrance, calls: Buckets::new(CALLS, MOST_NEIGHBOURS) })
    }

    /// Why whoever asks may not. A browser sends no Origin with a read of its own site.
    fn refuses(&self, method: &Method, headers: &HeaderMap, host: Option<&KnownHost>) -> Option<&'static str> {
        let page = headers.contains_key(header::ORIGIN);
        let welcome = match &self.entrance {
            Entrance::Pages(door) => {
                let Some(host) = host else { return Some(NO_PAGE) };
                let silent = *method == Method::GET && !page;
                !comes_from_elsewhere(headers) && (silent || door.origin_is_welcome(headers, host))
            }
            Entrance::Devices(word) => {
                let said = headers.get(WORD_HEADER).and_then(|said| said.to_str().ok()).map(sessions::hash);
                if said != Some(*word) {
                    return Some(NO_WORD);
                }
                !page && !headers.contains_key("sec-fetch-site")
            }
        };
        (!welcome).then_some(NO_PAGE)
    }
}

/// Lets a call through, or says why not.
pub(super) async fn guarded(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let refused = |code, message: &str| Failed::from(Problem::new(code, message)).into_response();
    let extensions = request.extensions();
    let Some(Caller(address)) = extensions.get::<Caller>().copied() else {
        return refused(ProblemCode::Unavailable, "Whose connection this is, is not known.");
    };
    if !guard.calls.take(&Neighbour::from(address.ip()), Instant::now()) {
        let mut response =
            refused(ProblemCode::Unavailable, "Too many requests from this address. Wait a few seconds.");
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        return response;
    }
    if let Some(why) = guard.refuses(request.method(), request.headers(), extensions.get()) {
        let mut response = refused(ProblemCode::Forbidden, why);
        // Whoever does not belong here keeps no seat.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    if *request.method() == Method::POST && !is_json(request.headers()) {
        let mut response = refused(ProblemCode::Invalid, "A request is JSON, and says so in its content type.");
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return response;
    }
    match whole(request, BODY).await {
        Ok(request) => next.run(request).await,
        Err(why) => {
            let mut response = refused(ProblemCode::Invalid, &why.to_string());
            *response.status_mut() = match why {
                BodyRefused::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
                BodyRefused::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            };
            response
        }
    }
}

/// A page of another site cannot send this type without asking first, and nobody answers that.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
