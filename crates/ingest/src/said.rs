//! What spans say was said: the messages that a model was given and answered. Every span tells the whole history anew, so a
//! message is known by who said it, what, and the how manyth time.

use countersign_domain::conversation::{LONGEST_RELAYED_CHARS, Speaker};
use countersign_gate::Telling;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// What stands where a message is cut.
const CUT: &str = " […]";

/// The messages of a span, in order: what a model was given, then what it answered. Instructions and what tools said are no
/// part of a conversation.
#[derive(Default)]
pub(crate) struct Said {
    times: HashMap<(Speaker, String), u32>,
}

impl Said {
    /// Those of a list of messages as the conventions write them: `[{ "role": …, "parts": [{ "type": "text", "content": … }] }]`.
    pub(crate) fn of(&mut self, messages: &Value) -> Vec<Telling> {
        let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
        messages.iter().filter_map(|message| self.telling(message)).collect()
    }

    fn telling(&mut self, message: &Value) -> Option<Telling> {
        let speaker = match message.get("role")?.as_str()? {
            "user" => Speaker::Customer,
            "assistant" => Speaker::Agent,
            _ => return None,
        };
        let text = cut(words(message)?);
        let times = self.times.entry((speaker, text.clone())).or_default();
        *times += 1;
        let key = format!("{speaker:?} {times} {}", hex::encode(Sha256::digest(&text)));
        Some(Telling::Message { key, speaker, text, said_at: None, from_span: true })
    }
}

/// Its parts that are text; the older form had one text as its content.
fn words(message: &Value) -> Option<String> {
    let parts = message.get("parts").or_else(|| message.get("content"))?;
    let text = match parts {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter(|part| part.get("type").is_none_or(|kind| kind == "text"));
            let texts: Vec<&str> =
                texts.filter_map(|part| part.get("content").or_else(|| part.get("text"))?.as_str()).collect();
            texts.join("\n")
        }
        _ => return None,
    };
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn cut(text: String) -> String {
    if text.chars().count() <= LONGEST_RELAYED_CHARS {
        return text;
    }
    let room = LONGEST_RELAYED_CHARS - CUT.chars().count();
    text.chars().take(room).chain(CUT.chars()).collect()
}
