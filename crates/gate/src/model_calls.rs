//! What calls of language models came to. A call is stored whatever happened meanwhile: what was spent is spent.

use crate::error::GateError;
use crate::gate::Gate;
use countersign_domain::conversation::{ModelCalled, ModelSaid};
use countersign_domain::ids::ConversationId;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;

impl Gate {
    /// Stores a call of a model, with what was said to it. An agent does by an answer only what is stored of it.
    pub async fn model_called(
        &self,
        id: &ConversationId,
        agent: &str,
        called: &ModelCalled,
        said: &ModelSaid,
    ) -> Result<(), GateError> {
        loop {
            let (conversation, _) = self.records.conversation_state(id).await?;
            let draft = conversation.model_called(called.clone(), said)?;
            let (stream, actor) = (StreamName::conversation(id), Actor::Agent(agent.to_owned()));
            let key = self.records.conversation_key(id).await?;
            let event = self.records.seal(draft, &stream, &key, &actor, None)?;
            let writes = vec![Write { stream, expected: conversation.version, events: vec![event] }];
            match self.records.log().append(Append { guards: Vec::new(), writes }).await.map_err(GateError::from) {
                // Somebody wrote meanwhile: it is stored behind that.
                Err(GateError::Moved) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(()),
            }
        }
    }
}
