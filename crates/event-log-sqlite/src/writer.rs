//! The writer thread: it takes all appends that wait, stores them as one group, and answers each.

use crate::group::{Group, Work, Written};
use crate::note_file::NoteFile;
use crate::recent::Recent;
use crate::tail::Tail;
use countersign_event_log::log::AppendError;
use countersign_event_log::receipt::Receipt;
use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// Appends that may wait; a caller beyond them waits to get into the queue.
pub(crate) const QUEUE: usize = 1024;
/// Appends in one group.
const MOST_IN_GROUP: usize = 512;
/// A group takes no more appends once its parts have this many bytes.
const LARGEST_GROUP: usize = 32 * 1024 * 1024;

/// A commit quicker than this is not worth waiting for more appends: they share a later one.
const QUICK_COMMIT: Duration = Duration::from_millis(1);
/// From so many callers on, a quick commit takes only about half of them at a time.
const A_CROWD: usize = 64;
/// The longest that a group waits for more appends.
const LONGEST_GATHERING: Duration = Duration::from_millis(2);
const BETWEEN_LOOKS: Duration = Duration::from_micros(50);

/// What waits for the writer.
pub(crate) enum Job {
    /// An append.
    Store { work: Work, answer: Answer },
    /// Sealed bytes to drop; with the last ones the WAL is emptied.
    Drop { positions: Vec<u64>, last: bool, answer: oneshot::Sender<Result<u64, AppendError>> },
}

/// What the thread owns. When it ends, the notes are written, then the database closed, then the folder unlocked.
pub(crate) struct Writer {
    pub(crate) jobs: mpsc::Receiver<Job>,
    pub(crate) tail: Arc<Tail>,
    pub(crate) recent: Arc<Recent>,
    pub(crate) size: watch::Sender<u64>,
    pub(crate) notes: NoteFile,
    pub(crate) group: Group,
    pub(crate) lock: File,
}

impl Writer {
    pub(crate) fn run(self) {
        let Self { mut jobs, tail, recent, size, notes, mut group, lock } = self;
        let mut failure: Option<String> = None;
        let mut pace = Pace::default();
        let mut aside: Option<Job> = None;
        while let Some(first) = aside.take().or_else(|| jobs.blocking_recv()) {
            if let Job::Drop { positions, last, answer } = first {
                let dropped = group.drop_sealed(&positions);
                tail.clear();
                recent.clear();
                let done =
                    dropped.and_then(|dropped| if last { group.empty_wal().map(|()| dropped) } else { Ok(dropped) });
                let _gone = answer.send(done.map_err(|error| AppendError::Unavailable(error.to_string())));
                continue;
            }
            let mut arrivals = Arrivals::new(first, &mut jobs, &pace);
            let stored = match &failure {
                None => group.store(|| arrivals.next()).map_err(|error| error.to_string()),
                Some(why) => Err(why.clone()),
            };
            if stored.is_err() {
                // Whoever had come is answered all the same.
                while arrivals.next().is_some() {}
            }
            let answers;
            (answers, aside) = (arrivals.answers, arrivals.aside);
            pace = pace.after(answers.len(), jobs.len(), group.commit_took());
            match stored {
                Ok(results) => {
                    let issued = |written: Written| (Receipt::issued_by_log(written.events), written.bytes);
                    let results: Vec<_> = results.into_iter().map(|stored| stored.map(issued)).collect();
                    // Every reader finds it in memory before its writer knows of it.
                    let stored = results.iter().filter_map(|stored| stored.as_ref().ok());
                    recent.add(stored.flat_map(|(receipt, _)| receipt.events()));
                    let too_old = tail.add(results.iter().filter_map(|stored| stored.as_ref().ok()).cloned());
                    if *size.borrow() != group.size() {
                        size.send_replace(group.size());
                        notes.put(group.note().to_owned());
                    }
                    for (answer, result) in answers.into_iter().zip(results) {
                        send(answer, result.map(|(receipt, _)| receipt));
                    }
                    drop(too_old);
                }
                Err(why) => {
                    if failure.is_none() {
                        tracing::error!(%why, "the log failed and takes no more appends");
                    }
                    for answer in answers {
                        send(
                            answer,
                            Err(AppendError::Unavailable(format!("storing failed ({why}); restart the station"))),
                        );
                    }
                    failure = Some(why);
                }
            }
        }
        drop(notes);
        drop(group);
        drop(lock);
    }
}

type Answer = oneshot::Sender<Result<Receipt, AppendError>>;

/// How the groups before went: the callers that they answered are likely to be back in a moment.
#[derive(Default)]
struct Pace {
    group: usize,
    /// How many write at once, about: those in a group and those that wait behind it.
    callers: usize,
    commit: Duration,
}

impl Pace {
    fn after(&self, group: usize, waiting: usize, commit: Duration) -> Self {
        // A moment in which few came does not make it a small crowd.
        Self { group, callers: (group + waiting).max(self.callers * 15 / 16), commit }
    }

    fn is_quick(&self) -> bool {
        self.commit < QUICK_COMMIT
    }

    fn gathers_for(&self) -> Duration {
        match self.is_quick() {
            true => Duration::ZERO,
            false => (self.commit / 2).min(LONGEST_GATHERING),
        }
    }

    /// The most appends in the next group. All of a crowd in one group would stand still together while it is committed;
    /// of two halves, one prepares its next appends meanwhile. A little more than half: how many there are is a guess, and
    /// what two groups do not take pays for a third.
    fn takes(&self) -> usize {
        match self.is_quick() && self.callers >= A_CROWD {
            true => (self.callers * 5 / 8).min(MOST_IN_GROUP),
            false => MOST_IN_GROUP,
        }
    }
}

/// What joins a group: all that wait when it begins and all that arrive while it is being written, but half of a crowd
/// where a commit is quick; and, where many wrote at once before and a commit is slow, those that arrive within half of
/// its time while they keep arriving. A lone caller never waits for others.
struct Arrivals<'a> {
    /// Of those that joined, in their order.
    answers: Vec<Answer>,
    /// What is no append: it ends the group, and its turn is next.
    aside: Option<Job>,
    first: Option<Job>,
    jobs: &'a mut mpsc::Receiver<Job>,
    bytes: usize,
    most: usize,
    /// Whether others wrote at once before.
    in_company: bool,
    patience: Duration,
}

impl<'a> Arrivals<'a> {
    fn new(first: Job, jobs: &'a mut mpsc::Receiver<Job>, pace: &Pace) -> Self {
        Self {
            answers: Vec::new(),
            aside: None,
            first: Some(first),
            jobs,
            bytes: 0,
            most: pace.takes(),
            in_company: pace.group > 1,
            patience: pace.gathers_for(),
        }
    }

    fn next(&mut self) -> Option<Work> {
        if self.aside.is_some() || self.answers.len() >= self.most || self.bytes >= LARGEST_GROUP {
            return None;
        }
        match self.first.take().or_else(|| self.arrived())? {
            Job::Store { work, answer } => {
                self.bytes += match &work {
                    Work::Append(prepared) => prepared.bytes(),
                    Work::Decide(_) => 0,
                };
                self.answers.push(answer);
                Some(work)
            }
            other => {
                self.aside = Some(other);
                None
            }
        }
    }

    /// The next one that has arrived or does within a moment.
    fn arrived(&mut self) -> Option<Job> {
        loop {
            if let Ok(job) = self.jobs.try_recv() {
                return Some(job);
            }
            if !self.in_company || self.patience.is_zero() {
                return None;
            }
            let begun = Instant::now();
            std::thread::sleep(BETWEEN_LOOKS);
            self.patience = self.patience.saturating_sub(begun.elapsed());
            // One look in vain ends a group of several; a single one waits as long as it may.
            if self.answers.len() > 1 {
                return self.jobs.try_recv().ok();
            }
        }
    }
}

fn send(answer: Answer, stored: Result<Receipt, AppendError>) {
    // A caller that went away does not undo what is stored.
    let _gone = answer.send(stored);
}

#[cfg(test)]
mod tests {
    use crate::group::Group;
    use crate::kinds::Kinds;
    use crate::note_file::NoteFile;
    use crate::{SqliteLog, folder, head, layout};
    use countersign_domain::ids::LogId;
    use countersign_domain::time::Timestamp;
    use countersign_event_log::envelope::Actor;
    use countersign_event_log::log::{Append, AppendError, AppendLog, NewEvent, ReadLog, Write};
    use countersign_event_log::prepared::Prepared;
    use countersign_event_log::stream::StreamName;
    use countersign_testkit::{ManualClock, SeededEntropy};
    use ed25519_dalek::SigningKey;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::{mpsc, oneshot, watch};

    use super::*;

    fn append(stream: String, length: usize) -> Append {
        let event = NewEvent {
            kind: "conversation.received".to_owned(),
            schema: 1,
            open: "x".repeat(length).into(),
            sealed: None,
            actor: Actor::Station,
            cause: None,
            team: "default".to_owned(),
        };
        Append {
            guards: Vec::new(),
            writes: vec![Write { stream: StreamName::stored(stream), expected: 0, events: vec![event] }],
        }
    }

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new(Timestamp::from_micros(1).unwrap()))
    }

    fn signer() -> Arc<SigningKey> {
        Arc::new(SigningKey::from_bytes(&[1; 32]))
    }

    /// A writer over a new log, not yet running; the database is arranged first.
    fn ready(
        arranged: impl FnOnce(&rusqlite::Connection),
    ) -> (tempfile::TempDir, mpsc::Sender<Job>, watch::Receiver<u64>, Writer) {
        let place = tempfile::tempdir().unwrap();
        let lock = folder::lock(place.path()).unwrap();
        let mut db = layout::open(place.path(), signer().as_ref(), || LogId::random(&SeededEntropy::new(1))).unwrap();
        let kinds = Kinds::hold(&mut db).unwrap();
        arranged(&db);
        let key = countersign_event_log::checkpoint::Signer::public_key(signer().as_ref());
        let loaded = head::load(&db, &key).unwrap();
        let recent = Arc::new(Recent::default());
        let group = Group::new(db, loaded, kinds, clock(), signer(), recent.clone());
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (size, seen) = watch::channel(0);
        let notes = NoteFile::begin(place.path().join("checkpoint")).unwrap();
        let tail = Arc::new(Tail::new(0));
        (place, queue, seen, Writer { jobs, tail, recent, size, notes, group, lock })
    }

    #[tokio::test]
    async fn appends_that_wait_together_share_one_commit() {
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = commits.clone();
        let count = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            false
        };
        let (_place, queue, seen, writer) = ready(|db| db.commit_hook(Some(count)).unwrap());
        let mut answers = Vec::new();
        for n in 0..200 {
            let (answer, answered) = oneshot::channel();
            let work = Work::Append(Prepared::new(append(format!("s/{n}"), 10)).unwrap());
            queue.send(Job::Store { work, answer }).await.unwrap();
            answers.push(answered);
        }
        drop(queue);
        std::thread::spawn(move || writer.run()).join().unwrap();
        for answered in answers {
            answered.await.unwrap().unwrap();
        }
        assert_eq!((commits.load(Ordering::SeqCst), *seen.borrow()), (1, 200));
    }

    #[test]
    fn a_quick_commit_takes_about_half_of_a_crowd_and_everybody_else_is_taken_at_once() {
        let (quick, slow) = (QUICK_COMMIT / 2, QUICK_COMMIT);
        let after = |group, waiting, commit| Pace::default().after(group, waiting, commit);
        assert_eq!(Pace::default().takes(), MOST_IN_GROUP);
        assert_eq!(after(A_CROWD - 1, 0, quick).takes(), MOST_IN_GROUP);
        // A slow commit is shared by all.
        assert_eq!(after(100, 0, slow).takes(), MOST_IN_GROUP);

        // Two groups take all of them, also where some are on their way yet.
        let crowd = after(100, 0, quick);
        assert!((50..100).contains(&crowd.takes()), "{}", crowd.takes());
        let next = crowd.after(crowd.takes(), 30, quick);
        assert!(next.takes() * 2 >= 100, "{}", next.takes());
        assert_eq!(after(MOST_IN_GROUP, QUEUE, quick).takes(), MOST_IN_GROUP);

        // The crowd has gone: the few that remain are taken as they come.
        let few = (0..100).fold(crowd, |pace, _| pace.after(3, 0, quick));
        assert_eq!(few.takes(), MOST_IN_GROUP);
    }

    #[tokio::test]
    async fn a_full_disk_closes_the_log_and_what_was_answered_is_what_is_stored() {
        // A disk with room for about a hundred pages.
        let (place, queue, seen, writer) = ready(|db| db.execute_batch("PRAGMA max_page_count = 100").unwrap());
        let thread = std::thread::spawn(move || writer.run());
        let store = async |n: usize, length| {
            let (answer, answered) = oneshot::channel();
            let work = Work::Append(Prepared::new(append(format!("s/{n}"), length)).unwrap());
            queue.send(Job::Store { work, answer }).await.unwrap();
            answered.await.unwrap()
        };

        let mut stored = 0;
        while store(stored, 20_000).await.is_ok() {
            stored += 1;
            assert!(stored < 100, "the disk never became full");
        }
        assert!(stored > 0);
        // It would fit, and is refused all the same: what the failed commit left on disk is not known.
        assert!(matches!(store(1000, 1).await, Err(AppendError::Unavailable(_))));
        assert_eq!(*seen.borrow(), stored as u64);

        drop(queue);
        thread.join().unwrap();
        let log = SqliteLog::open(place.path(), clock(), signer(), &SeededEntropy::new(2)).unwrap();
        assert_eq!(log.read_from(0, 1000).await.unwrap().len(), stored);
        log.append(append("after".to_owned(), 20_000)).await.unwrap();
    }
}
