//! The port through which a log is checked: its newest checkpoint, its hashes, its proofs.

use crate::log::ReadError;
use crate::tiles::{Tile, TileAt};
use crate::tree::Hash;
use async_trait::async_trait;

/// What whoever checks a log may ask of it.
#[async_trait]
pub trait CheckLog: Send + Sync {
    /// The newest signed checkpoint, as a note ([`crate::checkpoint::TreeHead`] reads it).
    async fn checkpoint(&self) -> Result<String, ReadError>;
    /// Leaf hashes from a position on, at most `limit`.
    async fn leaf_hashes(&self, from: u64, limit: usize) -> Result<Vec<Hash>, ReadError>;
    /// A full tile, if it is kept.
    async fn tile(&self, at: TileAt) -> Result<Option<Tile>, ReadError>;
    /// The root over the first `size` records.
    async fn root_at(&self, size: u64) -> Result<Hash, ReadError>;
    /// The proof that the record at `position` stands in the tree of `size` ([`crate::proof::includes`] checks it).
    async fn inclusion(&self, position: u64, size: u64) -> Result<Vec<Hash>, ReadError>;
    /// The proof that the tree of `old` records is the beginning of that of `new` ([`crate::proof::consistent`]).
    async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, ReadError>;
}
