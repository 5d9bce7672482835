//! Whatever a test did to the shop: the log that it leaves behind verifies.

use countersign_event_log::log::Log;
use countersign_event_log::verify::verify_events;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

/// Verifies its log when it is dropped, unless the test wrote to it behind the gate.
pub(crate) struct Trail {
    log: Arc<dyn Log>,
    behind: AtomicBool,
}

impl Trail {
    pub(crate) fn of(log: Arc<dyn Log>) -> Self {
        Self { log, behind: AtomicBool::new(false) }
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
        let reading = std::pin::pin!(self.log.read_from(0, usize::MAX));
        // A log in memory answers at once; one that a test has broken has nothing to say.
        let Poll::Ready(Ok(events)) = reading.poll(&mut Context::from_waker(Waker::noop())) else { return };
        let report = verify_events(self.log.id(), &events, None, None).unwrap();
        if let Some(finding) = &report.finding {
            let at = usize::try_from(finding.position).unwrap();
            let around = events.iter().skip(at.saturating_sub(4)).take(8);
            let told: Vec<String> =
                around.map(|e| format!("{} {} {}", e.envelope.position, e.envelope.kind, e.envelope.open)).collect();
            panic!("the trail does not verify: {finding}\n{}", told.join("\n"));
        }
    }
}
