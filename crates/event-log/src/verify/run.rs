//! The run over a log: pages of records are looked at by themselves on every thread, then taken in one after the other.

use super::checked::{Checked, Looked, look};
use super::lineage::Lineage;
use super::map::Map;
use super::meaning::Meaning;
use super::report::{Finding, Findings, Proved, Report};
use super::signatures::{self, Signed};
use super::source::{Against, Depth, EventsSource, Head, Row, Source, Unreadable};
use super::trunk::Trunk;
use crate::envelope::StoredEvent;
use crate::log::MOST_EVENTS;
use countersign_domain::ids::LogId;
use countersign_domain::time::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Records in a page.
const PAGE: u64 = 512;
/// Pages that may lie ready for each thread.
const AHEAD: u64 = 4;
/// Signatures that are verified together: the more, the less each costs.
const BATCH: usize = 1_024;

/// Verifies a log.
pub fn verify(source: &dyn Source, against: &Against) -> Result<Report, Unreadable> {
    let head = source.head()?;
    let lineage = Lineage::read(source, &head)?;
    let line = Line::new(source, &head, lineage, against);
    std::thread::scope(|scope| {
        for _ in 1..against.threads.max(1) {
            scope.spawn(|| line.help());
        }
        let report = line.take_in(&head, against);
        line.end();
        report
    })
}

/// Verifies all events of a log that lie in memory, from position 0 on; with its newest checkpoint and the station's
/// public key, where they are at hand.
pub fn verify_events(
    log: LogId,
    events: &[StoredEvent],
    checkpoint: Option<&str>,
    key: Option<[u8; 32]>,
) -> Result<Report, Unreadable> {
    verify(&EventsSource::new(log, events, checkpoint), &Against { key, ..Against::default() })
}

enum Job {
    Page(u64),
    Signatures(Vec<Signed>),
}

#[derive(Default)]
struct State {
    next: u64,
    taken: u64,
    ready: HashMap<u64, Result<Vec<Looked>, Unreadable>>,
    signatures: VecDeque<Vec<Signed>>,
    verifying: usize,
    wrong: Vec<Finding>,
    ended: bool,
}

/// The work that threads share.
struct Line<'a> {
    source: &'a dyn Source,
    lineage: Lineage,
    size: u64,
    depth: Depth,
    ahead: u64,
    state: Mutex<State>,
    changed: Condvar,
}

impl<'a> Line<'a> {
    fn new(source: &'a dyn Source, head: &Head, lineage: Lineage, against: &Against) -> Self {
        let ahead = AHEAD * against.threads.max(1) as u64;
        let (size, depth) = (head.size, against.depth);
        Self { source, lineage, size, depth, ahead, state: Mutex::default(), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pages(&self) -> u64 {
        self.size.div_ceil(PAGE)
    }

    fn next_job(&self, state: &mut State) -> Option<Job> {
        if let Some(batch) = state.signatures.pop_front() {
            state.verifying += 1;
            return Some(Job::Signatures(batch));
        }
        let page = state.next;
        (page < self.pages() && page < state.taken + self.ahead).then(|| {
            state.next += 1;
            Job::Page(page)
        })
    }

    fn work(&self, job: Job) {
        match job {
            Job::Page(page) => {
                let from = page * PAGE;
                let mut looked = Vec::with_capacity(PAGE as usize);
                let mut take = |row: Row<'_>| looked.push(look(&row, self.lineage.at(row.position()), self.depth));
                let read = self.source.rows(from, PAGE.min(self.size - from), &mut take);
                self.lock().ready.insert(page, read.map(|()| looked));
            }
            Job::Signatures(batch) => {
                let wrong = signatures::first_wrong(&batch);
                let mut state = self.lock();
                state.verifying -= 1;
                state.wrong.extend(wrong);
            }
        }
        self.changed.notify_all();
    }

    /// Works until the run ends.
    fn help(&self) {
        loop {
            let job = {
                let mut state = self.lock();
                loop {
                    if state.ended {
                        return;
                    }
                    match self.next_job(&mut state) {
                        Some(job) => break job,
                        None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                    }
                }
            };
            self.work(job);
        }
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Works until what `found` looks for is there.
    fn until<T>(&self, mut found: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let mut state = self.lock();
            let job = loop {
                if let Some(found) = found(&mut state) {
                    return found;
                }
                match self.next_job(&mut state) {
                    Some(job) => break job,
                    None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            self.work(job);
        }
    }

    fn take_in(&self, head: &Head, against: &Against) -> Result<Report, Unreadable> {
        let mut proved = Proved { meaning: against.depth == Depth::Meaning, ..Proved::default() };
        let mut findings = Findings::default();
        let mut trunk = Trunk::new(head, &self.lineage, against, &mut findings, &mut proved);
        let mut order = Order::default();
        let mut meaning = Meaning::new(self.lineage.clone());
        let mut signed = Vec::new();
        let mut stopped = false;
        'pages: for page in 0..self.pages() {
            let looked = self.until(|state| state.ready.remove(&page))?;
            for looked in looked {
                if looked.position() != order.next {
                    meaning.miss();
                }
                let mut taken = false;
                let leaf = order.place(looked, &mut findings, |checked, findings| {
                    if let Err(why) = self.lineage.hold(&checked, || Some(trunk.root()), against.key.as_ref()) {
                        findings.add(Finding::at(checked.position, why));
                    }
                    proved.sealed += u64::from(checked.sealed.as_ref().is_some_and(|sealed| sealed.there));
                    proved.erased += u64::from(checked.sealed.as_ref().is_some_and(|sealed| !sealed.there));
                    meaning.take(checked, findings, &mut signed);
                    taken = true;
                });
                if !taken {
                    meaning.miss();
                }
                if let Some(leaf) = leaf {
                    trunk.grow(leaf, self.source, &mut findings, &mut proved)?;
                }
                // What an append leaves owing is found within its bounds, and lies at an earlier position.
                let first = findings.first_position();
                if first.is_some_and(|first| first.saturating_add(MOST_EVENTS as u64) < order.next) {
                    stopped = true;
                    break 'pages;
                }
            }
            let mut state = self.lock();
            state.taken = page + 1;
            if signed.len() >= BATCH {
                proved.countersignatures += signed.len() as u64;
                state.signatures.push_back(std::mem::take(&mut signed));
            }
            drop(state);
            self.changed.notify_all();
        }
        if order.next < head.size && !stopped {
            findings.add(Finding::at(order.next, "the record is missing"));
            meaning.miss();
        }
        proved.countersignatures += signed.len() as u64;
        self.lock().signatures.push_back(signed);
        let wrong = self.until(|state| {
            (state.signatures.is_empty() && state.verifying == 0).then(|| std::mem::take(&mut state.wrong))
        });
        wrong.into_iter().for_each(|finding| findings.add(finding));
        meaning.end(stopped, &mut findings, &mut proved);
        let root = if stopped {
            trunk.root()
        } else {
            order.end(head, &mut findings);
            trunk.end(head, &mut findings)
        };
        Ok(Report {
            log: head.log.clone(),
            before: self.lineage.before(),
            records: order.next,
            root,
            finding: findings.first(),
            proved,
            case_of: None,
        })
    }
}

/// What must hold from one record to the next.
#[derive(Default)]
struct Order {
    next: u64,
    last: Option<Timestamp>,
    versions: Map<String, u64>,
}

impl Order {
    /// Gives a record to `take` if it stands where it should; the hash that counts for the tree.
    fn place(
        &mut self,
        looked: Looked,
        findings: &mut Findings,
        take: impl FnOnce(Box<Checked>, &mut Findings),
    ) -> Option<crate::tree::Hash> {
        let position = looked.position();
        if position != self.next {
            findings.add(Finding::at(self.next.min(position), "the record is missing"));
        }
        self.next = position.saturating_add(1);
        match looked {
            Looked::Wrong { why, leaf, .. } => {
                findings.add(Finding::at(position, why));
                leaf
            }
            Looked::Fine(checked) => {
                let leaf = checked.leaf;
                match self.follows(&checked) {
                    Ok(()) => take(checked, findings),
                    Err(why) => findings.add(Finding::at(position, why)),
                }
                Some(leaf)
            }
        }
    }

    fn follows(&mut self, checked: &Checked) -> Result<(), String> {
        let earlier = self.last.is_some_and(|last| checked.recorded_at < last);
        self.last = self.last.max(Some(checked.recorded_at));
        let expected = match self.versions.get_mut(&checked.stream) {
            Some(version) => version,
            None => self.versions.entry(checked.stream.clone()).or_insert(0),
        };
        let version = *expected;
        *expected = checked.version.saturating_add(1);
        if checked.version != version {
            return Err(format!("it is version {} of its stream, and {version} comes next", checked.version));
        }
        if earlier {
            return Err("it was recorded earlier than the record before it".to_owned());
        }
        match checked.cause {
            Some(cause) if cause >= checked.position => {
                Err(format!("it answers position {cause}, which does not come before it"))
            }
            _ => Ok(()),
        }
    }

    fn end(&self, head: &Head, findings: &mut Findings) {
        if head.ends.is_some_and(|ends| ends > head.size) {
            let what = "a record stands behind the end that the log's head knows of";
            findings.add(Finding::at(head.size, what));
        }
        if head.recorded_at.is_some_and(|kept| Some(kept) != self.last.map(Timestamp::micros)) {
            let what = "the log keeps another time for its last record than the record's own";
            findings.add(Finding::at(self.next.saturating_sub(1), what));
        }
    }
}
