//! A log begins again: what stands in the file stays as it is, and whatever follows belongs to a log with a new id.

use crate::copy::Copied;
use crate::error::OpenError;
use crate::lineage::Lineage;
use crate::rows::{self, integer};
use crate::{folder, head, layout};
use countersign_domain::ambient::Entropy;
use countersign_domain::ids::LogId;
use countersign_event_log::checkpoint::{Signer, TreeHead};
use countersign_event_log::tree::{Frontier, leaf_hash};
use rusqlite::params;
use std::path::Path;

/// Records that are read at once while all are checked.
const PAGE: usize = 4_096;

/// Goes on with the log in a folder under a new id, signed by another station's key or by the same. Every record is read
/// first and held against the tree that the old key signed. Returns where the old log ends.
///
/// The first append behind it must say so (`station.restored`), or the log does not open.
pub fn begin_again(
    folder: &Path,
    old_key: &[u8; 32],
    signer: &dyn Signer,
    entropy: &dyn Entropy,
) -> Result<Copied, OpenError> {
    let _lock = folder::lock(folder)?;
    let mut db = layout::open(folder, signer, || LogId::random(entropy))?;
    let old = head::load(&db, old_key)?;
    let size = old.frontier.size();
    let mut tree = Frontier::default();
    while tree.size() < size {
        let page = rows::read_from(&db, &old.lineage, tree.size(), PAGE)?;
        if page.is_empty() {
            return Err(OpenError::Damaged { position: tree.size(), why: "it is missing".to_owned() });
        }
        for stored in &page {
            tree.append(leaf_hash(&stored.envelope.to_bytes()));
        }
    }
    let root = tree.root();
    if root != old.frontier.root() {
        let why = "the records do not lead to the root that was signed".to_owned();
        return Err(OpenError::Damaged { position: size.saturating_sub(1), why });
    }
    let new = TreeHead { log: LogId::random(entropy), size, root };
    let tx = db.transaction()?;
    Lineage::end(&tx, old.lineage.now(), size, &root)?;
    // The old log's last word is kept beside those of every minute.
    let at = old.last.map_or(0, countersign_domain::time::Timestamp::micros);
    tx.execute(
        "INSERT INTO checkpoints (size, recorded_at, note) VALUES (?1, ?2, ?3) ON CONFLICT (size) DO NOTHING",
        params![integer(size), at, old.note],
    )?;
    let note = new.sign(signer);
    tx.execute("UPDATE head SET log = ?1, checkpoint = ?2 WHERE only = 1", params![new.log.as_str(), note])?;
    tx.pragma_update(None, "user_version", layout::RESTORED)?;
    tx.commit()?;
    let head = TreeHead { log: old.lineage.now().clone(), size, root };
    Ok(Copied { head, checkpoint: old.note })
}
