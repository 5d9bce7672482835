//! The canvas: a log that shows as much of a story as it is told to, parts that are open, erased or broken, and what
//! stands in the file in the end.

use crate::story::{Story, log_id};
use async_trait::async_trait;
use countersign_domain::event::Fields;
use countersign_domain::ids::LogId;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::{ReadError, ReadLog};
use countersign_event_log::stream::{StreamName, Version};
use countersign_projections::{
    FloorSearch, OpenParts, PartUnreadable, ToolLabel, ToolLabels, TrailPage, TrailSearch, Views,
};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// A log that has recorded a story up to some position.
pub(crate) struct ToldLog {
    id: LogId,
    events: Vec<StoredEvent>,
    size: watch::Sender<u64>,
}

impl ToldLog {
    /// The first `size` events of a story.
    pub(crate) fn up_to(story: &Story, size: u64) -> Arc<Self> {
        Arc::new(Self { id: log_id(), events: story.events.clone(), size: watch::Sender::new(size) })
    }

    pub(crate) fn whole(story: &Story) -> Arc<Self> {
        Self::up_to(story, story.events.len() as u64)
    }

    pub(crate) fn of_another_id(story: &Story) -> Arc<Self> {
        let id = "log_000000000000000000000000000000ff".parse().unwrap();
        Arc::new(Self { id, events: story.events.clone(), size: watch::Sender::new(story.events.len() as u64) })
    }

    pub(crate) fn grows_to(&self, size: u64) {
        self.size.send_replace(size);
    }
}

#[async_trait]
impl ReadLog for ToldLog {
    fn id(&self) -> LogId {
        self.id.clone()
    }

    fn size(&self) -> u64 {
        *self.size.borrow()
    }

    async fn read_stream(&self, of: &StreamName, from: Version, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        let told = self.events[..self.size() as usize].iter().filter(|e| e.envelope.stream == *of);
        Ok(told.skip(from as usize).take(limit).cloned().collect())
    }

    async fn read_from(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        let size = self.size() as usize;
        Ok(self.events[..size].iter().skip(position as usize).take(limit).cloned().collect())
    }

    async fn grown_beyond(&self, size: u64) -> u64 {
        let mut here = self.size.subscribe();
        let grown = here.wait_for(|now| *now > size).await.map(|now| *now);
        grown.unwrap()
    }
}

/// The sealed parts of a story, some of them erased, some unreadable.
#[derive(Default)]
pub(crate) struct Parts {
    sealed: BTreeMap<u64, Fields>,
    pub(crate) erased: BTreeSet<u64>,
    pub(crate) broken: BTreeSet<u64>,
}

impl Parts {
    pub(crate) fn of(story: &Story) -> Self {
        Self { sealed: story.sealed.clone(), ..Self::default() }
    }
}

impl OpenParts for Parts {
    fn fields(&self, event: &StoredEvent) -> Result<Option<Fields>, PartUnreadable> {
        let position = event.envelope.position;
        if self.broken.contains(&position) {
            return Err(PartUnreadable("it does not authenticate".into()));
        }
        Ok(self.sealed.get(&position).cloned().filter(|_| !self.erased.contains(&position)))
    }
}

pub(crate) fn labels() -> ToolLabels {
    let refund = ToolLabel {
        noun: "Refund".into(),
        object_argument: Some("order_number".into()),
        object_noun: "order".into(),
        headline: Some("Refund {money} to {customer} for order {order_number}".into()),
    };
    ToolLabels::from([("crm.refund".into(), refund)])
}

/// Views over a whole story, folded and indexed.
pub(crate) struct Told {
    pub(crate) views: Views,
    _folder: tempfile::TempDir,
}

/// A search of the floor for everything, at most so many rows.
pub(crate) fn most(first: u32) -> FloorSearch {
    FloorSearch { first, ..FloorSearch::default() }
}

pub(crate) async fn told(story: &Story) -> Told {
    told_with(story, Parts::of(story)).await
}

pub(crate) async fn told_with(story: &Story, parts: Parts) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let size = story.events.len() as u64;
    let views = open(folder.path(), ToldLog::whole(story), parts).await;
    assert_eq!(views.reached(size).await.unwrap(), size);
    assert_eq!(views.indexed(size).await.unwrap(), size);
    Told { views, _folder: folder }
}

pub(crate) async fn open(folder: &Path, log: Arc<ToldLog>, parts: Parts) -> Views {
    Views::open(folder, log, Arc::new(parts), labels()).await.unwrap()
}

/// Searches the trail for words alone.
pub(crate) async fn find(views: &Views, words: &str) -> TrailPage {
    views.trail(TrailSearch { words: words.into(), limit: 50, ..TrailSearch::default() }).await.unwrap().value
}

/// Every row of every table, and every word of the index with its place: what two files must share to be the same.
pub(crate) fn dump(folder: &Path) -> BTreeMap<&'static str, Vec<Vec<Value>>> {
    let connection = Connection::open(folder.join("views.db")).unwrap();
    connection.execute_batch("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, instance)").unwrap();
    let tables = [
        ("cursor", "SELECT * FROM cursor"),
        ("people", "SELECT * FROM people ORDER BY position"),
        ("conversations", "SELECT * FROM conversations ORDER BY id"),
        ("aliases", "SELECT * FROM aliases ORDER BY name"),
        ("belongings", "SELECT * FROM belongings ORDER BY name, conversation"),
        ("actions", "SELECT * FROM actions ORDER BY position"),
        ("signatures", "SELECT * FROM signatures ORDER BY position"),
        ("entries", "SELECT * FROM entries ORDER BY position"),
        ("facets", "SELECT * FROM facets ORDER BY id"),
        ("trail", "SELECT * FROM trail ORDER BY position"),
        ("words", "SELECT * FROM vocabulary ORDER BY term, doc, col, offset"),
    ];
    let rows = |sql: &str| {
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let all = statement.query_map([], |row| (0..columns).map(|c| row.get(c)).collect());
        all.unwrap().collect::<Result<Vec<Vec<Value>>, _>>().unwrap()
    };
    tables.into_iter().map(|(name, sql)| (name, rows(sql))).collect()
}
