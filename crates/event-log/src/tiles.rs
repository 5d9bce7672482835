//! Tiles (C2SP tlog-tiles): runs of 256 hashes of every eighth level of the tree. Only full ones are kept; what is not
//! yet full follows from the leaf hashes and the tiles below.

use crate::tree::{Frontier, Hash, root_of_complete};

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
    levels: Vec<Level>,
}

/// A tile that is filling, and the right edge of the tree under it, so that its root costs nothing when it is full.
#[derive(Debug, Clone, Default)]
struct Level {
    hashes: Vec<Hash>,
    edge: Frontier,
}

impl Level {
    fn push(&mut self, hash: Hash) {
        self.hashes.push(hash);
        self.edge.append(hash);
    }
}

impl Filling {
    /// The filling tiles of a tree of `size` leaves, each level's hashes behind its last full tile read by `rest`
    /// (level, how many).
    pub fn restore<E>(size: u64, mut rest: impl FnMut(u8, usize) -> Result<Vec<Hash>, E>) -> Result<Self, E> {
        let mut levels = Vec::new();
        let mut nodes = size;
        while nodes > 0 {
            let mut level = Level::default();
            rest(levels.len() as u8, (nodes % WIDTH) as usize)?.into_iter().for_each(|hash| level.push(hash));
            levels.push(level);
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
                self.levels.push(Level::default());
            }
            let Some(filling) = self.levels.get_mut(level) else { break };
            filling.push(hash);
            if !nodes.is_multiple_of(WIDTH) {
                break;
            }
            nodes /= WIDTH;
            let Level { hashes, edge } = std::mem::take(filling);
            let Some(tile) = Tile::full(hashes) else { break };
            hash = edge.root();
            full.push((TileAt { level: level as u8, index: nodes - 1 }, tile));
        }
        full
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The right edge of the whole tree: that of each level, from the highest on.
    pub fn frontier(&self) -> Frontier {
        Frontier::joined(self.size, self.levels.iter().rev().map(|level| &level.edge))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    #[test]
    fn the_edges_of_the_levels_are_that_of_the_tree_and_a_tile_s_root_is_that_over_its_hashes() {
        let (mut filling, mut frontier) = (Filling::default(), Frontier::default());
        let mut roots: Vec<Vec<Hash>> = vec![Vec::new(), Vec::new()];
        for n in 0..WIDTH * WIDTH + 2 * WIDTH + 3 {
            let leaf = leaf_hash(&n.to_be_bytes());
            frontier.append(leaf);
            for (at, tile) in filling.append(leaf) {
                roots[usize::from(at.level)].push(tile.root());
                if at.level == 1 {
                    assert_eq!(tile.hashes(), &roots[0][..]);
                }
            }
            assert_eq!(filling.size(), n + 1);
            if n % 97 == 0 || n.is_multiple_of(WIDTH) || (n + 1).is_multiple_of(WIDTH) {
                assert_eq!(filling.frontier(), frontier);
            }
        }
        assert_eq!((roots[0].len(), roots[1].len()), (258, 1));
        assert_eq!(filling.frontier(), frontier);
    }
}
