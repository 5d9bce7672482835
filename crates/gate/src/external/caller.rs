//! Whose token it is, and what they may do.

use crate::authority::Guard;
use crate::error::GateError;
use crate::gate::Gate;
use crate::question::About;
use crate::records::{Records, read};
use countersign_domain::action::Action;
use countersign_domain::agent::{AgentGrant, ExternalAgent, agent_of_token, token_digest};
use countersign_domain::conversation::CALL_CHANNEL;
use countersign_domain::time::Timestamp;
use countersign_event_log::stream::StreamName;

/// An external agent that has shown its token.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(super) name: String,
    pub(super) grant: AgentGrant,
    /// What must not have moved when something of its is stored: that it may.
    pub(super) guard: Guard,
}

impl Caller {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may do.
    pub fn grant(&self) -> &AgentGrant {
        &self.grant
    }

    pub(super) fn must_be_granted(&self, tool: &str) -> Result<(), GateError> {
        match self.grant.tools.iter().any(|granted| granted == tool) {
            true => Ok(()),
            false => Err(GateError::NotGranted(tool.to_owned())),
        }
    }
}

/// An external agent as the log has it.
#[derive(Debug, Clone)]
pub struct AgentRecord {
    /// Its name.
    pub name: String,
    /// What it may do, by its grant; nothing once that has expired, whatever stands here.
    pub agent: ExternalAgent,
    /// When people last signed something about it.
    pub signed_at: Option<Timestamp>,
}

impl Gate {
    /// Who shows this token. A wrong one, one of nobody, one that was replaced, revoked or has expired: which of these is
    /// not told.
    pub async fn caller(&self, token: &str) -> Result<Caller, GateError> {
        let name = agent_of_token(token).ok_or(GateError::UnknownToken)?;
        let AgentRecord { agent, .. } = self.records.agent(name).await?;
        // Digests are compared: how long that takes tells of a digest, which nobody can choose.
        if agent.token != token_digest(token) {
            return Err(GateError::UnknownToken);
        }
        let grant = agent.granted(self.records.now()).ok_or(GateError::UnknownToken)?.clone();
        Ok(Caller { name: name.to_owned(), grant, guard: (StreamName::agent(name), agent.version) })
    }

    /// Every external agent there ever was, in the order in which they joined.
    pub async fn external_agents(&self) -> Result<Vec<AgentRecord>, GateError> {
        let mut all = Vec::new();
        for name in self.records.staff().await?.agents {
            all.push(self.records.agent(&name).await?);
        }
        Ok(all)
    }

    /// How many of an agent's calls have not come to their end.
    pub fn open_calls(&self, agent: &str) -> usize {
        self.open.count_of_agent(agent)
    }

    /// What must not have moved when a call of an external agent is judged: that it may call. One that was revoked since is
    /// judged by nobody; what it had asked for is taken back.
    pub(crate) async fn still_granted(&self, action: &Action, about: &About) -> Result<Option<Guard>, GateError> {
        if about.channel != CALL_CHANNEL {
            return Ok(None);
        }
        let AgentRecord { agent, name, .. } = self.records.agent(&action.proposed.agent).await?;
        match agent.grant {
            Some(_) => Ok(Some((StreamName::agent(&name), agent.version))),
            None => Err(GateError::UnknownToken),
        }
    }

    pub(super) async fn must_still_be(&self, caller: &Caller) -> Result<(), GateError> {
        let AgentRecord { agent, .. } = self.records.agent(&caller.name).await?;
        let still = agent.version == caller.guard.1 && agent.granted(self.records.now()).is_some();
        if still { Ok(()) } else { Err(GateError::UnknownToken) }
    }
}

impl Records {
    /// An external agent; one that there never was may do nothing.
    pub async fn agent(&self, name: &str) -> Result<AgentRecord, GateError> {
        let stored = self.stored(&StreamName::agent(name), 0).await?;
        let mut agent = ExternalAgent::default();
        for stored in &stored {
            agent.apply(&read(stored)?);
        }
        let signed_at = stored.last().map(|stored| stored.envelope.recorded_at);
        Ok(AgentRecord { name: name.to_owned(), agent, signed_at })
    }
}
