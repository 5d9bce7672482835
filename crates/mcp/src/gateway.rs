//! The gateway: agents that others wrote list what they are granted and propose; only the gate executes.
//!
//! Every request stands for itself, whichever revision of the protocol it speaks: nothing is kept here between two of them
//! that the log does not hold, so a call outlives its connection, its client and the station. Whoever serves this has
//! looked at the token before, and put the [`Caller`] that it belongs to into the request's extensions.

mod asked;
mod calling;
mod named;
mod server;
mod taking_back;
mod telling;
mod told;

use countersign_agents::port::Conversations;
use countersign_gate::{Caller, Counts, Gate};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use server::GatewayServer;
use std::sync::Arc;
use taking_back::OpenRequests;

pub use taking_back::{CANCELLED, LABEL, TakingBack};

/// Whether an agent may call once more just now.
pub type Pace = Arc<dyn Fn(&Caller) -> bool + Send + Sync>;

/// What serves the gateway's requests: a `tower` service over HTTP.
pub type GatewayService = StreamableHttpService<GatewayServer, NeverSessionManager>;

/// The largest request that is read, in bytes: what is parsed strictly is no larger.
pub const LARGEST_REQUEST: usize = 64 * 1024;

/// A gateway over a gate. `conversations` tells when something happens to a call; `hosts` are the names that a request may
/// be sent to, and no page of any site may send one.
///
/// The library passes over every notification; what takes calls back stands beside.
pub fn service(
    gate: Arc<Gate>,
    conversations: Arc<dyn Conversations>,
    pace: Pace,
    hosts: &[&str],
) -> (GatewayService, TakingBack) {
    // An answer is JSON, and a stream of events only where there is something to say before it.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(LARGEST_REQUEST)
        .with_allowed_hosts(hosts.iter().copied())
        .enforce_origin_validation();
    let open = OpenRequests::default();
    let taking_back = TakingBack { gate: gate.clone(), open: open.clone() };
    let server = GatewayServer { gate, conversations, pace, waits: Counts::default(), open };
    let sessions = Arc::new(NeverSessionManager::default());
    (StreamableHttpService::new(move || Ok(server.clone()), sessions, config), taking_back)
}
