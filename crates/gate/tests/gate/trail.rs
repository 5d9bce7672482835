//! Whatever a test did to the shop: the log that it leaves behind verifies, and what is open is found from wherever
//! somebody begins to read it.

use countersign_event_log::log::Log;
use countersign_event_log::verify::verify_events;
use countersign_gate::open_at::OpenAt;
use countersign_gate::records::Records;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

/// Verifies its log when it is dropped, unless the test wrote to it behind the gate.
pub(crate) struct Trail {
    log: Arc<dyn Log>,
    records: Arc<Records>,
    behind: AtomicBool,
}

impl Trail {
    pub(crate) fn of(records: Arc<Records>) -> Self {
        Self { log: records.log().clone(), records, behind: AtomicBool::new(false) }
    }

    /// What somebody wrote behind the gate need not hold.
    pub(crate) fn was_written_behind_the_gate(&self) {
        self.behind.store(true, Ordering::Relaxed);
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        if self.behind.load(Ordering::Relaxed) || std::thread::panicking() {
            return;
        }
        // A log in memory answers at once; one that a test has broken has nothing to say.
        let Some(events) = now(self.log.read_from(0, usize::MAX)) else { return };
        let report = verify_events(self.log.id(), &events, None, None).unwrap();
        if let Some(finding) = &report.finding {
            let at = usize::try_from(finding.position).unwrap();
            let around = events.iter().skip(at.saturating_sub(4)).take(8);
            let told: Vec<String> =
                around.map(|e| format!("{} {} {}", e.envelope.position, e.envelope.kind, e.envelope.open)).collect();
            panic!("the trail does not verify: {finding}\n{}", told.join("\n"));
        }
        let size = events.len() as u64;
        let open_at = |earlier, position| now(self.records.open_at(earlier, position));
        let Some(open) = open_at(OpenAt::default(), size) else { return };
        // Everywhere in a short log; a long one, of a race, is one thing many times over.
        for position in (0..size).step_by(1 + events.len() / 64) {
            let Some(earlier) = open_at(OpenAt::default(), position) else { return };
            let kept: OpenAt = serde_json::from_str(&serde_json::to_string(&earlier).unwrap()).unwrap();
            // Where a test keeps a stream from being read, there is nothing to say either.
            let Some(read_on) = open_at(kept, size) else { continue };
            assert_eq!(read_on, open, "what is open, read on from {position}");
        }
    }
}

/// What comes of it, where that is so at once and without an error.
fn now<T, E>(coming: impl Future<Output = Result<T, E>>) -> Option<T> {
    match std::pin::pin!(coming).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(come)) => Some(come),
        _ => None,
    }
}
