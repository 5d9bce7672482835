//! Streams that are read or written now, kept in memory whole: whoever works on one reads it again and again, and need not
//! have read back, parsed and verified each time what this process has stored or verified a moment ago.

use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::ReadError;
use countersign_event_log::stream::{StreamName, Version};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most bytes that all kept streams may take, about.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// A stream beyond this is read from disk each time, from the version on that is asked for.
const LARGEST_STREAM: usize = 1024 * 1024;
/// What a kept event takes besides its sealed part: its envelope is read already, and much smaller on disk.
const EACH: usize = 2 * 1024;

/// Streams from their first event to their last. What is on disk and nothing else: the writer adds what it has stored before
/// it answers, and whoever was answered reads it here.
#[derive(Default)]
pub(crate) struct Recent {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    streams: HashMap<StreamName, Stream>,
    /// By when they were used last.
    order: BTreeMap<u64, StreamName>,
    uses: u64,
    bytes: usize,
}

struct Stream {
    /// Without a gap, up to the last that is stored; while it is being `filled`, only what came meanwhile.
    events: Vec<StoredEvent>,
    bytes: usize,
    used: u64,
    /// Who reads from disk what came before, by a number of their own.
    filled: Option<u64>,
}

impl Recent {
    /// A stream's events from a version on, at most `limit`; `None` where it is not kept.
    pub(crate) fn read(&self, stream: &StreamName, from: Version, limit: usize) -> Option<Vec<StoredEvent>> {
        let mut kept = self.kept();
        let found = kept.streams.get(stream).filter(|stream| stream.filled.is_none())?;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let events = found.events.iter().skip(from).take(limit).cloned().collect();
        kept.used(stream);
        Some(events)
    }

    /// Adds what was stored, in the order of the positions.
    pub(crate) fn add<'a>(&self, stored: impl Iterator<Item = &'a StoredEvent>) {
        let mut kept = self.kept();
        for event in stored {
            kept.add(event);
        }
        kept.make_room();
    }

    /// Reads a stream from its beginning with `read`, at most `limit` events, and keeps it if that is all and not large. What
    /// is stored or dropped meanwhile is not missed.
    pub(crate) fn fill(
        &self,
        stream: &StreamName,
        limit: usize,
        read: impl FnOnce() -> Result<Vec<StoredEvent>, ReadError>,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        let turn = self.kept().begin(stream);
        let done = read();
        if let Some(turn) = turn {
            let whole = done.as_deref().ok().filter(|events| events.len() < limit);
            self.kept().end(stream, turn, whole);
        }
        done
    }

    /// Forgets everything: what follows is read from disk.
    pub(crate) fn clear(&self) {
        let mut kept = self.kept();
        kept.streams.clear();
        kept.order.clear();
        kept.bytes = 0;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, event: &StoredEvent) {
        let (name, version) = (&event.envelope.stream, event.envelope.version);
        let new = event_bytes(event);
        let fits = |stream: &Stream| match (stream.filled, stream.events.last()) {
            (Some(_), None) => true,
            (None, None) => version == 0,
            (_, Some(last)) => last.envelope.version + 1 == version,
        };
        match self.streams.get_mut(name) {
            Some(stream) if fits(stream) && stream.bytes + new <= LARGEST_STREAM => {
                stream.events.push(event.clone());
                stream.bytes += new;
                self.bytes += new;
                self.used(name);
            }
            Some(_) => drop(self.forget(name)),
            None if version == 0 => {
                self.insert(name.clone(), vec![event.clone()], new, None);
            }
            None => {}
        }
    }

    /// Whoever is first to read a stream that is not kept.
    fn begin(&mut self, name: &StreamName) -> Option<u64> {
        if self.streams.contains_key(name) {
            return None;
        }
        let turn = self.uses;
        self.insert(name.clone(), Vec::new(), 0, Some(turn));
        Some(turn)
    }

    /// Puts what was read before what came meanwhile.
    fn end(&mut self, name: &StreamName, turn: u64, read: Option<&[StoredEvent]>) {
        let ours = self.streams.get(name).is_some_and(|stream| stream.filled == Some(turn));
        if !ours {
            return;
        }
        let Some(begun) = self.forget(name) else { return };
        let Some(read) = read.filter(|read| !read.is_empty()) else { return };
        let mut events = read.to_vec();
        for event in begun.events {
            let next = events.len() as u64;
            match event.envelope.version.cmp(&next) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => events.push(event),
                std::cmp::Ordering::Greater => return,
            }
        }
        let bytes = events.iter().map(event_bytes).sum();
        if bytes <= LARGEST_STREAM {
            self.insert(name.clone(), events, bytes, None);
            self.make_room();
        }
    }

    fn insert(&mut self, name: StreamName, events: Vec<StoredEvent>, bytes: usize, filled: Option<u64>) {
        self.uses += 1;
        self.bytes += bytes;
        self.order.insert(self.uses, name.clone());
        self.streams.insert(name, Stream { events, bytes, used: self.uses, filled });
    }

    fn used(&mut self, name: &StreamName) {
        self.uses += 1;
        if let Some(stream) = self.streams.get_mut(name) {
            let name = self.order.remove(&stream.used).unwrap_or_else(|| name.clone());
            self.order.insert(self.uses, name);
            stream.used = self.uses;
        }
    }

    fn forget(&mut self, name: &StreamName) -> Option<Stream> {
        let stream = self.streams.remove(name)?;
        self.order.remove(&stream.used);
        self.bytes -= stream.bytes;
        Some(stream)
    }

    /// Those that were not used for longest go.
    fn make_room(&mut self) {
        while self.bytes > MOST_BYTES {
            let Some((_, name)) = self.order.pop_first() else { break };
            if let Some(stream) = self.streams.remove(&name) {
                self.bytes -= stream.bytes;
            }
        }
    }
}

fn event_bytes(event: &StoredEvent) -> usize {
    EACH + event.sealed.as_ref().and_then(|part| part.bytes.as_ref()).map_or(0, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::ids::LogId;
    use countersign_domain::time::Timestamp;
    use countersign_event_log::envelope::{Actor, Envelope};
    use countersign_testkit::SeededEntropy;

    fn event(stream: &str, version: Version) -> StoredEvent {
        let envelope = Envelope {
            actor: Actor::Station,
            cause: None,
            kind: "ledger.reserved".to_owned(),
            log: LogId::random(&SeededEntropy::new(1)),
            open: version.into(),
            position: version,
            recorded_at: Timestamp::from_micros(1).unwrap(),
            schema: 1,
            sealed: None,
            stream: StreamName::stored(stream.to_owned()),
            team: "default".to_owned(),
            version,
        };
        StoredEvent { envelope: envelope.into(), sealed: None }
    }

    fn name(stream: &str) -> StreamName {
        StreamName::stored(stream.to_owned())
    }

    fn versions(recent: &Recent, stream: &str) -> Option<Vec<Version>> {
        let read = recent.read(&name(stream), 0, usize::MAX)?;
        Some(read.iter().map(|event| event.envelope.version).collect())
    }

    #[test]
    fn a_stream_that_begins_here_is_kept_and_one_that_began_before_is_not() {
        let recent = Recent::default();
        recent.add([event("a", 0), event("b", 3), event("a", 1)].iter());
        assert_eq!(versions(&recent, "a"), Some(vec![0, 1]));
        assert_eq!(versions(&recent, "b"), None);
        assert_eq!(recent.read(&name("a"), 1, 1).unwrap(), [event("a", 1)]);
        assert_eq!(recent.read(&name("a"), 2, 9).unwrap(), []);
        // A gap is never read over.
        recent.add([event("a", 3)].iter());
        assert_eq!(versions(&recent, "a"), None);
    }

    #[test]
    fn what_is_stored_while_a_stream_is_read_from_disk_is_not_missed() {
        let recent = Recent::default();
        let stored = [event("a", 0), event("a", 1), event("a", 2), event("a", 3)];
        let read = recent.fill(&name("a"), 100, || {
            // One that the read sees already, and one behind it; nobody is told that these two are all.
            recent.add(stored[2..3].iter());
            assert_eq!(versions(&recent, "a"), None);
            recent.add(stored[3..].iter());
            Ok(stored[..3].to_vec())
        });
        assert_eq!(read.unwrap().len(), 3);
        assert_eq!(versions(&recent, "a"), Some(vec![0, 1, 2, 3]));
    }

    #[test]
    fn what_was_read_before_parts_were_dropped_or_not_to_its_end_is_not_kept() {
        let recent = Recent::default();
        let stored = vec![event("a", 0), event("a", 1)];
        recent
            .fill(&name("a"), 100, || {
                recent.clear();
                Ok(stored.clone())
            })
            .unwrap();
        assert_eq!(versions(&recent, "a"), None, "sealed parts were dropped meanwhile");
        recent.fill(&name("a"), 2, || Ok(stored.clone())).unwrap();
        assert_eq!(versions(&recent, "a"), None, "there may be more of it");
        recent.fill(&name("a"), 100, || Err(ReadError::Unavailable("gone".to_owned()))).unwrap_err();
        assert_eq!(versions(&recent, "a"), None, "it could not be read");
        recent.fill(&name("a"), 100, || Ok(stored)).unwrap();
        assert_eq!(versions(&recent, "a"), Some(vec![0, 1]));
    }

    #[test]
    fn memory_is_bounded_and_what_was_used_last_stays() {
        let recent = Recent::default();
        let streams = MOST_BYTES / EACH * 2;
        recent.add([event("hot", 0)].iter());
        for nth in 0..streams {
            recent.add([event(&nth.to_string(), 0)].iter());
            assert!(recent.kept().bytes <= MOST_BYTES);
            assert!(versions(&recent, "hot").is_some());
        }
        let kept = recent.kept();
        assert_eq!((kept.streams.len(), kept.order.len()), (MOST_BYTES / EACH, MOST_BYTES / EACH));
        drop(kept);
        assert_eq!(versions(&recent, "0"), None);
        let long: Vec<_> = (0..2_000).map(|version| event("long", version)).collect();
        recent.add(long.iter());
        assert_eq!(versions(&recent, "long"), None);
    }
}
