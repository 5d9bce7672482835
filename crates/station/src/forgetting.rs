//! What keeps words, or their ciphertext, beside the keys: the log's sealed parts, and the views.

use async_trait::async_trait;
use countersign_event_log::erase::DropSealed;
use countersign_gate::erasure::{Forget, Forgotten};
use countersign_projections::Views;
use std::sync::Arc;

/// Sealed parts in the log: nobody can open them any more, and nobody needs them.
pub struct Ciphertext(pub Arc<dyn DropSealed>);

/// Lists, transcripts and the text index, which hold plain words.
pub struct Lists(pub Arc<Views>);

#[async_trait]
impl Forget for Ciphertext {
    async fn forget(&self, forgotten: &Forgotten) -> Result<(), String> {
        self.0.drop_sealed(&forgotten.parts).await.map(drop).map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Forget for Lists {
    async fn forget(&self, forgotten: &Forgotten) -> Result<(), String> {
        self.0.forget(forgotten.conversations.clone()).await.map_err(|error| error.to_string())
    }
}
