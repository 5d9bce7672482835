//! The ports of a log: append, read, follow.

use crate::envelope::{Actor, SealedPart, StoredEvent};
use crate::receipt::{Receipt, Run};
use crate::stream::{StreamName, Version};
use async_trait::async_trait;
use countersign_domain::ids::LogId;
use serde_json::Value;
use std::any::Any;
use std::collections::BTreeMap;

/// The most events that one append may write.
pub const MOST_EVENTS: usize = 64;
/// The most bytes that one envelope's open part, or one sealed part, may take.
pub const LARGEST_PART: usize = 2 * 1024 * 1024;

/// One event to be appended: a draft whose sealed part is already sealed.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// `concept.what_happened`.
    pub kind: String,
    /// Version of the open part's schema.
    pub schema: u32,
    /// The open part.
    pub open: Value,
    /// The sealed part.
    pub sealed: Option<SealedPart>,
    /// Who caused it.
    pub actor: Actor,
    /// The position that it answers.
    pub cause: Option<Cause>,
    /// The team that it is scoped to.
    pub team: String,
}

/// What an event answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An event that is already stored.
    Position(u64),
    /// The nth event (from 0) of this same append, earlier than the one that names it.
    Earlier(usize),
}

/// Events for one stream, which must be at `expected`.
#[derive(Debug, Clone)]
pub struct Write {
    /// The stream.
    pub stream: StreamName,
    /// Its version before this write.
    pub expected: Version,
    /// At least one event.
    pub events: Vec<NewEvent>,
}

/// One atomic append: all guards and expected versions hold and all events are stored, or nothing is.
#[derive(Debug, Clone, Default)]
pub struct Append {
    /// Streams that are only checked.
    pub guards: Vec<(StreamName, Version)>,
    /// Streams that are written, in order.
    pub writes: Vec<Write>,
}

/// Why an append stored nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// A guard or an expected version did not hold: somebody else was first. Read again and decide again.
    #[error("stream {stream} is at version {actual}, not {expected}")]
    Conflict {
        /// The stream.
        stream: StreamName,
        /// What the caller expected.
        expected: Version,
        /// What it is.
        actual: Version,
    },
    /// The deciding function refused.
    #[error("refused by the deciding function: {0}")]
    Refused(String),
    /// Too many events or too large a part.
    #[error("the append is out of bounds: {0}")]
    OutOfBounds(String),
    /// The log cannot take appends: it was closed, or its disk failed. Nothing may execute.
    #[error("the log takes no appends: {0}")]
    Unavailable(String),
}

/// Why a read failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// A stored record is not what its hash says, or is no envelope.
    #[error("the record at position {position} is damaged: {why}")]
    Damaged {
        /// Where.
        position: u64,
        /// What is wrong.
        why: String,
    },
    /// The store cannot be read.
    #[error("the log cannot be read: {0}")]
    Unavailable(String),
}

/// A pure fold of a stream's events, cached by the log per stream, so that a hot stream costs a verdict and not a re-read.
pub trait Fold: Any + Send + Clone + Default {
    /// Takes the next event in.
    fn apply(&mut self, event: &StoredEvent);
}

/// What a deciding function sees: the current state of the streams that it named, earlier appends of the same
/// group included.
pub trait StreamStates {
    /// A stream's version; 0 if it does not exist.
    fn version(&mut self, stream: &StreamName) -> Result<Version, ReadError>;
    /// A stream's events from a version on.
    fn events(&mut self, stream: &StreamName, from: Version) -> Result<Vec<StoredEvent>, ReadError>;
    /// The slot in which the log keeps the fold of this type for this stream, with the version it stands at.
    /// Use [`fold`] rather than this.
    fn slot(&mut self, stream: &StreamName, fold: std::any::TypeId) -> Option<(Version, Box<dyn Any + Send>)>;
    /// Puts a fold back.
    fn keep(&mut self, stream: &StreamName, fold: std::any::TypeId, at: Version, state: Box<dyn Any + Send>);
}

/// The current fold of a stream: the cached one, brought forward by what came since.
pub fn fold<F: Fold>(states: &mut dyn StreamStates, stream: &StreamName) -> Result<F, ReadError> {
    let id = std::any::TypeId::of::<F>();
    let (mut at, mut state) = match states.slot(stream, id) {
        Some((at, boxed)) => match boxed.downcast::<F>() {
            Ok(state) => (at, *state),
            Err(_) => (0, F::default()),
        },
        None => (0, F::default()),
    };
    for event in states.events(stream, at)? {
        state.apply(&event);
        at += 1;
    }
    states.keep(stream, id, at, Box::new(state.clone()));
    Ok(state)
}

/// A pure, bounded function that the writer runs inside the group: it sees current states and says what to write.
pub type Decide = Box<dyn FnOnce(&mut dyn StreamStates) -> Result<Append, AppendError> + Send>;

/// Appends.
#[async_trait]
pub trait AppendLog: Send + Sync {
    /// Atomic over all guards and writes; when it returns, the events are durable.
    async fn append(&self, append: Append) -> Result<Receipt, AppendError>;
    /// Runs `decide` in the writer, then appends what it says in the same group. A conflict cannot happen unless
    /// the function itself asks for versions that do not hold.
    async fn append_deciding(&self, decide: Decide) -> Result<Receipt, AppendError>;
}

/// How many events are read at once by whoever reads a whole log.
const PAGE: usize = 1_024;

/// Reads.
#[async_trait]
pub trait ReadLog: Send + Sync {
    /// The log's id.
    fn id(&self) -> LogId;
    /// How many events are stored: the next position.
    fn size(&self) -> u64;
    /// A stream's events from a version on, at most `limit`.
    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Version,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, ReadError>;
    /// Events from a position on, at most `limit`.
    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError>;
    /// The same events for whoever follows the log: those that it still has in memory are shared and not copied.
    async fn read_runs(&self, position: u64, limit: usize) -> Result<Vec<Run>, ReadError> {
        Ok(vec![self.read_from(position, limit).await?.into()])
    }
    /// The streams of one concept, such as `tool`, by name. A log that keeps no list of its streams reads all of itself.
    async fn streams_of(&self, concept: &str) -> Result<Vec<StreamName>, ReadError> {
        let mut found = BTreeMap::new();
        let mut position = 0;
        while let read @ [_, ..] = self.read_from(position, PAGE).await?.as_slice() {
            position += read.len() as u64;
            let streams = read.iter().map(|stored| &stored.envelope.stream);
            let own = streams.filter(|stream| stream.as_str().split_once('/').is_some_and(|(of, _)| of == concept));
            found.extend(own.map(|stream| (stream.as_str().to_owned(), stream.clone())));
        }
        Ok(found.into_values().collect())
    }
    /// Resolves once the log holds more than `size` events (at once if it already does); the new size.
    async fn grown_beyond(&self, size: u64) -> u64;
}

/// A whole log.
pub trait Log: AppendLog + ReadLog {}
impl<T: AppendLog + ReadLog> Log for T {}
