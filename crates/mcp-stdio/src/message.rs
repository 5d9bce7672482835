//! Messages, as far as this program looks into them: whose answer they wait for, and what the gateway wants beside.

use serde_json::{Value, json};

/// Where a request of the newer revision says which it speaks.
const REVISION: &str = "io.modelcontextprotocol/protocolVersion";

/// One message from the client.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Its bytes, as they came.
    pub(crate) text: Vec<u8>,
    /// The id of a request; absent where nobody waits for an answer.
    pub(crate) id: Option<Value>,
    pub(crate) method: String,
    params: Value,
}

impl Message {
    /// Reads a line. `Err`: what is answered to it.
    pub(crate) fn read(text: Vec<u8>) -> Result<Self, String> {
        let parsed: Value = serde_json::from_slice(&text)
            .map_err(|_| error_of(&Value::Null, -32700, "This is no JSON. Nothing was asked."))?;
        let id = parsed.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
        let Some(method) = parsed.get("method").and_then(Value::as_str).map(str::to_owned) else {
            let why = "This is no request: it has no method. Nothing was asked.";
            return Err(error_of(id.as_ref().unwrap_or(&Value::Null), -32600, why));
        };
        let params = parsed.get("params").cloned().unwrap_or_default();
        Ok(Self { text, id, method, params })
    }

    /// The revision that it says it speaks.
    pub(crate) fn revision(&self) -> Option<&str> {
        self.params.get("_meta")?.get(REVISION)?.as_str()
    }

    /// The tool or the task that it names.
    pub(crate) fn name(&self) -> Option<&str> {
        ["name", "taskId", "uri"].iter().find_map(|name| self.params.get(*name)?.as_str())
    }

    /// The request that it takes back, as its id is written.
    pub(crate) fn takes_back(&self) -> Option<String> {
        (self.method == "notifications/cancelled").then(|| self.params.get("requestId").map(Value::to_string))?
    }
}

/// An error for whoever waits for an answer.
pub(crate) fn error_of(id: &Value, code: i32, why: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": why } }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_answered_and_never_sent_on() {
        for (text, code) in [("{", -32700), ("[]", -32600), ("7", -32600), (r#"{"id": 3}"#, -32600)] {
            let answer: Value = serde_json::from_str(&Message::read(text.into()).unwrap_err()).unwrap();
            assert_eq!(answer["error"]["code"], code, "{text}");
        }
        let answer: Value = serde_json::from_str(&Message::read(r#"{"id": 3}"#.into()).unwrap_err()).unwrap();
        assert_eq!(answer["id"], 3, "whoever waits for an answer gets it");
    }

    #[test]
    fn a_message_says_whose_answer_it_waits_for_and_which_request_it_takes_back() {
        let read = |text: &str| Message::read(text.into()).unwrap();
        let call = read(
            r#"{"jsonrpc": "2.0", "id": "a", "method": "tools/call",
                "params": {"name": "issue_refund", "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}}"#,
        );
        assert_eq!(
            (call.id.clone(), call.name(), call.revision()),
            (Some(json!("a")), Some("issue_refund"), Some("2026-07-28"))
        );
        let cancelled = read(r#"{"method": "notifications/cancelled", "params": {"requestId": "a"}}"#);
        assert_eq!((cancelled.id.clone(), cancelled.takes_back()), (None, call.id.map(|id| id.to_string())));
    }
}
