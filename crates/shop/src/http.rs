//! The same server over streamable HTTP: one address on this machine, one bearer token, no sessions. Every request stands
//! for itself, so a server that was killed and started again needs nothing of what was before.

use std::{
    convert::Infallible,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::{
    ServerHandler,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{Instant, sleep_until},
};

use crate::stdio::{Failure, MAX_LINE_BYTES};

/// Where the server answers.
const PATH: &str = "/mcp";
/// Connections at once; the next wait to be let in.
const MOST_CONNECTIONS: usize = 64;
/// How long a request's head may take, and the next request on an open connection.
const HEAD: Duration = Duration::from_secs(15);
const HEAD_BYTES: usize = 16 * 1024;
/// How long no connection is accepted once there are no handles left.
const OUT_OF_HANDLES: Duration = Duration::from_millis(50);
/// How long a request may take, its body and its call.
const REQUEST: Duration = Duration::from_secs(120);
/// A token shorter than this can be guessed.
const SHORTEST_TOKEN: usize = 32;
const LONGEST_TOKEN_FILE: u64 = 4 * 1024;

/// How a server is reached over HTTP.
#[derive(Debug)]
pub struct Listen {
    /// The address to listen on; port 0 is any free one.
    pub address: SocketAddr,
    token: Token,
}

/// What a client must show.
struct Token([u8; 32]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum NotListening {
    /// It does not parse.
    #[error("{0} is no address such as 127.0.0.1:0")]
    Address(String),
    /// Others than this machine would reach it.
    #[error("{0} is reached from other machines, which needs TLS; only loopback addresses are taken")]
    NotLoopback(SocketAddr),
    /// Nobody is kept out.
    #[error("a bearer token is needed: name a file that holds one with --token-file")]
    NoToken,
    /// It cannot be read.
    #[error("{0:?} holds no token: {1}")]
    File(PathBuf, String),
    /// It could be guessed.
    #[error("the token has fewer than {SHORTEST_TOKEN} characters, or others than visible ASCII")]
    Weak,
}

impl Listen {
    /// An address of this machine, and the file with the token that clients must show.
    pub fn new(address: &str, token_file: Option<&Path>) -> Result<Self, NotListening> {
        let address: SocketAddr = address.parse().map_err(|_| NotListening::Address(address.to_owned()))?;
        if !address.ip().is_loopback() {
            return Err(NotListening::NotLoopback(address));
        }
        let text = read(token_file.ok_or(NotListening::NoToken)?)?;
        let token = text.trim();
        if token.len() < SHORTEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotListening::Weak);
        }
        Ok(Self { address, token: Token(Sha256::digest(token).into()) })
    }
}

fn read(path: &Path) -> Result<String, NotListening> {
    let failed = |why: String| NotListening::File(path.to_owned(), why);
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > LONGEST_TOKEN_FILE {
        return Err(failed("it is too large".to_owned()));
    }
    std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))
}

impl Token {
    /// Whether a request shows it. Digests are compared, in constant time.
    fn is_shown(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (shown.next(), shown.next()) else { return false };
        let Some((scheme, token)) = value.to_str().ok().and_then(|value| value.split_once(' ')) else { return false };
        let digest: [u8; 32] = Sha256::digest(token).into();
        scheme.eq_ignore_ascii_case("bearer") && bool::from(digest.ct_eq(&self.0))
    }
}

/// Serves until the process ends; prints the address first.
pub fn serve<S: ServerHandler + Clone + Sync>(server: S, listen: Listen) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen.address).await?;
        let address = listener.local_addr()?;
        let mut out = std::io::stdout();
        writeln!(out, "http://{address}{PATH}")?;
        out.flush()?;
        // The names under which this machine calls itself, and no page of any site.
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(MAX_LINE_BYTES)
            .enforce_origin_validation();
        let sessions = Arc::new(NeverSessionManager::default());
        let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
        let (token, seats) = (Arc::new(listen.token), Arc::new(Semaphore::new(MOST_CONNECTIONS)));
        loop {
            let seat = seats.clone().acquire_owned().await?;
            let Ok((stream, _)) = listener.accept().await else {
                // No handles left, or a peer that is gone already: the next may fare better.
                sleep_until(Instant::now() + OUT_OF_HANDLES).await;
                continue;
            };
            let (service, token) = (service.clone(), token.clone());
            tokio::spawn(async move {
                let answer = service_fn(move |request| answer(service.clone(), token.clone(), request));
                let mut http = http1::Builder::new();
                http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
                if let Err(error) = http.serve_connection(TokioIo::new(stream), answer).await {
                    tracing::debug!(%error, "a connection ended");
                }
                drop(seat);
            });
        }
    })
}

type Body = BoxBody<Bytes, Infallible>;

/// Nothing of a request is read before its token is.
async fn answer<S: ServerHandler + Clone + Sync>(
    service: StreamableHttpService<S, NeverSessionManager>,
    token: Arc<Token>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if !token.is_shown(request.headers()) {
        let mut refused = said(StatusCode::UNAUTHORIZED, "This server asks for its bearer token.\n");
        refused.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        return Ok(refused);
    }
    if request.uri().path() != PATH {
        return Ok(said(StatusCode::NOT_FOUND, "There is nothing here; the server is at /mcp.\n"));
    }
    match tokio::time::timeout(REQUEST, service.handle(request)).await {
        Ok(answered) => Ok(answered),
        Err(_) => Ok(said(StatusCode::GATEWAY_TIMEOUT, "That took too long; it may have happened.\n")),
    }
}

fn said(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from_static(words.as_bytes())).boxed());
    *response.status_mut() = status;
    response
}
