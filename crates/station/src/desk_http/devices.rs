//! The listener for desktops on other machines: the desk's calls under TLS, for devices that know the house's word. A
//! person's key lies on their device, which is asked for each signature ([`super::calls`]).

use super::calls::{AtTheOtherEnd, Calls};
use super::guard::{CONNECTIONS, Entrance, Guard, guarded};
use super::identity;
use super::problems::{Answer, CommandBody, DecideBody, parse};
use super::reading;
use super::sessions::{self, Sessions};
use crate::error::StartError;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use countersign_api::attempts::Place;
use countersign_api::desk::Desk;
use countersign_api::office::Office;
use countersign_api::wire::command::Command;
use countersign_api::wire::device::{ConnectionCode, DeviceSignIn, SignatureGiven};
use countersign_channels::door::{self, Caller, Neighbour, Tls};
use countersign_domain::ambient::Entropy;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::set_header::SetResponseHeaderLayer;

/// A listener for desktops on other machines that lets nobody in yet.
pub(crate) struct DeviceDoor {
    listener: TcpListener,
    tls: Tls,
    code: ConnectionCode,
}

/// The same, running.
pub(crate) struct DeviceListener {
    code: ConnectionCode,
    task: JoinHandle<()>,
}

struct House {
    sessions: Arc<Sessions>,
    calls: Calls,
    office: Arc<Office>,
}

fn of_device(office: Arc<Office>) -> Desk {
    Desk::of_device(office, Arc::new(AtTheOtherEnd))
}

impl DeviceDoor {
    /// `host` is what other machines call this one.
    pub(crate) fn at(
        listener: TcpListener,
        host: String,
        folder: &Path,
        entropy: &dyn Entropy,
    ) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(|e| StartError::file("device listener", &e))?;
        let identity = identity::open(folder, entropy)?;
        let code = ConnectionCode { host, port: address.port(), pin: identity.pin, word: identity.word };
        Ok(Self { listener, tls: identity.tls, code })
    }

    /// What somebody at another machine connects with.
    pub(crate) fn code(&self) -> &ConnectionCode {
        &self.code
    }

    /// Lets them in.
    pub(crate) fn open(self, office: Arc<Office>, end: impl Future<Output = ()> + Send + 'static) -> DeviceListener {
        let Self { listener, tls, code } = self;
        let house = Arc::new(House {
            sessions: Arc::new(Sessions::new(office.clone(), of_device)),
            calls: Calls::new(office.clone()),
            office,
        });
        let entrance = Entrance::Devices(sessions::hash(&hex::encode(code.word)));
        let router = Router::new()
            .route("/api/command", post(command))
            .route("/api/decide", post(decide))
            .route("/api/sign-in", post(sign_in))
            .route("/api/signature", post(signature))
            .with_state(house.clone())
            .merge(reading::routes(house.sessions.clone()))
            .layer(from_fn_with_state(Guard::new(entrance), guarded))
            .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
        let task = tokio::spawn(async move {
            let end = async move {
                end.await;
                house.sessions.close();
            };
            door::serve(listener, Some(tls), router, CONNECTIONS, end).await;
        });
        DeviceListener { code, task }
    }
}

impl DeviceListener {
    /// What somebody at another machine connects with.
    pub(crate) fn code(&self) -> &ConnectionCode {
        &self.code
    }

    pub(crate) async fn ended(self) {
        let _ = self.task.await;
    }
}

async fn command(
    State(house): State<Arc<House>>,
    Extension(Caller(address)): Extension<Caller>,
    headers: HeaderMap,
    body: String,
) -> Answer {
    let CommandBody { command } = parse(&body)?;
    let signs_out = command == Command::SignOut;
    let desk = house.sessions.desk(&headers);
    let place = Place::address(Neighbour::from(address.ip()));
    let call = async move { Ok(Json(desk.command_from(&place, command).await?).into_response()) };
    let response = house.calls.begin(call).await;
    if signs_out {
        house.sessions.end(&headers);
    }
    Ok(response)
}

async fn decide(State(house): State<Arc<House>>, headers: HeaderMap, body: String) -> Answer {
    let DecideBody { decision } = parse(&body)?;
    let desk = house.sessions.desk(&headers);
    let call = async move { Ok(Json(desk.decide(decision).await?).into_response()) };
    Ok(house.calls.begin(call).await)
}

async fn sign_in(
    State(house): State<Arc<House>>,
    Extension(Caller(address)): Extension<Caller>,
    body: String,
) -> Answer {
    let asked: DeviceSignIn = parse(&body)?;
    let place = Place::address(Neighbour::from(address.ip()));
    let at = house.clone();
    let call = async move {
        let desk = Arc::new(of_device(at.office.clone()));
        let session = desk.sign_in_on_device(&place, asked).await?;
        let mut response: Response = Json(session).into_response();
        at.sessions.end_those_of(&desk);
        at.sessions.begin(desk, at.office.entropy.as_ref(), &mut response);
        Ok(response)
    };
    Ok(house.calls.begin(call).await)
}

async fn signature(State(house): State<Arc<House>>, body: String) -> Answer {
    let given: SignatureGiven = parse(&body)?;
    Ok(house.calls.go_on(given).await)
}
