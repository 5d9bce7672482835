//! The station verifies its own log, over and over, as `countersign-verify` would: every byte, the tree, what the records
//! say, every signature. On a thread of its own that gives way to everything else and takes a small part of one core, so
//! that nobody who decides waits for it. It repairs nothing and stops nobody: it says what it found.

use countersign_api::office::{Verification, Verified, Wrong};
use countersign_domain::ambient::Clock;
use countersign_event_log::tiles::{Tile, TileAt};
use countersign_event_log::verify::{Against, Head, Report, Row, Source, Unreadable, verify};
use countersign_event_log_sqlite::LogFile;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// When the first run begins after a start: what people wait for comes first.
const FIRST: Duration = Duration::from_secs(10);
/// Runs begin at least so far apart, and so many times as far apart as the last one took.
const LEAST_BETWEEN: Duration = Duration::from_secs(60);
const BETWEEN: u32 = 10;
/// After each page it rests so many times as long as the page took, and never longer than this, unless somebody waits.
const REST: u32 = 3;
const LONGEST_REST: Duration = Duration::from_millis(200);

/// What the verification needs of its station.
pub(crate) struct Watch {
    pub(crate) folder: PathBuf,
    pub(crate) key: [u8; 32],
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) state: watch::Sender<Verification>,
    /// Counts who asked for a run now.
    pub(crate) asked: watch::Receiver<u64>,
    pub(crate) ending: watch::Receiver<bool>,
}

impl Watch {
    /// Begins it; the thread ends with the station.
    pub(crate) fn start(self) -> std::io::Result<JoinHandle<()>> {
        let runtime = Handle::current();
        Builder::new().name("verification".to_owned()).spawn(move || self.run(&runtime))
    }

    fn run(mut self, runtime: &Handle) {
        give_way();
        let mut rest = FIRST;
        while let Some(quick) = runtime.block_on(self.next(rest)) {
            self.state.send_modify(|state| state.running = true);
            let began = Instant::now();
            let found = self.looked_twice(quick);
            rest = LEAST_BETWEEN.max(began.elapsed() * BETWEEN);
            if *self.ending.borrow() {
                break;
            }
            self.tell(found);
        }
    }

    /// Waits for the next run: whether somebody waits for it. Nothing once the station ends.
    async fn next(&mut self, rest: Duration) -> Option<bool> {
        let (ending, asked) = (&mut self.ending, &mut self.asked);
        tokio::select! {
            biased;
            _ = ending.wait_for(|end| *end) => None,
            asked = tokio::time::timeout(rest, asked.changed()) => match asked {
                Ok(asked) => asked.ok().map(|()| true),
                Err(_) => Some(false),
            },
        }
    }

    /// What seems wrong is looked at once more from the beginning: an erasure may have dropped a part behind the moment
    /// at which the first look began.
    fn looked_twice(&self, quick: bool) -> Result<Report, Unreadable> {
        let first = self.look(quick)?;
        if first.is_good() { Ok(first) } else { self.look(true) }
    }

    fn look(&self, quick: bool) -> Result<Report, Unreadable> {
        let log = LogFile::open(&self.folder)?;
        let notes = Vec::from_iter(log.second_note()?);
        let paced = Paced {
            log,
            quick,
            asked: self.asked.clone(),
            ending: self.ending.clone(),
            read: Mutex::new(Instant::now()),
        };
        verify(&paced, &Against { key: Some(self.key), notes, ..Against::default() })
    }

    fn tell(&self, found: Result<Report, Unreadable>) {
        let at = self.clock.now();
        self.state.send_modify(|state| {
            state.running = false;
            match found {
                Ok(report) => {
                    state.unreadable = None;
                    match report.finding.clone() {
                        None => {
                            let proved = report.in_words();
                            state.verified = Some(Verified { records: report.records, at, proved });
                            state.wrong = None;
                        }
                        Some(finding) => {
                            tracing::error!(%finding, "the log is not what it was");
                            // When it was found first, as long as it is the same.
                            let same = state.wrong.as_ref().filter(|wrong| wrong.position == finding.position);
                            let found = same.map_or(at, |wrong| wrong.found);
                            let (position, until, what) = (finding.position, finding.until, finding.what);
                            state.wrong = Some(Wrong { position, until, what, found, looked: at });
                        }
                    }
                }
                Err(why) => {
                    tracing::error!(%why, "the log could not be verified");
                    state.unreadable = Some((why.to_string(), at));
                }
            }
        });
    }
}

/// The log, read at the pace of somebody who is in nobody's way.
struct Paced {
    log: LogFile,
    quick: bool,
    asked: watch::Receiver<u64>,
    ending: watch::Receiver<bool>,
    /// When the page before was handed out.
    read: Mutex<Instant>,
}

impl Source for Paced {
    fn head(&self) -> Result<Head, Unreadable> {
        self.log.head()
    }

    fn rows(&self, from: u64, count: u64, take: &mut dyn FnMut(Row<'_>)) -> Result<(), Unreadable> {
        if *self.ending.borrow() {
            return Err(Unreadable("the station is ending".to_owned()));
        }
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever asks while a run goes on waits for this one, which hurries from then on.
        if !self.quick && !self.asked.has_changed().unwrap_or(false) {
            std::thread::park_timeout((read.elapsed() * REST).min(LONGEST_REST));
        }
        *read = Instant::now();
        drop(read);
        self.log.rows(from, count, take)
    }

    fn tile(&self, at: TileAt) -> Result<Option<Tile>, Unreadable> {
        self.log.tile(at)
    }
}

/// The lowest priority that there is. Only Linux can say that of one thread.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::warn!(%error, "the verification keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{SystemClock, SystemEntropy};
    use crate::start::open_log;
    use countersign_domain::event::Draft;
    use countersign_domain::station::StationEvent;
    use countersign_event_log::envelope::Actor;
    use countersign_event_log::log::{Append, AppendLog, NewEvent, Write};
    use countersign_event_log::stream::StreamName;
    use countersign_sealing::Sealing;

    /// A log with one record, whose verification is told to look now; what it says in the end.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn it_says_up_to_where_it_verified_and_names_the_record_that_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (clock, entropy): (Arc<dyn Clock>, _) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let sealing = Sealing::open(folder.path(), entropy.clone()).unwrap();
        let log = open_log(folder.path(), clock.clone(), &sealing, entropy.as_ref()).unwrap();
        let draft = Draft::open(&StationEvent::ClockJumped { by_ms: 5_000, at: clock.now() });
        let Draft { kind, schema, open, .. } = draft;
        let (actor, team) = (Actor::Station, "default".to_owned());
        let event = NewEvent { kind, schema, open, sealed: None, actor, cause: None, team };
        let writes = vec![Write { stream: StreamName::station(), expected: 0, events: vec![event] }];
        log.append(Append { guards: Vec::new(), writes }).await.unwrap();

        let (ask, asked) = watch::channel(0);
        let (end, ending) = watch::channel(false);
        let (state, mut told) = watch::channel(Verification::default());
        let key = sealing.station_key().public_key();
        let watch = Watch { folder: folder.path().to_owned(), key, clock, state, asked, ending };
        let thread = watch.start().unwrap();
        ask.send_modify(|n| *n += 1);
        let looked = |state: &Verification| {
            let told = state.verified.is_some() || state.wrong.is_some() || state.unreadable.is_some();
            !state.running && told
        };
        let good = told.wait_for(looked).await.unwrap().clone();
        assert_eq!(good.verified.as_ref().map(|verified| verified.records), Some(1), "{good:?}");

        drop(log);
        let path = folder.path().join("log.db");
        let mut bytes = std::fs::read(&path).unwrap();
        let word = b"by_ms";
        let places: Vec<usize> = (0..bytes.len() - word.len()).filter(|at| bytes[*at..].starts_with(word)).collect();
        assert!(!places.is_empty(), "the record is in the file");
        places.iter().for_each(|at| bytes[*at] = b'B');
        std::fs::write(&path, bytes).unwrap();
        ask.send_modify(|n| *n += 1);
        let changed = |state: &Verification| !state.running && (state.wrong.is_some() || state.unreadable.is_some());
        let state = told.wait_for(changed).await.unwrap().clone();
        assert_eq!(state.wrong.map(|wrong| wrong.position), Some(0), "{:?}", state.unreadable);
        end.send_replace(true);
        tokio::task::spawn_blocking(|| thread.join()).await.unwrap().unwrap();
    }
}
