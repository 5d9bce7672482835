//! Whether the simulation can fail: logs that forget a guard or a stream, and tool servers that lie, each of which must
//! be found, and by the invariant that it breaks.

use crate::crm::Lie;
use crate::shift::Shift;
use crate::world::{Broken, WHOLE};
use async_trait::async_trait;
use countersign_domain::ids::LogId;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::{Append, AppendError, AppendLog, Decide, Log, ReadError, ReadLog, StreamStates};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many shifts at most until it is found: the rarest defect shows in about one of thirty.
const MOST_SEEDS: u64 = 500;

/// Some shift breaks that invariant.
fn is_found(broken: Broken, invariant: &str) {
    let mut others = Vec::new();
    for seed in 1..=MOST_SEEDS {
        // A defect may also show by a panic of the CRM or of the world itself: that is not what is asked for here.
        let ran = Shift { broken, ..Shift::of(seed) }.run();
        if ran.violations.iter().any(|violation| violation.invariant == invariant) {
            return;
        }
        others.extend(ran.violations);
    }
    panic!("in {MOST_SEEDS} shifts nothing broke invariant {invariant}; other findings: {:?}", others.first());
}

#[test]
fn a_log_that_forgets_guards_and_versions_is_found() {
    is_found(Broken { log: |inner| Arc::new(Forgets { inner, hidden: None }), ..WHOLE }, "11");
}

#[test]
fn a_start_that_does_not_look_at_the_stop_is_found() {
    is_found(Broken { log: |inner| Arc::new(Forgets { inner, hidden: Some("fleet") }), ..WHOLE }, "11");
}

#[test]
fn a_verdict_that_does_not_look_at_the_ledger_is_found() {
    is_found(Broken { log: |inner| Arc::new(Forgets { inner, hidden: Some("ledger/") }), ..WHOLE }, "8");
}

#[test]
fn a_call_that_is_sent_twice_is_found() {
    is_found(Broken { servers: |crm| crm.lying(Lie::Twice), ..WHOLE }, "4");
}

#[test]
fn a_call_that_is_changed_on_its_way_is_found() {
    is_found(Broken { servers: |crm| crm.lying(Lie::OtherAmount), ..WHOLE }, "7");
}

#[test]
fn an_effect_that_is_only_said_to_have_happened_is_found() {
    is_found(Broken { servers: |crm| crm.lying(Lie::SaysDone), ..WHOLE }, "4");
}

#[test]
fn a_probe_that_claims_nothing_is_found() {
    is_found(Broken { servers: |crm| crm.lying(Lie::ClaimsNothing), ..WHOLE }, "4");
}

/// A log that stores whatever comes, in whatever state its streams are; or shows deciding functions nothing of some.
struct Forgets {
    inner: Arc<dyn Log>,
    /// The streams, by how their names begin, of which a deciding function sees nothing. `None`: guards are forgotten.
    hidden: Option<&'static str>,
}

#[async_trait]
impl AppendLog for Forgets {
    async fn append(&self, mut append: Append) -> Result<Receipt, AppendError> {
        if self.hidden.is_none() {
            append.guards.clear();
            let mut versions: BTreeMap<StreamName, Version> = BTreeMap::new();
            for write in &mut append.writes {
                let known = versions.get(&write.stream).copied();
                write.expected = match known {
                    Some(version) => version,
                    None => self.inner.read_stream(&write.stream, 0, usize::MAX).await.unwrap().len() as u64,
                };
                versions.insert(write.stream.clone(), write.expected + write.events.len() as u64);
            }
        }
        self.inner.append(append).await
    }

    async fn append_deciding(&self, decide: Decide) -> Result<Receipt, AppendError> {
        let hidden = self.hidden;
        self.inner
            .append_deciding(Box::new(move |states| match hidden {
                Some(hidden) => decide(&mut Blind { states, hidden }),
                None => decide(states),
            }))
            .await
    }
}

struct Blind<'a> {
    states: &'a mut dyn StreamStates,
    hidden: &'static str,
}

impl StreamStates for Blind<'_> {
    fn version(&mut self, stream: &StreamName) -> Result<Version, ReadError> {
        self.states.version(stream)
    }
    fn events(&mut self, stream: &StreamName, from: Version) -> Result<Vec<StoredEvent>, ReadError> {
        if stream.as_str().starts_with(self.hidden) { Ok(Vec::new()) } else { self.states.events(stream, from) }
    }
    fn slot(&mut self, _: &StreamName, _: TypeId) -> Option<(Version, Box<dyn Any + Send>)> {
        None
    }
    fn keep(&mut self, _: &StreamName, _: TypeId, _: Version, _: Box<dyn Any + Send>) {}
}

#[async_trait]
impl ReadLog for Forgets {
    fn id(&self) -> LogId {
        self.inner.id()
    }
    fn size(&self) -> u64 {
        self.inner.size()
    }
    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Version,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        self.inner.read_stream(stream, from, limit).await
    }
    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        self.inner.read_from(position, limit).await
    }
    async fn grown_beyond(&self, size: u64) -> u64 {
        self.inner.grown_beyond(size).await
    }
}
