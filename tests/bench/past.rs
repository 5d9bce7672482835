//! A log with a past: conversations by the hundred thousand, whole, of customers with many names who use many words; and
//! refunds that wait.

use crate::quick::{QuickServers, refund};
use crate::stack::{Trail, gate_over, wish};
use countersign_domain::action::Phase;
use countersign_domain::conversation::{Assurance, CloseReason, Conversation, MOST_HELD_ACTIONS};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;
use countersign_gate::records::Records;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Refunds that wait for a person.
pub(crate) const HELD: usize = 300;
const WAITS_SECONDS: u32 = 86_400;
/// The first start on a long log reads all of it.
pub(crate) const LONGEST_START: Duration = Duration::from_secs(600);

const FEWER: &str = "COUNTERSIGN_BENCH_EVENTS";
const WRITERS: u64 = 64;
/// Each conversation's, between what opens and what closes it: a long log is for the greatest part one of the past.
const MESSAGES: u64 = 9;
const WORDS_IN_A_MESSAGE: u64 = 30;

/// How many events a log is to have; fewer where the variable says so, for a first look.
pub(crate) fn events(whole: u64) -> u64 {
    std::env::var(FEWER).ok().and_then(|n| n.parse().ok()).unwrap_or(whole)
}

/// Sets the first person up, and ends.
pub(crate) async fn set_up(folder: &Path) {
    let station = Start::on(folder).running().await;
    Desk::at(&station.desk).set_up("Marta Lindqvist").await;
    station.stop().await;
}

/// So many refunds that wait for a person, and for a day: however long the rest takes, none of them expires.
pub(crate) async fn hold(folder: &Path, trail: &Trail, count: usize) {
    let servers = QuickServers::like_the_crm(folder).await;
    let gate = Arc::new(gate_over(trail.records.clone(), Arc::new(servers), Some(WAITS_SECONDS)).await);
    // Others than the station's own, which puts those in force again when it starts.
    gate.record_policy(BTreeMap::new()).await.unwrap();
    let writers = (0..WRITERS as usize).map(|writer| {
        let (gate, records) = (gate.clone(), trail.records.clone());
        tokio::spawn(async move {
            for first in (writer * MOST_HELD_ACTIONS..count).step_by(WRITERS as usize * MOST_HELD_ACTIONS) {
                let customer = Some("Ana Ruiz");
                let opened = records.open_conversation("chat", Assurance::Claimed, customer, None, String::new());
                let (id, _) = opened.await.unwrap();
                for nth in first..count.min(first + MOST_HELD_ACTIONS) {
                    let order = refund(&format!("{count}-{nth}"));
                    let report = gate.propose(wish(&records, &id, "issue_refund", &order).await).await.unwrap();
                    assert_eq!(report.phase, Phase::Held, "{report:?}");
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// Conversations of one customer's messages each, whole.
pub(crate) async fn write_all(trail: &Trail, events: u64) {
    let conversations = events / (MESSAGES + 2);
    let writers = (0..WRITERS).map(|writer| {
        let records = trail.records.clone();
        let count = conversations / WRITERS + u64::from(writer < conversations % WRITERS);
        tokio::spawn(async move {
            for nth in 0..count {
                talk(&records, writer * conversations + nth).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn talk(records: &Records, nth: u64) {
    let name = name(nth);
    let opened = records.open_conversation("chat", Assurance::Claimed, Some(&name), None, String::new());
    let (id, receipt) = opened.await.unwrap();
    let key = receipt.events()[0].envelope.sealed.as_ref().unwrap().key.clone();
    let (stream, actor) = (StreamName::conversation(&id), Actor::Customer(id.to_string()));
    let mut state = Conversation::default();
    state.apply(&countersign_gate::records::read(&receipt.events()[0]).unwrap());
    let mut messages = Vec::new();
    for message in 0..MESSAGES {
        let draft = state.receive(&said(nth, message), Some(format!("m{message}"))).unwrap().unwrap();
        state.apply(&countersign_domain::event::read(&draft.kind, draft.schema, &draft.open).unwrap());
        messages.push(records.seal(draft, &stream, &key, &actor, None).unwrap());
    }
    let closed = state.close(CloseReason::CustomerDone).unwrap();
    messages.push(records.seal(closed, &stream, &key, &actor, None).unwrap());
    let writes = vec![Write { stream, expected: 1, events: messages }];
    records.log().append(Append { guards: Vec::new(), writes }).await.unwrap();
}

/// The name of a conversation's customer: one of 2,500.
pub(crate) fn name(nth: u64) -> String {
    let drawn = mixed(nth);
    format!("{} {}", capital(&word(drawn % 50)), capital(&word(200 + drawn / 50 % 50)))
}

/// What a customer says: about 200 bytes, with an order number.
pub(crate) fn said(nth: u64, message: u64) -> String {
    let words = (0..WORDS_IN_A_MESSAGE).map(|place| {
        let drawn = mixed(nth * 1_000_003 + message * 1_009 + place);
        // The lower a word's number, the more often it is said: from thousands of times to a few.
        word(mixed(drawn) % (1 + drawn % 8_000))
    });
    format!("Order {nth}: {}.", words.collect::<Vec<_>>().join(" "))
}

/// A word of two or three syllables; each number has its own.
pub(crate) fn word(number: u64) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi",
        "yo", "zu",
    ];
    let (mut rest, mut word) = (number, String::new());
    while word.len() < 4 || rest > 0 {
        word.push_str(SYLLABLES[(rest % 20) as usize]);
        rest /= 20;
    }
    word
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// SplitMix64's finishing step.
pub(crate) fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
