//! Dropping ciphertext: it leaves the log and every file of it, and the trail is what it was.

use crate::events::{append, event, sealed};
use crate::logs::{Fresh, Kind, Sqlite, open};
use countersign_event_log::check::CheckLog;
use countersign_event_log::erase::DropSealed;
use countersign_event_log::log::{AppendLog, ReadLog};
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

pub(crate) async fn dropped_bytes_are_gone_and_envelopes_hashes_and_tree_stay<K: Kind>() {
    let Fresh { log, folder: _kept, .. } = K::fresh();
    log.append(append("a", 0, vec![event(1), sealed(b"first"), sealed(b"second")])).await.unwrap();
    log.append(append("a", 3, vec![sealed(b"third")])).await.unwrap();
    let (before, checkpoint) = (log.read_from(0, 10).await.unwrap(), log.checkpoint().await.unwrap());
    let root = log.root_at(4).await.unwrap();

    assert_eq!(log.drop_sealed(&[0, 1, 3, 99]).await.unwrap(), 2, "those that had any");
    assert_eq!(log.drop_sealed(&[1, 3]).await.unwrap(), 0, "once");
    let after = log.read_from(0, 10).await.unwrap();
    for (then, now) in before.iter().zip(&after) {
        assert_eq!(then.envelope, now.envelope);
        let (then, now) = (then.sealed.as_ref(), now.sealed.as_ref());
        assert_eq!(then.map(|part| &part.reference), now.map(|part| &part.reference));
    }
    let there: Vec<bool> = after.iter().map(|e| e.sealed.as_ref().is_some_and(|part| part.bytes.is_some())).collect();
    assert_eq!(there, [false, false, true, false]);
    assert_eq!(log.read_stream(&before[0].envelope.stream, 0, 10).await.unwrap(), after);
    assert_eq!((log.checkpoint().await.unwrap(), log.root_at(4).await.unwrap()), (checkpoint, root));
    log.append(append("a", 4, vec![sealed(b"fourth")])).await.unwrap();
    assert!(log.read_from(4, 1).await.unwrap()[0].sealed.as_ref().unwrap().bytes.is_some());
}

fn holds(folder: &Path, part: &[u8]) -> bool {
    let files = std::fs::read_dir(folder.join("log")).unwrap();
    files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).any(|b| b.windows(part.len()).any(|w| w == part))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_holds_what_was_dropped_while_others_append_and_a_restart_finds_the_log_whole() {
    let Fresh { log, clock, folder, .. } = Sqlite::fresh();
    // Small ones and some that need pages of their own, more of them than are dropped in one commit.
    let words = |n: u64| format!("secret {n:06} ").repeat(if n.is_multiple_of(50) { 900 } else { 3 });
    for from in (0..1_500_u64).step_by(50) {
        let events = (from..from + 50).map(|n| sealed(words(n).as_bytes())).collect();
        log.append(append("a", from, events)).await.unwrap();
    }
    assert!(holds(folder.path(), b"secret 000050 "));
    let mut others = JoinSet::new();
    for n in 0..8_u64 {
        let log = Arc::clone(&log);
        others.spawn(async move {
            for version in 0..20 {
                log.append(append(&format!("s/{n}"), version, vec![event(1)])).await.unwrap();
            }
        });
    }
    let even: Vec<u64> = (0..1_500_u64).filter(|n| n.is_multiple_of(2)).collect();
    assert_eq!(log.drop_sealed(&even).await.unwrap(), 750);
    others.join_all().await;
    for n in [0, 2, 50, 100, 1_400, 1_498] {
        assert!(!holds(folder.path(), format!("secret {n:06} ").as_bytes()), "{n}");
    }
    assert!(holds(folder.path(), b"secret 000051 "));
    let before = log.read_from(0, 2_000).await.unwrap();
    drop(log);
    let log = open(folder.path(), clock).unwrap();
    assert_eq!(log.read_from(0, 2_000).await.unwrap(), before);
}
