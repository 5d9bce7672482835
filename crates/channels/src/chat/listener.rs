//! The customers' listener: the hosted page, and the WebSocket at `/chat`.

use super::line::Line;
use super::options::{ChatLimits, ChatOptions, SiteSecret};
use super::page::with_headers;
use super::session::Session;
use super::sign_in::SignIn;
use crate::door::{
    self, Admission, Bounds, Bucket, Buckets, Caller, Door, Drain, Full, KnownHost, Neighbour, Rate, host_is_known,
};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_agents::port::Conversations;
use countersign_domain::ambient::Clock;
use countersign_domain::channel::{ChatSettings, MOST_CONNECTED};
use countersign_domain::ids::ConversationId;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use tower_http::services::ServeDir;

/// Addresses whose rate of new conversations is remembered at once.
const MOST_NEIGHBOURS: usize = 10_000;
/// Conversations whose rate of messages is remembered at once.
const MOST_TALKING: usize = 8 * MOST_CONNECTED as usize;
/// A frame this many times over the limit is still read, to say what is wrong with it; a larger one ends the line.
const READ_FOR_THE_ERROR: usize = 16;
/// The most bytes of a request's head: this listener's own pages send far less.
const HEAD_BYTES: usize = 16 * 1024;
/// How long open connections have to end when the station stops.
const DRAIN: Duration = Duration::from_secs(5);

/// What all connections share.
pub(super) struct House {
    pub(super) conversations: Arc<dyn Conversations>,
    pub(super) site_secret: Option<SiteSecret>,
    pub(super) sign_in: Option<Arc<SignIn>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: ChatLimits,
    settings: Mutex<watch::Receiver<ChatSettings>>,
    /// Messages, per conversation: a new connection brings no new allowance.
    messages: Buckets<ConversationId>,
    opens_here: Buckets<Neighbour>,
    opens: Mutex<Bucket>,
    sockets: Arc<Admission>,
    door: Arc<Door>,
}

impl House {
    /// Whether this address may begin one more conversation now.
    pub(super) fn may_open(&self, neighbour: &Neighbour) -> bool {
        let now = self.caught_up();
        // Its own allowance first, so that one address cannot use up everybody's with refused attempts.
        self.opens_here.take(neighbour, now) && self.opens.lock().unwrap_or_else(PoisonError::into_inner).take(now)
    }

    /// Whether this conversation may say one thing more now.
    pub(super) fn may_say(&self, conversation: &ConversationId) -> bool {
        self.messages.take(conversation, self.caught_up())
    }

    /// Takes over what people have changed since; now.
    fn caught_up(&self) -> Instant {
        let now = Instant::now();
        let mut seen = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.has_changed().unwrap_or(false) {
            let settings = seen.borrow_and_update();
            let Rates { here, in_all, messages } = Rates::of(&settings);
            self.opens_here.set_rate(here, now);
            self.opens.lock().unwrap_or_else(PoisonError::into_inner).set_rate(in_all, now);
            self.messages.set_rate(messages, now);
            self.sockets.set(settings.connected as usize, settings.connected_per_address as usize);
        }
        now
    }
}

/// What is let in, by the minute.
struct Rates {
    here: Rate,
    in_all: Rate,
    messages: Rate,
}

impl Rates {
    fn of(settings: &ChatSettings) -> Self {
        let alike = |count| Rate::per_minute(count, count);
        Self {
            here: alike(settings.opens_per_minute_and_address),
            in_all: alike(settings.opens_per_minute),
            messages: Rate::per_minute(settings.message_burst, settings.messages_per_minute),
        }
    }
}

/// The routes of the customers' listener: the hosted page, and the WebSocket at `/chat`. To be given to [`serve`],
/// which tells it whose connection a request came over; under another server `/chat` answers 500.
pub fn listener(conversations: Arc<dyn Conversations>, options: ChatOptions) -> Router {
    let limits = options.limits;
    let door = Arc::new(Door::new(&options.hosts, &options.origins));
    let mut seen = options.settings.clone();
    let settings = seen.borrow_and_update().clone();
    let Rates { here, in_all, messages } = Rates::of(&settings);
    let house = Arc::new(House {
        conversations,
        site_secret: options.site_secret,
        sign_in: options.sign_in.map(|sign_in| SignIn::new(sign_in, options.clock.clone())),
        clock: options.clock,
        settings: Mutex::new(seen),
        messages: Buckets::new(messages, MOST_TALKING),
        opens_here: Buckets::new(here, MOST_NEIGHBOURS),
        opens: Mutex::new(Bucket::new(in_all, Instant::now())),
        sockets: Admission::new(settings.connected as usize, settings.connected_per_address as usize),
        door: Arc::clone(&door),
        limits,
    });
    Router::new()
        .route("/chat", get(chat))
        .with_state(house)
        .fallback_service(ServeDir::new(options.page))
        .layer(from_fn_with_state(options.settings, with_headers))
        .layer(from_fn_with_state(door, host_is_known))
}

async fn chat(
    State(house): State<Arc<House>>,
    Extension(host): Extension<KnownHost>,
    Extension(drain): Extension<Drain>,
    Extension(Caller(address)): Extension<Caller>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !house.door.origin_is_welcome(&headers, &host) {
        return (StatusCode::FORBIDDEN, "This page may not open a chat here.\n").into_response();
    }
    house.caught_up();
    let seat = match house.sockets.admit(address.ip()) {
        Ok(seat) => seat,
        Err(full) => {
            let status = match full {
                Full::Here => StatusCode::TOO_MANY_REQUESTS,
                Full::Everywhere => StatusCode::SERVICE_UNAVAILABLE,
            };
            return (status, format!("{full}\n")).into_response();
        }
    };
    let readable = house.limits.frame_bytes.saturating_mul(READ_FOR_THE_ERROR);
    let upgrade = upgrade.max_message_size(readable).max_frame_size(readable).write_buffer_size(0);
    upgrade.on_upgrade(move |socket| async move {
        let line = Line::new(socket, house.limits.write);
        Session::new(house, Neighbour::from(address.ip()), line).run(drain).await;
        drop(seat);
    })
}

/// Serves customers until `shutdown` resolves; then every connection is told to resume shortly and closed. Returns when
/// the last has ended, five seconds later at most.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &ChatLimits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let bounds = Bounds {
        connections: limits.connections,
        connections_per_address: limits.connections_per_address,
        head: limits.head,
        head_bytes: HEAD_BYTES,
        silence: Some(limits.silence),
        stalled: limits.write,
        drain: DRAIN,
    };
    door::serve(listener, None, router, bounds, shutdown).await;
}
