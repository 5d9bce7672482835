//! Serving HTTP/1.1 under [`Bounds`], until told to end. Written on `hyper`, for axum's own loop bounds neither heads nor
//! slow peers.

use super::admission::Admission;
use super::connections::{Bounds, Caller, Connection, seat};
use super::tls::Tls;
use axum::Extension;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// More header lines than any browser sends.
const MOST_HEADERS: usize = 64;
/// How long the listener rests when the process has no file handles left.
const OUT_OF_HANDLES: Duration = Duration::from_millis(200);

/// Tells whoever holds a connection open that the listener ends; in every request's extensions.
#[derive(Clone)]
pub struct Drain(watch::Receiver<bool>);

impl Drain {
    /// Resolves when the listener ends. May be dropped while waiting.
    pub async fn begins(&mut self) {
        // Whoever would say so being gone says it too.
        let _ = self.0.wait_for(|ending| *ending).await;
    }
}

/// One connection's requests, each told whose connection it came over.
struct Requests {
    router: TowerToHyperService<Router>,
    caller: Caller,
}

impl Service<hyper::Request<Incoming>> for Requests {
    type Response = hyper::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = <TowerToHyperService<Router> as Service<hyper::Request<Incoming>>>::Future;

    fn call(&self, mut request: hyper::Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.caller);
        self.router.call(request)
    }
}

/// Serves until `shutdown` resolves; under TLS, where that is given. Then nobody is let in any more, requests under way are answered, and whoever holds
/// a [`Drain`] is told. Returns when the last connection has ended, or when the time for that is over.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    bounds: Bounds,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let admission = Admission::new(bounds.connections, bounds.connections_per_address);
    let (end, ending) = watch::channel(false);
    let (alive, mut last) = mpsc::channel(1);
    let router = router.layer(Extension(Drain(ending.clone())));
    {
        let mut shutdown = pin!(shutdown);
        loop {
            let (stream, address) = tokio::select! {
                accepted = accept(&listener) => accepted,
                () = &mut shutdown => break,
            };
            let Some(seat) = seat(&admission, address) else { continue };
            if stream.set_nodelay(true).is_err() {
                continue; // It is gone already.
            }
            let connection = Connection::new(stream, &bounds, seat, alive.clone());
            let router = TowerToHyperService::new(router.clone());
            let requests = Requests { router, caller: Caller(address) };
            let (drain, head, bytes) = (Drain(ending.clone()), bounds.head, bounds.head_bytes);
            match tls.clone() {
                None => drop(tokio::spawn(converse(connection, requests, drain, head, bytes))),
                Some(tls) => drop(tokio::spawn(async move {
                    // Whoever says nothing at all has no longer than for a head.
                    match tokio::time::timeout(head, tls.accept(connection)).await {
                        Ok(Ok(connection)) => converse(connection, requests, drain, head, bytes).await,
                        Ok(Err(error)) => tracing::debug!(%error, "a connection came to no TLS"),
                        Err(_) => tracing::debug!("a connection was too slow for TLS"),
                    }
                })),
            }
        }
    }
    drop(listener);
    drop(alive);
    end.send_replace(true);
    if tokio::time::timeout(bounds.drain, last.recv()).await.is_err() {
        tracing::warn!("some connections had not ended when their listener did");
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                sleep_until(Instant::now() + OUT_OF_HANDLES).await;
            }
        }
    }
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

async fn converse<C>(connection: C, requests: Requests, mut drain: Drain, head: Duration, head_bytes: usize)
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(head_bytes).max_headers(MOST_HEADERS);
    let mut conversation = pin!(http.serve_connection(TokioIo::new(connection), requests).with_upgrades());
    let ended = tokio::select! {
        ended = conversation.as_mut() => ended,
        () = drain.begins() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
