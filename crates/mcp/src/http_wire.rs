//! The protocol over streamable HTTP: each message is one request on a connection of its own, its answer bounded and read
//! strictly.
//!
//! rmcp's own transport sends a message again when a session is gone, takes up the stream of an answer that was cut, and
//! cannot say whether a request went out. Here nothing is sent twice, no redirect is followed, and for every call it is
//! known whether its first byte may have been written: before that, nothing can have happened.

use crate::dialing::{NOBODY, dial};
use crate::remote::RemoteConfig;
use crate::wire::{MAX_LINE_BYTES, Wire};
use futures::StreamExt;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rmcp::RoleClient;
use rmcp::model::{ClientRequest, ErrorCode, ErrorData, JsonRpcMessage, RequestId, ServerResult};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use sse_stream::SseStream;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

const VERSION: &str = "mcp-protocol-version";
const SESSION: &str = "mcp-session-id";
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
/// How long a connection may take to come about, and a message that asks for no answer to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a server may ask of us within one answer: each is answered on a connection of its own.
const MOST_ASKED: u32 = 16;
/// Messages that wait to be read.
const MOST_WAITING: usize = 64;
/// The largest head of an answer, in bytes.
const HEAD_BYTES: usize = 64 * 1024;

/// Why a message got no answer, and whether its first byte may have gone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unanswered {
    pub(crate) begun: bool,
    pub(crate) why: &'static str,
}

const fn not_begun(why: &'static str) -> Unanswered {
    Unanswered { begun: false, why }
}

const fn begun(why: &'static str) -> Unanswered {
    Unanswered { begun: true, why }
}

/// What a server said that later requests repeat.
#[derive(Debug, Default, Clone)]
struct Agreed {
    version: Option<HeaderValue>,
    session: Option<HeaderValue>,
}

/// The client's end.
pub(crate) struct HttpTransport {
    exchange: Exchange,
    inbox: mpsc::Receiver<RxJsonRpcMessage<RoleClient>>,
}

#[derive(Clone)]
struct Exchange {
    remote: RemoteConfig,
    /// What shows who asks.
    shows: Option<(HeaderName, HeaderValue)>,
    wire: Arc<Wire>,
    /// How long the answer to what is no call may take, which nobody gives up.
    patience: Duration,
    agreed: Arc<Mutex<Agreed>>,
    inbox: mpsc::Sender<RxJsonRpcMessage<RoleClient>>,
}

impl HttpTransport {
    pub(crate) fn new(
        remote: RemoteConfig,
        shows: Option<(HeaderName, HeaderValue)>,
        wire: Arc<Wire>,
        patience: Duration,
    ) -> Self {
        let (deliver, inbox) = mpsc::channel(MOST_WAITING);
        let exchange = Exchange { remote, shows, wire, patience, agreed: Arc::default(), inbox: deliver };
        Self { exchange, inbox }
    }
}

impl Transport<RoleClient> for HttpTransport {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let exchange = self.exchange.clone();
        async move {
            exchange.wire.note(&message);
            let body = serde_json::to_vec(&message)?;
            let JsonRpcMessage::Request(request) = message else { return exchange.tell(body).await };
            let call = matches!(request.request, ClientRequest::CallToolRequest(_));
            // The answer comes whenever it comes: what is sent meanwhile does not wait for it.
            let wire = Arc::clone(&exchange.wire);
            wire.spawn(request.id.clone(), exchange.ask(request.id, call, body));
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        self.inbox.recv().await
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.exchange.wire.end("it was stopped");
        self.inbox.close();
        Ok(())
    }
}

impl Exchange {
    /// Sends a request and delivers what comes; where no answer does, an error in its place, and why.
    async fn ask(self, id: RequestId, call: bool, body: Vec<u8>) {
        let answered = self.answered(&id, call, body);
        let answered = match call {
            true => answered.await,
            false => timeout(self.patience, answered).await.unwrap_or(Err(begun("it did not answer in time"))),
        };
        let Err(unanswered) = answered else { return };
        // Whoever comes next shakes hands again: with a server that was started anew, or with another token.
        self.wire.end(unanswered.why);
        self.wire.failed(&id, unanswered);
        let error = ErrorData::new(ErrorCode::INTERNAL_ERROR, unanswered.why, None);
        let _ = self.inbox.send(JsonRpcMessage::error(error, Some(id))).await;
    }

    /// Sends what asks for no answer.
    async fn tell(&self, body: Vec<u8>) -> io::Result<()> {
        let told = timeout(PATIENCE, self.post(body, None)).await;
        let told = told.unwrap_or(Err(begun("it did not take a message in time")));
        told.map(drop).map_err(|unanswered| {
            self.wire.end(unanswered.why);
            io::Error::other(unanswered.why)
        })
    }

    async fn answered(&self, id: &RequestId, call: bool, body: Vec<u8>) -> Result<(), Unanswered> {
        let response = self.post(body, call.then_some(id)).await?;
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = Limited::new(response.into_body(), MAX_LINE_BYTES).map_err(failed);
        let mut asked = 0;
        match kind.as_str() {
            JSON => {
                let text = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
                if self.deliver(id, &text, &mut asked).await? {
                    return Ok(());
                }
            }
            EVENTS => {
                let mut events = std::pin::pin!(SseStream::new(body));
                while let Some(event) = events.next().await {
                    let text = event.map_err(|error| no_event(&error))?.data.unwrap_or_default();
                    if !text.is_empty() && self.deliver(id, text.as_bytes(), &mut asked).await? {
                        return Ok(());
                    }
                }
            }
            _ => return Err(begun("it answered what is no message")),
        }
        Err(begun("it ended its answer before it had answered"))
    }

    /// Delivers one message; whether it was the answer. Counts what the server asks.
    async fn deliver(&self, id: &RequestId, text: &[u8], asked: &mut u32) -> Result<bool, Unanswered> {
        let message: RxJsonRpcMessage<RoleClient> =
            serde_json::from_slice(text).map_err(|_| begun("it wrote what is no message"))?;
        let (message, last) = match message {
            // Whoever could not read a request does not know what it is called.
            JsonRpcMessage::Error(error) if error.id.is_none() => {
                (JsonRpcMessage::error(error.error, Some(id.clone())), true)
            }
            JsonRpcMessage::Error(error) => {
                let last = error.id.as_ref() == Some(id);
                (JsonRpcMessage::Error(error), last)
            }
            JsonRpcMessage::Response(response) => {
                if let ServerResult::InitializeResult(agreed) = &response.result {
                    self.agreed().version = HeaderValue::from_str(agreed.protocol_version.as_str()).ok();
                }
                let last = response.id == *id;
                (JsonRpcMessage::Response(response), last)
            }
            JsonRpcMessage::Request(request) => {
                *asked += 1;
                if *asked > MOST_ASKED {
                    return Err(begun("it asked again and again, and did not answer"));
                }
                (JsonRpcMessage::Request(request), false)
            }
            other => (other, false),
        };
        if let Some(message) = self.wire.take_notice(message) {
            self.inbox.send(message).await.map_err(|_| begun("it was stopped"))?;
        }
        Ok(last)
    }

    /// One request on a connection of its own, up to the head of its answer.
    async fn post(&self, body: Vec<u8>, call: Option<&RequestId>) -> Result<Response<Incoming>, Unanswered> {
        let dialed = timeout(PATIENCE, dial(self.remote.address())).await.unwrap_or(Err(NOBODY));
        let stream = dialed.map_err(not_begun)?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| not_begun("no connection came about"))?;
        // Ends with the answer: whoever drops that, drops the connection.
        tokio::spawn(connection);
        let request = self.request(body)?;
        if let Some(call) = call {
            self.wire.begin_awaited(call).map_err(|_| not_begun("it was stopped"))?;
        }
        let response = sender.send_request(request).await.map_err(|_| begun("it went away before it had answered"))?;
        if !response.status().is_success() {
            return Err(refusal(response.status()));
        }
        if let Some(session) = response.headers().get(SESSION) {
            self.agreed().session.get_or_insert_with(|| session.clone());
        }
        Ok(response)
    }

    fn request(&self, body: Vec<u8>) -> Result<Request<Full<Bytes>>, Unanswered> {
        let address = self.remote.address();
        let mut request = Request::post(address.path.as_str())
            .header(HOST, address.authority())
            .header(CONTENT_TYPE, JSON)
            .header(ACCEPT, format!("{JSON}, {EVENTS}"));
        if let Some((name, value)) = self.shows.clone() {
            request = request.header(name, value);
        }
        let Agreed { version, session } = self.agreed().clone();
        for (name, value) in [(VERSION, version), (SESSION, session)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request.body(Full::new(Bytes::from(body))).map_err(|_| not_begun("its address makes no request"))
    }

    fn agreed(&self) -> MutexGuard<'_, Agreed> {
        self.agreed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a status says that is no success. Only these mean that the request was looked at and not taken; behind any other,
/// somebody may have done something.
fn refusal(status: StatusCode) -> Unanswered {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => not_begun("it refuses the token"),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
            not_begun("there is no tool server at its address, or it has forgotten the session")
        }
        StatusCode::BAD_REQUEST | StatusCode::NOT_ACCEPTABLE | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            not_begun("it speaks the protocol otherwise")
        }
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::MISDIRECTED_REQUEST | StatusCode::TOO_MANY_REQUESTS => {
            not_begun("it does not take the request")
        }
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
            not_begun("it points elsewhere, and nobody is followed there")
        }
        _ => begun("it reported an error of its own"),
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> io::Error {
    io::Error::other(error)
}

fn broken(error: &io::Error) -> Unanswered {
    match error.get_ref() {
        Some(inner) if inner.is::<LengthLimitError>() => begun("it sent a message longer than 4 MiB"),
        _ => begun("it went away in the middle of its answer"),
    }
}

fn no_event(error: &sse_stream::Error) -> Unanswered {
    match error {
        sse_stream::Error::Body(error) => {
            error.downcast_ref().map_or(begun("it went away in the middle of its answer"), broken)
        }
        _ => begun("it wrote what is no message"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_says_that_nothing_happened() {
        for status in [307, 308, 400, 401, 403, 404, 413, 429] {
            assert!(!refusal(StatusCode::from_u16(status).unwrap()).begun, "{status}");
        }
        // A 303 is what is told of something that was done.
        for status in [301, 302, 303, 408, 409, 425, 500, 502, 503, 504, 599] {
            assert!(refusal(StatusCode::from_u16(status).unwrap()).begun, "{status}");
        }
    }
}
