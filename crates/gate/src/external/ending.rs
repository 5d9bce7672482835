//! How calls end: what they asked for has come to its end, their agent takes them back, or it may do nothing any more.

use super::call::action_of;
use super::caller::Caller;
use crate::error::GateError;
use crate::gate::Gate;
use countersign_domain::conversation::CloseReason;
use countersign_domain::ids::ConversationId;
use countersign_event_log::envelope::Actor;

/// Why an action ends that its agent does not want any more.
const BY_REQUESTER: &str = "requester";
/// Why an action ends whose agent may do nothing any more.
const REVOKED: &str = "agent_revoked";

impl Gate {
    /// Ends the conversation of a call that has come to its end; whether it has. Nobody is told anything by it.
    pub async fn close_call(&self, id: &ConversationId) -> Result<bool, GateError> {
        self.end_call(id, true).await
    }

    /// Ends the conversation of a call that was never proposed, so that it never is; whether it has ended so.
    pub(super) async fn end_untaken(&self, id: &ConversationId) -> Result<bool, GateError> {
        self.end_call(id, false).await
    }

    /// Ends it, unless it waits for something: one that was proposed for its action, one that was not for being so.
    async fn end_call(&self, id: &ConversationId, proposed: bool) -> Result<bool, GateError> {
        loop {
            let (conversation, _) = self.records.conversation_state(id).await?;
            let ends = match action_of(&conversation) {
                Some(action) => proposed && self.records.action_state(action).await?.phase.is_final(),
                None => !proposed,
            };
            if !ends {
                return Ok(false);
            }
            if conversation.closed {
                return Ok(true);
            }
            let draft = conversation.close(CloseReason::CallEnded)?;
            match self.records.append_conversation(id, conversation.version, vec![draft], Actor::Station).await {
                Err(GateError::Moved) => {}
                done => return done.map(|_| true),
            }
        }
    }

    /// Takes a call back for its agent, unless it has started; whether it had not. One that was not proposed yet never is.
    pub async fn cancel_call(&self, caller: &Caller, ticket: &ConversationId) -> Result<bool, GateError> {
        loop {
            let conversation = self.call_of(caller, ticket).await?;
            if let Some(action) = action_of(&conversation) {
                return self.withdraw_unless_started(action, &Actor::Agent(caller.name.clone()), BY_REQUESTER).await;
            }
            if self.end_untaken(ticket).await? {
                return Ok(true);
            }
        }
    }

    /// Takes back what an agent had asked for and has not started.
    pub(crate) async fn end_calls_of(&self, agent: &str) -> Result<(), GateError> {
        let mut failed = None;
        for id in self.open.of_agent(agent) {
            failed = self.withdraw_unless_started(&id, &Actor::Station, REVOKED).await.err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    /// What was revoked before the station ended is taken back by the next start at the latest.
    pub(crate) async fn end_calls_of_revoked(&self) -> Result<(), GateError> {
        for record in self.external_agents().await? {
            if record.agent.grant.is_none() {
                self.end_calls_of(&record.name).await?;
            }
        }
        Ok(())
    }
}
