//! Signing customers in, over the gate.

use crate::intake::refused;
use crate::port::{AddressOwner, AskedForCode, IntakeError, SignIns};
use async_trait::async_trait;
use countersign_domain::conversation::SignInFailure;
use countersign_domain::ids::ConversationId;
use countersign_gate::Gate;
use countersign_gate::sign_in::{AddressLookup, SignInAsked};
use std::sync::Arc;

/// The port over a gate, with the tool that says whose an address is.
pub(crate) struct SigningIn {
    pub(crate) gate: Arc<Gate>,
    pub(crate) lookup: Arc<AddressLookup>,
}

struct Asked {
    gate: Arc<Gate>,
    lookup: Arc<AddressLookup>,
    asked: SignInAsked,
}

#[async_trait]
impl SignIns for SigningIn {
    async fn ask(&self, conversation: &ConversationId, address: &str) -> Result<Box<dyn AskedForCode>, IntakeError> {
        let asked = self.gate.ask_sign_in(conversation, address).await.map_err(refused)?;
        Ok(Box::new(Asked { gate: self.gate.clone(), lookup: self.lookup.clone(), asked }))
    }

    async fn fail(&self, conversation: &ConversationId, number: u32, reason: SignInFailure) {
        if let Err(error) = self.gate.fail_sign_in(conversation, number, reason).await {
            tracing::warn!(%conversation, %error, "why a customer was not signed in could not be stored");
        }
    }

    async fn sign_in(
        &self,
        conversation: &ConversationId,
        number: u32,
        owner: &AddressOwner,
    ) -> Result<(), IntakeError> {
        self.gate.sign_in(conversation, number, owner).await.map(drop).map_err(refused)
    }
}

#[async_trait]
impl AskedForCode for Asked {
    fn number(&self) -> u32 {
        self.asked.number()
    }

    async fn owner(self: Box<Self>) -> Result<AddressOwner, SignInFailure> {
        let Self { gate, lookup, asked } = *self;
        gate.owner_of(asked, &lookup).await
    }
}
