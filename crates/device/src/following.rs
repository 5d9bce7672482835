//! What the station tells unasked, for as long as somebody is signed in; and that it is lost, and found again.

use crate::desk::DeviceDesk;
use crate::line::Failed;
use countersign_api::wire::command::Notice;
use countersign_api::wire::error::ProblemCode;
use futures::StreamExt;
use reqwest::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The station says something at least every fifteen seconds; after so long it is not there any more.
const LONGEST_SILENCE: Duration = Duration::from_secs(40);
/// A line longer than this is no notice; the stream is given up. Bytes.
const LONGEST_LINE: usize = 65_536;

/// What a desk on another machine is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// By the station.
    Notice(Notice),
    /// It cannot be heard; it is tried again after this time.
    Lost(Duration),
    /// It is heard.
    Found,
    /// It knows of nobody here any more.
    SignedOut,
}

impl DeviceDesk {
    /// Follows for as long as it is awaited.
    pub async fn follow(self: Arc<Self>, tell: impl Fn(Told) + Send) {
        let mut wait = FIRST_WAIT;
        loop {
            let left = self.left();
            let Some(here) = self.signed_in() else {
                left.await;
                wait = FIRST_WAIT;
                continue;
            };
            let went = tokio::select! {
                went = self.hear(&here.token, &tell, &mut wait) => went,
                () = left => continue,
            };
            let told = match went {
                Heard::SignedOut => {
                    self.forget(&here);
                    Told::SignedOut
                }
                Heard::Lost => Told::Lost(wait),
            };
            let lost = told != Told::SignedOut;
            tell(told);
            if lost {
                // Whoever wants it tried now, or has left, waits for nothing.
                let left = self.left();
                let _ = timeout(wait, async {
                    tokio::select! {
                        () = self.again.notified() => {}
                        () = left => {}
                    }
                })
                .await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }

    async fn hear(&self, token: &str, tell: &impl Fn(Told), wait: &mut Duration) -> Heard {
        let answer = match self.line.notices(token).await {
            Ok(answer) => answer,
            Err(Failed::Problem(problem)) if problem.code == ProblemCode::SignInNeeded => return Heard::SignedOut,
            Err(_) => return Heard::Lost,
        };
        *wait = FIRST_WAIT;
        tell(Told::Found);
        lines(answer, |line| match serde_json::from_slice(line) {
            Ok(notice) => tell(Told::Notice(notice)),
            Err(error) => tracing::warn!(%error, "a notice was not understood"),
        })
        .await;
        Heard::Lost
    }
}

enum Heard {
    Lost,
    SignedOut,
}

/// Hands on each line; whatever ends the stream, the station is no longer heard.
async fn lines(answer: Response, take: impl Fn(&[u8])) {
    let mut pieces = answer.bytes_stream();
    let mut rest = Vec::new();
    while let Ok(Some(Ok(piece))) = timeout(LONGEST_SILENCE, pieces.next()).await {
        rest.extend_from_slice(&piece);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let line = line.trim_ascii();
            if !line.is_empty() {
                take(line);
            }
        }
        if rest.len() > LONGEST_LINE {
            break;
        }
    }
}
