//! The line to the chat: JSON text frames over a WebSocket, as the chat's documentation describes them.

use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a connection, or a frame on its way out, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the chat is, such as `http://127.0.0.1:4310/`.
#[derive(Debug, Clone)]
pub struct ChatAddress {
    socket: String,
    origin: HeaderValue,
}

/// This is no address of a chat.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not the address of a chat page, such as http://127.0.0.1:4310/")]
pub struct NoAddress(String);

impl std::str::FromStr for ChatAddress {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let wrong = || NoAddress(text.to_owned());
        let origin = text.trim_end_matches('/');
        let host =
            origin.strip_prefix("http://").filter(|host| !host.is_empty() && !host.contains(['/', '@', '#', '?']));
        let socket = format!("ws://{}/chat", host.ok_or_else(wrong)?);
        socket.as_str().into_client_request().map_err(|_| wrong())?;
        Ok(Self { socket, origin: origin.parse().map_err(|_| wrong())? })
    }
}

/// What the chat tells. What a customer need not know is left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Heard {
    Opened {
        conversation: String,
        secret: String,
        log: String,
    },
    Resumed,
    Accepted {
        client_id: String,
    },
    Said {
        position: u64,
        from: String,
        text: String,
    },
    Answers {
        who: String,
    },
    Checking {
        until: Option<String>,
    },
    Noted,
    Error {
        code: String,
        client_id: Option<String>,
    },
    Closed,
    #[serde(other)]
    SomethingElse,
}

/// Why a line is no more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// Nobody answers there, or not to us.
    #[error("the chat cannot be reached")]
    Unreachable,
    /// It was there, and ended.
    #[error("the line ended")]
    Ended,
}

pub(super) struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    pub(super) async fn connect(to: &ChatAddress) -> Result<Self, Lost> {
        let mut request = to.socket.as_str().into_client_request().map_err(|_| Lost::Unreachable)?;
        request.headers_mut().insert("origin", to.origin.clone());
        match timeout(PATIENCE, connect_async(request)).await {
            Ok(Ok((socket, _))) => Ok(Self(socket)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "no line to the chat");
                Err(Lost::Unreachable)
            }
            Err(_) => Err(Lost::Unreachable),
        }
    }

    pub(super) async fn tell(&mut self, frame: &Value) -> Result<(), Lost> {
        match timeout(PATIENCE, self.0.send(Message::text(frame.to_string()))).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Lost::Ended),
        }
    }

    /// The next frame. May be dropped while waiting.
    pub(super) async fn hear(&mut self) -> Result<Heard, Lost> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(text.as_str()).unwrap_or(Heard::SomethingElse));
                }
                Some(Ok(Message::Close(_))) | Some(Err(_)) | None => return Err(Lost::Ended),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Closes as a page does that is left.
    pub(super) async fn close(mut self) {
        // Whoever does not answer a farewell is not waited for.
        let _ = timeout(PATIENCE, self.0.close(None)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_page_and_frames_are_read_leniently() {
        let address: ChatAddress = "http://127.0.0.1:4310/".parse().unwrap();
        assert_eq!((address.socket.as_str(), address.origin.to_str().unwrap()), {
            ("ws://127.0.0.1:4310/chat", "http://127.0.0.1:4310")
        });
        for wrong in ["", "127.0.0.1", "http://", "https://x/", "http://a/b", "http://u@h/", "http://a b/"] {
            assert!(wrong.parse::<ChatAddress>().is_err(), "{wrong}");
        }
        let read = |text: &str| serde_json::from_str::<Heard>(text).unwrap();
        assert_eq!(read(r#"{"type":"checking","position":3,"until":null}"#), Heard::Checking { until: None });
        assert_eq!(read(r#"{"type":"closed","position":9,"for_good":false,"rates":true}"#), Heard::Closed);
        assert_eq!(read(r#"{"type":"rated","position":3}"#), Heard::SomethingElse);
    }
}
