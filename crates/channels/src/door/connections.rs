//! TCP connections, bounded before a byte is read: so many in all and per address, none that stays silent, none that
//! does not take what it asked for.

use super::admission::{Admission, Seat};
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

/// What a listener puts up with.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// TCP connections at once, in all.
    pub connections: usize,
    /// TCP connections at once, from one address (an IPv6 address counts by its /64 network).
    pub connections_per_address: usize,
    /// How long a request's head may take, and how long a connection may stay open between two requests.
    pub head: Duration,
    /// The most bytes of a head.
    pub head_bytes: usize,
    /// How long a connection may say nothing, whatever it is used for. `None` where answers are streams that the other
    /// side only listens to.
    pub silence: Option<Duration>,
    /// How long the other side may take nothing of what is being sent.
    pub stalled: Duration,
    /// How long open connections have to end when the listener does.
    pub drain: Duration,
}

/// Whose connection a request came over; in every request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub SocketAddr);

/// One connection, with its seat.
pub(super) struct Connection {
    stream: TcpStream,
    silence: Option<(Duration, Pin<Box<Sleep>>)>,
    stalled: Duration,
    /// Set while the other side takes nothing.
    overdue: Option<Pin<Box<Sleep>>>,
    _seat: Seat,
    /// Dropped with the connection, also where a WebSocket has taken it over.
    _alive: mpsc::Sender<Infallible>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, bounds: &Bounds, seat: Seat, alive: mpsc::Sender<Infallible>) -> Self {
        let silence = bounds.silence.map(|most| (most, Box::pin(sleep_until(Instant::now() + most))));
        Self { stream, silence, stalled: bounds.stalled, overdue: None, _seat: seat, _alive: alive }
    }

    /// A write that goes on, or has waited for too long.
    fn progress<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.overdue = None;
            return written;
        }
        let stalled = self.stalled;
        let overdue = self.overdue.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + stalled)));
        overdue.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// A seat for whoever connected, if there is one.
pub(super) fn seat(admission: &std::sync::Arc<Admission>, address: SocketAddr) -> Option<Seat> {
    let seat = admission.admit(address.ip());
    if let Err(full) = &seat {
        tracing::debug!(%full, "a connection was dropped");
    }
    seat.ok()
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let Some((most, deadline)) = &mut this.silence else { return read };
        match read {
            Poll::Ready(read) => {
                deadline.as_mut().reset(Instant::now() + *most);
                Poll::Ready(read)
            }
            Poll::Pending => deadline.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.progress(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.progress(cx, written)
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
