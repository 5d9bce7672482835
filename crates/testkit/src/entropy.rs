//! Entropy that repeats: SHA-256 over a seed and a counter.

use countersign_domain::ambient::Entropy;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// A stream of bytes that depends on the seed and on nothing else. Never for anything but tests.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    blocks: AtomicU64,
}

impl SeededEntropy {
    /// The stream of one seed, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self { seed, blocks: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            // Every call begins a block of its own, so that what one caller draws does not depend on sizes.
            let block = self.blocks.fetch_add(1, Ordering::Relaxed);
            let bytes =
                Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(block.to_be_bytes()).finalize();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::ambient::{random_16, random_32};

    #[test]
    fn a_seed_repeats_and_another_seed_differs() {
        let draw = |seed| {
            let entropy = SeededEntropy::new(seed);
            (random_16(&entropy), random_32(&entropy))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let entropy = SeededEntropy::new(7);
        assert_ne!(random_32(&entropy), random_32(&entropy));
    }
}
