//! Aliases: the names by which an external agent knows a conversation that it relays, such as its own id of it or the trace
//! in which it is at work there.

use crate::event::Event;
use crate::ids::ConversationId;
use serde::{Deserialize, Serialize};

/// What happens to an alias: its stream, whose name is a pseudonym of agent and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum AliasEvent {
    /// From here on it means this conversation, for good.
    #[serde(rename = "alias.given")]
    Given {
        /// The agent.
        agent: String,
        /// The conversation that it relays.
        conversation: ConversationId,
    },
}

impl Event for AliasEvent {}

/// The trace of a `traceparent`: `00-TRACE-SPAN-FLAGS`. One that is none belongs to nothing.
pub fn trace_of(parent: &str) -> Option<String> {
    let hexadecimal = |part: &str, long: usize| part.len() == long && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut parts = parent.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well = hexadecimal(version, 2) && hexadecimal(trace, 32) && hexadecimal(span, 16) && hexadecimal(flags, 2);
    (well && !trace.bytes().all(|byte| byte == b'0')).then(|| trace.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_read_from_what_w3c_writes_and_from_nothing_else() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_of(&format!("00-{trace}-00f067aa0ba902b7-01")).as_deref(), Some(trace));
        assert_eq!(trace_of(&format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase())).as_deref(), Some(trace));
        let zero = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        for none in ["", trace, "00-4bf9-00f067aa0ba902b7-01", &zero, &format!("00-{trace}-00f067aa0ba902b7")] {
            assert_eq!(trace_of(none), None, "{none}");
        }
    }
}
