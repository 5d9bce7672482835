//! One WebSocket, written with a deadline. One frame is in flight at most: what waits behind it waits in the log, so a
//! slow reader costs no memory here, and one that stops reading is let go.

use super::frame::Told;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use std::time::Duration;
use tokio::time::timeout;

/// How long the other side has to answer a close, so that what was written last still reaches it.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a line is closed: WebSocket codes and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HangUp {
    /// The conversation ended.
    Ended,
    /// The station stops; resume shortly.
    Stopping,
    /// The other side broke the protocol, or its limits.
    Broken,
    /// The other side answers no pings, or reads nothing.
    Silent,
    /// The service cannot go on with it now; resume shortly.
    TryAgain,
    /// The line is gone already.
    Gone,
}

impl HangUp {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Ended => (1000, "the conversation has ended"),
            Self::Stopping => (1001, "the service is restarting; resume in a moment"),
            Self::Broken => (1008, "the connection broke the rules of this chat"),
            Self::Silent => (1008, "nothing was heard for too long; resume the conversation"),
            Self::TryAgain => (1013, "try again in a minute"),
            Self::Gone => return None,
        };
        Some(CloseFrame { code, reason: reason.into() })
    }
}

/// The line to one customer's page.
pub(super) struct Line {
    socket: WebSocket,
    patience: Duration,
}

impl Line {
    pub(super) fn new(socket: WebSocket, patience: Duration) -> Self {
        Self { socket, patience }
    }

    /// The next frame; `None` at the end. May be dropped while waiting.
    pub(super) async fn hear(&mut self) -> Option<Result<Message, axum::Error>> {
        self.socket.recv().await
    }

    /// Sends a frame and waits until the network took it.
    pub(super) async fn tell(&mut self, told: &Told) -> Result<(), HangUp> {
        let text = serde_json::to_string(told).map_err(|_| HangUp::TryAgain)?;
        self.send(Message::Text(text.into())).await
    }

    /// Asks whether the other side still lives.
    pub(super) async fn ping(&mut self) -> Result<(), HangUp> {
        self.send(Message::Ping(Default::default())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), HangUp> {
        match timeout(self.patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(HangUp::Gone),
            Err(_) => Err(HangUp::Silent),
        }
    }

    /// Says why, and closes. What still comes in is read and dropped: closing over unread bytes would reset the
    /// connection and could take the last frames with it.
    pub(super) async fn hang_up(mut self, why: HangUp) {
        let Some(frame) = why.frame() else { return };
        let farewell = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        // Nobody is left to tell if the farewell itself takes too long.
        let _ = timeout(FAREWELL, farewell).await;
    }
}
