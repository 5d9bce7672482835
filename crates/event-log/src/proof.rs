//! Proofs of RFC 6962: that a record stands in a tree, and that one tree is the beginning of another. They are made
//! from tiles and leaf hashes, and checked with nothing but roots.

use crate::tiles::{Tile, TileAt, WIDTH};
use crate::tree::{Hash, empty_root, node_hash, root_of_complete};

/// Where a log keeps its hashes.
pub trait StoredHashes {
    /// Why a hash could not be read.
    type Error;
    /// A full tile, if it is kept.
    fn tile(&self, at: TileAt) -> Result<Option<Tile>, Self::Error>;
    /// Leaf hashes `from .. from + count`; all of them exist.
    fn leaves(&self, from: u64, count: u64) -> Result<Vec<Hash>, Self::Error>;
    /// The root over a full tile, if it was [computed](Self::keep_root) before. It never changes.
    fn kept_root(&self, _at: TileAt) -> Option<Hash> {
        None
    }
    /// Takes the root over a full tile, which costs 255 hashes. Nothing need be kept.
    fn keep_root(&self, _at: TileAt, _root: Hash) {}
}

/// Why there is no such proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// The positions asked for do not stand in the tree asked for.
    #[error("there is no proof from {first} in a tree of {size} records")]
    OutOfRange {
        /// A position, or an older size.
        first: u64,
        /// The tree.
        size: u64,
    },
    /// The hashes could not be read.
    #[error(transparent)]
    Stored(E),
}

impl<E> From<E> for ProofError<E> {
    fn from(error: E) -> Self {
        Self::Stored(error)
    }
}

/// The root of the first `size` records.
pub fn root_at<S: StoredHashes>(stored: &S, size: u64) -> Result<Hash, S::Error> {
    if size == 0 { Ok(empty_root()) } else { subtree(stored, 0, size) }
}

/// The hashes that lead from the record at `position` to the root of the first `size` records.
pub fn inclusion<S: StoredHashes>(stored: &S, position: u64, size: u64) -> Result<Vec<Hash>, ProofError<S::Error>> {
    if position >= size {
        return Err(ProofError::OutOfRange { first: position, size });
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if position < middle {
            path.push(subtree(stored, middle, to)?);
            to = middle;
        } else {
            path.push(subtree(stored, from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show the first `old` records to be the beginning of the first `new`.
pub fn consistency<S: StoredHashes>(stored: &S, old: u64, new: u64) -> Result<Vec<Hash>, ProofError<S::Error>> {
    if old > new {
        return Err(ProofError::OutOfRange { first: old, size: new });
    }
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Ok(proof);
    }
    let (mut from, mut to) = (0, new);
    let mut known = true;
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            proof.push(subtree(stored, middle, to)?);
            to = middle;
        } else {
            proof.push(subtree(stored, from, middle)?);
            from = middle;
            known = false;
        }
    }
    if !known {
        proof.push(subtree(stored, from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` leads from a leaf at `position` to the root of a tree of `size` (RFC 9162, 2.1.3.2).
pub fn includes(leaf: &Hash, position: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if position >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (position, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows the tree of `old` records to be the beginning of that of `new` (RFC 9162, 2.1.4.2).
pub fn consistent(old: u64, new: u64, old_root: &Hash, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let mut steps = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { steps.next() };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut before, mut after) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            before = node_hash(step, &before);
            after = node_hash(step, &after);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            after = node_hash(&after, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && before == *old_root && after == *new_root
}

/// The largest power of two below `width`, which is at least 2.
fn split(width: u64) -> u64 {
    width.next_power_of_two() / 2
}

/// The root over leaves `from .. to` (at least one), where `from` is a multiple of the size's left split.
fn subtree<S: StoredHashes>(stored: &S, from: u64, to: u64) -> Result<Hash, S::Error> {
    let width = to - from;
    if width.is_power_of_two() {
        return complete(stored, width.trailing_zeros(), from / width);
    }
    let middle = from + split(width);
    Ok(node_hash(&subtree(stored, from, middle)?, &subtree(stored, middle, to)?))
}

/// The node `index` of level `height`; all of its leaves exist.
fn complete<S: StoredHashes>(stored: &S, height: u32, index: u64) -> Result<Hash, S::Error> {
    let (level, within) = (height / 8, height % 8);
    let first = index << within;
    Ok(root_of_complete(&nodes(stored, level as u8, first, 1 << within)?))
}

/// Nodes `from .. from + count` of level `8 * level`, all within one tile.
fn nodes<S: StoredHashes>(stored: &S, level: u8, from: u64, count: u64) -> Result<Vec<Hash>, S::Error> {
    if let Some(tile) = stored.tile(TileAt { level, index: from / WIDTH })? {
        let start = (from % WIDTH) as usize;
        return Ok(tile.hashes().iter().skip(start).take(count as usize).copied().collect());
    }
    if level == 0 {
        return stored.leaves(from, count);
    }
    let root = |node| {
        let below = TileAt { level: level - 1, index: node };
        if let Some(root) = stored.kept_root(below) {
            return Ok(root);
        }
        let root = root_of_complete(&nodes(stored, level - 1, node * WIDTH, WIDTH)?);
        stored.keep_root(below, root);
        Ok(root)
    };
    (from..from + count).map(root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiles::Filling;
    use crate::tree::{Frontier, leaf_hash};
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;
    use std::collections::HashMap;
    use std::convert::Infallible;

    #[derive(Default)]
    struct Kept {
        leaves: Vec<Hash>,
        filling: Filling,
        tiles: HashMap<TileAt, Tile>,
        roots: Vec<Hash>,
        frontier: Frontier,
    }

    impl StoredHashes for Kept {
        type Error = Infallible;
        fn tile(&self, at: TileAt) -> Result<Option<Tile>, Infallible> {
            Ok(self.tiles.get(&at).cloned())
        }
        fn leaves(&self, from: u64, count: u64) -> Result<Vec<Hash>, Infallible> {
            assert!(count < WIDTH, "a full tile is read as one");
            Ok(self.leaves[from as usize..(from + count) as usize].to_vec())
        }
    }

    fn of(size: u64) -> Kept {
        let mut kept = Kept { roots: vec![empty_root()], ..Kept::default() };
        for n in 0..size {
            let leaf = leaf_hash(&n.to_be_bytes());
            kept.leaves.push(leaf);
            kept.tiles.extend(kept.filling.append(leaf));
            kept.frontier.append(leaf);
            kept.roots.push(kept.frontier.root());
        }
        kept
    }

    #[test]
    fn tiles_give_every_earlier_root() {
        let kept = of(70_000);
        assert!(kept.tiles.contains_key(&TileAt { level: 1, index: 0 }));
        for size in (0..600).chain(65_000..65_900).chain([70_000]) {
            assert_eq!(root_at(&kept, size), Ok(kept.roots[size as usize]), "size {size}");
        }
    }

    #[test]
    fn filling_tiles_are_restored_from_what_is_kept() {
        let mut kept = of(65_800);
        let mut restored = Filling::restore(65_800, |level, rest| {
            let nodes_of_level = 65_800 / WIDTH.pow(u32::from(level));
            nodes(&kept, level, nodes_of_level - rest as u64, rest as u64)
        })
        .unwrap();
        for n in 0..300_u64 {
            let leaf = leaf_hash(&n.to_le_bytes());
            assert_eq!(restored.append(leaf), kept.filling.append(leaf));
        }
    }

    #[test]
    fn proofs_hold_and_agree_with_ct_merkle() {
        let size = 530;
        let kept = of(size);
        let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
        for n in 0..size {
            theirs.push(n.to_be_bytes());
        }
        let root = kept.roots[size as usize];
        for position in 0..size {
            let proof = inclusion(&kept, position, size).unwrap();
            assert_eq!(proof.concat(), theirs.prove_inclusion(position as usize).as_bytes(), "{position}");
            assert!(includes(&kept.leaves[position as usize], position, size, &proof, &root));
            assert!(!includes(&root, position, size, &proof, &root));
        }
        for old in 1..=size {
            let proof = consistency(&kept, old, size).unwrap();
            let expected = theirs.prove_consistency((size - old) as usize);
            assert_eq!(proof.concat(), expected.as_bytes(), "{old}");
            assert!(consistent(old, size, &kept.roots[old as usize], &root, &proof), "{old}");
            assert!(!consistent(old, size, &root, &kept.roots[old as usize], &proof) || old == size);
        }
    }

    #[test]
    fn proofs_between_all_small_trees_hold() {
        let kept = of(40);
        for new in 0..=40_u64 {
            for old in 0..=new {
                let proof = consistency(&kept, old, new).unwrap();
                assert!(
                    consistent(old, new, &kept.roots[old as usize], &kept.roots[new as usize], &proof),
                    "{old} {new}"
                );
                if let Ok(proof) = inclusion(&kept, old, new) {
                    assert!(includes(&kept.leaves[old as usize], old, new, &proof, &kept.roots[new as usize]));
                }
            }
        }
        assert!(inclusion(&kept, 40, 40).is_err());
        assert!(consistency(&kept, 41, 40).is_err());
    }
}
