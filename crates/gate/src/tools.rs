//! The port to tool servers, and what an operator configured of each tool.

use crate::authority::Guard;
use crate::permit::PermittedCall;
use async_trait::async_trait;
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_event_log::stream::{StreamName, Version};
use jsonschema::Validator;
use serde_json::Value;
use std::sync::Arc;

pub use crate::toolbox::{Offer, Toolbox};

/// The most of a tool's answer that is stored, in bytes; more is cut, visibly.
pub const LARGEST_ANSWER_BYTES: usize = 1024 * 1024;

/// What a tool answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolAnswer {
    /// The structured result; a text result stands in it as a string.
    pub result: Value,
    /// Whether the tool says that it failed: nothing happened.
    pub is_error: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolFailure {
    /// Nothing was sent: the server cannot be started or reached. It did not happen.
    #[error("the tool server could not be reached: {0}")]
    NotSent(String),
    /// The server knows no such tool, or defines it otherwise than when it was pinned. It did not happen.
    #[error("the tool is not what was pinned: {0}")]
    DefinitionChanged(String),
    /// It was sent and no answer came in time. It may have happened.
    #[error("no answer within {0} s")]
    TimedOut(u32),
    /// It was sent and the server went away, or answered what is no answer. It may have happened.
    #[error("the tool server went away or answered garbage: {0}")]
    ConnectionLost(String),
}

impl ToolFailure {
    /// Whether the call may have happened all the same.
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::ConnectionLost(_))
    }

    /// The code for the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent(_) => "unavailable",
            Self::DefinitionChanged(_) => "definition_changed",
            Self::TimedOut(_) => "timeout",
            Self::ConnectionLost(_) => "connection_lost",
        }
    }
}

/// All tool servers behind one door. An implementation sends exactly the bytes of the call, once, and never retries.
#[async_trait]
pub trait ToolServers: Send + Sync {
    /// What every configured server defines now.
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure>;
    /// Whether there is a server of that name.
    fn has(&self, _server: &str) -> bool {
        false
    }
    /// Calls a tool. Only the gate can make a [`PermittedCall`].
    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure>;
}

/// A tool as pinned: what its server defined, what the operator says of it.
#[derive(Debug, Clone)]
pub struct PinnedTool {
    /// The definition.
    pub definition: ToolDefinition,
    /// Its hash, hexadecimal.
    pub hash: String,
    /// The settings.
    pub settings: ToolSettings,
    /// What people have signed of it.
    pub(crate) signed: Signed,
    /// Checks arguments against the visible schema; absent if that is no schema, and then nothing fits.
    pub(crate) validator: Option<Arc<Validator>>,
}

/// What the log says of a tool, as far as it was taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Signed {
    /// Whether its definition was accepted, or taken down when it was first seen.
    pub(crate) pinned: bool,
    /// The hash of what its server offered when that was last taken down; absent where that was nothing.
    pub(crate) offered: Option<String>,
    /// Where they last came to mean something else; what was proposed before is not called any more. 0 if they never did.
    pub(crate) since: u64,
    /// The version of the tool's stream.
    pub(crate) version: Version,
}

impl PinnedTool {
    pub(crate) fn new(definition: ToolDefinition, settings: ToolSettings, signed: Signed) -> Self {
        let hash = definition.hash();
        let mut tool = Self { definition, hash, settings, signed, validator: None };
        // A format is held to: a day that is none would be signed, and only the server could refuse it.
        let checks = jsonschema::options().should_validate_formats(true).build(&tool.visible_schema());
        tool.validator = checks.ok().map(Arc::new);
        tool
    }

    /// The schema that agents and people see: without the argument that carries the idempotency key.
    pub fn visible_schema(&self) -> Value {
        let mut schema = self.definition.input_schema.clone();
        if let Some(key) = &self.settings.key_argument {
            if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
                // Taken out alone, it could put the last one in its place: the others keep the server's order.
                *properties = std::mem::take(properties).into_iter().filter(|(name, _)| name != key).collect();
            }
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|name| name != key);
            }
        }
        schema
    }

    /// What must not have moved when something is stored that was made up by these settings.
    pub(crate) fn guard(&self) -> Guard {
        (StreamName::tool(&self.definition.full_name()), self.signed.version)
    }

    /// Its title for people.
    pub fn title(&self) -> String {
        self.definition.title.clone().unwrap_or_else(|| self.definition.name.clone())
    }
}
