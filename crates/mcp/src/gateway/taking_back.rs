//! Taking back a call by the id of the request that made it (`notifications/cancelled`).
//!
//! The id is the client's own, and each of an agent's clients counts from nought: so a client is told a label when it begins
//! (as `Mcp-Session-Id`), which its requests repeat. Nothing is kept for a label, and any is taken: it tells the requests apart
//! that are open here now, and opens nothing. What is not open here now, or could be meant twice, is left as it is.

use countersign_domain::ids::ConversationId;
use countersign_gate::error::GateError;
use countersign_gate::{Caller, Gate};
use rmcp::model::RequestId;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The header that carries a client's label.
pub const LABEL: &str = "mcp-session-id";
/// The notification that takes a request back.
pub const CANCELLED: &str = "notifications/cancelled";
/// The longest label that is looked at, in bytes.
const LONGEST_LABEL: usize = 128;

/// One request as its client means it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    agent: String,
    label: String,
    id: RequestId,
}

/// Each time that a request is open, and whose call it is once that is known.
type Times = Vec<(u64, Stands)>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stands {
    /// Its call has no place in the log yet.
    Begun,
    /// The same, and it was taken back meanwhile.
    TakenBack,
    /// This is its call.
    Made(ConversationId),
}

/// The requests that are open, by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenRequests(Arc<Mutex<(u64, HashMap<Name, Times>)>>);

/// An open request, until it is dropped.
#[derive(Debug)]
pub(super) struct OpenRequest {
    of: OpenRequests,
    name: Name,
    number: u64,
}

impl OpenRequests {
    fn all(&self) -> MutexGuard<'_, (u64, HashMap<Name, Times>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an open request. One without a label could be anybody's.
    pub(super) fn open(&self, agent: &str, label: Option<&str>, id: &RequestId) -> Option<OpenRequest> {
        let label = label.filter(|label| (1..=LONGEST_LABEL).contains(&label.len()))?;
        let name = Name { agent: agent.to_owned(), label: label.to_owned(), id: id.clone() };
        let mut all = self.all();
        all.0 += 1;
        let number = all.0;
        all.1.entry(name.clone()).or_default().push((number, Stands::Begun));
        Some(OpenRequest { of: self.clone(), name, number })
    }

    /// The call of a request that its client takes back, if it is sure which is meant and nobody else of the agent waits for
    /// it. One whose call has no place yet is noted.
    fn taken_back(&self, name: &Name) -> Option<ConversationId> {
        let mut all = self.all();
        let times = all.1.get_mut(name)?;
        let call = match times.as_mut_slice() {
            [(_, begun @ Stands::Begun)] => {
                *begun = Stands::TakenBack;
                return None;
            }
            // Sent twice, by a client that had lost its connection: one call.
            [(_, Stands::Made(call)), rest @ ..]
                if rest.iter().all(|(_, other)| *other == Stands::Made(call.clone())) =>
            {
                call.clone()
            }
            _ => return None,
        };
        let wanted = all.1.iter().any(|(other, times)| {
            other != name && times.iter().any(|(_, stands)| *stands == Stands::Made(call.clone()))
        });
        (!wanted).then_some(call)
    }
}

impl OpenRequest {
    /// Says which call it is; whether it was taken back before.
    pub(super) fn is(&self, call: &ConversationId) -> bool {
        let mut all = self.of.all();
        let times = all.1.get_mut(&self.name).into_iter().flatten();
        let Some((_, stands)) = times.into_iter().find(|(number, _)| *number == self.number) else { return false };
        std::mem::replace(stands, Stands::Made(call.clone())) == Stands::TakenBack
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        let mut all = self.of.all();
        if let Some(times) = all.1.get_mut(&self.name) {
            times.retain(|(number, _)| *number != self.number);
            if times.is_empty() {
                all.1.remove(&self.name);
            }
        }
    }
}

/// Takes calls back whose requests are cancelled.
#[derive(Clone)]
pub struct TakingBack {
    pub(super) gate: Arc<Gate>,
    pub(super) open: OpenRequests,
}

impl TakingBack {
    /// Takes the call back that a notification means, unless it has started: as its agent's own wish. `label` is what its
    /// client says that it is called.
    pub async fn take_back(&self, caller: &Caller, label: Option<&str>, notification: &Value) -> Result<(), GateError> {
        let id = notification.pointer("/params/requestId").cloned().map(serde_json::from_value);
        let (Some(Ok(id)), Some(label)) = (id, label) else { return Ok(()) };
        let name = Name { agent: caller.name().to_owned(), label: label.to_owned(), id };
        match self.open.taken_back(&name) {
            Some(call) => self.gate.cancel_call(caller, &call).await.map(drop),
            None => Ok(()),
        }
    }

    /// A label for a client that begins.
    pub fn label(&self) -> String {
        ConversationId::random(self.gate.records().entropy()).to_string().replace("cnv_", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(n: u8) -> ConversationId {
        format!("cnv_{n:032}").parse().unwrap()
    }

    fn name(agent: &str, label: &str, id: u32) -> Name {
        Name { agent: agent.to_owned(), label: label.to_owned(), id: RequestId::Number(id.into()) }
    }

    #[test]
    fn a_request_is_taken_back_by_its_own_client_and_only_while_it_is_open() {
        let open = OpenRequests::default();
        let request = open.open("bot", Some("a"), &RequestId::Number(1)).unwrap();
        assert!(!request.is(&call(1)));
        for other in [name("other", "a", 1), name("bot", "b", 1), name("bot", "a", 2)] {
            assert_eq!(open.taken_back(&other), None, "{other:?}");
        }
        assert_eq!(open.taken_back(&name("bot", "a", 1)), Some(call(1)));
        drop(request);
        assert_eq!(open.taken_back(&name("bot", "a", 1)), None, "it was answered");
        assert!(open.all().1.is_empty() && open.open("bot", None, &RequestId::Number(1)).is_none());
    }

    #[test]
    fn what_could_be_meant_twice_is_left_as_it_is() {
        let open = OpenRequests::default();
        let [first, again] = [(); 2].map(|()| open.open("bot", Some("a"), &RequestId::Number(1)).unwrap());
        assert_eq!(open.taken_back(&name("bot", "a", 1)), None, "neither has a place yet");
        assert!(!first.is(&call(1)) && !again.is(&call(2)));
        assert_eq!(open.taken_back(&name("bot", "a", 1)), None, "two calls under one id");
        again.is(&call(1));
        assert_eq!(open.taken_back(&name("bot", "a", 1)), Some(call(1)), "the same, sent again");
        let elsewhere = open.open("bot", Some("b"), &RequestId::Number(1)).unwrap();
        elsewhere.is(&call(1));
        assert_eq!(open.taken_back(&name("bot", "a", 1)), None, "another client of the agent waits for it as well");
    }

    #[test]
    fn what_is_taken_back_before_it_has_a_place_is_known_once_it_has() {
        let open = OpenRequests::default();
        let request = open.open("bot", Some("a"), &RequestId::Number(1)).unwrap();
        assert_eq!(open.taken_back(&name("bot", "a", 1)), None);
        assert!(request.is(&call(1)));
    }
}
