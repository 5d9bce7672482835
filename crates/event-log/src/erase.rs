//! The port through which ciphertext leaves a log. Its key is gone before, so nobody could open it any more; dropping it
//! keeps it from whoever might find a copy of the key. Envelope, leaf hash and tree stay, so the trail verifies as before.

use crate::log::AppendError;
use async_trait::async_trait;

/// A log whose sealed bytes can be dropped.
#[async_trait]
pub trait DropSealed: Send + Sync {
    /// Drops the sealed bytes of these records, for good; how many had any left. Durable when it returns.
    async fn drop_sealed(&self, positions: &[u64]) -> Result<u64, AppendError>;
}
