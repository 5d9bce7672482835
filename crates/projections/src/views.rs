//! The views as the others call them.

use crate::error::ViewsError;
use crate::fleet::FleetDid;
use crate::floor::{Floor, FloorSearch};
use crate::follow::{self, Follower, Forget};
use crate::labels::ToolLabels;
use crate::layout;
use crate::metrics;
use crate::opening::OpenParts;
use crate::read::{
    actions, conversations, counts, fleet, floor, metrics as read_metrics, people, spending, trail, transcript,
};
use crate::readers::Readers;
use crate::rows::{ActionRow, Approvals, AsOf, ConversationRow, PersonRow, Transcript};
use crate::trail::{CountBy, Counts, TrailChoices, TrailPage, TrailRow, TrailSearch};
use countersign_domain::ids::ConversationId;
use countersign_domain::time::Timestamp;
use countersign_event_log::log::ReadLog;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{Builder, JoinHandle};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

/// The most rows in one list.
pub const MOST_ROWS: u32 = 1_000;
/// The most conversations of a floor that are told at once.
pub const MOST_LIVE: u32 = 10_000;
/// The most entries in one transcript: the newest.
pub const MOST_ENTRIES: u32 = 4_000;

/// The read models, kept up to date by a task of their own. A copy is the same views.
#[derive(Clone)]
pub struct Views {
    inner: Arc<Inner>,
}

struct Inner {
    readers: Arc<Readers>,
    labels: RwLock<Arc<ToolLabels>>,
    folded: watch::Receiver<u64>,
    indexed: watch::Receiver<u64>,
    moved: watch::Receiver<u64>,
    failure: watch::Receiver<Option<Arc<ViewsError>>>,
    stop: watch::Sender<bool>,
    forgets: mpsc::Sender<Forget>,
    follower: Mutex<Option<JoinHandle<()>>>,
}

impl Views {
    /// Opens `views.db` in the data folder, or begins it anew, and follows the log from where it stands. Needs a
    /// Tokio runtime. Returns before everything is folded: see [`Views::reached`].
    pub async fn open(
        folder: &Path,
        log: Arc<dyn ReadLog>,
        parts: Arc<dyn OpenParts>,
        labels: ToolLabels,
    ) -> Result<Self, ViewsError> {
        let path = layout::path_in(folder);
        let (id, size) = (log.id(), log.size());
        let opened = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || layout::open(&path, &id, size)).await
        };
        let (connection, cursor) = opened.unwrap_or(Err(ViewsError::Closed))?;
        let (folded, folded_here) = watch::channel(cursor.next);
        let (indexed, indexed_here) = watch::channel(cursor.indexed);
        let (moved, moved_here) = watch::channel(cursor.next);
        let (failed, failure) = watch::channel(None);
        let (stop, stopped) = watch::channel(false);
        let (forgets, forgets_here) = mpsc::channel(1);
        let readers = Arc::new(Readers::new(&path));
        let follower = Follower {
            path: path.clone(),
            readers: readers.clone(),
            forgets: forgets_here,
            log,
            parts,
            connection,
            cursor,
            folded,
            indexed,
            moved,
            stop: stopped,
        };
        let runtime = Handle::current();
        let follow = move || {
            follow::give_way();
            if let Err(error) = runtime.block_on(follower.run()) {
                tracing::error!(%error, "the views stopped");
                failed.send_replace(Some(Arc::new(error)));
            }
        };
        let follower = Builder::new().name("views".to_owned()).spawn(follow);
        let follower = follower.map_err(|error| ViewsError::File { path: path.clone(), why: error.to_string() })?;
        let inner = Inner {
            readers,
            labels: RwLock::new(Arc::new(labels)),
            folded: folded_here,
            indexed: indexed_here,
            moved: moved_here,
            failure,
            stop,
            forgets,
            follower: Mutex::new(Some(follower)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The position up to which rows are folded (exclusive), as it moves. Its sender goes when the fold stops.
    pub fn folded(&self) -> watch::Receiver<u64> {
        self.inner.folded.clone()
    }

    /// The position up to which rows are folded (exclusive), as it moves by anything but somebody's reading: that is in
    /// the trail, and wakes nobody.
    pub fn moved(&self) -> watch::Receiver<u64> {
        self.inner.moved.clone()
    }

    /// Why the fold stopped, once it has.
    pub fn failure(&self) -> watch::Receiver<Option<Arc<ViewsError>>> {
        self.inner.failure.clone()
    }

    /// Waits until at least `size` events are folded; how many are.
    pub async fn reached(&self, size: u64) -> Result<u64, ViewsError> {
        self.wait(self.inner.folded.clone(), size).await
    }

    /// Waits until texts below `size` are found by a search; up to where they are.
    pub async fn indexed(&self, size: u64) -> Result<u64, ViewsError> {
        self.wait(self.inner.indexed.clone(), size).await
    }

    /// Up to which position a search finds texts (exclusive): behind [`Views::folded`] by the index's lag.
    pub fn indexed_to(&self) -> u64 {
        *self.inner.indexed.borrow()
    }

    /// Held actions, nearest deadline first.
    pub async fn held(&self) -> Result<AsOf<Vec<ActionRow>>, ViewsError> {
        self.read(|tables, labels| actions::held(tables, labels, MOST_ROWS)).await
    }

    /// Actions whose outcome nobody knows, the longest open first.
    pub async fn unknown(&self) -> Result<AsOf<Vec<ActionRow>>, ViewsError> {
        self.read(|tables, labels| actions::unknown(tables, labels, MOST_ROWS)).await
    }

    /// Decided or ended actions, newest first: see [`Approvals::decided`].
    pub async fn decided(&self, limit: u32) -> Result<AsOf<Vec<ActionRow>>, ViewsError> {
        self.read(move |tables, labels| actions::decided(tables, labels, limit.min(MOST_ROWS))).await
    }

    /// All three lists from one snapshot; at most `decided` decided ones.
    pub async fn approvals(&self, decided: u32) -> Result<AsOf<Approvals>, ViewsError> {
        let lists = move |tables: &Connection, labels: &ToolLabels| {
            Ok(Approvals {
                held: actions::held(tables, labels, MOST_ROWS)?,
                waiting: actions::waiting(tables, labels, MOST_ROWS)?,
                unknown: actions::unknown(tables, labels, MOST_ROWS)?,
                decided: actions::decided(tables, labels, decided.min(MOST_ROWS))?,
            })
        };
        self.read(lists).await
    }

    /// Conversations, the most urgent first, those that ended lately last.
    pub async fn floor(&self, mut search: FloorSearch) -> Result<AsOf<Floor>, ViewsError> {
        search.first = search.first.min(MOST_LIVE);
        search.besides.truncate(MOST_ROWS as usize);
        self.read(move |tables, labels| floor::floor(tables, labels, &search)).await
    }

    /// Live conversations in which a person is asked for, the longest first.
    pub async fn escalated(&self) -> Result<AsOf<Vec<ConversationRow>>, ViewsError> {
        self.read(|tables, labels| conversations::escalated(tables, labels, MOST_ROWS)).await
    }

    /// Conversations in which the customer has the word and nothing has happened since, the quietest first.
    pub async fn quiet_since(&self, since: Timestamp, limit: u32) -> Result<AsOf<Vec<ConversationId>>, ViewsError> {
        self.read(move |tables, _| conversations::quiet_since(tables, since, limit.min(MOST_ROWS))).await
    }

    /// One conversation, whole; `None` if there is none of that id.
    pub async fn transcript(&self, id: &ConversationId) -> Result<AsOf<Option<Transcript>>, ViewsError> {
        let id = id.clone();
        self.read(move |tables, labels| transcript::transcript(tables, labels, &id, MOST_ENTRIES)).await
    }

    /// The six metrics of a period and of the one before.
    pub async fn measured(&self, asked: metrics::Asked) -> Result<AsOf<metrics::Measured>, ViewsError> {
        self.read(move |tables, _| read_metrics::measured(tables, asked)).await
    }

    /// The conversations behind a figure, at most `limit`, and how many there are in all.
    pub async fn counted(
        &self,
        period: metrics::Period,
        counted: metrics::Counted,
        slice: Option<metrics::Slice>,
        limit: u32,
    ) -> Result<AsOf<(u32, Vec<metrics::CountedRow>)>, ViewsError> {
        let limit = limit.min(MOST_ROWS);
        self.read(move |tables, labels| read_metrics::counted(tables, labels, period, &counted, slice.as_ref(), limit))
            .await
    }

    /// What agents asked for in a period, by agent and tool, and the live conversations of each.
    pub async fn fleet(&self, period: metrics::Period) -> Result<AsOf<FleetDid>, ViewsError> {
        self.read(move |tables, _| fleet::fleet(tables, period)).await
    }

    /// What calls of models cost in a period, in millionths of the reporting currency's unit, by class of intent.
    pub async fn spent(&self, period: metrics::Period) -> Result<AsOf<BTreeMap<String, u64>>, ViewsError> {
        self.read(move |tables, _| spending::spent(tables, period)).await
    }

    /// People of the staff, in the order of their enrolment.
    pub async fn people(&self) -> Result<AsOf<Vec<PersonRow>>, ViewsError> {
        self.read(|tables, _| people::people(tables, MOST_ROWS)).await
    }

    /// Records of the trail, newest first.
    pub async fn trail(&self, search: TrailSearch) -> Result<AsOf<TrailPage>, ViewsError> {
        self.read(move |tables, labels| trail::search(tables, labels, &search)).await
    }

    /// One record of the trail; `None` where it has no row, or is not folded yet.
    pub async fn trail_row(&self, position: u64) -> Result<AsOf<Option<TrailRow>>, ViewsError> {
        self.read(move |tables, labels| trail::row(tables, labels, position)).await
    }

    /// What filters of the trail can be set to.
    pub async fn trail_choices(&self) -> Result<AsOf<TrailChoices>, ViewsError> {
        self.read(|tables, _| trail::choices(tables)).await
    }

    /// How many records of these kinds there are from a moment on, by the rule or the tool that they name.
    pub async fn counts(
        &self,
        by: CountBy,
        kinds: &'static [&'static str],
        from: Timestamp,
    ) -> Result<AsOf<Counts>, ViewsError> {
        self.read(move |tables, _| counts::counts(tables, by, kinds, from)).await
    }

    /// Calls tools by these names from here on.
    pub fn relabel(&self, labels: ToolLabels) {
        *self.inner.labels.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(labels);
    }

    /// Forgets what was said in conversations whose keys are gone: when this returns, none of their words stands in any
    /// file of the views. Lists stand still while the file is written anew.
    pub async fn forget(&self, conversations: Vec<ConversationId>) -> Result<(), ViewsError> {
        let (done, forgotten) = oneshot::channel();
        if self.inner.forgets.send(Forget { conversations, done }).await.is_err() {
            return Err(self.why_stopped().await);
        }
        match forgotten.await {
            Ok(done) => done,
            Err(_) => Err(self.why_stopped().await),
        }
    }

    /// Ends the follower and the readers; when it returns, the file is no longer in use.
    pub async fn close(&self) {
        self.inner.stop.send_replace(true);
        let follower = self.inner.follower.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(follower) = follower
            && !matches!(tokio::task::spawn_blocking(move || follower.join()).await, Ok(Ok(())))
        {
            tracing::error!("the views' follower did not end in order");
        }
        self.inner.readers.close().await;
    }

    async fn wait(&self, mut at: watch::Receiver<u64>, size: u64) -> Result<u64, ViewsError> {
        let reached = at.wait_for(|position| *position >= size).await.map(|position| *position);
        match reached {
            Ok(position) => Ok(position),
            Err(_) => Err(self.why_stopped().await),
        }
    }

    /// The follower tells why right after its positions end.
    async fn why_stopped(&self) -> ViewsError {
        let mut failure = self.inner.failure.clone();
        match failure.wait_for(Option::is_some).await {
            Ok(why) => why.clone().map_or(ViewsError::Closed, ViewsError::Stopped),
            Err(_) => ViewsError::Closed,
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&Connection, &ToolLabels) -> Result<T, ViewsError> + Send + 'static,
    ) -> Result<AsOf<T>, ViewsError> {
        let failure = self.inner.failure.borrow().clone();
        if let Some(why) = failure {
            return Err(ViewsError::Stopped(why));
        }
        let labels = self.inner.labels.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.inner.readers.read(move |tables| answer(tables, &labels)).await
    }
}
