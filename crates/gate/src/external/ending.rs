//! How calls end: what they asked for has come to its end, their agent takes them back, or it may do nothing any more.

use super::call::action_of;
use super::caller::Caller;
use crate::error::GateError;
use crate::gate::Gate;
use countersign_domain::conversation::CloseReason;
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_event_log::envelope::Actor;

/// Why an action ends that its agent does not want any more.
const BY_REQUESTER: &str = "requester";
/// Why an action ends whose agent may do nothing any more.
const REVOKED: &str = "agent_revoked";

impl Gate {
    /// Ends the conversation of a call that has come to its end; whether it has. Nobody is told anything by it.
    pub async fn close_call(&self, id: &ConversationId) -> Result<bool, GateError> {
        loop {
            let (conversation, _) = self.records.conversation(id).await?;
            let (false, Some(_), Some(action)) =
                (conversation.closed, conversation.external_agent(), action_of(&conversation))
            else {
                return Ok(conversation.closed);
            };
            if !self.records.action(action).await?.action.phase.is_final() {
                return Ok(false);
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

    /// Ends the conversation of a call that was never proposed, so that it never is; whether it has ended so.
    pub(super) async fn end_untaken(&self, id: &ConversationId) -> Result<bool, GateError> {
        loop {
            let (conversation, _) = self.records.conversation(id).await?;
            if action_of(&conversation).is_some() {
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

    async fn withdraw_unless_started(
        &self,
        id: &ActionId,
        by: &Actor,
        reason: &'static str,
    ) -> Result<bool, GateError> {
        loop {
            let action = self.records.action(id).await?.action;
            if !action.phase.has_not_started() {
                return Ok(false);
            }
            match self.withdraw(&action, by, reason, Vec::new()).await {
                Err(GateError::Moved) => {}
                done => return done.map(|_| true),
            }
        }
    }
}
