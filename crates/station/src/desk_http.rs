//! The desks' listener: the browser desk's pages and its three calls, with a bearer token and never a cookie.

mod guard;
mod sessions;
mod set_up_token;

use crate::error::StartError;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use countersign_api::attempts::Place;
use countersign_api::desk::{Desk, Hears};
use countersign_api::office::Office;
use countersign_api::presence::LookingTold;
use countersign_api::wire::command::{Command, Notice, Query};
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_api::wire::queue::DecisionRequest;
use countersign_channels::door::{self, Caller, Door, LOOPBACK, Neighbour, host_is_known};
use guard::{CONNECTIONS, Guard, guarded};
use serde::Deserialize;
use sessions::Sessions;
use set_up_token::SetUpToken;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// Where a sign-in's answer carries the token of the new session.
const SESSION: HeaderName = HeaderName::from_static("countersign-session");
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A running listener for browser desks.
pub(crate) struct DeskListener {
    address: String,
    task: JoinHandle<()>,
}

struct House {
    sessions: Sessions,
    office: Arc<Office>,
    /// Needed for the first set-up over HTTP, and for nothing else.
    set_up_token: Option<SetUpToken>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryBody {
    query: Query,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandBody {
    command: Command,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecideBody {
    decision: DecisionRequest,
}

impl DeskListener {
    pub(crate) async fn start(
        listener: TcpListener,
        office: Arc<Office>,
        page: &Path,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(|e| StartError::file("desk listener", &e))?;
        let token = match office.gate.is_set_up().await? {
            true => None,
            false => Some(sessions::token(office.entropy.as_ref())),
        };
        let told = token.as_ref().map(|token| format!("#token={token}")).unwrap_or_default();
        let now = office.gate.records().now();
        let door = Arc::new(Door::new(&LOOPBACK.map(str::to_owned), &[]));
        let house = Arc::new(House {
            set_up_token: token.map(|token| SetUpToken::new(&token, now)),
            sessions: Sessions::new(office.clone()),
            office,
        });
        let fixed = |name: HeaderName, value: &'static str| {
            SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
        };
        let router = Router::new()
            .route("/api/query", post(query))
            .route("/api/command", post(command))
            .route("/api/decide", post(decide))
            .route("/api/notices", get(notices))
            .layer(from_fn_with_state(Guard::new(door.clone()), guarded))
            .with_state(house.clone())
            .fallback_service(ServeDir::new(page))
            .layer(fixed(header::CONTENT_SECURITY_POLICY, POLICY))
            .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
            .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
            .layer(fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
            .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
            .layer(fixed(header::CACHE_CONTROL, "no-store"))
            .layer(from_fn_with_state(door, host_is_known));
        let closing = house.clone();
        let task = tokio::spawn(async move {
            let end = async move {
                end.await;
                closing.sessions.close();
            };
            door::serve(listener, router, CONNECTIONS, end).await;
        });
        Ok(Self { address: format!("http://{address}/{told}"), task })
    }

    /// Where a browser reaches it, with the one-time token while it is needed.
    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) async fn ended(self) {
        let _ = self.task.await;
    }
}

impl House {
    /// Whether somebody may set up the first person with this token now.
    fn check_set_up_token(&self, given: Option<&str>) -> Result<(), Problem> {
        match &self.set_up_token {
            Some(token) => token.check(given, self.office.gate.records().now()),
            None => Err(set_up_token::used()),
        }
    }
}

type Answer = Result<Response, Failed>;

/// A problem with its HTTP status.
struct Failed(Problem);

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            ProblemCode::SignInNeeded | ProblemCode::WrongPassword => StatusCode::UNAUTHORIZED,
            ProblemCode::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ProblemCode::Forbidden => StatusCode::FORBIDDEN,
            ProblemCode::NoLongerHeld | ProblemCode::CardChanged => StatusCode::CONFLICT,
            ProblemCode::NotFound => StatusCode::NOT_FOUND,
            ProblemCode::Erased => StatusCode::GONE,
            ProblemCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(self.0)).into_response()
    }
}

/// Reads a body strictly; what does not fit is told, not guessed.
fn parse<T: for<'a> Deserialize<'a>>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body)
        .map_err(|why| Problem::new(ProblemCode::Invalid, format!("The request was not understood: {why}.")))
}

async fn query(State(house): State<Arc<House>>, headers: HeaderMap, body: String) -> Answer {
    let QueryBody { query } = parse(&body)?;
    let desk = house.sessions.desk(&headers);
    Ok(Json(desk.query(query).await?).into_response())
}

async fn command(
    State(house): State<Arc<House>>,
    Extension(Caller(address)): Extension<Caller>,
    headers: HeaderMap,
    body: String,
) -> Answer {
    let CommandBody { command } = parse(&body)?;
    if let Command::SetUp { token, .. } = &command {
        house.check_set_up_token(token.as_deref())?;
    }
    let sets_up = matches!(command, Command::SetUp { .. });
    let signs_in = sets_up || matches!(command, Command::SignIn { .. });
    let signs_out = command == Command::SignOut;
    let desk: Arc<Desk> = house.sessions.desk(&headers);
    let place = Place::address(Neighbour::from(address.ip()));
    // Carried out to its end, also if the browser goes away in the middle of it.
    let carried = {
        let desk = desk.clone();
        tokio::spawn(async move { desk.command_from(&place, command).await })
    };
    let session = carried.await.map_err(|_| Problem::new(ProblemCode::Unavailable, "The station is ending."))??;
    if let Some(token) = house.set_up_token.as_ref().filter(|_| sets_up) {
        token.use_up();
    }
    let mut response = Json(session).into_response();
    if signs_out {
        house.sessions.end(&headers);
    }
    if signs_in {
        house.sessions.end(&headers);
        let token = house.sessions.begin(desk, house.office.entropy.as_ref());
        if let Ok(value) = HeaderValue::from_str(&token) {
            response.headers_mut().insert(SESSION, value);
        }
    }
    Ok(response)
}

async fn decide(State(house): State<Arc<House>>, headers: HeaderMap, body: String) -> Answer {
    let DecideBody { decision } = parse(&body)?;
    let desk = house.sessions.desk(&headers);
    Ok(Json(desk.decide(decision).await?).into_response())
}

/// What one stream of notices hears.
struct Hearing {
    told: watch::Receiver<Notice>,
    looking: LookingTold,
    ended: watch::Receiver<bool>,
    desk: Arc<Desk>,
    first: bool,
    _hears: Hears,
}

impl Hearing {
    /// The next notice; `None` once there is nobody to tell.
    async fn next(&mut self) -> Option<Notice> {
        let looking = match std::mem::take(&mut self.first) {
            true => None,
            false => tokio::select! {
                changed = self.told.changed() => { changed.ok()?; None }
                looking = self.looking.next() => Some(looking?),
                _ = self.ended.wait_for(|end| *end) => return None,
            },
        };
        self.desk.signed_in()?;
        Some(looking.unwrap_or_else(|| self.told.borrow_and_update().clone()))
    }
}

/// One line of JSON a notice, as long as the session lasts.
async fn notices(State(house): State<Arc<House>>, headers: HeaderMap) -> Answer {
    let desk = house.sessions.desk(&headers);
    // Before it is asked who is signed in: a sign-out in between must not be missed.
    let left = desk.left();
    if desk.signed_in().is_none() {
        return Err(Problem::new(ProblemCode::SignInNeeded, "Nobody is signed in at this desk.").into());
    }
    let told = desk.notices();
    let ended = house.sessions.ending();
    let hearing = Hearing { told, looking: desk.looking(), ended, _hears: desk.hears(), desk, first: true };
    let lines = futures::stream::unfold(hearing, |mut hearing| async move {
        let mut line = serde_json::to_string(&hearing.next().await?).ok()?;
        line.push('\n');
        Some((Ok::<_, std::convert::Infallible>(line), hearing))
    });
    let lines = futures::StreamExt::take_until(lines, Box::pin(left));
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines)).into_response())
}
