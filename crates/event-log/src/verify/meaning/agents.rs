//! External agents: nothing of theirs stands there that people had not granted, and every call has its place.

use super::actions::SLACK_SECONDS;
use super::changes::Effect;
use super::{At, Meaning, Wrong, caused_by, must};
use crate::envelope::Actor;
use crate::stream::StreamName;
use countersign_domain::action::Proposed;
use countersign_domain::agent::{AgentEvent, AgentGrant};
use countersign_domain::alias::AliasEvent;
use countersign_domain::call::CallEvent;
use countersign_domain::conversation::{CALL_CHANNEL, Conversation, EXTERNAL_CHANNEL, Opened};

impl Meaning {
    pub(super) fn agent(&mut self, at: &At<'_>, name: &str, event: &AgentEvent) -> Wrong {
        let (AgentEvent::Granted { agent, .. } | AgentEvent::Revoked { agent }) = event;
        let follows = self.follows_from_a_change(at, &Effect::Agent(event.clone()));
        let result =
            must(agent == name, || format!("{agent} is granted something in the stream of another agent")).and(follows);
        let mut known = self.agents.remove(name).unwrap_or_default();
        let again = matches!(event, AgentEvent::Granted { token, .. } if known.spent.contains(token));
        let result = result.and(must(!again, || "a token is granted again that was good before".to_owned()));
        known.apply(event);
        self.agents.insert(name.to_owned(), known);
        result
    }

    /// A call takes its place: in a conversation of the same agent that was opened for it, once.
    pub(super) fn call(&mut self, at: &At<'_>, event: &CallEvent) -> Wrong {
        let CallEvent::Made { agent, conversation, .. } = event;
        caused_by(at, &Actor::Agent(agent.clone()))?;
        let talk = self.conversations.get_mut(conversation);
        let talk = talk.ok_or_else(|| format!("it is a call in {conversation}, which was never opened"))?;
        must(talk.state.external_agent() == Some(agent), || {
            format!("it is a call of {agent} in {conversation}, which holds none of its")
        })?;
        must(std::mem::take(&mut talk.calls), || format!("{conversation} holds another call already"))
    }

    /// A name for a conversation that an agent relays: its own, given once.
    pub(super) fn alias(&mut self, at: &At<'_>, event: &AliasEvent) -> Wrong {
        let AliasEvent::Given { agent, conversation } = event;
        caused_by(at, &Actor::Agent(agent.clone()))?;
        let talk = self.conversations.get(conversation);
        let theirs = talk.is_some_and(|talk| talk.state.is_relayed() && talk.state.external_agent() == Some(agent));
        must(theirs, || format!("it is a name of {agent} for {conversation}, which it does not relay"))?;
        must(self.aliases.insert(at.stream.to_string()), || "it is a name that was given before".to_owned())?;
        self.granted_in_time(at, agent).map(drop)
    }

    /// Whether it is the agent who relays a conversation that goes on in it, and may.
    pub(super) fn relays(&self, at: &At<'_>, state: &Conversation) -> Wrong {
        let agent = state.external_agent().unwrap_or_default();
        caused_by(at, &Actor::Agent(agent.to_owned()))?;
        self.granted_in_time(at, agent).map(drop)
    }

    /// Whether an external agent could open a conversation then: for a call, or to relay one.
    pub(super) fn may_open(&self, at: &At<'_>, agent: &str, opened: &Opened) -> Wrong {
        caused_by(at, &Actor::Agent(agent.to_owned()))?;
        let channel = opened.channel.as_str();
        must([CALL_CHANNEL, EXTERNAL_CHANNEL].contains(&channel), || format!("an external agent writes by {channel}"))?;
        must(opened.resume.is_empty(), || "what holds a call of an external agent can be resumed".to_owned())?;
        // What has its place in time may be proposed later.
        let Some(grant) = self.granted_in_time(at, agent)? else { return Ok(()) };
        must(opened.assurance <= grant.word.assurance(), || {
            format!("{agent} says who the customer is, and its word does not count for so much")
        })
    }

    /// Whether an agent could ask for this then: an external one what it was granted, in what holds its own call; any other
    /// in nothing that does.
    pub(super) fn may_ask_for(&self, holder: Option<&str>, proposed: &Proposed) -> Wrong {
        let Some(holder) = holder else { return Ok(()) };
        must(holder == proposed.agent, || format!("{} proposes in what holds a call of {holder}", proposed.agent))?;
        let Some(grant) = self.granted(holder)? else { return Ok(()) };
        must(grant.tools.contains(&proposed.tool), || format!("{} is not granted to {holder}", proposed.tool))
    }

    /// What an agent might do then, by a grant that had not expired.
    fn granted_in_time(&self, at: &At<'_>, agent: &str) -> Result<Option<&AgentGrant>, String> {
        let Some(grant) = self.granted(agent)? else { return Ok(None) };
        // The station looked at its clock a moment before the log did.
        let clock = at.recorded_at.plus_micros(-self.behind).plus_seconds(-SLACK_SECONDS);
        must(clock < grant.expires, || format!("the grant of the agent {agent} had expired"))?;
        Ok(Some(grant))
    }

    /// What an agent might do then. A case does not hold that.
    fn granted(&self, agent: &str) -> Result<Option<&AgentGrant>, String> {
        if !self.whole {
            return Ok(None);
        }
        let stream = StreamName::agent(agent);
        let grant = self.agents.get(agent).and_then(|known| known.grant.as_ref());
        let grant = grant.ok_or_else(|| format!("nothing was granted to the agent {agent} then ({stream})"))?;
        Ok(Some(grant))
    }
}
