//! Asking a model: the request on its wire, its answer as it comes, and what is made of failures.

use crate::breaker::Breakers;
use crate::failure::Failure;
use crate::provider::{Provider, ProviderError};
use crate::retry;
use async_trait::async_trait;
use countersign_agents::model::{AskedCall, Hear, Message, ModelName, ModelReply, ModelRequest, Models};
use countersign_domain::conversation::{ModelCallEnd, Tokens};
use futures::StreamExt;
use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ChatStreamEvent, ContentPart, MessageContent, StopReason, Tool, ToolCall,
    ToolResponse, Usage,
};
use genai::{Client, ModelSpec};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The longest that connecting takes.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long models are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until an answer begins.
    pub to_begin: Duration,
    /// Between two pieces of it.
    pub between: Duration,
    /// For all of it.
    pub in_all: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { to_begin: Duration::from_secs(20), between: Duration::from_secs(15), in_all: Duration::from_secs(90) }
    }
}

/// The models of several providers.
pub struct Providers {
    providers: BTreeMap<String, Provider>,
    client: Client,
    patience: Patience,
    breakers: Breakers<ModelName>,
}

impl Providers {
    /// By the names that the operator gave them.
    pub fn new(providers: BTreeMap<String, Provider>, patience: Patience) -> Result<Self, ProviderError> {
        let failed = |error: &dyn std::fmt::Display| ProviderError::Client(error.to_string());
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // A provider that sends us elsewhere would be sent the key there.
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECTING)
            .build()
            .map_err(|error| failed(&error))?;
        let client = Client::builder().with_reqwest(http).build().map_err(|error| failed(&error))?;
        Ok(Self { providers, client, patience, breakers: Breakers::default() })
    }

    /// Asks until it answers, or it is not worth another try. What had begun to answer is not asked again.
    async fn until_answered(
        &self,
        provider: &Provider,
        request: &ModelRequest,
        hear: Hear<'_>,
        so_far: &mut SoFar,
    ) -> Result<(), Failure> {
        let mut tries = 1;
        loop {
            let Err(failure) = self.once(provider, request, hear, so_far).await else { return Ok(()) };
            let again = (failure.may_pass() && so_far.bytes == 0).then(|| retry::wait(tries, failure.wait)).flatten();
            let Some(wait) = again else { return Err(failure) };
            tracing::info!(model = %request.model, end = ?failure.end, ?wait, "a model is asked again");
            sleep_until(Instant::now() + wait).await;
            tries += 1;
        }
    }

    async fn once(
        &self,
        provider: &Provider,
        request: &ModelRequest,
        hear: Hear<'_>,
        so_far: &mut SoFar,
    ) -> Result<(), Failure> {
        let late = |what: &str| Failure::new(ModelCallEnd::TimedOut, format!("It {what}."));
        let options = ChatOptions::default()
            .with_max_tokens(request.most_tokens)
            .with_capture_usage(true)
            .with_capture_tool_calls(true);
        let spec = ModelSpec::from_target(provider.target(&request.model.name));
        let asking = self.client.exec_chat_stream(spec, chat(request), Some(&options));
        let begun =
            timeout(self.patience.to_begin, asking).await.map_err(|_| late("did not begin to answer in time"))?;
        let mut stream = begun.map_err(|error| Failure::of(&error))?.stream;
        let mut ended = false;
        loop {
            let patience = if so_far.bytes == 0 { self.patience.to_begin } else { self.patience.between };
            let next =
                timeout(patience, stream.next()).await.map_err(|_| late("stopped in the middle of its answer"))?;
            match next {
                None => break,
                Some(Err(error)) => return Err(Failure::of(&error)),
                Some(Ok(ChatStreamEvent::Chunk(chunk))) => {
                    so_far.heard(chunk.content.len())?;
                    so_far.text.push_str(&chunk.content);
                    hear(&chunk.content);
                }
                // Each says all that is known of the call: what is new is its growth; one that shrinks is another call.
                Some(Ok(ChatStreamEvent::ToolCallChunk(chunk))) => {
                    let size = chunk.tool_call.size();
                    let known = so_far.calls.entry(chunk.tool_call.call_id).or_default();
                    let grown = size.checked_sub(*known).unwrap_or(size);
                    *known = size;
                    so_far.heard(grown)?;
                }
                Some(Ok(ChatStreamEvent::ReasoningChunk(chunk))) => so_far.heard(chunk.content.len())?,
                Some(Ok(ChatStreamEvent::End(end))) => {
                    ended = true;
                    so_far.tokens = end.captured_usage.as_ref().and_then(tokens);
                    so_far.stopped = end.captured_stop_reason;
                    let calls = end.captured_content.map(MessageContent::into_tool_calls).unwrap_or_default();
                    // Some tell of a call as a whole, at the end.
                    let told: usize = so_far.calls.values().sum();
                    let whole: usize = calls.iter().map(ToolCall::size).sum();
                    if !calls.is_empty() {
                        so_far.heard(whole.saturating_sub(told))?;
                    }
                    so_far.asked = calls.into_iter().map(asked).collect();
                }
                Some(Ok(_)) => {}
            }
        }
        match (ended, &so_far.stopped) {
            // Providers end what they say with a reason; a connection that is cut has none.
            (true, None) | (false, _) => Err(Failure::new(ModelCallEnd::Garbled, "Its answer ended in the middle.")),
            (true, Some(StopReason::MaxTokens(_))) => {
                Err(Failure::new(ModelCallEnd::TooLong, "Its answer was longer than it may be."))
            }
            (true, Some(_)) => Ok(()),
        }
    }
}

/// What came of a call so far.
#[derive(Default)]
struct SoFar {
    began: Option<Instant>,
    first: Option<Instant>,
    text: String,
    calls: BTreeMap<String, usize>,
    asked: Vec<AskedCall>,
    tokens: Option<Tokens>,
    stopped: Option<StopReason>,
    bytes: usize,
}

impl SoFar {
    fn heard(&mut self, bytes: usize) -> Result<(), Failure> {
        self.first.get_or_insert_with(Instant::now);
        self.bytes += bytes.max(1);
        if self.bytes > LONGEST_ANSWER {
            return Err(Failure::new(ModelCallEnd::TooLong, format!("It wrote more than {LONGEST_ANSWER} bytes.")));
        }
        Ok(())
    }

    fn since(&self, at: Option<Instant>) -> Option<u64> {
        let took = at?.saturating_duration_since(self.began?);
        Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A call that ends before its answer says nothing of the model.
struct Left<'a> {
    breakers: &'a Breakers<ModelName>,
    model: &'a ModelName,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.breakers.left(self.model);
    }
}

#[async_trait]
impl Models for Providers {
    async fn ask(&self, request: &ModelRequest, hear: Hear<'_>) -> ModelReply {
        let model = &request.model;
        let mut so_far = SoFar { began: Some(Instant::now()), ..SoFar::default() };
        let ended = match self.providers.get(&model.provider) {
            None => {
                let why = format!("There is no provider named {:?}.", model.provider);
                Err(Failure::new(ModelCallEnd::UnknownModel, why))
            }
            Some(_) if !self.breakers.may_ask(model, Instant::now()) => Err(Failure::new(
                ModelCallEnd::Resting,
                "It failed several times in a row and is not asked for a while.",
            )),
            Some(provider) => {
                // Whatever comes of it, and if nothing does, another may ask afterwards.
                let _left = Left { breakers: &self.breakers, model };
                let asking = self.until_answered(provider, request, hear, &mut so_far);
                let ended = timeout(self.patience.in_all, asking).await.unwrap_or_else(|_| {
                    Err(Failure::new(ModelCallEnd::TimedOut, "It did not end its answer in time."))
                });
                match &ended {
                    Ok(()) => self.breakers.answered(model),
                    Err(failure) if failure.is_the_model_s() => {
                        self.breakers.failed(model, Instant::now(), failure.wait);
                    }
                    Err(_) => {}
                }
                ended
            }
        };
        let (end, why) = match ended {
            Ok(()) => (ModelCallEnd::Answered, String::new()),
            Err(failure) => {
                tracing::warn!(%model, end = ?failure.end, "a model did not answer");
                (failure.end, failure.why)
            }
        };
        let (first_token_ms, took_ms) = (so_far.since(so_far.first), so_far.since(Some(Instant::now())));
        let answered = end == ModelCallEnd::Answered;
        ModelReply {
            end,
            text: if answered { so_far.text } else { String::new() },
            calls: if answered { so_far.asked } else { Vec::new() },
            tokens: so_far.tokens,
            bytes_written: so_far.bytes as u64,
            first_token_ms,
            took_ms: took_ms.unwrap_or_default(),
            why,
        }
    }
}

/// The request, as the library has it.
fn chat(request: &ModelRequest) -> ChatRequest {
    let messages = request.messages.iter().map(|message| match message {
        Message::User(text) => ChatMessage::user(text.as_str()),
        Message::Tool { id, text } => ChatMessage::from(ToolResponse::new(id.as_str(), text.as_str())),
        Message::Assistant { text, calls } => {
            let words = (!text.is_empty()).then(|| ContentPart::Text(text.clone()));
            let calls = calls.iter().map(|call| {
                ContentPart::ToolCall(ToolCall {
                    call_id: call.id.clone(),
                    fn_name: call.tool.clone(),
                    fn_arguments: call.arguments.clone(),
                    thought_signatures: None,
                })
            });
            ChatMessage::assistant(MessageContent::from_parts(words.into_iter().chain(calls).collect::<Vec<_>>()))
        }
    });
    let tools = request.tools.iter().map(|tool| {
        Tool::new(tool.name.as_str()).with_description(tool.description.as_str()).with_schema(tool.schema.clone())
    });
    let chat = ChatRequest::new(messages.collect()).with_system(request.system.as_str());
    let tools: Vec<Tool> = tools.collect();
    if tools.is_empty() { chat } else { chat.with_tools(tools) }
}

fn asked(call: ToolCall) -> AskedCall {
    AskedCall { id: call.call_id, tool: call.fn_name, arguments: call.fn_arguments }
}

/// What a provider counted; `None` if it did not say both.
fn tokens(usage: &Usage) -> Option<Tokens> {
    let count = |number: Option<i32>| number.and_then(|number| u64::try_from(number).ok());
    let (read, written) = (count(usage.prompt_tokens)?, count(usage.completion_tokens)?);
    let details = usage.prompt_tokens_details.as_ref();
    let cached = details.and_then(|details| count(details.cached_tokens)).unwrap_or_default().min(read);
    let cache_written = details.and_then(|details| count(details.cache_creation_tokens)).unwrap_or_default();
    Some(Tokens { read, cached, cache_written: cache_written.min(read - cached), written })
}
