//! What a caller is told while their call is open: every ten seconds that it still is, and between that what its tool says of
//! how far it is. One number rises with both.

use countersign_domain::hidden::is_hidden;
use countersign_gate::{Listening, Notice};
use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// How often a caller is told that their call still waits.
const PROGRESS: Duration = Duration::from_secs(10);
/// So many notices of a tool's own are passed on at once, and then one in each of these.
const AT_ONCE: u32 = 20;
const THEN_EACH: Duration = Duration::from_millis(500);
/// Beyond that, adding to a number may leave it as it is.
const LARGEST: f64 = 1e12;

/// What there is to tell.
pub(super) enum News {
    /// It still waits.
    Still,
    /// The tool is at work.
    Of(Notice),
}

/// Whoever tells one caller, where they gave a token for it.
pub(super) struct Telling<'a> {
    pub(super) context: &'a RequestContext<RoleServer>,
    to: Option<(ProgressToken, Listening)>,
    still: Interval,
    rising: Rising,
    pace: Pace,
}

impl<'a> Telling<'a> {
    pub(super) fn to(context: &'a RequestContext<RoleServer>, listening: impl FnOnce() -> Listening) -> Self {
        let mut still = interval_at(Instant::now() + PROGRESS, PROGRESS);
        still.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let to = context.meta.get_progress_token().map(|token| (token, listening()));
        Self { context, to, still, rising: Rising::default(), pace: Pace::new(Instant::now()) }
    }

    /// Waits for something to tell. It may be dropped at any await and called again.
    pub(super) async fn news(&mut self) -> News {
        let Some((_, listening)) = &mut self.to else { return std::future::pending().await };
        tokio::select! {
            _ = self.still.tick() => News::Still,
            notice = listening.next() => News::Of(notice),
        }
    }

    /// Tells that it still waits, in these words.
    pub(super) async fn still(&mut self, words: String) {
        let done = self.rising.one_more();
        self.send(done, None, Some(words)).await;
    }

    /// Passes on what the tool said, unless it says too much.
    pub(super) async fn pass_on(&mut self, notice: Notice) {
        if !self.pace.take(Instant::now()) {
            return;
        }
        let (done, total) = self.rising.with(notice.done, notice.total);
        let words = notice.words.map(|words| words.chars().filter(|c| !c.is_control() && !is_hidden(*c)).collect());
        // Whoever hears of it knows that it goes on.
        self.still.reset();
        self.send(done, total, words).await;
    }

    /// Passes on what the tool said last, before its result.
    pub(super) async fn rest(&mut self) {
        while let Some(notice) = self.to.as_mut().and_then(|(_, listening)| listening.waiting()) {
            self.pass_on(notice).await;
        }
    }

    async fn send(&self, done: f64, total: Option<f64>, words: Option<String>) {
        let Some((token, _)) = &self.to else { return };
        let mut progress = ProgressNotificationParam::new(token.clone(), done);
        progress.total = total;
        progress.message = words;
        if let Err(error) = self.context.peer.notify_progress(progress).await {
            tracing::debug!(%error, "a caller could not be told how their call stands");
        }
    }
}

/// A number that only rises, whatever a tool counts and however often it is told in between that it still waits.
#[derive(Debug, Default)]
struct Rising {
    last: Option<f64>,
    above: f64,
}

impl Rising {
    fn one_more(&mut self) -> f64 {
        self.above += 1.0;
        let next = self.last.unwrap_or_default() + 1.0;
        self.last = Some(next);
        next
    }

    /// What a tool counts, above what was told before.
    fn with(&mut self, done: f64, total: Option<f64>) -> (f64, Option<f64>) {
        let sound = |number: &f64| number.abs() < LARGEST;
        let least = self.last.map(|last| last + 1.0);
        let mut next = if sound(&done) { self.above + done } else { least.unwrap_or_default() };
        if let Some(least) = least.filter(|least| next <= *least - 1.0) {
            self.above += least - next;
            next = least;
        }
        self.last = Some(next);
        (next, total.filter(sound).map(|total| self.above + total).filter(|total| *total >= next))
    }
}

/// How many notices of a tool's own may be passed on.
#[derive(Debug)]
struct Pace {
    left: u32,
    since: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { left: AT_ONCE, since: now }
    }

    fn take(&mut self, now: Instant) -> bool {
        let each = THEN_EACH.as_millis().max(1);
        let more = u32::try_from(now.duration_since(self.since).as_millis() / each).unwrap_or(u32::MAX);
        if more > 0 {
            self.since = now;
            self.left = self.left.saturating_add(more).min(AT_ONCE);
        }
        let taken = self.left > 0;
        self.left = self.left.saturating_sub(1);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_is_told_only_rises_whatever_the_tool_counts() {
        let mut rising = Rising::default();
        assert_eq!(rising.with(0.0, Some(100.0)), (0.0, Some(100.0)));
        assert_eq!(rising.with(50.0, Some(100.0)), (50.0, Some(100.0)), "as the tool said it");
        assert_eq!(rising.one_more(), 51.0);
        let mut last = 51.0;
        for (done, total) in
            [(50.0, None), (3.0, Some(1.0)), (f64::INFINITY, None), (-1e300, Some(f64::NAN)), (3.5, None)]
        {
            let (told, total) = rising.with(done, total);
            assert!(told > last && told.is_finite(), "{told} behind {last}");
            assert!(total.is_none_or(|total| total >= told), "{total:?}");
            last = told;
        }
        assert!(rising.one_more() > last);
    }

    #[test]
    fn a_tool_that_says_too_much_is_passed_on_now_and_then() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let taken = |pace: &mut Pace, at: Instant| (0..1_000).filter(|_| pace.take(at)).count();
        assert_eq!(taken(&mut pace, now), 20);
        assert_eq!(taken(&mut pace, now + THEN_EACH * 3), 3);
        assert_eq!(taken(&mut pace, now + THEN_EACH * 1_000), 20);
    }
}
