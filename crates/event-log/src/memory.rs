//! The log in memory: for tests and simulations. It keeps every promise of a log but durability.

use crate::check::CheckLog;
use crate::checkpoint::{Signer, TreeHead};
use crate::envelope::{Envelope, SealedPart, StoredEvent};
use crate::erase::DropSealed;
use crate::folds::FoldCache;
use crate::log::{Append, AppendError, AppendLog, Decide, ReadError, ReadLog, StreamStates};
use crate::prepared::Prepared;
use crate::proof::{self, ProofError, StoredHashes};
use crate::receipt::Receipt;
use crate::stream::{StreamName, Version};
use crate::tiles::{Filling, Tile, TileAt};
use crate::tree::{Frontier, Hash};
use async_trait::async_trait;
use countersign_domain::ambient::Clock;
use countersign_domain::ids::LogId;
use countersign_domain::time::Timestamp;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A log that lives as long as its process.
pub struct MemoryLog {
    id: LogId,
    clock: Arc<dyn Clock>,
    signer: Arc<dyn Signer>,
    held: Mutex<Held>,
    size: watch::Sender<u64>,
}

struct Record {
    /// Read back from its bytes once: a shift reads the same events thousands of times.
    envelope: Arc<Envelope>,
    leaf: Hash,
    sealed: Option<SealedPart>,
}

#[derive(Default)]
struct Held {
    records: Vec<Record>,
    streams: HashMap<StreamName, Vec<u64>>,
    frontier: Frontier,
    filling: Filling,
    tiles: HashMap<TileAt, Tile>,
    last: Option<Timestamp>,
    folds: FoldCache,
}

impl MemoryLog {
    /// An empty log.
    pub fn new(id: LogId, clock: Arc<dyn Clock>, signer: Arc<dyn Signer>) -> Self {
        Self { id, clock, signer, held: Mutex::default(), size: watch::Sender::new(0) }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self, held: &mut Held, prepared: Prepared) -> Result<Receipt, AppendError> {
        let size = held.frontier.size();
        prepared.check(size, |stream| Ok(held.version(stream)))?;
        let at = held.last.map_or_else(|| self.clock.now(), |last| last.max(self.clock.now()));
        held.last = Some(at);
        let mut stored = Vec::new();
        for composed in prepared.compose(&self.id, size, at) {
            let event = composed.event;
            let envelope = Envelope::stored(&composed.envelope, &composed.leaf, &self.id, event.envelope.position)
                .map_err(|error| AppendError::Unavailable(error.to_string()))?;
            held.frontier.append(composed.leaf);
            held.tiles.extend(held.filling.append(composed.leaf));
            held.streams.entry(event.envelope.stream.clone()).or_default().push(event.envelope.position);
            held.records.push(Record {
                envelope: Arc::new(envelope),
                leaf: composed.leaf,
                sealed: event.sealed.clone(),
            });
            stored.push(event);
        }
        self.size.send_replace(held.frontier.size());
        Ok(Receipt::issued_by_log(stored))
    }
}

impl Held {
    fn version(&self, stream: &StreamName) -> Version {
        self.streams.get(stream).map_or(0, |positions| positions.len() as u64)
    }

    fn read(&self, position: u64) -> Result<StoredEvent, ReadError> {
        let record = self
            .records
            .get(position as usize)
            .ok_or_else(|| ReadError::Damaged { position, why: "it is missing".to_owned() })?;
        Ok(StoredEvent { envelope: record.envelope.clone(), sealed: record.sealed.clone() })
    }

    fn read_stream(&self, stream: &StreamName, from: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        let positions = self.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
        positions.iter().skip(from as usize).take(limit).map(|position| self.read(*position)).collect()
    }
}

struct States<'a> {
    held: &'a mut Held,
}

impl StreamStates for States<'_> {
    fn version(&mut self, stream: &StreamName) -> Result<Version, ReadError> {
        Ok(self.held.version(stream))
    }
    fn events(&mut self, stream: &StreamName, from: Version) -> Result<Vec<StoredEvent>, ReadError> {
        self.held.read_stream(stream, from, usize::MAX)
    }
    fn slot(&mut self, stream: &StreamName, fold: TypeId) -> Option<(Version, Box<dyn Any + Send>)> {
        self.held.folds.take(stream, fold)
    }
    fn keep(&mut self, stream: &StreamName, fold: TypeId, at: Version, state: Box<dyn Any + Send>) {
        self.held.folds.keep(stream, fold, at, state);
    }
}

#[async_trait]
impl AppendLog for MemoryLog {
    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        let prepared = Prepared::new(append)?;
        self.store(&mut self.held(), prepared)
    }

    async fn append_deciding(&self, decide: Decide) -> Result<Receipt, AppendError> {
        let mut held = self.held();
        let decided = {
            let mut states = States { held: &mut held };
            catch_unwind(AssertUnwindSafe(|| decide(&mut states)))
        };
        match decided {
            Ok(append) => self.store(&mut held, Prepared::new(append?)?),
            Err(_) => {
                held.folds.clear();
                Err(AppendError::Refused("the deciding function panicked".to_owned()))
            }
        }
    }
}

#[async_trait]
impl DropSealed for MemoryLog {
    async fn drop_sealed(&self, positions: &[u64]) -> Result<u64, AppendError> {
        let mut held = self.held();
        let mut dropped = 0;
        for position in positions {
            let sealed = held.records.get_mut(*position as usize).and_then(|record| record.sealed.as_mut());
            dropped += u64::from(sealed.and_then(|part| part.bytes.take()).is_some());
        }
        Ok(dropped)
    }
}

#[async_trait]
impl ReadLog for MemoryLog {
    fn id(&self) -> LogId {
        self.id.clone()
    }

    fn size(&self) -> u64 {
        *self.size.borrow()
    }

    async fn read_stream(&self, stream: &StreamName, from: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.held().read_stream(stream, from, limit)
    }

    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        let held = self.held();
        (position..held.frontier.size()).take(limit).map(|position| held.read(position)).collect()
    }

    async fn grown_beyond(&self, size: u64) -> u64 {
        let mut sizes = self.size.subscribe();
        // The sender lives as long as this borrow of self, so waiting cannot fail.
        sizes.wait_for(|now| *now > size).await.map_or(size, |now| *now)
    }
}

impl StoredHashes for Held {
    type Error = Infallible;
    fn tile(&self, at: TileAt) -> Result<Option<Tile>, Infallible> {
        Ok(self.tiles.get(&at).cloned())
    }
    fn leaves(&self, from: u64, count: u64) -> Result<Vec<Hash>, Infallible> {
        Ok(self.records.iter().skip(from as usize).take(count as usize).map(|record| record.leaf).collect())
    }
}

fn out_of_range(error: ProofError<Infallible>) -> ReadError {
    ReadError::Unavailable(error.to_string())
}

#[async_trait]
impl CheckLog for MemoryLog {
    async fn checkpoint(&self) -> Result<String, ReadError> {
        let held = self.held();
        let head = TreeHead { log: self.id.clone(), size: held.frontier.size(), root: held.frontier.root() };
        Ok(head.sign(self.signer.as_ref()))
    }

    async fn leaf_hashes(&self, from: u64, limit: usize) -> Result<Vec<Hash>, ReadError> {
        Ok(self.held().records.iter().skip(from as usize).take(limit).map(|record| record.leaf).collect())
    }

    async fn tile(&self, at: TileAt) -> Result<Option<Tile>, ReadError> {
        Ok(self.held().tiles.get(&at).cloned())
    }

    async fn root_at(&self, size: u64) -> Result<Hash, ReadError> {
        let held = self.held();
        if size > held.frontier.size() {
            return Err(out_of_range(ProofError::OutOfRange { first: size, size: held.frontier.size() }));
        }
        proof::root_at(&*held, size).map_err(|never| match never {})
    }

    async fn inclusion(&self, position: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        let held = self.held();
        proof::inclusion(&*held, position, size.min(held.frontier.size())).map_err(out_of_range)
    }

    async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, ReadError> {
        let held = self.held();
        proof::consistency(&*held, old, new.min(held.frontier.size())).map_err(out_of_range)
    }
}
