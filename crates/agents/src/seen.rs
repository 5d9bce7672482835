//! What a customer may see of a conversation, drawn from the log by position.

use crate::port::{Seen, SeenWhat};
use countersign_domain::action::{Action, ActionEvent, Phase};
use countersign_domain::conversation::{CloseReason, ConversationEvent};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::time::Timestamp;
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use countersign_gate::records::{Records, read};
use std::collections::BTreeMap;

/// What a customer may see behind a position, in order.
pub(crate) async fn after(
    records: &Records,
    conversation: &ConversationId,
    after: Option<u64>,
) -> Result<Vec<Seen>, GateError> {
    // Streams are read one after the other. Only what stood before the first read is given out, so that nothing with
    // a smaller position can turn up after something that was given out already.
    let size = records.log().size();
    let (state, events) = records.conversation(conversation).await?;
    let mut seen = Vec::new();
    let mut rated = false;
    for opened in &events {
        // What was erased is not shown as if nothing had been said: there is nothing to show.
        let Some(fields) = &opened.fields else { continue };
        let text = || fields.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        let what = match opened.event()? {
            ConversationEvent::Received(_) => SeenWhat::Own { text: text() },
            ConversationEvent::Replied(_) => SeenWhat::Agent { text: text() },
            ConversationEvent::Answered(_) => SeenWhat::Person { text: text() },
            ConversationEvent::TakenOver { .. } => SeenWhat::PersonAnswers,
            ConversationEvent::HandedBack { .. } => SeenWhat::AgentAnswers,
            ConversationEvent::Escalated { .. } => SeenWhat::Noted,
            ConversationEvent::Closed { reason: CloseReason::Erased } => {
                SeenWhat::Closed { for_good: true, rates: false }
            }
            ConversationEvent::Resolved { .. } | ConversationEvent::Closed { .. } => {
                SeenWhat::Closed { for_good: false, rates: !rated }
            }
            ConversationEvent::Reopened { .. } => SeenWhat::Reopened,
            ConversationEvent::SignedIn(_) => {
                let name = fields.get("name").and_then(|name| name.as_str()).map(str::to_owned);
                SeenWhat::SignedIn { name }
            }
            ConversationEvent::Rated { .. } => {
                rated = true;
                SeenWhat::Rated
            }
            ConversationEvent::Opened(_)
            | ConversationEvent::SignInAsked { .. }
            | ConversationEvent::SignInFailed { .. }
            | ConversationEvent::Proposed { .. }
            | ConversationEvent::Turned(_)
            | ConversationEvent::Promised(_)
            | ConversationEvent::Whispered(_)
            | ConversationEvent::WhisperReceipted(_)
            | ConversationEvent::Relayed(_)
            | ConversationEvent::Spanned(_)
            | ConversationEvent::ModelCalled(_)
            | ConversationEvent::PromiseKept { .. } => continue,
        };
        let envelope = &opened.stored.envelope;
        seen.push(Seen { position: envelope.position, at: envelope.recorded_at, what });
    }
    let mut holds = Vec::new();
    for (action, _) in &state.actions {
        holds.extend(holds_of(records, action).await?);
    }
    seen.extend(checking(holds));
    seen.retain(|s| s.position < size && after.is_none_or(|after| s.position > after));
    seen.sort_by_key(|s| s.position);
    Ok(seen)
}

/// An action that began to wait for people, or ceased to.
struct Hold {
    position: u64,
    at: Timestamp,
    action: ActionId,
    deadline: Option<Timestamp>,
}

async fn holds_of(records: &Records, id: &ActionId) -> Result<Vec<Hold>, GateError> {
    let mut holds = Vec::new();
    let mut action: Option<Action> = None;
    let mut before = None;
    for stored in records.stored(&StreamName::action(id), 0).await? {
        let happened: ActionEvent = read(&stored)?;
        match &mut action {
            None => action = Action::begin(&happened, stored.envelope.position),
            Some(action) => action.apply(&happened),
        }
        let deadline = action.as_ref().filter(|a| a.phase == Phase::Held).and_then(|a| a.deadline);
        if deadline != before {
            let (position, at) = (stored.envelope.position, stored.envelope.recorded_at);
            holds.push(Hold { position, at, action: id.clone(), deadline });
            before = deadline;
        }
    }
    Ok(holds)
}

/// The latest deadline among those that are held, whenever it changes.
fn checking(mut holds: Vec<Hold>) -> Vec<Seen> {
    holds.sort_by_key(|h| h.position);
    let mut held: BTreeMap<ActionId, Timestamp> = BTreeMap::new();
    let mut until = None;
    let mut seen = Vec::new();
    for hold in holds {
        match hold.deadline {
            Some(deadline) => held.insert(hold.action, deadline),
            None => held.remove(&hold.action),
        };
        let latest = held.values().max().copied();
        if latest != until {
            let what = latest.map_or(SeenWhat::CheckingOver, |until| SeenWhat::Checking { until });
            seen.push(Seen { position: hold.position, at: hold.at, what });
            until = latest;
        }
    }
    seen
}
