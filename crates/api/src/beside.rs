//! What a desk is told besides that lists moved: who looks at what, and what a model writes in the conversation that is
//! listened to here. Neither is a record.

use crate::presence::LookingTold;
use crate::wire::command::Notice;
use countersign_agents::model::Listening;
use countersign_agents::reasoner::Reasoner;
use countersign_domain::ids::ConversationId;
use std::sync::Arc;
use tokio::sync::watch;

/// Tells it, as long as the station runs.
pub struct Beside {
    pub(crate) looking: LookingTold,
    /// Which conversation is listened to.
    pub(crate) listens: watch::Receiver<Option<ConversationId>>,
    pub(crate) listening: Option<Listening>,
    pub(crate) reasoner: Arc<dyn Reasoner>,
}

impl Beside {
    /// The next that there is to tell; `None` once the station has ended.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            let written = async {
                match &mut self.listening {
                    Some(listening) => (listening.next().await, listening.conversation().clone()),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                looking = self.looking.next() => return looking,
                changed = self.listens.changed() => {
                    changed.ok()?;
                    if let Some(notice) = self.turn_to() {
                        return Some(notice);
                    }
                }
                (text, conversation) = written => match text {
                    Some(text) => return Some(provisional(&conversation, text)),
                    None => self.listening = None,
                },
            }
        }
    }

    /// Another conversation is listened to: what was written in it before, if anything is being written.
    fn turn_to(&mut self) -> Option<Notice> {
        let conversation = self.listens.borrow_and_update().clone();
        self.listening = conversation.and_then(|id| Some(self.reasoner.calling()?.listen(&id)));
        let listening = self.listening.as_mut()?;
        let text = listening.now();
        (!text.is_empty()).then(|| provisional(listening.conversation(), text))
    }
}

fn provisional(conversation: &ConversationId, text: String) -> Notice {
    Notice::Provisional { conversation: conversation.to_string(), text }
}
