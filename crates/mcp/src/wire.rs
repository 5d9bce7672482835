//! The line protocol on a server's standard streams: one JSON-RPC message a line, bounded while it is read, strict.
//!
//! rmcp's own transport drops a line that is too long or no JSON and waits on, and cannot say whether a request went
//! out. Here such a line ends the connection at once, and for every call it is known whether its first byte was
//! written: before that, nothing can have happened.

use crate::http_wire::Unanswered;
use countersign_gate::tools::LARGEST_ANSWER_BYTES;
use countersign_gate::{Notice, ProgressTo};
use rmcp::RoleClient;
use rmcp::model::{ClientRequest, JsonRpcMessage, ProgressToken, RequestId, RequestMetaObject, ServerNotification};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// The longest line that is read, in bytes: the largest answer twice (as structure and as text), escaped.
pub(crate) const MAX_LINE_BYTES: usize = 4 * LARGEST_ANSWER_BYTES;

/// What is known of the traffic, shared by the transport and the connection.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    traffic: Mutex<Traffic>,
    stirred: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Traffic {
    ended: Option<&'static str>,
    /// Calls of which at least one byte may have been written. As many as calls are at work, no more.
    begun: HashSet<RequestId>,
    /// Requests whose answers are awaited by tasks of their own.
    tasks: HashMap<RequestId, AbortHandle>,
    /// Why a request got no answer.
    failed: HashMap<RequestId, Unanswered>,
    /// Where what is said of a call's progress goes, by the token that it was sent with.
    progress: HashMap<ProgressToken, (RequestId, ProgressTo)>,
}

impl Wire {
    /// One that tells when it ends.
    pub(crate) fn telling(stirred: Arc<Notify>) -> Self {
        Self { traffic: Mutex::default(), stirred }
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets no further call begin. The first reason stays.
    pub(crate) fn end(&self, why: &'static str) {
        self.traffic().ended.get_or_insert(why);
        self.stirred.notify_one();
    }

    /// Why it ended, if it did.
    pub(crate) fn ended(&self) -> Option<&'static str> {
        self.traffic().ended
    }

    /// Whether a byte of this call may have been written.
    pub(crate) fn has_begun(&self, call: &RequestId) -> bool {
        self.traffic().begun.contains(call)
    }

    /// Whether no call is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.traffic().begun.is_empty()
    }

    /// This call is over: nobody waits for its answer any more.
    pub(crate) fn forget(&self, call: &RequestId) {
        self.give_up(call);
        let mut traffic = self.traffic();
        traffic.begun.remove(call);
        traffic.failed.remove(call);
        traffic.progress.retain(|_, (of, _)| of != call);
    }

    /// Notes where what is said of a call's progress goes, before its first byte does.
    pub(crate) fn note(&self, sent: &TxJsonRpcMessage<RoleClient>) {
        let JsonRpcMessage::Request(sent) = sent else { return };
        let ClientRequest::CallToolRequest(call) = &sent.request else { return };
        let to = call.extensions.get::<ProgressTo>();
        let token = call.extensions.get::<RequestMetaObject>().and_then(RequestMetaObject::get_progress_token);
        if let (Some(to), Some(token)) = (to, token) {
            self.traffic().progress.insert(token, (sent.id.clone(), to.clone()));
        }
    }

    /// Takes a notice of a call's progress and passes it on, in the order in which it came, to whoever the call is for; what
    /// is none is given back. One of a call that is not under way is nobody's.
    pub(crate) fn take_notice(&self, came: RxJsonRpcMessage<RoleClient>) -> Option<RxJsonRpcMessage<RoleClient>> {
        let JsonRpcMessage::Notification(note) = &came else { return Some(came) };
        let ServerNotification::ProgressNotification(note) = &note.notification else { return Some(came) };
        let said = &note.params;
        if let Some((_, to)) = self.traffic().progress.get(&said.progress_token) {
            to.tell(Notice { done: said.progress, total: said.total, words: said.message.clone() });
        }
        None
    }

    /// A task sends this request and awaits its answer, as long as somebody waits for it.
    pub(crate) fn spawn(&self, request: RequestId, work: impl Future<Output = ()> + Send + 'static) {
        let mut traffic = self.traffic();
        traffic.tasks.retain(|_, task| !task.is_finished());
        traffic.tasks.insert(request, tokio::spawn(work).abort_handle());
    }

    /// Waits for what a task does no longer; whether the call has begun. If not, it never will.
    pub(crate) fn give_up(&self, call: &RequestId) -> bool {
        let mut traffic = self.traffic();
        if let Some(task) = traffic.tasks.remove(call) {
            task.abort();
        }
        traffic.begun.contains(call)
    }

    /// This request got no answer, for that reason.
    pub(crate) fn failed(&self, request: &RequestId, why: Unanswered) {
        self.traffic().failed.insert(request.clone(), why);
    }

    /// Why this request got no answer, if that is known.
    pub(crate) fn failure(&self, request: &RequestId) -> Option<Unanswered> {
        self.traffic().failed.get(request).copied()
    }

    fn begin(&self, call: &RequestId) -> io::Result<()> {
        self.traffic().begin(call)
    }

    /// The same, by a task: not once nobody waits for its answer any more.
    pub(crate) fn begin_awaited(&self, call: &RequestId) -> io::Result<()> {
        let mut traffic = self.traffic();
        if traffic.tasks.contains_key(call) { traffic.begin(call) } else { Err(closed()) }
    }
}

impl Traffic {
    fn begin(&mut self, call: &RequestId) -> io::Result<()> {
        if self.ended.is_some() {
            return Err(closed());
        }
        self.begun.insert(call.clone());
        Ok(())
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the connection is closed")
}

/// The client's end of the streams.
pub(crate) struct LineTransport<R, W> {
    read: BufReader<R>,
    line: Vec<u8>,
    write: Arc<tokio::sync::Mutex<Option<W>>>,
    wire: Arc<Wire>,
}

impl<R: AsyncRead + Unpin, W> LineTransport<R, W> {
    pub(crate) fn new(read: R, write: W, wire: Arc<Wire>) -> Self {
        let write = Arc::new(tokio::sync::Mutex::new(Some(write)));
        Self { read: BufReader::new(read), line: Vec::new(), write, wire }
    }

    /// Reads a line into `self.line`, or says why there is none. It may be dropped at any await and called again.
    async fn read_line(&mut self) -> Result<(), &'static str> {
        loop {
            let available = self.read.fill_buf().await.map_err(|_| "its output could not be read")?;
            if available.is_empty() {
                return Err("it closed its output");
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
            if self.line.len() + part.len() > MAX_LINE_BYTES {
                return Err("it sent a message longer than 4 MiB");
            }
            self.line.extend_from_slice(part);
            let used = part.len() + usize::from(end.is_some());
            self.read.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

impl<R, W> Transport<RoleClient> for LineTransport<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let (write, wire) = (Arc::clone(&self.write), Arc::clone(&self.wire));
        async move {
            let call = match &message {
                JsonRpcMessage::Request(sent) if matches!(sent.request, ClientRequest::CallToolRequest(_)) => {
                    Some(sent.id.clone())
                }
                _ => None,
            };
            wire.note(&message);
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let mut write = write.lock().await;
            let stream = write.as_mut().ok_or_else(closed)?;
            if let Some(call) = &call {
                wire.begin(call)?;
            }
            let first = match stream.write(&line).await {
                Ok(0) => Err(closed()),
                other => other,
            };
            let first = first.inspect_err(|_| {
                if let Some(call) = &call {
                    wire.forget(call);
                }
            })?;
            stream.write_all(line.get(first..).unwrap_or_default()).await?;
            stream.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            if let Err(why) = self.read_line().await {
                self.wire.end(why);
                return None;
            }
            let line = self.line.trim_ascii();
            let read = serde_json::from_slice(line);
            let blank = line.is_empty();
            self.line = Vec::new();
            match read {
                Ok(message) => {
                    if let Some(message) = self.wire.take_notice(message) {
                        return Some(message);
                    }
                }
                Err(_) if blank => {}
                Err(_) => {
                    self.wire.end("it wrote what is no message");
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.wire.end("it was stopped");
        self.write.lock().await.take();
        Ok(())
    }
}
