//! What every log promises of its tree: roots, checkpoints, proofs.

use crate::events::{append, event, sealed};
use crate::logs::{Fresh, Kind, Memory, Sqlite, open};
use countersign_event_log::check::CheckLog;
use countersign_event_log::checkpoint::TreeHead;
use countersign_event_log::log::{AppendLog, ReadLog};
use countersign_event_log::proof::{consistent, includes};
use countersign_event_log::tree::{Frontier, leaf_hash};

pub(crate) async fn the_checkpoint_signs_what_is_stored<K: Kind>() {
    let Fresh { log, public_key, folder: _kept, .. } = K::fresh();
    let head = TreeHead::verify(&log.checkpoint().await.unwrap(), &public_key).unwrap();
    assert_eq!((head.log, head.size, head.root), (log.id(), 0, Frontier::default().root()));
    let mut frontier = Frontier::default();
    for version in 0..5 {
        let receipt = log.append(append("a", version * 2, vec![event(version), sealed(b"words")])).await.unwrap();
        for stored in receipt.events() {
            frontier.append(leaf_hash(&stored.envelope.to_bytes()));
        }
        let head = TreeHead::verify(&log.checkpoint().await.unwrap(), &public_key).unwrap();
        assert_eq!((head.size, head.root), (frontier.size(), frontier.root()));
    }
}

pub(crate) async fn proofs_lead_from_any_record_to_the_checkpoint<K: Kind>() {
    let Fresh { log, public_key, folder: _kept, .. } = K::fresh();
    fill(log.as_ref(), 600).await;
    let head = TreeHead::parse(&log.checkpoint().await.unwrap()).unwrap();
    assert_eq!(head.size, 600);
    for position in [0, 1, 255, 256, 511, 512, 599] {
        let stored = &log.read_from(position, 1).await.unwrap()[0];
        let leaf = leaf_hash(&stored.envelope.to_bytes());
        assert_eq!(log.leaf_hashes(position, 1).await.unwrap(), [leaf]);
        let proof = log.inclusion(position, 600).await.unwrap();
        assert!(includes(&leaf, position, 600, &proof, &head.root), "{position}");
    }
    for old in [1, 100, 256, 257, 512, 600] {
        let proof = log.consistency(old, 600).await.unwrap();
        let old_root = log.root_at(old).await.unwrap();
        assert!(consistent(old, 600, &old_root, &head.root, &proof), "{old}");
    }
    assert!(log.inclusion(600, 600).await.is_err());
    assert!(log.root_at(601).await.is_err());
    TreeHead::verify(&log.checkpoint().await.unwrap(), &public_key).unwrap();
}

async fn fill(log: &(impl AppendLog + ?Sized), count: u64) {
    for from in (0..count).step_by(50) {
        log.append(append("a", from, (from..count.min(from + 50)).map(event).collect())).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_appends_have_the_same_root_in_both_logs() {
    let memory = Memory::fresh();
    let sqlite = Sqlite::fresh();
    assert_eq!(memory.log.id(), sqlite.log.id());
    fill(memory.log.as_ref(), 300).await;
    fill(sqlite.log.as_ref(), 300).await;
    assert_eq!(memory.log.root_at(300).await.unwrap(), sqlite.log.root_at(300).await.unwrap());
    assert_eq!(memory.log.read_from(0, 500).await.unwrap(), sqlite.log.read_from(0, 500).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_goes_on_growing_where_an_earlier_run_left_it() {
    let memory = Memory::fresh();
    fill(memory.log.as_ref(), 700).await;
    let sqlite = Sqlite::fresh();
    let (clock, folder) = (sqlite.clock.clone(), sqlite.folder);
    drop(sqlite.log);
    for run in 0..14 {
        let log = open(folder.path(), clock.clone()).unwrap();
        log.append(append("a", run * 50, (run * 50..(run + 1) * 50).map(event).collect())).await.unwrap();
    }
    let log = open(folder.path(), clock).unwrap();
    for size in [256, 300, 512, 700] {
        assert_eq!(log.root_at(size).await.unwrap(), memory.log.root_at(size).await.unwrap(), "{size}");
    }
}
