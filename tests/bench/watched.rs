//! The log and the tool servers of a station with a stopwatch on them: when a decision was stored, when a call began.

use async_trait::async_trait;
use countersign_domain::ids::LogId;
use countersign_domain::tool::ToolDefinition;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::{Append, AppendError, AppendLog, Decide, ReadError, ReadLog};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use countersign_event_log_sqlite::SqliteLog;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Notes when the append that holds a decision returned.
pub(crate) struct WatchedLog {
    log: Arc<SqliteLog>,
    decided: Mutex<Option<Instant>>,
}

impl WatchedLog {
    pub(crate) fn new(log: Arc<SqliteLog>) -> Self {
        Self { log, decided: Mutex::default() }
    }

    fn note(&self, receipt: Result<Receipt, AppendError>) -> Result<Receipt, AppendError> {
        let now = Instant::now();
        let decision = |e: &StoredEvent| e.envelope.kind == "action.approved";
        if receipt.as_ref().is_ok_and(|receipt| receipt.events().iter().any(decision)) {
            *self.decided.lock().unwrap() = Some(now);
        }
        receipt
    }

    /// When the last decision was stored; once.
    pub(crate) fn decided(&self) -> Instant {
        self.decided.lock().unwrap().take().unwrap()
    }
}

#[async_trait]
impl AppendLog for WatchedLog {
    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.note(self.log.append(append).await)
    }

    async fn append_deciding(&self, decide: Decide) -> Result<Receipt, AppendError> {
        self.note(self.log.append_deciding(decide).await)
    }
}

#[async_trait]
impl ReadLog for WatchedLog {
    fn id(&self) -> LogId {
        self.log.id()
    }

    fn size(&self) -> u64 {
        self.log.size()
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Version,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        self.log.read_stream(stream, from, limit).await
    }

    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.log.read_from(position, limit).await
    }

    async fn grown_beyond(&self, size: u64) -> u64 {
        self.log.grown_beyond(size).await
    }
}

/// Notes when an action's call was handed to the tool servers, and how long they read evidence, which is no action's call.
pub(crate) struct WatchedServers<S> {
    servers: S,
    begun: Mutex<Option<Instant>>,
    /// When a reading of evidence ended last, and how long it took.
    read: Mutex<Option<(Instant, Duration)>>,
}

impl<S: ToolServers> WatchedServers<S> {
    pub(crate) fn new(servers: S) -> Self {
        Self { servers, begun: Mutex::default(), read: Mutex::default() }
    }

    /// How long after a decision was stored the last call began, without the evidence that was read in between; once.
    pub(crate) fn began_after(&self, decided: Instant) -> Duration {
        let begun = self.begun.lock().unwrap().take().unwrap();
        let read = self.read.lock().unwrap().take().filter(|(ended, _)| *ended > decided);
        begun.duration_since(decided) - read.map_or(Duration::ZERO, |(_, took)| took)
    }

    pub(crate) fn inner(&self) -> &S {
        &self.servers
    }
}

#[async_trait]
impl<S: ToolServers> ToolServers for WatchedServers<S> {
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        self.servers.definitions().await
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let (now, evidence) = (Instant::now(), call.key().is_none());
        if !evidence {
            *self.begun.lock().unwrap() = Some(now);
        }
        let answer = self.servers.call(call).await;
        if evidence {
            *self.read.lock().unwrap() = Some((Instant::now(), now.elapsed()));
        }
        answer
    }
}
