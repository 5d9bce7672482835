//! What a desk is told unasked: one line of JSON a notice, as long as the session lasts.

use super::problems::Answer;
use axum::body::Body;
use axum::http::header;
use axum::response::IntoResponse;
use countersign_api::beside::Beside;
use countersign_api::desk::{Desk, Hears};
use countersign_api::wire::command::Notice;
use countersign_api::wire::error::{Problem, ProblemCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Interval, interval};

/// What one stream of notices hears.
struct Hearing {
    told: watch::Receiver<Notice>,
    beside: Beside,
    ended: watch::Receiver<bool>,
    desk: Arc<Desk>,
    first: bool,
    beat: Interval,
    _hears: Hears,
}

/// How often something is said where nothing happens: whoever hears nothing for much longer has lost the station.
const BEAT: Duration = Duration::from_secs(15);

impl Hearing {
    /// The next line; `None` once there is nobody to tell. An empty one only says that the station is there.
    async fn next(&mut self) -> Option<String> {
        let beside = match std::mem::take(&mut self.first) {
            true => None,
            false => tokio::select! {
                changed = self.told.changed() => { changed.ok()?; None }
                beside = self.beside.next() => Some(beside?),
                _ = self.beat.tick() => return self.desk.signed_in().map(|_| "\n".to_owned()),
                _ = self.ended.wait_for(|end| *end) => return None,
            },
        };
        self.desk.signed_in()?;
        // Who looks at what, and what is written, is for those who may look themselves.
        let beside = if beside.is_some() && !self.desk.lets_in().await { None } else { beside };
        let notice = beside.unwrap_or_else(|| self.told.borrow_and_update().clone());
        serde_json::to_string(&notice).ok().map(|line| line + "\n")
    }
}

/// One line of JSON a notice, as long as the session lasts; `ended` turns true when the listener ends.
pub(super) fn notices(desk: Arc<Desk>, ended: watch::Receiver<bool>) -> Answer {
    // Before it is asked who is signed in: a sign-out in between must not be missed.
    let left = desk.left();
    if desk.signed_in().is_none() {
        return Err(Problem::new(ProblemCode::SignInNeeded, "Nobody is signed in at this desk.").into());
    }
    let told = desk.notices();
    let mut beat = interval(BEAT);
    beat.reset();
    let hearing = Hearing { told, beside: desk.beside(), ended, _hears: desk.hears(), desk, first: true, beat };
    let lines = futures::stream::unfold(hearing, |mut hearing| async move {
        let line = hearing.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), hearing))
    });
    let lines = futures::StreamExt::take_until(lines, Box::pin(left));
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines)).into_response())
}
