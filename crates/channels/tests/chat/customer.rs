//! A customer's page, spoken by hand: every frame that is sent and received can be seen.

use countersign_domain::ids::ConversationId;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything here takes; a test that waits this long has failed.
const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Customer {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came.
#[derive(Debug, PartialEq)]
pub(crate) enum Came {
    Frame(Value),
    Ping,
    Close(u16),
    End,
}

/// An opened conversation, as the page keeps it.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) conversation: ConversationId,
    pub(crate) secret: String,
    pub(crate) assurance: String,
}

impl Customer {
    pub(crate) async fn try_with(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, (u16, String)> {
        let mut request = format!("ws://{address}/chat").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match timeout(LONG, connect_async(request)).await.unwrap() {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(Error::Http(response)) => {
                let words = String::from_utf8(response.body().clone().unwrap_or_default()).unwrap();
                Err((response.status().as_u16(), words))
            }
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::try_with(address, &[("origin", &format!("http://{address}"))]).await.unwrap()
    }

    /// Connects and opens a conversation under a name.
    pub(crate) async fn opened(address: SocketAddr) -> (Self, Ticket) {
        let mut customer = Self::connect(address).await;
        customer.send(json!({"type": "open", "name": "Ana"})).await;
        let ticket = customer.ticket().await;
        (customer, ticket)
    }

    /// Connects and resumes; the answer is still to be read.
    pub(crate) async fn resuming(address: SocketAddr, ticket: &Ticket, after: Option<u64>) -> Self {
        let mut customer = Self::connect(address).await;
        customer
            .send(
                json!({"type": "resume", "conversation": ticket.conversation, "secret": ticket.secret, "after": after}),
            )
            .await;
        customer
    }

    pub(crate) async fn ticket(&mut self) -> Ticket {
        let frame = self.frame().await;
        assert_eq!(frame["type"], "opened", "{frame}");
        Ticket {
            conversation: frame["conversation"].as_str().unwrap().parse().unwrap(),
            secret: frame["secret"].as_str().unwrap().to_owned(),
            assurance: frame["assurance"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        self.send_raw(Message::text(frame.to_string())).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        timeout(LONG, self.socket.send(message)).await.unwrap().unwrap();
    }

    pub(crate) async fn message(&mut self, client_id: &str, text: &str) {
        self.send(json!({"type": "message", "client_id": client_id, "text": text})).await;
    }

    pub(crate) async fn next(&mut self) -> Came {
        match timeout(LONG, self.socket.next()).await.expect("something comes") {
            Some(Ok(Message::Text(text))) => Came::Frame(serde_json::from_str(text.as_str()).unwrap()),
            Some(Ok(Message::Ping(_))) => Came::Ping,
            Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => Came::Close(code.into()),
            Some(Ok(Message::Close(None))) | Some(Err(_)) | None => Came::End,
            Some(Ok(other)) => panic!("{other:?}"),
        }
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> Value {
        loop {
            match self.next().await {
                Came::Frame(frame) => return frame,
                Came::Ping => {}
                other => panic!("a frame was expected: {other:?}"),
            }
        }
    }

    /// The next frame, which is an error; its code.
    pub(crate) async fn error(&mut self) -> String {
        let frame = self.frame().await;
        assert_eq!(frame["type"], "error", "{frame}");
        assert!(frame["message"].as_str().unwrap().len() > 10, "{frame}");
        frame["code"].as_str().unwrap().to_owned()
    }
}
