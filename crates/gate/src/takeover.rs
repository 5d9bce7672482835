//! Takeover: a person has the word, and the agent has none. What the agent had asked for and nobody has started is taken
//! back in the same append, so that nothing of it can start afterwards; its replies and proposals write to the
//! conversation where they saw it, so whatever it had under way comes too late.

use crate::authority::Guard;
use crate::commit::{Versions, beside_writes, event};
use crate::error::GateError;
use crate::gate::{Gate, ahead, plain};
use crate::records::OpenedEvent;
use countersign_domain::action::{Action, Command};
use countersign_domain::authority::Command as Permission;
use countersign_domain::conversation::{Conversation, TakeoverError};
use countersign_domain::event::Draft;
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Cause, StreamStates, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;

impl Gate {
    /// Gives a person the word: when this returns, nothing that an agent says or asks for in this conversation is stored
    /// any more, and nothing that it had asked for starts.
    pub async fn take_over(&self, id: &ConversationId, by: PersonId) -> Result<Receipt, GateError> {
        loop {
            let (_, guard) = self.allowed(&by, Permission::TakeOver).await?;
            let (conversation, _) = self.records.conversation(id).await?;
            let taken = conversation.take_over(by.clone())?;
            let unstarted = self.unstarted(&conversation).await?;
            match self.append_takeover(id, &conversation, taken, &unstarted, &by, guard).await {
                // A message, a verdict or a decision was first: look again.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    /// Gives the agent the word again. Only whoever has it can, as long as their role lets them have it.
    pub async fn hand_back(&self, id: &ConversationId, by: PersonId) -> Result<Receipt, GateError> {
        self.person_writes(id, &by, Permission::HandBack, |conversation, _| conversation.hand_back(&by)).await
    }

    /// Stores what a person says to or of a conversation, as long as they may; looks again where somebody was first.
    pub(crate) async fn person_writes(
        &self,
        id: &ConversationId,
        by: &PersonId,
        command: Permission,
        draft: impl Fn(&Conversation, &[OpenedEvent]) -> Result<Draft, TakeoverError>,
    ) -> Result<Receipt, GateError> {
        loop {
            let (_, guard) = self.allowed(by, command).await?;
            let (conversation, events) = self.records.conversation(id).await?;
            let draft = draft(&conversation, &events)?;
            match command {
                Permission::Resolve => self.records.must_be_over(&conversation).await?,
                Permission::HandBack => self.nobody_s_wish_is_open(&conversation).await?,
                _ => {}
            }
            let (stream, actor) = (StreamName::conversation(id), Actor::Person(by.to_string()));
            let key = self.records.conversation_key(id).await?;
            let event = self.records.seal(draft, &stream, &key, &actor, None)?;
            let writes = vec![Write { stream, expected: conversation.version, events: vec![event] }];
            match self.records.log().append(Append { guards: vec![guard], writes }).await.map_err(GateError::from) {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    /// The agent never knew of what a person asked for, so it could not tell the customer how that ended.
    async fn nobody_s_wish_is_open(&self, conversation: &Conversation) -> Result<(), GateError> {
        for (id, _) in &conversation.actions {
            let action = self.records.action_state(id).await?;
            if action.proposed.by.is_some() && !action.phase.is_final() {
                return Err(TakeoverError::StillAsked.into());
            }
        }
        Ok(())
    }

    pub(crate) async fn unstarted(&self, conversation: &Conversation) -> Result<Vec<Action>, GateError> {
        let mut found = Vec::new();
        for (id, _) in &conversation.actions {
            let action = self.records.action_state(id).await?;
            if action.phase.has_not_started() {
                found.push(action);
            }
        }
        Ok(found)
    }

    /// Takes back one action that has not started.
    pub(crate) async fn withdraw(
        &self,
        action: &Action,
        by: &Actor,
        reason: &'static str,
        guards: Vec<Guard>,
    ) -> Result<Receipt, GateError> {
        let (before, actor) = (vec![action.clone()], by.clone());
        let receipt = self.deciding(move |states| withdrawn(states, None, &before, &actor, reason, guards)).await?;
        self.took(action, &receipt)?;
        Ok(receipt)
    }

    /// Takes an action back unless it has started; whether it had not.
    pub(crate) async fn withdraw_unless_started(
        &self,
        id: &ActionId,
        by: &Actor,
        reason: &'static str,
    ) -> Result<bool, GateError> {
        loop {
            let action = self.records.action_state(id).await?;
            if !action.phase.has_not_started() {
                return Ok(false);
            }
            match self.withdraw(&action, by, reason, Vec::new()).await {
                Err(GateError::Moved) => {}
                done => return done.map(|_| true),
            }
        }
    }

    async fn append_takeover(
        &self,
        id: &ConversationId,
        conversation: &Conversation,
        taken: Draft,
        unstarted: &[Action],
        by: &PersonId,
        guard: Guard,
    ) -> Result<Receipt, GateError> {
        let actor = Actor::Person(by.to_string());
        let taken = event(taken, None, &actor, None);
        let first = Write { stream: StreamName::conversation(id), expected: conversation.version, events: vec![taken] };
        let before = unstarted.to_vec();
        let receipt = self
            .deciding(move |states| withdrawn(states, Some(first), &before, &actor, "takeover", vec![guard]))
            .await?;
        for action in unstarted {
            self.took(action, &receipt)?;
        }
        Ok(receipt)
    }
}

/// The takeover, or whatever else makes it so, and behind it the end of everything that had not started.
pub(crate) fn withdrawn(
    states: &mut dyn StreamStates,
    first: Option<Write>,
    unstarted: &[Action],
    actor: &Actor,
    reason: &str,
    guards: Vec<Guard>,
) -> Result<Append, GateError> {
    let cause = first.is_some().then_some(Cause::Earlier(0));
    let (mut writes, mut versions) = (Vec::from_iter(first), Versions::new());
    let mut index = writes.len();
    for before in unstarted {
        let draft = plain(before, Command::Withdraw { reason: reason.to_owned() })?;
        let after = ahead(before, &draft)?;
        writes.push(Write {
            stream: StreamName::action(&before.proposed.action),
            expected: before.version,
            events: vec![event(draft, None, actor, cause)],
        });
        let moved = beside_writes(states, &mut versions, before, &after, index)?;
        index += 1 + moved.len();
        writes.extend(moved);
    }
    Ok(Append { guards, writes })
}
