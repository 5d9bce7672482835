//! What every log promises of appends, reads and following.

use crate::events::{Ledger, answering, append, event, reserve, sealed, stream, write};
use crate::logs::{Fresh, Kind};
use countersign_event_log::envelope::SealedPart;
use countersign_event_log::log::{
    Append, AppendError, AppendLog, Cause, LARGEST_PART, MOST_EVENTS, NewEvent, ReadLog, fold,
};
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

pub(crate) async fn an_append_stores_all_streams_or_none<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    log.append(append("b", 0, vec![event(1)])).await.unwrap();
    let both = |b| Append {
        guards: Vec::new(),
        writes: vec![write("a", 0, vec![event(1), event(2)]), write("b", b, vec![event(3)])],
    };
    assert!(log.append(both(0)).await.is_err());
    assert_eq!(log.size(), 1);
    assert!(log.read_stream(&stream("a"), 0, 10).await.unwrap().is_empty());
    let receipt = log.append(both(1)).await.unwrap();
    assert_eq!(receipt.events().len(), 3);
    assert_eq!(receipt.events(), log.read_from(1, 10).await.unwrap(), "the receipt shows what is stored");
}

pub(crate) async fn a_version_that_does_not_hold_is_a_conflict<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    log.append(append("a", 0, vec![event(1), event(2)])).await.unwrap();
    for expected in [0, 1, 3] {
        match log.append(append("a", expected, vec![event(3)])).await {
            Err(AppendError::Conflict { stream: at, expected: said, actual }) => {
                assert_eq!((at, said, actual), (stream("a"), expected, 2));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(log.size(), 2);
}

pub(crate) async fn a_guard_is_checked_and_not_written<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    log.append(append("fleet", 0, vec![event(1)])).await.unwrap();
    let guarded = |version| Append {
        guards: vec![(stream("fleet"), version), (stream("nobody"), 0)],
        writes: vec![write("a", 0, vec![event(1)])],
    };
    assert!(matches!(log.append(guarded(0)).await, Err(AppendError::Conflict { actual: 1, .. })));
    log.append(guarded(1)).await.unwrap();
    assert_eq!(log.read_stream(&stream("fleet"), 0, 10).await.unwrap().len(), 1);
    assert!(log.read_stream(&stream("nobody"), 0, 10).await.unwrap().is_empty());
}

pub(crate) async fn one_append_may_write_a_stream_twice<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let twice = |second| Append {
        guards: Vec::new(),
        writes: vec![write("a", 0, vec![event(1)]), write("b", 0, vec![event(2)]), write("a", second, vec![event(3)])],
    };
    assert!(matches!(log.append(twice(0)).await, Err(AppendError::Conflict { actual: 1, .. })));
    log.append(twice(1)).await.unwrap();
    let positions: Vec<u64> =
        log.read_stream(&stream("a"), 0, 10).await.unwrap().iter().map(|e| e.envelope.position).collect();
    assert_eq!(positions, [0, 2]);
}

pub(crate) async fn an_event_may_answer_an_earlier_one_of_its_append<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    log.append(append("a", 0, vec![event(1)])).await.unwrap();
    let events = vec![answering(Cause::Position(0)), answering(Cause::Earlier(0))];
    let receipt = log.append(append("a", 1, events)).await.unwrap();
    let causes: Vec<_> = receipt.events().iter().map(|e| e.envelope.cause).collect();
    assert_eq!(causes, [Some(0), Some(1)]);
    for cause in [Cause::Position(3), Cause::Earlier(0)] {
        let refused = log.append(append("a", 3, vec![answering(cause)])).await;
        assert!(matches!(refused, Err(AppendError::OutOfBounds(_))), "{cause:?}");
    }
}

pub(crate) async fn what_is_out_of_bounds_is_refused<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let mut wrong_hash = sealed(b"x");
    wrong_hash.sealed = wrong_hash.sealed.map(|part| SealedPart { bytes: Some(b"y".as_slice().into()), ..part });
    let mut no_bytes = sealed(b"x");
    no_bytes.sealed = no_bytes.sealed.map(|part| SealedPart { bytes: None, ..part });
    let with_open = |open| NewEvent { open, ..event(1) };
    let refused = [
        append("a", 0, vec![]),
        Append::default(),
        append("", 0, vec![event(1)]),
        append("a", 0, (0..=MOST_EVENTS as u64).map(event).collect()),
        append("a", 0, vec![with_open(json!("x".repeat(LARGEST_PART)))]),
        append("a", 0, vec![with_open(deep)]),
        append("a", 0, vec![with_open(json!([1_u64 << 53]))]),
        append("a", 0, vec![with_open(json!({ "n": -(1_i64 << 53) }))]),
        append("a", 0, vec![sealed(&vec![0; LARGEST_PART + 1])]),
        append("a", 0, vec![wrong_hash]),
        append("a", 0, vec![no_bytes]),
        append("a", 0, vec![NewEvent { kind: String::new(), ..event(1) }]),
    ];
    for (n, one) in refused.into_iter().enumerate() {
        assert!(matches!(log.append(one).await, Err(AppendError::OutOfBounds(_))), "number {n}");
    }
    assert_eq!(log.size(), 0);
    log.append(append("a", 0, (0..MOST_EVENTS as u64).map(event).collect())).await.unwrap();
}

pub(crate) async fn envelopes_and_sealed_parts_come_back_byte_for_byte<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let open = json!({ "zoë": "\"\\\u{7}", "n": 0.1, "many": [null, true, -5], "": {} });
    let written = NewEvent { open: open.clone(), ..sealed(&[0, 255, 7]) };
    let receipt = log.append(append("a", 0, vec![written])).await.unwrap();
    let read = log.read_stream(&stream("a"), 0, 10).await.unwrap();
    assert_eq!(read, receipt.events());
    assert_eq!(read[0].envelope.open, open);
    assert_eq!(read[0].sealed.as_ref().unwrap().bytes.as_deref(), Some([0, 255, 7].as_slice()));
    assert_eq!(read[0].envelope.to_bytes(), receipt.events()[0].envelope.to_bytes());
}

pub(crate) async fn a_hundred_deciding_tasks_lose_no_increment<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let log = Arc::clone(&log);
        tasks.spawn(async move {
            for _ in 0..5 {
                log.append_deciding(reserve("ledger", 1, u64::MAX)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let events = log.read_stream(&stream("ledger"), 0, 1000).await.unwrap();
    assert_eq!(events.len(), 500);
}

pub(crate) async fn a_limit_holds_when_many_reserve_at_once<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let log = Arc::clone(&log);
        tasks.spawn(async move { log.append_deciding(reserve("ledger", 30, 1000)).await });
    }
    let (stored, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((stored.len(), refused.len()), (33, 67));
    assert!(refused.iter().all(|r| matches!(r, Err(AppendError::Refused(_)))));
    assert_eq!(log.size(), 33);
}

pub(crate) async fn a_refused_decision_leaves_nothing_and_fails_nobody_else<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let mut tasks = JoinSet::new();
    for n in 0..60_u64 {
        let log = Arc::clone(&log);
        tasks.spawn(async move {
            match n % 3 {
                0 => log.append(append(&format!("own/{n}"), 0, vec![event(n)])).await.is_ok(),
                1 => log.append_deciding(reserve("ledger", 1, u64::MAX)).await.is_ok(),
                // Decides well and then asks for a version that does not hold.
                _ => log
                    .append_deciding(Box::new(|states| {
                        fold::<Ledger>(states, &stream("ledger")).unwrap();
                        Ok(Append {
                            guards: vec![(stream("never"), 9)],
                            writes: vec![write("ghost", 0, vec![event(1)])],
                        })
                    }))
                    .await
                    .is_err(),
            }
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|as_expected| as_expected));
    assert_eq!(log.size(), 40);
    assert!(log.read_stream(&stream("ghost"), 0, 1).await.unwrap().is_empty());
    log.append(append("ghost", 0, vec![event(1)])).await.unwrap();
}

pub(crate) async fn a_panicking_decision_is_refused_and_the_log_goes_on<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    log.append_deciding(reserve("ledger", 1, 10)).await.unwrap();
    let refused = log.append_deciding(Box::new(|_| panic!("a bug in a rule"))).await;
    assert!(matches!(refused, Err(AppendError::Refused(_))));
    log.append_deciding(reserve("ledger", 1, 10)).await.unwrap();
    assert_eq!(log.size(), 2);
}

pub(crate) async fn a_kept_fold_sees_plain_appends_too<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    log.append_deciding(reserve("ledger", 5, 10)).await.unwrap();
    log.append(append("ledger", 1, vec![event(4)])).await.unwrap();
    assert!(log.append_deciding(reserve("ledger", 2, 10)).await.is_err());
    let seen = Arc::new(Mutex::new(Ledger::default()));
    let theirs = Arc::clone(&seen);
    let looked = log.append_deciding(Box::new(move |states| {
        *theirs.lock().unwrap() = fold(states, &stream("ledger")).unwrap();
        Err(AppendError::Refused("only looked".to_owned()))
    }));
    assert!(looked.await.is_err());
    assert_eq!(*seen.lock().unwrap(), Ledger { sum: 9, count: 2 });
}

pub(crate) async fn positions_and_versions_have_no_gaps_under_concurrency<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let mut tasks = JoinSet::new();
    for n in 0..50 {
        let log = Arc::clone(&log);
        tasks.spawn(async move {
            for version in 0..6 {
                let events = vec![event(1), event(2)];
                log.append(append(&format!("s/{n}"), version * 2, events)).await.unwrap();
                // Somebody who is late every time.
                assert!(log.append(append(&format!("s/{n}"), version, vec![event(9)])).await.is_err());
            }
        });
    }
    tasks.join_all().await;
    let all = log.read_from(0, 10_000).await.unwrap();
    assert_eq!(all.len(), 600);
    assert!(all.iter().zip(0..).all(|(e, position)| e.envelope.position == position));
    for n in 0..50 {
        let events = log.read_stream(&stream(&format!("s/{n}")), 0, 100).await.unwrap();
        assert!(events.iter().zip(0..).all(|(e, version)| e.envelope.version == version));
        assert_eq!(events.len(), 12);
    }
    let some = log.read_stream(&stream("s/3"), 5, 4).await.unwrap();
    assert_eq!(some.iter().map(|e| e.envelope.version).collect::<Vec<_>>(), [5, 6, 7, 8]);
    assert_eq!(log.read_from(598, 10).await.unwrap().len(), 2);
    assert!(log.read_from(600, 10).await.unwrap().is_empty());
}

pub(crate) async fn recorded_at_never_runs_backwards<K: Kind>() {
    let Fresh { log, clock, folder: _kept, .. } = K::fresh();
    let mut times = Vec::new();
    for (n, step) in [10, -3600, 5, 7200].into_iter().enumerate() {
        clock.advance(step);
        times.push(log.append(append("a", n as u64, vec![event(1)])).await.unwrap().events()[0].envelope.recorded_at);
    }
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(times[0], times[1], "a clock set back stands still");
    assert!(times[3] > times[2], "and goes on once it has caught up");
}

pub(crate) async fn a_follower_wakes_when_the_log_grows<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    let follower = tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            let mut seen = Vec::new();
            while seen.len() < 20 {
                log.grown_beyond(seen.len() as u64).await;
                seen.extend(log.read_from(seen.len() as u64, 7).await.unwrap());
            }
            seen
        }
    });
    for version in 0..20 {
        log.append(append("a", version, vec![event(version)])).await.unwrap();
    }
    let seen = follower.await.unwrap();
    assert_eq!(seen, log.read_from(0, 100).await.unwrap());
    assert_eq!(log.grown_beyond(3).await, 20, "at once if it already has");
}

pub(crate) async fn the_streams_of_a_concept_are_all_of_it_and_of_no_other<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    for name in ["tool/b", "tools/a", "tool/a.x", "tool", "tool0", "too/l", "tool/"] {
        log.append(append(name, 0, vec![event(1)])).await.unwrap();
    }
    log.append(append("tool/b", 1, vec![event(2)])).await.unwrap();
    assert_eq!(log.streams_of("tool").await.unwrap(), [stream("tool/"), stream("tool/a.x"), stream("tool/b")]);
    assert!(log.streams_of("person").await.unwrap().is_empty());
}
