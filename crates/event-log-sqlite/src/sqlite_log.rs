//! The log on SQLite: its handle, and the ports of a log.

use crate::error::OpenError;
use crate::group::{Group, Work};
use crate::kinds::Kinds;
use crate::lineage::Lineage;
use crate::note_file::NoteFile;
use crate::readers::Readers;
use crate::recent::Recent;
use crate::rows::{self, Hashes};
use crate::tail::Tail;
use crate::tile_roots::{RememberedHashes, TileRoots};
use crate::writer::{Job, QUEUE, Writer};
use crate::{folder, head, layout};
use async_trait::async_trait;
use countersign_domain::ambient::{Clock, Entropy};
use countersign_domain::ids::LogId;
use countersign_event_log::check::CheckLog;
use countersign_event_log::checkpoint::{Signer, TreeHead};
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::erase::DropSealed;
use countersign_event_log::log::{Append, AppendError, AppendLog, Decide, ReadError, ReadLog};
use countersign_event_log::prepared::Prepared;
use countersign_event_log::proof::{self, ProofError, StoredHashes};
use countersign_event_log::receipt::{Receipt, Run};
use countersign_event_log::stream::StreamName;
use countersign_event_log::tiles::{Tile, TileAt};
use countersign_event_log::tree::Hash;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// Whoever reads so much of a stream from its beginning wants the whole of it.
const WHOLE: usize = 256;

/// So many sealed parts are dropped in one commit; appends go in between.
const DROPPED_AT_ONCE: usize = 512;

/// The file with the public key of the checkpoints, as a note's verifier key.
pub const VERIFIER_KEY: &str = "checkpoint.key";

/// A log in a folder. Dropping it stores what was accepted, waits for that, and unlocks the folder.
pub struct SqliteLog {
    logs: Arc<Lineage>,
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    tail: Arc<Tail>,
    recent: Arc<Recent>,
    size: watch::Receiver<u64>,
    roots: Arc<TileRoots>,
}

impl SqliteLog {
    /// Opens the log in a folder, or begins one with an id drawn from `entropy`. Blocks while the head is checked.
    pub fn open(
        folder: &Path,
        clock: Arc<dyn Clock>,
        signer: Arc<dyn Signer>,
        entropy: &dyn Entropy,
    ) -> Result<Self, OpenError> {
        folder::make(folder)?;
        let lock = folder::lock(folder)?;
        let mut db = layout::open(folder, signer.as_ref(), || LogId::random(entropy))?;
        let kinds = Kinds::hold(&mut db)?;
        let head = head::load(&db, &signer.public_key())?;
        let logs = Arc::new(head.lineage.clone());
        let failed = |source| OpenError::File { path: folder.to_owned(), source };
        publish_key(folder, logs.now(), &signer.public_key()).map_err(failed)?;
        let notes = NoteFile::begin(folder.join("checkpoint")).map_err(failed)?;
        notes.put(head.note.clone());
        let recent = Arc::new(Recent::default());
        let group = Group::new(db, head, kinds, clock, signer, recent.clone());
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let (publish, size) = watch::channel(group.size());
        let tail = Arc::new(Tail::new(group.size()));
        let (tail_of_it, recent_of_it) = (tail.clone(), recent.clone());
        let writer =
            Writer { jobs: waiting, tail: tail_of_it, recent: recent_of_it, size: publish, notes, group, lock };
        let thread = std::thread::Builder::new().name("log-writer".to_owned()).spawn(move || writer.run());
        let readers = Arc::new(Readers::new(layout::file(folder)));
        Ok(Self {
            logs,
            jobs: Some(jobs),
            writer: Some(thread.map_err(failed)?),
            readers,
            tail,
            recent,
            size,
            roots: Arc::default(),
        })
    }

    async fn store(&self, work: Work) -> Result<Receipt, AppendError> {
        self.ask(|answer| Job::Store { work, answer }).await
    }

    /// Reads hashes, and remembers what was computed of them.
    async fn hashes<T: Send + 'static>(
        &self,
        read: impl FnOnce(&RememberedHashes<'_>) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let roots = self.roots.clone();
        self.readers.read(move |db| read(&RememberedHashes { stored: Hashes(db), roots: &roots })).await
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, AppendError>>) -> Job) -> Result<T, AppendError> {
        let closed = || AppendError::Unavailable("its writer has ended; restart the station".to_owned());
        let (answer, answered) = oneshot::channel();
        self.jobs.as_ref().ok_or_else(closed)?.send(job(answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

/// Writes the public key of the checkpoints beside them, for whoever verifies.
fn publish_key(folder: &Path, log: &LogId, public_key: &[u8; 32]) -> std::io::Result<()> {
    let (path, text) = (folder.join(VERIFIER_KEY), TreeHead::verifier_key(log, public_key));
    match std::fs::read(&path) {
        Ok(there) if there == text.as_bytes() => Ok(()),
        _ => folder::replace(&path, text.as_bytes()),
    }
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        self.jobs = None;
        // A deciding function may hold the last handle; the writer cannot wait for itself.
        if let Some(writer) = self.writer.take().filter(|w| w.thread().id() != std::thread::current().id()) {
            let _ended = writer.join();
        }
    }
}

#[async_trait]
impl AppendLog for SqliteLog {
    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        // Made ready here, so that callers hash and encode in parallel and the writer does not.
        self.store(Work::Append(Prepared::new(append)?)).await
    }

    async fn append_deciding(&self, decide: Decide) -> Result<Receipt, AppendError> {
        self.store(Work::Decide(decide)).await
    }
}

#[async_trait]
impl DropSealed for SqliteLog {
    async fn drop_sealed(&self, positions: &[u64]) -> Result<u64, AppendError> {
        let (batches, mut dropped) = (positions.len().div_ceil(DROPPED_AT_ONCE), 0);
        for (nth, batch) in positions.chunks(DROPPED_AT_ONCE).enumerate() {
            let (positions, last) = (batch.to_vec(), nth + 1 == batches);
            dropped += self.ask(|answer| Job::Drop { positions, last, answer }).await?;
        }
        Ok(dropped)
    }
}

#[async_trait]
impl ReadLog for SqliteLog {
    fn id(&self) -> LogId {
        self.logs.now().clone()
    }

    fn size(&self) -> u64 {
        *self.size.borrow()
    }

    async fn read_stream(&self, stream: &StreamName, from: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        if let Some(events) = self.recent.read(stream, from, limit) {
            return Ok(events);
        }
        let (logs, recent, stream) = (self.logs.clone(), self.recent.clone(), stream.clone());
        let read = move |db: &Connection| match from == 0 && limit >= WHOLE {
            true => recent.fill(&stream, limit, || rows::read_stream(db, &logs, &stream, 0, limit)),
            false => rows::read_stream(db, &logs, &stream, from, limit),
        };
        self.readers.read(read).await
    }

    async fn streams_of(&self, concept: &str) -> Result<Vec<StreamName>, ReadError> {
        let concept = concept.to_owned();
        self.readers.read(move |db| rows::streams_of(db, &concept)).await
    }

    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        Ok(self.read_runs(position, limit).await?.iter().flat_map(Run::events).cloned().collect())
    }

    async fn read_runs(&self, position: u64, limit: usize) -> Result<Vec<Run>, ReadError> {
        if let Some(runs) = self.tail.read(position, limit) {
            return Ok(runs);
        }
        let logs = self.logs.clone();
        let read = self.readers.read(move |db| rows::read_from(db, &logs, position, limit)).await?;
        Ok(vec![read.into()])
    }

    async fn grown_beyond(&self, size: u64) -> u64 {
        let mut sizes = self.size.clone();
        let grown = sizes.wait_for(|now| *now > size).await.map(|now| *now);
        match grown {
            Ok(now) => now,
            // The writer has ended: nothing will ever come.
            Err(_) => std::future::pending().await,
        }
    }
}

fn no_proof(error: ProofError<ReadError>) -> ReadError {
    match error {
        ProofError::Stored(error) => error,
        out_of_range => ReadError::Unavailable(out_of_range.to_string()),
    }
}

#[async_trait]
impl CheckLog for SqliteLog {
    async fn checkpoint(&self) -> Result<String, ReadError> {
        self.readers.read(rows::checkpoint).await
    }

    async fn leaf_hashes(&self, from: u64, limit: usize) -> Result<Vec<Hash>, ReadError> {
        let count = self.size().saturating_sub(from).min(limit as u64);
        self.readers.read(move |db| Hashes(db).leaves(from, count)).await
    }

    async fn tile(&self, at: TileAt) -> Result<Option<Tile>, ReadError> {
        self.readers.read(move |db| Hashes(db).tile(at)).await
    }

    async fn root_at(&self, size: u64) -> Result<Hash, ReadError> {
        let stored = self.size();
        if size > stored {
            return Err(no_proof(ProofError::OutOfRange { first: size, size: stored }));
        }
        self.hashes(move |hashes| proof::root_at(hashes, size)).await
    }

    async fn inclusion(&self, position: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        let size = size.min(self.size());
        self.hashes(move |hashes| proof::inclusion(hashes, position, size).map_err(no_proof)).await
    }

    async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, ReadError> {
        let new = new.min(self.size());
        self.hashes(move |hashes| proof::consistency(hashes, old, new).map_err(no_proof)).await
    }
}
