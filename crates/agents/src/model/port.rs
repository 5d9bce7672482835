//! The port to language models, whoever provides them.

use super::answer::AskedCall;
use super::routes::ModelName;
use async_trait::async_trait;
use countersign_domain::conversation::{ModelCallEnd, Tokens};
use serde_json::Value;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRequest {
    /// Which model.
    pub model: ModelName,
    /// What it is told of its task.
    pub system: String,
    /// The conversation; ends with something that is not its own.
    pub messages: Vec<Message>,
    /// The tools that it may ask for.
    pub tools: Vec<ToolOffer>,
    /// The most tokens that it may write.
    pub most_tokens: u32,
}

/// One message of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Of the other side: what customers wrote, and notes of ours.
    User(String),
    /// The model's own.
    Assistant {
        /// The words; may be empty where tools are asked for.
        text: String,
        /// The tools that it asked for, each of which is answered next.
        calls: Vec<AskedCall>,
    },
    /// What came of a tool that it asked for.
    Tool {
        /// The call's id.
        id: String,
        /// What came of it.
        text: String,
    },
}

impl Message {
    /// How many bytes of text it has.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::User(text) => text.len(),
            Self::Tool { id, text } => id.len() + text.len(),
            Self::Assistant { text, calls } => {
                let of = |call: &AskedCall| call.id.len() + call.tool.len() + call.arguments.to_string().len();
                text.len() + calls.iter().map(of).sum::<usize>()
            }
        }
    }
}

/// A tool that a model may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOffer {
    /// The name on the wire: letters, digits, `_` and `-`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON schema of its arguments.
    pub schema: Value,
}

/// How a call of a model ended.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelReply {
    /// How.
    pub end: ModelCallEnd,
    /// What it said.
    pub text: String,
    /// The tools that it asks for, by their names on the wire.
    pub calls: Vec<AskedCall>,
    /// The tokens that its provider counted, if it said so.
    pub tokens: Option<Tokens>,
    /// How many bytes it wrote, whatever became of them.
    pub bytes_written: u64,
    /// How long it took to the first token, in milliseconds.
    pub first_token_ms: Option<u64>,
    /// How long it took in all, in milliseconds.
    pub took_ms: u64,
    /// What happened, for people, where it did not answer. Never a key, and nothing of what was asked.
    pub why: String,
}

/// Who hears a model's words while it answers.
pub type Hear<'a> = &'a (dyn Fn(&str) + Send + Sync + 'a);

/// Language models.
#[async_trait]
pub trait Models: Send + Sync {
    /// Asks a model, and waits for its whole answer. `hear` gets every piece of text as it comes.
    async fn ask(&self, request: &ModelRequest, hear: Hear<'_>) -> ModelReply;
}
