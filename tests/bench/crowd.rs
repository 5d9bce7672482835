//! Ten thousand customers in conversations that live, and how they come back to them, one after the other, at the chat.

use crate::memory::rests;
use crate::past;
use crate::stack::Trail;
use countersign_domain::conversation::{Assurance, Conversation, Reasoner, Turned};
use countersign_domain::event::Draft;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::ReadLog as _;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;
use countersign_gate::records::{Records, read};
use countersign_projections::{ToolLabels, Views};
use countersign_tests::customer::Customer;
use countersign_tests::station::Start;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

const WRITERS: usize = 64;
/// At the chat at once: more than that lets nobody say more in a second.
const TALKING: usize = 32;
/// How often it is seen to that somebody says something.
const TICK: Duration = Duration::from_millis(10);
/// Until it is known better.
const EVENTS_A_MESSAGE: f64 = 4.0;
/// What most of them say, which the playbook answers from what it knows,
const THANKS: &str = "Thank you!";
/// and what every eighth says, which a tool answers.
const QUESTION: &str = "How long does delivery take?";
const A_QUESTION: usize = 8;

/// A customer who may come back.
pub(crate) struct Member {
    pub(crate) conversation: String,
    secret: String,
    visits: AtomicU32,
}

impl Member {
    /// At the chat again.
    pub(crate) async fn come(&self, chat: &str) -> Customer {
        // Not a number of its own twice: a message that comes again is no new one.
        let sent = self.visits.fetch_add(1, Ordering::Relaxed) * 1_000;
        Customer::back(chat, &self.conversation, &self.secret, sent).await
    }
}

/// Writes so many, each with a message that was answered: what comes next is theirs.
pub(crate) async fn gather(trail: &Trail, count: usize) -> Vec<Member> {
    let writers = (0..WRITERS).map(|writer| {
        let records = trail.records.clone();
        tokio::spawn(async move {
            let mut some = Vec::new();
            for nth in (writer..count).step_by(WRITERS) {
                some.push(begin(&records, nth as u64).await);
            }
            some
        })
    });
    let mut all = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        all.extend(writer.await.unwrap());
    }
    all
}

/// Makes the folder ready for a quick start: its views are whole, and a station has read the log once and
/// looked at every conversation.
pub(crate) async fn settle(folder: &Path, trail: Trail) {
    let views = Views::open(folder, trail.log.clone(), trail.sealing.clone(), ToolLabels::new()).await.unwrap();
    views.indexed(trail.log.size()).await.unwrap();
    views.close().await;
    drop(trail);
    let station = Start::on(folder).running_within(past::LONGEST_START).await;
    rests(station.process()).await;
    station.stop().await;
}

async fn begin(records: &Records, nth: u64) -> Member {
    let secret = format!("{:016x}{:016x}", past::mixed(nth), past::mixed(!nth));
    let (name, hash) = (past::name(nth), hex::encode(Sha256::digest(&secret)));
    let opened = records.open_conversation("chat", Assurance::Claimed, Some(&name), None, hash).await;
    let (id, receipt) = opened.unwrap();
    let key = receipt.events()[0].envelope.sealed.as_ref().unwrap().key.clone();
    let stream = StreamName::conversation(&id);
    let mut state = Conversation::default();
    state.apply(&read(&receipt.events()[0]).unwrap());
    let seal = |draft: Draft, actor: &Actor| records.seal(draft, &stream, &key, actor, None).unwrap();
    let received = seal(state.receive(&past::said(nth, 0), None).unwrap().unwrap(), &Actor::Customer(id.to_string()));
    let turned = seal(state.turn(answered()).unwrap(), &Actor::Agent("shop-desk".to_owned()));
    let writes = vec![Write { stream, expected: 1, events: vec![received, turned] }];
    records.log().append(Append { guards: Vec::new(), writes }).await.unwrap();
    Member { conversation: id.to_string(), secret, visits: AtomicU32::new(1) }
}

fn answered() -> Turned {
    Turned {
        turn: 1,
        intent: "thanks".to_owned(),
        confidence_permille: 900,
        received_at: None,
        first_segment_at: None,
        last_segment_at: None,
        reasoner: Reasoner { kind: "playbook".into(), name: "shop-desk".into(), version: "2".into() },
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: 0,
        currency: "EUR".to_owned(),
        answered: 1,
        told: Vec::new(),
    }
}

/// Customers who come back, so that the log grows by so many events a second, answers of the agents among them.
pub(crate) struct Load {
    progress: Arc<Progress>,
    turns: Arc<Semaphore>,
    begun: Instant,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Progress {
    begun_at: AtomicU64,
    reached: AtomicU64,
    said: AtomicUsize,
}

impl Load {
    pub(crate) fn begin(members: Vec<Arc<Member>>, chat: &str, events_a_second: f64) -> Self {
        let (progress, turns) = (Arc::new(Progress::default()), Arc::new(Semaphore::new(0)));
        let (members, chat, next) = (Arc::new(members), chat.to_owned(), Arc::new(AtomicUsize::new(0)));
        let mut tasks = Vec::new();
        for _ in 0..TALKING {
            let (progress, turns, members) = (progress.clone(), turns.clone(), members.clone());
            let (chat, next) = (chat.clone(), next.clone());
            tasks.push(tokio::spawn(async move {
                while let Ok(turn) = turns.acquire().await {
                    turn.forget();
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    let mut customer = members[nth % members.len()].come(&chat).await;
                    let position = customer.say(if nth % A_QUESTION == 0 { QUESTION } else { THANKS }).await;
                    let _first = progress.begun_at.compare_exchange(0, position, Ordering::Relaxed, Ordering::Relaxed);
                    progress.reached.fetch_max(position, Ordering::Relaxed);
                    progress.said.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        tasks.push(tokio::spawn(pace(progress.clone(), turns.clone(), events_a_second)));
        Self { progress, turns, begun: Instant::now(), tasks }
    }

    /// How many events have come, and in how many seconds.
    pub(crate) fn so_far(&self) -> (f64, f64) {
        (self.progress.events(), self.begun.elapsed().as_secs_f64())
    }

    pub(crate) async fn end(self) {
        self.turns.close();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

impl Progress {
    fn events(&self) -> f64 {
        let begun = self.begun_at.load(Ordering::Relaxed);
        self.reached.load(Ordering::Relaxed).saturating_sub(begun) as f64
    }
}

/// Lets as many speak as are needed, by how many events a message has led to so far.
async fn pace(progress: Arc<Progress>, turns: Arc<Semaphore>, events_a_second: f64) {
    let (begun, mut let_in) = (Instant::now(), 0.0);
    let mut ticks = tokio::time::interval(TICK);
    while !turns.is_closed() {
        ticks.tick().await;
        let (said, events) = (progress.said.load(Ordering::Relaxed) as f64, progress.events());
        // What a few messages led to says little: their answers are on their way.
        let each = if said < 500.0 { EVENTS_A_MESSAGE } else { (events / said).max(1.0) };
        let wanted = begun.elapsed().as_secs_f64() * events_a_second / each;
        // Whoever waits for a turn already is let in late; a crowd at the door would come all at once.
        let most = (TALKING as f64 - turns.available_permits() as f64).max(0.0);
        let more = (wanted - let_in).floor().clamp(0.0, most);
        turns.add_permits(more as usize);
        let_in += more;
    }
}
