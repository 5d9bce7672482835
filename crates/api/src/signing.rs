//! Who signs at a desk: a key that is unlocked here, or the device of whoever sits there.

use crate::wire::device::ToSign;
use crate::wire::error::Problem;
use countersign_domain::ids::SigningKeyId;
use countersign_gate::UnlockedKey;
use std::pin::Pin;
use std::sync::Arc;

/// A signature on its way, hexadecimal; or why there is none.
pub type SignatureComing<'a> = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + 'a>>;

/// A desktop on another machine, which holds its person's key and never gives it away.
pub trait Device: Send + Sync {
    /// Asks it to sign this. It holds it against what its window showed and its person asked for.
    fn sign(&self, what: ToSign) -> SignatureComing<'_>;
}

/// What signs for whoever is signed in at a desk.
pub(crate) enum Signs {
    /// A key that is unlocked in this process.
    Here(Box<UnlockedKey>),
    /// A device that is asked.
    Device { key: SigningKeyId, device: Arc<dyn Device> },
}

impl Signs {
    pub(crate) fn key(&self) -> &SigningKeyId {
        match self {
            Signs::Here(key) => key.id(),
            Signs::Device { key, .. } => key,
        }
    }

    pub(crate) async fn sign(&self, what: ToSign) -> Result<String, Problem> {
        match self {
            Signs::Here(key) => Ok(hex::encode(key.sign(&what.to_bytes()))),
            Signs::Device { device, .. } => device.sign(what).await,
        }
    }
}
