//! What holding and deciding cost, beside LangGraph, which keeps its approvals in SQLite too and runs in turns with it: how
//! many refunds a second come to wait for a person, how much room each takes, and how soon a decision becomes a call.
//!
//! Orders are read within the process on both sides. Every one of ours has its rules asked, its evidence sealed and its event
//! in the tree, and the views follow, as they do in a station.

use crate::disk::{Disk, cpu_nanos};
use crate::langgraph::LangGraph;
use crate::quick::{QuickServers, sample_refund};
use crate::row::{Goal, Row};
use crate::spread::{Spread, median, ms};
use crate::stack::{Stack, Trail, gate_over, opened};
use countersign_domain::action::Phase;
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ConversationId;
use countersign_gate::proposal::Proposal;
use countersign_gate::records::Records;
use countersign_station::SystemClock;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: usize = 5;
const MANY: usize = 100;
/// As many as one conversation may hold.
const IN_ONE: usize = 3;
/// Conversations of each agent in a round: of a hundred, and of one alone.
const OF_MANY: usize = 20;
const OF_ONE: usize = 100;
/// LangGraph's approvals in a round, of a hundred agents and of one: a few seconds' each.
const LANGGRAPH_MANY: usize = 300;
const LANGGRAPH_ONE: usize = 100;
/// Decisions of either in a round, and those before the first that are not counted.
const DECISIONS: usize = 40;
const WARM: usize = 20;
/// Conversations whose held refunds are weighed.
const WEIGHED: usize = 1_000;

type Quick = Arc<Stack<QuickServers>>;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let place = tempfile::tempdir_in(here).unwrap();
    let mut langgraph = LangGraph::start(place.path());
    if let Err(why) = &langgraph {
        println!("LangGraph does not run beside this: {why}");
    }
    let station = place.path().join("station");
    std::fs::create_dir(&station).unwrap();
    let stack = Arc::new(Stack::open(&station, QuickServers::like_the_crm(place.path()).await).await);
    let mut rows = held(&stack, langgraph.as_mut().ok()).await;
    rows.extend(weighed(place.path(), langgraph.as_mut().ok()).await);
    rows.extend(decided(&stack, Disk::new(place.path()), langgraph.as_mut().ok()).await);
    Arc::into_inner(stack).unwrap().close().await;
    rows
}

/// Where LangGraph did not run, the row says so, and does not hold.
fn named(name: &str, langgraph: bool) -> String {
    format!("{name}{}", if langgraph { "" } else { " (LangGraph did not run)" })
}

/// How many a second come to wait, of a hundred agents at once and of one.
async fn held(stack: &Quick, mut langgraph: Option<&mut LangGraph>) -> Vec<Row> {
    println!("holding: {ROUNDS} rounds of {MANY} agents and of one, by turns with LangGraph");
    let (mut many, mut one, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    let (mut graph_many, mut graph_one) = (Vec::new(), Vec::new());
    let mut begun = 0;
    // The first round fills caches and is not counted.
    for round in 0..=ROUNDS {
        let graph = langgraph.as_mut().map(|beside| beside.hold(LANGGRAPH_MANY, MANY));
        let (at_once, nanos) = at_once(stack, MANY, OF_MANY, &mut begun).await;
        let graph_alone = langgraph.as_mut().map(|beside| beside.hold(LANGGRAPH_ONE, 1));
        let (alone, _) = self::at_once(stack, 1, OF_ONE, &mut begun).await;
        println!(
            "  {MANY} agents {at_once:.0}/s, LangGraph {:.0}/s; one {alone:.0}/s, LangGraph {:.0}/s",
            graph.unwrap_or(f64::NAN),
            graph_alone.unwrap_or(f64::NAN)
        );
        if round > 0 {
            many.push(at_once);
            one.push(alone);
            cpu.extend(nanos.map(|nanos| nanos / 1e3));
            graph_many.extend(graph);
            graph_one.extend(graph_alone);
        }
    }
    let measured = langgraph.is_some();
    let median_of = |all: Vec<f64>| measured.then(|| median(all));
    let goal = Goal::RatioAtLeast(100.0);
    let row = |who: &str, ours, theirs| {
        let name = named(&format!("refunds held for a person by {who}, beside LangGraph"), measured);
        Row::new(name, median(ours), "holds/s").perhaps_beside(theirs).goal(goal)
    };
    let cpu_row = "processor time of a held refund, views included";
    vec![
        row("100 agents", many, median_of(graph_many)),
        row("one agent", one, median_of(graph_one)),
        match cpu.is_empty() {
            true => Row::not_measured(cpu_row, "µs"),
            false => Row::new(cpu_row, median(cpu), "µs"),
        },
    ]
}

/// How many a second that many agents leave waiting, each in conversations that are there, and the processor time of each in
/// nanoseconds. `begun` counts customers.
async fn at_once(stack: &Quick, agents: usize, talks: usize, begun: &mut usize) -> (f64, Option<f64>) {
    let first = *begun;
    *begun += agents * talks;
    let opening = (0..agents).map(|agent| {
        let stack = stack.clone();
        tokio::spawn(async move {
            let mut wishes = Vec::new();
            for talk in 0..talks {
                let customer = 3_000 + first + agent * talks + talk;
                let id = stack.conversation_with(Assurance::Verified, &format!("C-{customer}")).await;
                wishes.extend(wishes_in(stack.gate.records(), &id, customer).await);
            }
            wishes
        })
    });
    let mut of_each = Vec::new();
    for wishes in opening.collect::<Vec<_>>() {
        of_each.push(wishes.await.unwrap());
    }
    stack.shown().await;
    let (begun, cpu) = (Instant::now(), cpu_nanos());
    let asking = of_each.into_iter().map(|wishes| {
        let stack = stack.clone();
        tokio::spawn(async move {
            for wish in wishes {
                let report = stack.gate.propose(wish).await.unwrap();
                assert_eq!(report.phase, Phase::Held, "{report:?}");
            }
        })
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.unwrap();
    }
    let took = begun.elapsed();
    stack.shown().await;
    let count = (agents * talks * IN_ONE) as f64;
    let cpu = cpu_nanos().zip(cpu).map(|(after, before)| (after - before) as f64 / count);
    (count / took.as_secs_f64(), cpu)
}

/// As many refunds as a conversation may hold, each proposed when the one before is stored.
async fn wishes_in(records: &Records, conversation: &ConversationId, customer: usize) -> Vec<Proposal> {
    let mut wishes = Vec::new();
    for nth in 0..IN_ONE {
        let order = format!("{customer}-{nth}");
        let mut wish = sample_refund(records, conversation, &order).await;
        wish.seen += nth as u64;
        wishes.push(wish);
    }
    wishes
}

/// By how much the file grows for each, with what its card is drawn from.
async fn weighed(place: &Path, langgraph: Option<&mut LangGraph>) -> Vec<Row> {
    let folder = place.join("weighed");
    std::fs::create_dir(&folder).unwrap();
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    let servers = Arc::new(QuickServers::like_the_crm(&folder).await);
    let gate = gate_over(trail.records.clone(), servers.clone(), None).await;
    gate.record_policy(BTreeMap::new()).await.unwrap();
    drop(gate);
    let mut talks = Vec::new();
    for customer in 0..WEIGHED {
        talks.push(opened(&trail.records, Assurance::Verified, &format!("C-{customer}")).await);
    }
    drop(trail);
    let before = size(&folder);
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    let gate = Arc::new(gate_over(trail.records.clone(), servers, None).await);
    for (customer, id) in talks.iter().enumerate() {
        for wish in wishes_in(&trail.records, id, customer).await {
            assert_eq!(gate.propose(wish).await.unwrap().phase, Phase::Held);
        }
    }
    drop((gate, trail));
    let count = (WEIGHED * IN_ONE) as f64;
    let each = (size(&folder) - before) / count;
    let measured = langgraph.is_some();
    let name = named("the log's growth for a held refund with its evidence, beside LangGraph's file", measured);
    let theirs = langgraph.map(|beside| beside.bytes_each() / 1e3);
    vec![Row::new(name, each / 1e3, "kB").perhaps_beside(theirs).goal(Goal::AtMost(4.0))]
}

/// How large the log's file is once everything lies in it that was written ahead.
fn size(folder: &Path) -> f64 {
    let path = folder.join("log.db");
    let log = Connection::open(&path).unwrap();
    let busy: i64 = log.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0, "not all of it lies in the file itself");
    std::fs::metadata(path).unwrap().len() as f64
}

/// From a stored decision to the call, and from a decision that is handed in to its stored outcome.
async fn decided(stack: &Quick, mut disk: Disk, mut langgraph: Option<&mut LangGraph>) -> Vec<Row> {
    println!("deciding: {ROUNDS} rounds of {DECISIONS} approvals, by turns with LangGraph");
    let (mut to_call, mut whole) = (Vec::new(), Vec::new());
    let (mut graph_called, mut graph_done) = (Vec::new(), Vec::new());
    for nth in 0..WARM + ROUNDS * DECISIONS {
        let counts = nth >= WARM;
        if let Some(beside) = langgraph.as_mut().filter(|_| counts && (nth - WARM).is_multiple_of(DECISIONS)) {
            let resumed = beside.resume(DECISIONS);
            graph_called.extend(resumed.called);
            graph_done.extend(resumed.done);
        }
        disk.sample(1);
        let id = stack.conversation_with(Assurance::Verified, "C-2001").await;
        let wish = sample_refund(stack.gate.records(), &id, &format!("2001-{nth}")).await;
        let held = stack.gate.propose(wish).await.unwrap();
        assert_eq!(held.phase, Phase::Held, "{held:?}");
        let approval = stack.approval(&held.action).await;
        stack.shown().await;
        let begun = Instant::now();
        stack.gate.decide(approval).await.unwrap();
        stack.succeeded(&held.action).await;
        let took = begun.elapsed();
        let began_after = stack.servers.began_after(stack.log.decided());
        if counts {
            whole.push(ms(took));
            to_call.push(began_after);
        }
    }
    let measured = langgraph.is_some();
    let median_of = |all: Vec<f64>| measured.then(|| median(all));
    let (to_call, sync) = (Spread::of(to_call), disk.one());
    let (called, done) = (median_of(graph_called), median_of(graph_done));
    let name = "decision stored to call started, tool in this process";
    let graph = |what: &str| named(&format!("{what}, beside LangGraph's resume to result: median"), measured);
    vec![
        Row::new(format!("{name}, beyond one fdatasync: median"), ms(to_call.median) - ms(sync.median), "ms")
            .goal(Goal::AtMost(1.0)),
        Row::new(graph(name), ms(to_call.median), "ms").perhaps_beside(done).goal(Goal::RatioAtMost(0.25)),
        Row::new(graph("approval handed in to outcome stored"), median(whole), "ms").perhaps_beside(done),
        match called {
            Some(called) => Row::new("LangGraph's resume to its tool's call: median", called, "ms"),
            None => Row::not_measured(named("LangGraph's resume to its tool's call: median", measured), "ms"),
        },
        Row::new(format!("{name}: p99"), ms(to_call.p99), "ms"),
        Row::new("one fdatasync meanwhile: median", ms(sync.median), "ms"),
    ]
}
