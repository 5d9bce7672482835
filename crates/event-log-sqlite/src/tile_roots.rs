//! The roots over full tiles that proofs needed, remembered: each costs 255 hashes, and it never changes.

use crate::rows::Hashes;
use countersign_event_log::log::ReadError;
use countersign_event_log::proof::StoredHashes;
use countersign_event_log::tiles::{Tile, TileAt};
use countersign_event_log::tree::Hash;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Roots over full tiles, as they were computed for proofs. At most 255 of a level are asked for again and again: those
/// behind the last full tile above them.
#[derive(Default)]
pub(crate) struct TileRoots(Mutex<HashMap<TileAt, Hash>>);

const MOST_ROOTS: usize = 2_048;

/// The same hashes, with the roots that earlier proofs needed.
pub(crate) struct RememberedHashes<'a> {
    pub(crate) stored: Hashes<'a>,
    pub(crate) roots: &'a TileRoots,
}

impl StoredHashes for RememberedHashes<'_> {
    type Error = ReadError;

    fn tile(&self, at: TileAt) -> Result<Option<Tile>, ReadError> {
        self.stored.tile(at)
    }

    fn leaves(&self, from: u64, count: u64) -> Result<Vec<Hash>, ReadError> {
        self.stored.leaves(from, count)
    }

    fn kept_root(&self, at: TileAt) -> Option<Hash> {
        self.roots.0.lock().unwrap_or_else(PoisonError::into_inner).get(&at).copied()
    }

    fn keep_root(&self, at: TileAt, root: Hash) {
        let mut roots = self.roots.0.lock().unwrap_or_else(PoisonError::into_inner);
        if roots.len() >= MOST_ROOTS {
            roots.clear();
        }
        roots.insert(at, root);
    }
}
