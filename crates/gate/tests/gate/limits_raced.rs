//! Invariant 8, raced: one refund split over conversations, channels and people, everything at once, on both logs.

use crate::limits::{held_in, of_customer};
use crate::server::Fault;
use crate::shop::{Shop, refund, wish};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::change::Change;
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::ledger::LedgerName;
use countersign_domain::money::Money;
use countersign_event_log::log::Log;
use countersign_event_log_sqlite::SqliteLog;
use countersign_gate::UnlockedKey;
use countersign_gate::proposal::Proposal;
use countersign_testkit::{ManualClock, SeededEntropy};
use proptest::prelude::*;
use std::sync::Arc;

/// What the starter rule names, in cents.
const LIMIT: i64 = 20_000;

/// One part of a refund.
#[derive(Debug, Clone)]
struct Part {
    minor: i64,
    channel: &'static str,
    by_colleague: bool,
}

fn parts() -> impl Strategy<Value = (Vec<Part>, bool)> {
    let part = (1_i64..9_000, prop_oneof![Just("chat"), Just("email"), Just("voice")], any::<bool>())
        .prop_map(|(minor, channel, by_colleague)| Part { minor, channel, by_colleague });
    (proptest::collection::vec(part, 2..12), any::<bool>())
}

/// Makes the limit one that no signature changes.
fn deny_beyond(shop: &Shop) {
    shop.put_policy("refunds", |text| {
        text.replace(
            "@id(\"refund-over-200-in-30-days\")\n@disposition(\"hold\")\n@role(\"supervisor\")",
            "@id(\"refund-over-200-in-30-days\")\n@disposition(\"deny\")",
        )
    });
}

async fn one(shop: Arc<Shop>, colleague: Arc<(PersonId, UnlockedKey)>, part: Part, order: usize) -> ActionId {
    let conversation = shop.conversation_of(part.channel, Assurance::Verified, "C-2001").await;
    let mut arguments = refund(part.minor);
    arguments["order_number"] = format!("C-2001/{}", order).into();
    let wish = Proposal { arguments: arguments.to_string(), ..wish(conversation.clone(), 1, 0) };
    let report = shop.gate.propose(wish).await.unwrap();
    // A card that moved under their hand is looked at again.
    for _ in 0..8 {
        if shop.gate.report(&report.action).await.unwrap().phase != Phase::Held {
            break;
        }
        let signed = match part.by_colleague {
            true => shop.sign_as(&colleague, &report.action).await,
            false => shop.sign(&report.action, Choice::Approve, None).await,
        };
        let _ = shop.gate.decide(signed).await;
    }
    report.action
}

/// Everything at once; afterwards every action stands at its end, or waits.
async fn race(shop: Shop, parts: Vec<Part>, fault: bool) {
    deny_beyond(&shop);
    let colleague = Arc::new(shop.colleague().await);
    let shop = Arc::new(shop);
    if fault {
        shop.fault(Fault::Unreachable);
    }
    let asked: i64 = parts.iter().map(|part| part.minor).sum();
    let tasks: Vec<_> = parts
        .into_iter()
        .zip(1..)
        .map(|(part, order)| tokio::spawn(one(shop.clone(), colleague.clone(), part, order)))
        .collect();
    for task in tasks {
        let id = task.await.unwrap();
        loop {
            let size = shop.log.size();
            let phase = shop.gate.report(&id).await.unwrap().phase;
            if phase.is_final() || phase == Phase::Held {
                break;
            }
            shop.log.grown_beyond(size).await;
        }
    }
    let executed: i64 = shop.refunds().iter().sum();
    assert!(executed <= LIMIT, "invariant 8: {executed} of {LIMIT}");
    if asked <= LIMIT && !fault {
        assert_eq!(executed, asked, "what is within the limit runs");
    }
    let held = held_in(&shop, &of_customer(&shop, "C-2001")).await.minor_30d;
    assert_eq!(held, executed, "the ledger holds exactly what happened");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn no_split_of_a_refund_passes_the_limit_in_memory((parts, fault) in parts()) {
        runtime().block_on(async { race(Shop::open().await, parts, fault).await });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn no_split_of_a_refund_passes_the_limit_on_disk((parts, fault) in parts()) {
        let place = tempfile::tempdir().unwrap();
        runtime().block_on(async {
            let clock = Arc::new(ManualClock::new("2026-11-23T09:00:00.000000Z".parse().unwrap()));
            let signer = Arc::new(ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
            let log: Arc<dyn Log> =
                Arc::new(SqliteLog::open(place.path(), clock, signer, &SeededEntropy::new(9)).unwrap());
            race(Shop::open_over(|_| log).await, parts, fault).await;
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_approvals_at_once_do_not_take_a_person_beyond_their_day() {
    let shop = Arc::new(Shop::open().await);
    let limits = Some(vec![Money { minor: 10_000, currency: "EUR".to_owned().try_into().unwrap() }]);
    shop.change(Change::SetLimits { person: shop.person.clone(), limits }).await.unwrap();
    let mut decisions = Vec::new();
    for n in 0..6 {
        let customer = format!("C-300{n}");
        let conversation = shop.conversation_of("chat", Assurance::Verified, &customer).await;
        let held = shop.refund_of(&conversation, &customer, 6_000).await;
        let signed = shop.sign(&held.action, Choice::Approve, None).await;
        decisions.push((shop.gate.clone(), signed));
    }
    let tasks: Vec<_> =
        decisions.into_iter().map(|(gate, signed)| tokio::spawn(async move { gate.decide(signed).await })).collect();
    let mut stored = 0;
    for task in tasks {
        stored += usize::from(task.await.unwrap().is_ok());
    }
    assert_eq!(stored, 1, "a second €60.00 would be beyond €100.00");
    assert_eq!(held_in(&shop, &LedgerName::approver(&shop.person)).await.minor_today, 6_000);
}
