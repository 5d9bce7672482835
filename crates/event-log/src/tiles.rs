//! Tiles (C2SP tlog-tiles): runs of 256 hashes of every eighth level of the tree. Only full ones are kept; what is not
//! yet full follows from the leaf hashes and the tiles below.

use crate::tree::{Hash, root_of_complete};

/// Hashes in a full tile.
pub const WIDTH: u64 = 256;

/// Where a tile stands: its hashes are the nodes `index * 256 ..` of the tree's level `8 * level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileAt {
    /// 0 for leaf hashes.
    pub level: u8,
    /// From 0, left to right.
    pub index: u64,
}

/// A full tile: exactly 256 hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile(Vec<Hash>);

impl Tile {
    /// From exactly 256 hashes.
    pub fn full(hashes: Vec<Hash>) -> Option<Self> {
        (hashes.len() as u64 == WIDTH).then_some(Self(hashes))
    }

    /// From 8,192 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if rest.is_empty() { Self::full(hashes.to_vec()) } else { None }
    }

    /// The hashes as 8,192 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// The 256 hashes.
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }

    /// The root of the tile: one hash of the level above.
    pub fn root(&self) -> Hash {
        root_of_complete(&self.0)
    }
}

/// The tiles that are still filling, one per level.
#[derive(Debug, Clone, Default)]
pub struct Filling {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Filling {
    /// The filling tiles of a tree of `size` leaves, each level's hashes behind its last full tile read by `rest`
    /// (level, how many).
    pub fn restore<E>(size: u64, mut rest: impl FnMut(u8, usize) -> Result<Vec<Hash>, E>) -> Result<Self, E> {
        let mut levels = Vec::new();
        let mut nodes = size;
        while nodes > 0 {
            levels.push(rest(levels.len() as u8, (nodes % WIDTH) as usize)?);
            nodes /= WIDTH;
        }
        Ok(Self { size, levels })
    }

    /// Adds a leaf; the tiles that it fills, lowest level first.
    pub fn append(&mut self, leaf: Hash) -> Vec<(TileAt, Tile)> {
        let mut full = Vec::new();
        self.size += 1;
        let mut nodes = self.size;
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let Some(filling) = self.levels.get_mut(level) else { break };
            filling.push(hash);
            if !nodes.is_multiple_of(WIDTH) {
                break;
            }
            nodes /= WIDTH;
            let Some(tile) = Tile::full(std::mem::take(filling)) else { break };
            hash = tile.root();
            full.push((TileAt { level: level as u8, index: nodes - 1 }, tile));
        }
        full
    }
}
