//! The desks' listener: the browser desk's pages and its three calls, with a bearer token and never a cookie.

mod calls;
mod devices;
mod guard;
mod hearing;
mod identity;
mod problems;
mod reading;
mod sessions;
mod set_up_token;

use crate::error::StartError;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Extension, Json, Router};
use countersign_api::attempts::Place;
use countersign_api::desk::Desk;
use countersign_api::office::Office;
use countersign_api::wire::command::Command;
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_channels::door::{self, Caller, Door, LOOPBACK, Neighbour, host_is_known};
use countersign_domain::person::KeyKind;
use guard::{CONNECTIONS, Entrance, Guard, guarded};
use problems::{Answer, CommandBody, DecideBody, parse};
use sessions::Sessions;
use set_up_token::SetUpToken;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) use devices::{DeviceDoor, DeviceListener};

/// A running listener for browser desks.
pub(crate) struct DeskListener {
    address: String,
    task: JoinHandle<()>,
}

struct House {
    sessions: Arc<Sessions>,
    office: Arc<Office>,
    /// Needed for the first set-up over HTTP, and for nothing else.
    set_up_token: Option<SetUpToken>,
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
            sessions: Arc::new(Sessions::new(office.clone(), |office| Desk::new(office, KeyKind::Station))),
            office,
        });
        let fixed = |name: HeaderName, value: &'static str| {
            SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
        };
        let router = Router::new()
            .route("/api/command", post(command))
            .route("/api/decide", post(decide))
            .with_state(house.clone())
            .merge(reading::routes(house.sessions.clone()))
            .layer(from_fn_with_state(Guard::new(Entrance::Pages(door.clone())), guarded))
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
            door::serve(listener, None, router, CONNECTIONS, end).await;
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
        house.sessions.begin(desk, house.office.entropy.as_ref(), &mut response);
    }
    Ok(response)
}

async fn decide(State(house): State<Arc<House>>, headers: HeaderMap, body: String) -> Answer {
    let DecideBody { decision } = parse(&body)?;
    let desk = house.sessions.desk(&headers);
    Ok(Json(desk.decide(decision).await?).into_response())
}
