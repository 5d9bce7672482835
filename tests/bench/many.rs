//! What a decision costs while a hundred thousand others wait, and what a ledger that everybody wants costs.

use crate::disk::cpu_nanos;
use crate::quick::{QuickServers, refund};
use crate::row::{Goal, Row};
use crate::spread::{Spread, median, ms};
use crate::stack::Stack;
use countersign_domain::action::Phase;
use countersign_domain::conversation::Assurance;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PENDING: usize = 100_000;
/// As many as one conversation may hold.
const IN_ONE: usize = 3;
const ASKERS: usize = 64;
const DECISIONS: usize = 200;
const AT_ONCE: usize = 100;
const ROUNDS: usize = 9;

type Quick = Arc<Stack<QuickServers>>;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let place = tempfile::tempdir_in(here).unwrap();
    let stack = Arc::new(Stack::open(place.path(), QuickServers::like_the_crm(place.path()).await).await);
    let mut rows = ledgers(&stack).await;
    println!("decisions: {DECISIONS} while nothing else waits, then {DECISIONS} while {PENDING} wait");
    let few = decisions(&stack, "1").await;
    pend(&stack).await;
    let many = decisions(&stack, "2").await;
    let name = "decision stored to call started, 100,000 held, beside one held: median";
    rows.push(Row::new(name, many.0, "ms").beside(few.0).goal(Goal::RatioAtMost(1.2)));
    let name = "processor time of a decision and its call, 100,000 held, beside one held: median";
    rows.push(match few.1.zip(many.1) {
        Some((few, many)) => Row::new(name, many, "ms").beside(few).goal(Goal::RatioAtMost(1.2)),
        None => Row::not_measured(name, "ms"),
    });
    Arc::into_inner(stack).unwrap().close().await;
    rows
}

/// A held refund of an order that nobody else asks for.
async fn held(stack: &Quick, order: &str) -> countersign_domain::ids::ActionId {
    let conversation = stack.conversation(Assurance::Claimed).await;
    let report = stack.gate.propose(stack.wish(&conversation, "issue_refund", &refund(order)).await).await.unwrap();
    assert_eq!(report.phase, Phase::Held, "{report:?}");
    report.action
}

/// From the stored decision to the call, and the processor time from the decision to the stored outcome, in
/// milliseconds. Each is decided when the views show everything, so that none of their work falls into it.
async fn decisions(stack: &Quick, customer: &str) -> (f64, Option<f64>) {
    let (mut took, mut cpu) = (Vec::new(), Vec::new());
    for nth in 0..DECISIONS {
        let id = held(stack, &format!("{customer}-{nth}")).await;
        let approval = stack.approval(&id).await;
        stack.shown().await;
        let before = cpu_nanos();
        stack.gate.decide(approval).await.unwrap();
        stack.succeeded(&id).await;
        cpu.extend(cpu_nanos().zip(before).map(|(after, before)| (after - before) as f64 / 1e6));
        took.push(stack.servers.began_after(stack.log.decided()));
    }
    (ms(Spread::of(took).median), (!cpu.is_empty()).then(|| median(cpu)))
}

async fn pend(stack: &Quick) {
    let begun = Instant::now();
    let askers = (0..ASKERS).map(|asker| {
        let stack = stack.clone();
        tokio::spawn(async move {
            for talk in (asker..PENDING.div_ceil(IN_ONE)).step_by(ASKERS) {
                let conversation = stack.conversation(Assurance::Claimed).await;
                for nth in 0..IN_ONE {
                    let order = format!("{}-{nth}", 10_000 + talk);
                    let wish = stack.wish(&conversation, "issue_refund", &refund(&order)).await;
                    assert_eq!(stack.gate.propose(wish).await.unwrap().phase, Phase::Held);
                }
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await.unwrap();
    }
    stack.shown().await;
    println!("  {PENDING} held after {:.0?}", begun.elapsed());
}

/// A hundred allowed refunds at once, of one customer and of a hundred, by turns.
async fn ledgers(stack: &Quick) -> Vec<Row> {
    println!("ledgers: {ROUNDS} rounds of {AT_ONCE} allowed refunds at once on one ledger and on {AT_ONCE}, by turns");
    let (mut one, mut apart) = (Vec::new(), Vec::new());
    // The first round fills caches and is not counted.
    for round in 0..=ROUNDS {
        let shared = at_once(stack, round, |_| 3_000).await;
        let separate = at_once(stack, round, |nth| 4_000 + nth).await;
        if round > 0 {
            one.push(AT_ONCE as f64 / shared.as_secs_f64());
            apart.push(AT_ONCE as f64 / separate.as_secs_f64());
        }
    }
    let name = "100 allowed refunds at once on one ledger, beside 100 ledgers";
    vec![Row::new(name, median(one), "actions/s").beside(median(apart)).goal(Goal::RatioAtLeast(0.5))]
}

async fn at_once(stack: &Quick, round: usize, customer: impl Fn(usize) -> usize) -> Duration {
    let mut wishes = Vec::new();
    for nth in 0..AT_ONCE {
        let customer = customer(nth);
        let conversation = stack.conversation_with(Assurance::Verified, &format!("C-{customer}")).await;
        let order = format!("{customer}-{round}x{nth}");
        wishes.push(stack.wish(&conversation, "issue_refund", &refund(&order)).await);
    }
    stack.shown().await;
    let begun = Instant::now();
    let asking: Vec<_> = wishes
        .into_iter()
        .map(|wish| {
            let stack = stack.clone();
            tokio::spawn(async move { stack.gate.propose(wish).await.unwrap() })
        })
        .collect();
    for asked in asking {
        let report = asked.await.unwrap();
        assert_eq!(report.phase, Phase::Succeeded, "{report:?}");
    }
    begun.elapsed()
}
