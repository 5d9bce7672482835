//! Taking conversations over, as a desk sees it.

use crate::desk::{moment, parse};
use crate::office::Office;
use crate::wire::conversation::{ResolutionChoice, WhisperPreview, WhisperScope};
use crate::wire::error::Problem;
use countersign_domain::conversation::{self, ResolutionCode};
use countersign_domain::hidden::boxed;
use countersign_domain::ids::PersonId;
use countersign_gate::error::GateError;
use countersign_gate::{Answer, Resolution, Whispering};
use serde_json::Value;

/// The longest id of its own that a desk gives what it sends.
const LONGEST_CLIENT_BYTES: usize = 64;

/// The id that a desk gives what it sends, so that it is stored once however often it comes.
pub(crate) fn client_id(client: String) -> Result<String, Problem> {
    if client.is_empty() || client.len() > LONGEST_CLIENT_BYTES {
        let why = format!("The desk's id of what it sends has 1 to {LONGEST_CLIENT_BYTES} bytes.");
        return Err(Problem::of_field("client", why));
    }
    Ok(client)
}

pub(crate) async fn reply(
    office: &Office,
    conversation: &str,
    by: PersonId,
    text: String,
    seen: u64,
    client: String,
) -> Result<(), Problem> {
    let answer = Answer { conversation: parse(conversation)?, by, text, seen, client: client_id(client)? };
    office.gate.answer(answer).await?;
    Ok(())
}

pub(crate) async fn whisper(
    office: &Office,
    conversation: &str,
    by: PersonId,
    text: String,
    scope: WhisperScope,
    client: String,
) -> Result<(), Problem> {
    let scope = match scope {
        WhisperScope::NextReply => conversation::WhisperScope::NextReply,
        WhisperScope::Conversation => conversation::WhisperScope::Conversation,
    };
    let client = client_id(client)?;
    office.gate.whisper(Whispering { conversation: parse(conversation)?, by, text, scope, client }).await?;
    Ok(())
}

/// What the agent would read, and make of it.
pub(crate) fn whisper_preview(office: &Office, text: &str) -> Result<WhisperPreview, Problem> {
    let words = conversation::whispered_words(text).map_err(GateError::from)?.text;
    Ok(WhisperPreview { would: office.reasoner.would_do(&words), words: boxed(&words) })
}

pub(crate) async fn promise(
    office: &Office,
    conversation: &str,
    by: PersonId,
    text: &str,
    due: Option<&str>,
) -> Result<(), Problem> {
    let due = due.map(|due| moment("due", due)).transpose()?;
    office.gate.promise(&parse(conversation)?, by, text, due).await?;
    Ok(())
}

pub(crate) async fn resolve(
    office: &Office,
    conversation: &str,
    by: PersonId,
    code: &str,
    note: String,
    seen: u64,
) -> Result<(), Problem> {
    let known = serde_json::from_value(Value::String(code.to_owned()));
    let code = known.map_err(|_| Problem::of_field("code", "Nothing of this name can come of a conversation."))?;
    office.gate.resolve(Resolution { conversation: parse(conversation)?, by, code, note, seen }).await?;
    Ok(())
}

/// What can come of a conversation.
pub(crate) fn resolutions() -> Vec<ResolutionChoice> {
    let choice = |code: ResolutionCode| ResolutionChoice {
        code: serde_json::to_value(code).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default(),
        words: code.in_words().to_owned(),
    };
    ResolutionCode::ALL.into_iter().map(choice).collect()
}
