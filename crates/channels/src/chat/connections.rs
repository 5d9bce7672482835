//! TCP connections, bounded before a byte is read: so many in all and per address, and none that stays silent.

use super::admission::{Admission, Seat};
use super::options::ChatLimits;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// The listening socket.
pub(super) struct Connections {
    listener: TcpListener,
    admission: Arc<Admission>,
    silence: Duration,
}

/// Whose connection a request came over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller(pub(super) SocketAddr);

/// One connection. Fails to read once nothing came for too long; a live page answers pings well before.
pub(super) struct Connection {
    stream: TcpStream,
    silence: Duration,
    deadline: Pin<Box<Sleep>>,
    _seat: Seat,
}

impl Connections {
    pub(super) fn new(listener: TcpListener, limits: &ChatLimits) -> Self {
        let admission = Admission::new(limits.connections, limits.connections_per_address);
        Self { listener, admission, silence: limits.silence }
    }
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            // axum's own waits and goes on when the process is out of file handles.
            let (stream, address) = Listener::accept(&mut self.listener).await;
            let Ok(seat) = self.admission.admit(address.ip()) else {
                tracing::debug!("a customer's connection was dropped: too many");
                continue;
            };
            if stream.set_nodelay(true).is_err() {
                continue; // It is gone already.
            }
            let deadline = Box::pin(sleep_until(Instant::now() + self.silence));
            return (Connection { stream, silence: self.silence, deadline, _seat: seat }, address);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Connections>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(read) => {
                this.deadline.as_mut().reset(Instant::now() + this.silence);
                Poll::Ready(read)
            }
            Poll::Pending => this.deadline.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
