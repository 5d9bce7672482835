//! Changes of what external agents may do.

use super::effect::Effect;
use super::people::{actor, must, on_station};
use crate::commit::event;
use crate::error::GateError;
use crate::folds::current;
use crate::gate::Gate;
use countersign_domain::agent::{AGENT_NAME_RULE, AgentEvent, AgentGrant, ExternalAgent, MOST_AGENTS, is_agent_name};
use countersign_domain::change::ChangeError;
use countersign_domain::event::Draft;
use countersign_domain::hexadecimal;
use countersign_domain::station::StationEvent;
use countersign_event_log::log::Write;
use countersign_event_log::stream::StreamName;

impl Gate {
    pub(super) fn grant_agent(
        &self,
        agent: String,
        from: Option<AgentGrant>,
        to: AgentGrant,
        token: String,
    ) -> Result<Effect, GateError> {
        must(is_agent_name(&agent), AGENT_NAME_RULE)?;
        must(hexadecimal::bytes::<32>(&token).is_some(), "this is no digest of a token")?;
        to.check(self.records.now())?;
        for tool in &to.tools {
            self.pinned(tool)?;
        }
        Ok(Box::new(move |states, signers| {
            let stream = StreamName::agent(&agent);
            let before: ExternalAgent = current(states, &stream)?;
            if before.grant != from {
                return Err(ChangeError::Outdated.into());
            }
            let same = before.token == token && from.as_ref() == Some(&to);
            must(!same, "this is what the agent may do")?;
            must(!before.spent.contains(&token), "a token that was good once is never good again; make another")?;
            let granted = AgentEvent::Granted { agent: agent.clone(), grant: to, token };
            let by = actor(signers);
            let new = event(Draft::open(&granted), None, &by, None);
            let mut writes = vec![Write { stream, expected: before.version, events: vec![new] }];
            if before.version == 0 {
                must(signers.staff.agents.len() < MOST_AGENTS, "there are as many external agents as there may be")?;
                writes.push(on_station(states, &StationEvent::AgentJoined { agent }, &by)?);
            }
            Ok(writes)
        }))
    }
}

pub(super) fn revoke(agent: String) -> Effect {
    Box::new(move |states, signers| {
        let stream = StreamName::agent(&agent);
        let before: ExternalAgent = current(states, &stream)?;
        must(before.grant.is_some(), "this agent may do nothing as it is")?;
        let new = event(Draft::open(&AgentEvent::Revoked { agent }), None, &actor(signers), None);
        Ok(vec![Write { stream, expected: before.version, events: vec![new] }])
    })
}
