//! What is verified, and against what.

use super::lineage::changes;
use crate::envelope::StoredEvent;
use crate::tiles::{Tile, TileAt};
use crate::tree::{Hash, leaf_hash};
use countersign_domain::ids::LogId;

/// A log that could not be read, so that nothing is known of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the log could not be read: {0}")]
pub struct Unreadable(pub String);

/// One record as it is kept. Lent where it lies: a log is read through once, and nothing of it is kept.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// Where it is kept.
    pub position: u64,
    /// The stream and version that it is filed under, where the store has such an index.
    pub filed: Option<(&'a str, u64)>,
    /// The hash that is kept beside it.
    pub leaf: Option<Hash>,
    /// The canonical envelope.
    pub envelope: &'a [u8],
    /// Nonce and ciphertext of the sealed part, unless dropped by an erasure.
    pub sealed: Option<&'a [u8]>,
}

/// A row of the store.
#[derive(Debug, Clone)]
pub enum Row<'a> {
    /// A record.
    Record(Record<'a>),
    /// Something else than a record.
    Broken {
        /// Where.
        position: u64,
        /// What is wrong.
        why: String,
    },
}

impl Row<'_> {
    /// Where it is kept.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Record(record) => record.position,
            Self::Broken { position, .. } => *position,
        }
    }
}

/// Where a checkpoint was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteOrigin {
    /// The newest one, in the log itself.
    Newest,
    /// One of those that the log keeps, one a minute.
    Kept,
    /// The second file beside the log.
    SecondFile,
    /// Somebody else holds it: a witness, an export, another desk.
    Outside,
}

/// A checkpoint note with where it was found.
#[derive(Debug, Clone)]
pub struct KeptNote {
    /// Where.
    pub origin: NoteOrigin,
    /// The size under which it is kept, where the store says so.
    pub size: Option<u64>,
    /// The signed note.
    pub note: String,
}

/// A log that ended in a backup, and in whose place the next one goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierLog {
    /// The log.
    pub log: LogId,
    /// Its records lie before this position.
    pub until: u64,
    /// The root over everything before it, where the store keeps that.
    pub root: Option<Hash>,
}

/// What the store says of the whole log.
#[derive(Debug, Clone)]
pub struct Head {
    /// The log.
    pub log: LogId,
    /// The logs whose backups it goes on from, in order.
    pub earlier: Vec<EarlierLog>,
    /// How many records there are.
    pub size: u64,
    /// Where the last record that is there ends, where the store knows that apart.
    pub ends: Option<u64>,
    /// The right edge of the tree, where it is kept.
    pub frontier: Option<Vec<u8>>,
    /// When the last record was stored, in microseconds since 1970, where that is kept apart.
    pub recorded_at: Option<i64>,
    /// How many tiles there are, where they are kept.
    pub tiles: Option<u64>,
    /// The checkpoints that stand in the log.
    pub notes: Vec<KeptNote>,
}

/// A log to be verified.
pub trait Source: Sync {
    /// What it says of itself, at one moment. Records behind its size are not looked at.
    fn head(&self) -> Result<Head, Unreadable>;
    /// Gives `take` the rows from a position on that stand before `from + count`, in order; fewer where some are missing.
    fn rows(&self, from: u64, count: u64, take: &mut dyn FnMut(Row<'_>)) -> Result<(), Unreadable>;
    /// A full tile, if it is kept.
    fn tile(&self, at: TileAt) -> Result<Option<Tile>, Unreadable>;
}

/// How deep to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Bytes and tree.
    Bytes,
    /// What the records say as well, and every signature.
    Meaning,
}

/// What a log is held against.
#[derive(Debug, Clone)]
pub struct Against {
    /// The station's public key: without it, checkpoints count as unsigned.
    pub key: Option<[u8; 32]>,
    /// Checkpoints from outside of the log.
    pub notes: Vec<KeptNote>,
    /// How deep to look.
    pub depth: Depth,
    /// Threads to use; at least one.
    pub threads: usize,
}

impl Default for Against {
    fn default() -> Self {
        Self { key: None, notes: Vec::new(), depth: Depth::Meaning, threads: 1 }
    }
}

/// Events that lie in memory, as a log gave them back.
pub struct EventsSource<'a> {
    log: LogId,
    events: &'a [StoredEvent],
    notes: Vec<KeptNote>,
}

impl<'a> EventsSource<'a> {
    /// All events of a log from position 0 on, and its newest checkpoint, if it is at hand.
    pub fn new(log: LogId, events: &'a [StoredEvent], checkpoint: Option<&str>) -> Self {
        let note = |note: &str| KeptNote { origin: NoteOrigin::Newest, size: None, note: note.to_owned() };
        Self { log, events, notes: checkpoint.map(note).into_iter().collect() }
    }
}

impl Source for EventsSource<'_> {
    fn head(&self) -> Result<Head, Unreadable> {
        let (log, size, notes) = (self.log.clone(), self.events.len() as u64, self.notes.clone());
        let earlier = changes(self.events.iter().map(|event| (event.envelope.position, event.envelope.log.clone())));
        Ok(Head { log, earlier, size, ends: None, frontier: None, recorded_at: None, tiles: None, notes })
    }

    fn rows(&self, from: u64, count: u64, take: &mut dyn FnMut(Row<'_>)) -> Result<(), Unreadable> {
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let some = usize::try_from(count).unwrap_or(usize::MAX);
        for (position, event) in (from..).zip(self.events.iter().skip(skip).take(some)) {
            let envelope = &event.envelope.to_bytes();
            let sealed = event.sealed.as_ref().and_then(|part| part.bytes.as_deref());
            take(Row::Record(Record { position, filed: None, leaf: Some(leaf_hash(envelope)), envelope, sealed }));
        }
        Ok(())
    }

    fn tile(&self, _: TileAt) -> Result<Option<Tile>, Unreadable> {
        Ok(None)
    }
}
