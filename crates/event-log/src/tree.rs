//! The Merkle tree of RFC 6962: leaf and node hashes, and the frontier that gives the root after every append.

use sha2::{Digest, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf: of the bytes of one envelope.
pub fn leaf_hash(envelope: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(envelope).finalize().into()
}

/// The hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree without leaves.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The right edge of the tree: the roots of its largest complete subtrees, the largest first. Their number is the
/// number of ones in the size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// A stored frontier whose bytes do not fit its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frontier of {size} leaves has {expected} bytes, not {actual}")]
pub struct NotAFrontier {
    size: u64,
    expected: usize,
    actual: usize,
}

impl Frontier {
    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf on the right.
    pub fn append(&mut self, leaf: Hash) {
        let mut node = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            match self.peaks.pop() {
                Some(left) => node = node_hash(&left, &node),
                None => break,
            }
            size >>= 1;
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// That of a tree whose right edge, from its largest subtrees down to its smallest, stands in several.
    pub(crate) fn joined<'a>(size: u64, parts: impl Iterator<Item = &'a Self>) -> Self {
        Self { size, peaks: parts.flat_map(|part| part.peaks.iter().copied()).collect() }
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut from_right = self.peaks.iter().rev();
        match from_right.next() {
            None => empty_root(),
            Some(last) => from_right.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    /// The peaks, 32 bytes each, the largest subtree's first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// A stored frontier.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, NotAFrontier> {
        let (peaks, rest) = bytes.as_chunks::<32>();
        let ones = size.count_ones() as usize;
        if peaks.len() == ones && rest.is_empty() {
            Ok(Self { size, peaks: peaks.to_vec() })
        } else {
            Err(NotAFrontier { size, expected: ones * 32, actual: bytes.len() })
        }
    }
}

/// The root of complete leaves or nodes of one level, whose number is a power of two (or zero).
pub(crate) fn root_of_complete(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for hash in hashes {
        frontier.append(*hash);
    }
    frontier.root()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;

    #[test]
    fn roots_are_those_of_the_vectors_of_rfc_6962_implementations() {
        // The reference inputs of the certificate-transparency test suites.
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut frontier = Frontier::default();
        assert_eq!(hex::encode(frontier.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (input, root) in inputs.iter().zip(roots) {
            frontier.append(leaf_hash(&hex::decode(input).unwrap()));
            assert_eq!(hex::encode(frontier.root()), root);
        }
    }

    #[test]
    fn roots_agree_with_ct_merkle_at_every_size() {
        let mut ours = Frontier::default();
        let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        for n in 0..600_u32 {
            let leaf = n.to_be_bytes().to_vec();
            ours.append(leaf_hash(&leaf));
            theirs.push(leaf);
            assert_eq!(ours.root().as_slice(), theirs.root().as_bytes().as_slice(), "size {}", n + 1);
            assert_eq!(Frontier::from_bytes(ours.size(), &ours.to_bytes()), Ok(ours.clone()));
        }
        assert!(Frontier::from_bytes(3, &[0; 32]).is_err());
    }
}
