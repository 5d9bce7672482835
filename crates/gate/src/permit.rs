//! Permits: the value without which nothing is called. Private fields, no Clone, consumed on use, minted only from
//! what a log has stored.

use crate::progress::ProgressTo;
use countersign_domain::action::{ActionBytes, ActionEvent, action_digest};
use countersign_domain::event;
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use serde_json::Value;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Leave to run exactly one action with exactly these bytes.
#[derive(Debug)]
pub struct Permit {
    action: ActionId,
    digest: String,
    position: u64,
}

/// Why no permit was minted, or why one does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPermit {
    /// The stored events hold no verdict or decision that lets this action run.
    #[error("no stored verdict or decision lets this action run")]
    NothingStored,
    /// The bytes at hand are not those that were judged or signed.
    #[error("the arguments are not those that were judged or signed")]
    OtherBytes,
    /// `started` was not stored for this action and digest.
    #[error("the start of this action was not stored")]
    NotStarted,
}

impl Permit {
    /// From the receipt of the append that holds the allow verdict or the last decision.
    pub(crate) fn from_receipt(receipt: &Receipt, action: &ActionId) -> Result<Self, NoPermit> {
        Self::from_stored(receipt.events(), action)
    }

    /// From stored events read back and verified: at a restart, or when a stop ends.
    pub(crate) fn from_stored(events: &[StoredEvent], action: &ActionId) -> Result<Self, NoPermit> {
        let stream = StreamName::action(action);
        let mine = events.iter().rev().filter(|e| e.envelope.stream == stream);
        for stored in mine {
            let envelope = &stored.envelope;
            let Ok(happened) = event::read::<ActionEvent>(&envelope.kind, envelope.schema, &envelope.open) else {
                return Err(NoPermit::NothingStored);
            };
            let digest = match happened {
                ActionEvent::Allowed(judged) => judged.digest,
                ActionEvent::Approved(decided) | ActionEvent::Overridden(decided)
                    if decided.statement.which == decided.statement.of =>
                {
                    decided.statement.digest_decided
                }
                ActionEvent::Waiting { .. } | ActionEvent::Started(_) => continue,
                _ => return Err(NoPermit::NothingStored),
            };
            return Ok(Self { action: action.clone(), digest, position: envelope.position });
        }
        Err(NoPermit::NothingStored)
    }

    /// The position of the verdict or decision that it stands on.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Uses it up: with the receipt of the stored start and the very bytes that the digest covers.
    pub(crate) fn call(
        self,
        started: &Receipt,
        bytes: &ActionBytes,
        limits: CallLimits,
    ) -> Result<PermittedCall, NoPermit> {
        if action_digest(bytes) != self.digest {
            return Err(NoPermit::OtherBytes);
        }
        let stream = StreamName::action(&self.action);
        let stored = started.events().iter().any(|e| {
            let envelope = &e.envelope;
            envelope.stream == stream
                && matches!(
                    event::read::<ActionEvent>(&envelope.kind, envelope.schema, &envelope.open),
                    Ok(ActionEvent::Started(s)) if s.digest == self.digest
                )
        });
        if !stored {
            return Err(NoPermit::NotStarted);
        }
        Ok(PermittedCall::new(bytes, Some(self.action), limits))
    }
}

/// Leave to read evidence for one action: only tools of effect class read, only after its proposal was stored.
#[derive(Debug)]
pub(crate) struct EvidencePermit(());

impl EvidencePermit {
    /// From the stored proposal, by receipt or read back.
    pub(crate) fn from_stored(events: &[StoredEvent], action: &ActionId) -> Result<Self, NoPermit> {
        let stream = StreamName::action(action);
        let proposed = events.iter().any(|e| e.envelope.stream == stream && e.envelope.version == 0);
        if proposed { Ok(Self(())) } else { Err(NoPermit::NothingStored) }
    }

    /// Uses it up. The caller has checked that the tool is a read.
    pub(crate) fn call(self, bytes: &ActionBytes, limits: CallLimits) -> PermittedCall {
        PermittedCall::new(bytes, None, limits)
    }
}

/// Leave to ask once whose an e-mail address is, for a customer who asked to be signed in.
#[derive(Debug)]
pub(crate) struct LookupPermit(());

impl LookupPermit {
    /// From the receipt of the append that holds what they asked for.
    pub(crate) fn from_receipt(receipt: &Receipt, conversation: &ConversationId) -> Result<Self, NoPermit> {
        let stream = StreamName::conversation(conversation);
        let asked = |e: &StoredEvent| e.envelope.stream == stream && e.envelope.kind == "conversation.sign_in_asked";
        if receipt.events().iter().any(asked) { Ok(Self(())) } else { Err(NoPermit::NothingStored) }
    }

    /// Uses it up. The caller has checked that the tool is a read.
    pub(crate) fn call(self, bytes: &ActionBytes, limits: CallLimits) -> PermittedCall {
        PermittedCall::new(bytes, None, limits)
    }
}

/// Leave to ask what became of one action whose outcome is unknown.
#[derive(Debug)]
pub(crate) struct ProbePermit(());

impl ProbePermit {
    /// From the stored events of an action: the last must be `unknown`.
    pub(crate) fn from_stored(events: &[StoredEvent], action: &ActionId) -> Result<Self, NoPermit> {
        let stream = StreamName::action(action);
        match events.iter().rev().find(|e| e.envelope.stream == stream) {
            Some(last) if last.envelope.kind == "action.unknown" => Ok(Self(())),
            _ => Err(NoPermit::NothingStored),
        }
    }

    /// Uses it up.
    pub(crate) fn call(self, bytes: &ActionBytes, limits: CallLimits) -> PermittedCall {
        PermittedCall::new(bytes, None, limits)
    }
}

/// What bounds a call.
#[derive(Debug, Clone)]
pub(crate) struct CallLimits {
    /// After this it counts as unknown.
    pub(crate) timeout: Duration,
    /// The argument that takes the idempotency key.
    pub(crate) key_argument: Option<String>,
}

/// A call that may be made, once. Only this crate makes one.
#[derive(Debug)]
pub struct PermittedCall {
    server: String,
    tool: String,
    definition: String,
    arguments: Value,
    key: Option<ActionId>,
    timeout: Duration,
    progress: Option<ProgressTo>,
}

impl PermittedCall {
    fn new(bytes: &ActionBytes, key: Option<ActionId>, limits: CallLimits) -> Self {
        let mut arguments = bytes.arguments.clone();
        if let (Some(name), Some(key), Some(object)) = (&limits.key_argument, &key, arguments.as_object_mut()) {
            object.insert(name.clone(), Value::String(key.to_string()));
        }
        let tool = bytes.tool.strip_prefix(&format!("{}.", bytes.server)).unwrap_or(&bytes.tool).to_owned();
        Self {
            server: bytes.server.clone(),
            tool,
            definition: bytes.definition.clone(),
            arguments,
            key,
            timeout: limits.timeout,
            progress: None,
        }
    }

    /// The same, with somewhere for what the tool says while it is at work.
    pub fn telling(self, progress: ProgressTo) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// A call without a permit, for tests of tool clients.
    #[cfg(feature = "test-support")]
    pub fn for_test(
        server: &str,
        tool: &str,
        definition: &str,
        arguments: Value,
        key: Option<ActionId>,
        timeout: Duration,
    ) -> Self {
        Self {
            server: server.to_owned(),
            tool: tool.to_owned(),
            definition: definition.to_owned(),
            arguments,
            key,
            timeout,
            progress: None,
        }
    }

    /// The server, by the operator's name.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The tool's name on that server.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// Hash of the definition that was pinned: the server's present one must have it, or the call is not sent.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The arguments to send, the idempotency key in its argument where the operator names one.
    pub fn arguments(&self) -> &Value {
        &self.arguments
    }

    /// The idempotency key, for `_meta`; absent for reads of evidence and for probes.
    pub fn key(&self) -> Option<&ActionId> {
        self.key.as_ref()
    }

    /// Where what the tool says while it is at work goes.
    pub fn progress(&self) -> Option<&ProgressTo> {
        self.progress.as_ref()
    }

    /// After this, without an answer, it counts as unknown.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}
