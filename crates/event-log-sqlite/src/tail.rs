//! The newest events, kept in memory: whoever follows the log is nearly always at its end, and need not have read back,
//! parsed and verified what this process has stored a moment ago.

use countersign_event_log::receipt::{Receipt, Run};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most events that are kept, and the most bytes that their envelopes and sealed parts may take: views that are a few
/// hundred milliseconds of full load behind still find everything here. Reading it back would slow the appends.
const MOST_EVENTS: u64 = 32 * 1024;
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Every stored event from some position on, and no gap. Shared by the writer, which adds, and all readers.
pub(crate) struct Tail {
    kept: Mutex<Kept>,
}

struct Kept {
    /// The position of the first event that is kept, or of the next one to come.
    from: u64,
    next: u64,
    bytes: usize,
    appends: VecDeque<(Receipt, usize)>,
}

impl Tail {
    /// A tail of a log that holds `size` records, with none of them in it.
    pub(crate) fn new(size: u64) -> Self {
        Self { kept: Mutex::new(Kept { from: size, next: size, bytes: 0, appends: VecDeque::new() }) }
    }

    /// Adds what a group of appends stored, with the bytes of each. Only what is on disk, in the order of the positions.
    /// Gives back what is too old to be kept: to free it takes a while, and nobody shall wait for that.
    pub(crate) fn add(&self, stored: impl Iterator<Item = (Receipt, usize)>) -> Vec<Receipt> {
        let mut kept = self.kept();
        for (receipt, bytes) in stored {
            kept.next += receipt.events().len() as u64;
            kept.bytes += bytes;
            kept.appends.push_back((receipt, bytes));
        }
        let mut too_old = Vec::new();
        while kept.next - kept.from > MOST_EVENTS || kept.bytes > MOST_BYTES {
            let Some((oldest, bytes)) = kept.appends.pop_front() else { break };
            kept.from += oldest.events().len() as u64;
            kept.bytes -= bytes;
            too_old.push(oldest);
        }
        too_old
    }

    /// Forgets everything: what follows is read from disk.
    pub(crate) fn clear(&self) {
        let mut kept = self.kept();
        kept.appends.clear();
        kept.from = kept.next;
        kept.bytes = 0;
    }

    /// Events from a position on, at most `limit`; `None` where it lies before the tail.
    pub(crate) fn read(&self, position: u64, limit: usize) -> Option<Vec<Run>> {
        let kept = self.kept();
        if position < kept.from {
            return None;
        }
        let ends_before = |(receipt, _): &(Receipt, usize)| {
            receipt.events().last().is_none_or(|event| event.envelope.position < position)
        };
        let mut runs = Vec::new();
        let mut count = 0;
        for (receipt, _) in kept.appends.range(kept.appends.partition_point(ends_before)..) {
            if count >= limit {
                break;
            }
            let held = receipt.events().len();
            let first = receipt.events().first().map_or(position, |event| event.envelope.position);
            let skip = usize::try_from(position.saturating_sub(first)).unwrap_or(held);
            let end = held.min(skip + limit - count);
            runs.push(receipt.run(skip..end));
            count += end - skip;
        }
        Some(runs)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
