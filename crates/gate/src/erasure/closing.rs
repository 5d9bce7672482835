//! The end of a conversation whose customer is erased: nobody says or starts anything in it any more.

use crate::commit::event;
use crate::error::GateError;
use crate::gate::Gate;
use crate::takeover::withdrawn;
use countersign_domain::conversation::CloseReason;
use countersign_domain::ids::ConversationId;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{StreamStates, Write};
use countersign_event_log::stream::StreamName;

impl Gate {
    /// Closes a conversation, unless it has ended, and takes back what nobody has started in it, in one append. False, and
    /// nothing is done, where a customer is named and it is another's: they may have signed in since somebody looked.
    pub(crate) async fn close_for_erasure(&self, id: &ConversationId, of: Option<&str>) -> Result<bool, GateError> {
        loop {
            let (conversation, _) = self.records.conversation(id).await?;
            if of.is_some_and(|of| conversation.customer().is_some_and(|theirs| theirs != of)) {
                return Ok(false);
            }
            let unstarted = self.unstarted(&conversation).await?;
            let first = match conversation.close(CloseReason::Erased) {
                Ok(draft) => Some(Write {
                    stream: StreamName::conversation(id),
                    expected: conversation.version,
                    events: vec![event(draft, None, &Actor::Station, None)],
                }),
                Err(_) if unstarted.is_empty() => return Ok(true),
                Err(_) => None,
            };
            let before = unstarted.clone();
            let end = move |states: &mut dyn StreamStates| {
                withdrawn(states, first, &before, &Actor::Station, "erasure", Vec::new())
            };
            match self.deciding(end).await {
                // A message, a verdict or a decision was first: look again.
                Err(GateError::Moved) => {}
                Err(error) => return Err(error),
                Ok(receipt) => {
                    for action in &unstarted {
                        self.took(action, &receipt)?;
                    }
                    return Ok(true);
                }
            }
        }
    }
}
