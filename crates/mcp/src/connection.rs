//! One connection: a running server process with the protocol on its streams, or an address that is spoken to over HTTP,
//! and the tools that it defines.

use crate::answer;
use crate::config::{ServerConfig, ToolServer};
use crate::definitions::{self, Defined, ListError};
use crate::http_wire::{HttpTransport, Unanswered};
use crate::launcher::Launcher;
use crate::process::ServerProcess;
use crate::remote::RemoteConfig;
use crate::servers::Limits;
use crate::wire::{LineTransport, Wire};
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientConfig, ClientRequest, Implementation, RequestId, RequestMetaObject,
};
use rmcp::service::{NotificationContext, PeerRequestOptions, RunningService};
use rmcp::transport::Transport;
use rmcp::{ClientHandler, RoleClient, ServiceError, ServiceExt};
use serde_json::{Map, Value};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout, timeout_at};

/// Where a request's `_meta` carries the idempotency key.
const KEY_IN_META: &str = "countersign/idempotency-key";

/// Why there is no connection. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the process could not be started ({0}): check its command and folder")]
    Launch(io::Error),
    #[error("its standard streams are not connected")]
    Streams,
    #[error("it did not finish the handshake in time")]
    Slow,
    #[error("the handshake failed: {0}")]
    Handshake(&'static str),
    #[error("its token file cannot be read, or holds no token")]
    Token,
}

/// Our side of the protocol: it offers a server nothing, and counts how often the server's tools changed.
#[derive(Debug, Clone)]
struct Client {
    changes: Arc<AtomicU64>,
    stirred: Arc<Notify>,
}

impl ClientHandler for Client {
    fn get_info(&self) -> ClientConfig {
        let mut config = ClientConfig::default();
        config.client_info = Implementation::new("countersign", env!("CARGO_PKG_VERSION"));
        config
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.stirred.notify_one();
    }
}

/// A listing, how many changes had been told when it was asked for, and when that was.
type Listing = (u64, Instant, Arc<Vec<Defined>>);

/// What a connection reaches.
enum Peer {
    /// A process of ours.
    Child(ServerProcess),
    /// Somebody else's, at an address.
    Remote,
}

impl Peer {
    /// Kills a process of ours and waits until it is gone. False if it is not.
    async fn end(&self) -> bool {
        match self {
            Self::Child(process) => process.end().await,
            Self::Remote => true,
        }
    }
}

/// A server that answered the handshake. Dropping it kills a process of ours.
pub(crate) struct Connection {
    server: String,
    service: RunningService<RoleClient, Client>,
    peer: Peer,
    wire: Arc<Wire>,
    changes: Arc<AtomicU64>,
    listing: Mutex<Option<Listing>>,
    limits: Limits,
}

impl Connection {
    /// Reaches the server and shakes hands. `stirred` is told when it says that its tools have changed, and when it ends.
    pub(crate) async fn start(
        config: &ToolServer,
        launcher: &Launcher,
        limits: Limits,
        stirred: &Arc<Notify>,
    ) -> Result<Self, StartError> {
        let wire = Arc::new(Wire::telling(Arc::clone(stirred)));
        let client = Client { changes: Arc::default(), stirred: Arc::clone(stirred) };
        match config {
            ToolServer::Child(config) => Self::start_child(config, launcher, limits, wire, client).await,
            ToolServer::Remote(config) => Self::reach(config, limits, wire, client).await,
        }
    }

    async fn start_child(
        config: &ServerConfig,
        launcher: &Launcher,
        limits: Limits,
        wire: Arc<Wire>,
        client: Client,
    ) -> Result<Self, StartError> {
        let child = launcher.launch(config).await.map_err(StartError::Launch)?;
        let (process, stdin, stdout) = ServerProcess::adopt(child, &config.name).ok_or(StartError::Streams)?;
        let transport = LineTransport::new(stdout, stdin, Arc::clone(&wire));
        Self::shake_hands(&config.name, Peer::Child(process), transport, (wire, client), limits).await
    }

    async fn reach(config: &RemoteConfig, limits: Limits, wire: Arc<Wire>, client: Client) -> Result<Self, StartError> {
        let shows = config.shown().map_err(|_| StartError::Token)?;
        let transport = HttpTransport::new(config.clone(), shows, Arc::clone(&wire), limits.start.max(limits.list));
        Self::shake_hands(config.name(), Peer::Remote, transport, (wire, client), limits).await
    }

    async fn shake_hands<T>(
        server: &str,
        peer: Peer,
        transport: T,
        (wire, client): (Arc<Wire>, Client),
        limits: Limits,
    ) -> Result<Self, StartError>
    where
        T: Transport<RoleClient, Error = io::Error> + 'static,
    {
        let changes = Arc::clone(&client.changes);
        let failed = match timeout(limits.start, client.serve(transport)).await {
            Ok(Ok(service)) => {
                let (server, listing) = (server.to_owned(), Mutex::default());
                return Ok(Self { server, service, peer, wire, changes, listing, limits });
            }
            Ok(Err(_)) => {
                StartError::Handshake(wire.ended().unwrap_or("it refused, or speaks no version that we speak"))
            }
            Err(_) => StartError::Slow,
        };
        peer.end().await;
        Err(failed)
    }

    /// What it says of itself: its name, its version, and the revision of the protocol that was agreed on.
    pub(crate) fn says(&self) -> Option<(String, String, String)> {
        let info = self.service.peer().peer_info()?;
        let (name, version) =
            info.server_info.as_ref().map(|said| (said.name.clone(), said.version.clone())).unwrap_or_default();
        Some((name, version, info.protocol_version.to_string()))
    }

    /// Whether calls can still be sent.
    pub(crate) fn is_open(&self) -> bool {
        let runs = match &self.peer {
            Peer::Child(process) => process.is_running(),
            Peer::Remote => true,
        };
        runs && !self.service.is_transport_closed() && self.wire.ended().is_none()
    }

    /// Makes room for the next connection: whether that may be made. Calls that a server elsewhere has at work go on.
    pub(crate) async fn give_way(&self) -> bool {
        match &self.peer {
            Peer::Child(_) => self.end().await,
            Peer::Remote => {
                self.wire.end("another connection has taken its place");
                true
            }
        }
    }

    /// Whether a server elsewhere has refused or gone since the handshake: another handshake may go better.
    pub(crate) fn was_left(&self) -> bool {
        matches!(self.peer, Peer::Remote) && self.wire.ended().is_some()
    }

    /// Ends the connection: kills a process of ours and waits until it is gone. False if it is not.
    pub(crate) async fn end(&self) -> bool {
        self.wire.end("it was stopped");
        self.service.cancellation_token().cancel();
        let gone = self.peer.end().await;
        if !gone {
            tracing::error!(server = self.server, "a killed tool server has not ended; it is not started again before");
        }
        gone
    }

    /// What the server defines: listed once, and again after it told of a change, or where somebody wants it anew. A server
    /// over HTTP may be another one since, and tells nobody: it is asked each time, once for all who come meanwhile.
    pub(crate) async fn definitions(&self, anew: bool) -> Result<Arc<Vec<Defined>>, ListError> {
        let came = Instant::now();
        let mut listing = timeout(self.limits.list, self.listing.lock()).await.map_err(|_| ListError::Slow)?;
        let (changes, asked) = (self.changes.load(Ordering::SeqCst), Instant::now());
        if let Some((at, since, list)) = listing.as_ref()
            && *at == changes
            && ((matches!(self.peer, Peer::Child(_)) && !anew) || *since >= came)
        {
            return Ok(Arc::clone(list));
        }
        let listed = timeout(self.limits.list, definitions::list(self.service.peer(), &self.server)).await;
        let listed = listed.unwrap_or(Err(ListError::Slow));
        // One that no longer answers is started anew, unless a call of somebody's is still at work in it.
        if matches!(listed, Err(ListError::Slow)) && self.wire.is_idle() {
            self.end().await;
        }
        let list = Arc::new(listed?);
        *listing = Some((changes, asked, Arc::clone(&list)));
        Ok(list)
    }

    /// Sends a call once, and waits for its answer. When it fails with a call that may have happened and no answer can
    /// come any more, the process is gone.
    pub(crate) async fn call(&self, call: &PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let request = request(call)?;
        let deadline = Instant::now() + call.timeout();
        let sent = self.service.send_cancellable_request(request, PeerRequestOptions::no_options());
        let Ok(Ok(handle)) = timeout_at(deadline, sent).await else {
            return Err(ToolFailure::NotSent(self.why()));
        };
        let under_way = UnderWay { wire: &self.wire, call: handle.id.clone() };
        match timeout_at(deadline, handle.await_response()).await {
            Ok(Ok(result)) => answer::of_result(result),
            Ok(Err(ServiceError::McpError(error))) => match self.wire.failure(&under_way.call) {
                Some(unanswered) => Err(self.unanswered(unanswered)),
                None => answer::of_error(&error),
            },
            Ok(Err(_)) => Err(self.lost(&under_way, ToolFailure::ConnectionLost).await),
            Err(_) => {
                let timed_out = |_| ToolFailure::TimedOut(whole_seconds(call.timeout()));
                Err(self.lost(&under_way, timed_out).await)
            }
        }
    }

    /// This one call got no answer; others on the connection go on.
    fn unanswered(&self, Unanswered { begun, why }: Unanswered) -> ToolFailure {
        let why = format!("{}: {why}", self.server);
        if begun { ToolFailure::ConnectionLost(why) } else { ToolFailure::NotSent(why) }
    }

    /// No answer can come any more: ends the connection to a process of ours. What was never begun cannot have happened,
    /// for after the end of the wire nothing begins; a call over HTTP begins no more once it is forgotten.
    async fn lost(&self, call: &UnderWay<'_>, happened: impl FnOnce(String) -> ToolFailure) -> ToolFailure {
        if let Peer::Remote = self.peer {
            let begun = self.wire.give_up(&call.call);
            return if begun { happened(self.why()) } else { ToolFailure::NotSent(self.why()) };
        }
        self.wire.end("it did not answer in time and was stopped");
        let begun = self.wire.has_begun(&call.call);
        let why = self.why();
        self.end().await;
        if begun { happened(why) } else { ToolFailure::NotSent(why) }
    }

    fn why(&self) -> String {
        format!("{}: {}", self.server, self.wire.ended().unwrap_or("it takes no calls"))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.server)
            .field("open", &self.is_open())
            .finish_non_exhaustive()
    }
}

/// A call whose answer is awaited.
struct UnderWay<'a> {
    wire: &'a Wire,
    call: RequestId,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.wire.forget(&self.call);
    }
}

fn request(call: &PermittedCall) -> Result<ClientRequest, ToolFailure> {
    let Value::Object(arguments) = call.arguments() else {
        return Err(ToolFailure::NotSent("the arguments are not an object".to_owned()));
    };
    let mut params = CallToolRequestParams::new(call.tool().to_owned()).with_arguments(arguments.clone());
    if let Some(key) = call.key() {
        let mut meta = Map::new();
        meta.insert(KEY_IN_META.to_owned(), Value::String(key.to_string()));
        params.meta = Some(RequestMetaObject::from(meta));
    }
    let mut request = CallToolRequest::new(params);
    if let Some(progress) = call.progress() {
        request.extensions.insert(progress.clone());
    }
    Ok(ClientRequest::CallToolRequest(request))
}

/// Rounded up: "no answer within 0 s" would say nothing.
fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}
