//! One shift: stations that live and die over one log, until everybody has gone home and everything is settled; then
//! the CRM's record and what people signed are compared with the log.

use crate::chance::Chance;
use crate::checks::{self, Violation};
use crate::clock::pass;
use crate::desk::Standing;
use crate::faults::{Death, RUNS_ROUND};
use crate::people;
use crate::world::{Broken, WHOLE, World};
use countersign_agents::{Agents, LeftOff};
use countersign_domain::station::FOR_EFFECTS;
use countersign_event_log::check::CheckLog;
use countersign_event_log::log::ReadLog;
use countersign_gate::Gate;
use countersign_gate::error::GateError;
use futures::FutureExt;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// One shift to be run.
#[derive(Clone, Copy)]
pub(crate) struct Shift {
    pub(crate) seed: u64,
    /// Where the first station is killed; drawn from the seed if nothing is said here.
    pub(crate) death: Option<Death>,
    /// One station only, and not for long.
    pub(crate) short: bool,
    pub(crate) broken: Broken,
}

/// What became of it.
pub(crate) struct Ran {
    /// The root over everything that was stored.
    pub(crate) root: String,
    /// Which appends were asked for since the staff was enrolled.
    pub(crate) appends: Range<u64>,
    pub(crate) violations: Vec<Violation>,
    /// What happened, for the question whether anything did.
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) world: Arc<World>,
    pub(crate) shift: Shift,
}

impl Shift {
    /// The shift of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        Self { seed, death: None, short: false, broken: WHOLE }
    }

    /// Which one, and how it is run again.
    pub(crate) fn in_words(&self) -> String {
        let Self { seed, death, .. } = self;
        match death {
            None => format!("seed {seed} (again: SEED={seed} make soak)"),
            Some(Death { at, stored }) => format!("seed {seed}, killed at append {at}, stored {stored}"),
        }
    }

    /// Runs it, and compares.
    pub(crate) fn run(self) -> Ran {
        let world = Arc::new(World::new(self.seed, self.broken));
        let chance = Chance::new(self.seed, "shift");
        live(&world, None, world.enrols_its_staff());
        let enrolled = world.faults.appends();
        set_faults(&world, true);
        let more = if self.short { 0 } else { chance.below(3) };
        for number in 0..=more {
            let drawn = chance.one_in(2).then(|| Death {
                at: world.faults.appends() + chance.below(if chance.one_in(3) { 8 } else { 60 }),
                stored: chance.one_in(2),
            });
            let death = if self.short { self.death } else { self.death.filter(|_| number == 0).or(drawn) };
            let lasts = chance.time(120_000, if self.short { 300_000 } else { 900_000 });
            live(&world, death, works(&world, &chance, lasts));
        }
        set_faults(&world, false);
        let mut violations = Vec::new();
        let later = self.death.filter(|death| death.at >= world.faults.appends());
        if live(&world, later, async { violations.extend(goes_home(&world).await.err()) }) {
            live(&world, None, async { violations.extend(goes_home(&world).await.err()) });
        }
        violations.extend(checks::all(&world));
        if world.faults.counts().contains_key(RUNS_ROUND) {
            let what = "somebody reads the log again and again, and nothing comes of it".to_owned();
            violations.push(Violation { invariant: "liveness", what });
        }
        let size = world.log.size();
        let root = world.log.root_at(size).now_or_never().expect("the log in memory never waits").unwrap();
        let counts = counts(&world);
        let appends = enrolled..world.faults.appends();
        Ran { root: hex::encode(root), appends, violations, counts, world, shift: self }
    }
}

fn set_faults(world: &World, at_work: bool) {
    world.disk.set(u64::MAX);
    world.faults.at_work.store(at_work, Ordering::Relaxed);
    world.crm.trouble.store(at_work, Ordering::Relaxed);
}

/// One process: whatever it held is dropped when it ends, at whatever await it stands. Whether it was killed.
fn live(world: &Arc<World>, death: Option<Death>, life: impl Future<Output = ()>) -> bool {
    world.faults.begin(death);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        world.clock.begin();
        let killed = tokio::select! {
            biased;
            () = world.faults.ended() => true,
            () = life => false,
        };
        world.clock.end();
        if killed && is_behind_an_approval(world) {
            world.faults.count("killed behind an approval");
        }
        killed
    })
}

/// Whether a decision is the last that was stored, with what its append holds beside it: its action has not started.
fn is_behind_an_approval(world: &World) -> bool {
    let last = world.log.read_from(world.log.size().saturating_sub(4), 4);
    let last = last.now_or_never().expect("the log in memory never waits").unwrap();
    let beside = |kind: &str| kind.starts_with("ledger.") || kind.starts_with("object.");
    last.iter().rev().map(|e| e.envelope.kind.as_str()).find(|kind| !beside(kind)) == Some("action.approved")
}

/// A station as `station` composes it: the gate recovers, then agents begin, then deadlines are kept.
async fn station(world: &Arc<World>) -> Result<(Arc<Gate>, Arc<Agents>), GateError> {
    let (gate, left) = (world.gate(), world.last_left_off());
    gate.recover_from(left.open.clone()).await?;
    let agents = Arc::new(Agents::start_from(gate.clone(), world.reasoner(), left.clone()).await?);
    tokio::spawn(gate.clone().keep_deadlines(std::future::pending()));
    tokio::spawn(keeps_where_it_is(world.clone(), agents.clone(), left));
    Ok((gate, agents))
}

/// Notes now and then where the agents are, as `station` does.
async fn keeps_where_it_is(world: Arc<World>, agents: Arc<Agents>, mut left: LeftOff) {
    loop {
        pass(Duration::from_secs(20)).await;
        world.leaves_off(&agents, &mut left).await;
    }
}

/// A station with customers and people, for a while.
async fn works(world: &Arc<World>, chance: &Chance, lasts: Duration) {
    world.disk.set(u64::MAX);
    // One that cannot read its log does not start: the next one may.
    let Ok((gate, agents)) = station(world).await else { return };
    for customer in &world.customers {
        tokio::spawn(customer.clone().writes(world.clone(), agents.conversations()));
    }
    for person in &world.staff {
        tokio::spawn(person.clone().works(world.clone(), gate.clone()));
    }
    let first = lasts.mul_f64(0.3);
    pass(first).await;
    let jump = match chance.below(8) {
        0 => chance.between(600, 7_200),
        1 => -chance.between(600, 7_200),
        2 => chance.between(86_400, 4 * 86_400),
        3 => -chance.between(86_400, 4 * 86_400),
        4 => {
            fills_up(world, chance).await;
            0
        }
        _ => 0,
    };
    if jump != 0 {
        world.clock.jump(jump);
        // Some moments later the station sees it.
        pass(chance.time(10, 5_000)).await;
        let _ = gate.record_clock_jump(jump * 1_000).await;
    }
    pass(lasts - first).await;
    if chance.one_in(3) {
        // An orderly end, as far as it gets within a minute.
        let _ = tokio::time::timeout(Duration::from_secs(60), async {
            agents.shutdown().await;
            gate.drained().await;
            world.leaves_off(&agents, &mut LeftOff::default()).await;
        })
        .await;
    }
}

/// The disk is nearly full for a while.
async fn fills_up(world: &World, chance: &Chance) {
    world.disk.set(FOR_EFFECTS - 1);
    // What was about to be stored then may still be: an append takes up to four seconds, and some are made again.
    pass(Duration::from_secs(10)).await;
    let from = world.log.size();
    pass(chance.time(20_000, 200_000)).await;
    world.without_room.lock().unwrap().push(from..world.log.size());
    world.disk.set(u64::MAX);
}

/// Everybody has gone home. What is under way ends, what is unknown is settled, what is held expires.
async fn goes_home(world: &Arc<World>) -> Result<(), Violation> {
    let stuck = |what: String| Violation { invariant: "liveness", what };
    let (gate, agents) = station(world).await.map_err(|e| stuck(format!("the station does not start: {e}")))?;
    people::resumes(&world.staff[0], world, &gate).await.map_err(|e| stuck(format!("nobody can resume: {e}")))?;
    for round in 0.. {
        pass(Duration::from_secs(40)).await;
        world.crm.books.lock().unwrap().late_ones_arrive();
        let open = |standing| world.desk.in_standing(&world.log, standing);
        let mut left = open(Standing::Proposed);
        left.extend(open(Standing::UnderWay));
        let unknown = open(Standing::Unknown);
        for id in unknown {
            let tool = gate.report(&id).await.map_err(|e| stuck(e.to_string()))?.tool;
            if tool == "crm.issue_refund" {
                left.push(id);
            }
        }
        if left.is_empty() {
            break;
        }
        if round == 6 {
            return Err(stuck(format!(
                "nothing goes wrong any more, and after minutes these are still open: {left:?}"
            )));
        }
    }
    // However far back somebody has set the clock, every deadline passes; and what agents ask for because something
    // expired expires as well.
    world.clock.jump(15 * 86_400);
    for round in 0.. {
        world.clock.jump(3_600);
        pass(Duration::from_secs(60)).await;
        world.crm.books.lock().unwrap().late_ones_arrive();
        let held = world.desk.in_standing(&world.log, Standing::Held);
        if held.is_empty() {
            break;
        }
        if round == 8 {
            return Err(stuck(format!("their deadlines passed, and they are still held: {held:?}")));
        }
    }
    let rests = tokio::time::timeout(Duration::from_secs(600), agents.at_rest()).await;
    rests.map_err(|_| stuck("an agent never comes to rest".to_owned()))
}

fn counts(world: &World) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for stored in checks::stored(world) {
        *counts.entry(stored.envelope.kind.clone()).or_default() += 1;
    }
    let books = world.crm.books.lock().unwrap();
    let others = world.faults.counts().into_iter().chain(books.counts.clone());
    counts.extend(others.map(|(what, count)| (what.to_owned(), count)));
    counts
}
