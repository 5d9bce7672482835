//! Conversations: who has the word says what is said, and nothing is claimed that did not happen.

use super::beside::not_started;
use super::{At, Known, Meaning, Owed, Talk, What, Wrong, caused_by, must, sealed};
use crate::envelope::Actor;
use countersign_domain::action::Phase;
use countersign_domain::authority::Command;
use countersign_domain::conversation::{
    Answered, Assurance, CALL_CHANNEL, CloseReason, Conversation, ConversationEvent, Replied,
};
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::verdict::{Disposition, Verdict};

impl Meaning {
    pub(super) fn conversation(&mut self, at: &At<'_>, name: &str, event: &ConversationEvent) -> Wrong {
        let id: ConversationId = name.parse().map_err(|_| format!("{} is the stream of no conversation", at.stream))?;
        let mut talk = self.conversations.remove(&id).unwrap_or_else(|| {
            let key = at.sealed.map(|sealed| sealed.key.clone());
            Box::new(Talk { state: Conversation::default(), key, taken_at: None, calls: false })
        });
        let result = self.comes_next(at, &id, &talk, event);
        if let ConversationEvent::TakenOver { .. } = event {
            talk.taken_at = Some(at.position);
            self.must_take_back(at, &talk.state);
        }
        if let ConversationEvent::Opened(opened) = event {
            talk.calls = opened.agent.is_some() && opened.channel == CALL_CHANNEL;
        }
        talk.state.apply(event);
        self.conversations.insert(id, talk);
        result
    }

    fn comes_next(&mut self, at: &At<'_>, id: &ConversationId, talk: &Talk, event: &ConversationEvent) -> Wrong {
        talk.state.may_follow(event).map_err(|why| format!("it cannot come here: {why}"))?;
        must(at.sealed.is_none_or(|sealed| Some(&sealed.key) == talk.key.as_ref()), || {
            "it is sealed under another key than its conversation's".to_owned()
        })?;
        match event {
            ConversationEvent::Opened(opened) => {
                match &opened.agent {
                    None => caused_by(at, &Actor::Customer(id.to_string()))?,
                    Some(agent) => self.may_open(at, agent, opened)?,
                }
                must(opened.conversation == *id, || format!("{} is opened in another stream", opened.conversation))?;
                must(opened.customer.is_none() || opened.assurance == Assurance::Verified, || {
                    "a customer is named whom nobody verified".to_owned()
                })?;
                sealed(at)
            }
            ConversationEvent::Received(_) | ConversationEvent::SignInAsked { .. } | ConversationEvent::SignedIn(_) => {
                caused_by(at, &Actor::Customer(id.to_string()))?;
                sealed(at)
            }
            ConversationEvent::SignInFailed { .. } => caused_by(at, &Actor::Station),
            ConversationEvent::Proposed { action, tool, by, .. } => {
                self.linked(at, id, action, tool, by.as_ref())?;
                self.by_a_whisper(&talk.state, action)
            }
            ConversationEvent::Replied(replied) => self.replied(at, replied),
            ConversationEvent::Answered(answered) => self.answered(at, answered),
            ConversationEvent::Turned(turned) => {
                let agent = matches!(at.actor, Actor::Agent(_));
                must(agent, || "a turn ended that no agent took".to_owned())?;
                let known = |action: &&ActionId| talk.state.actions.iter().all(|(known, _)| known != *action);
                match turned.told.iter().find(known) {
                    Some(action) => {
                        Err(format!("the end of {action} was told, which is no action of this conversation"))
                    }
                    None => Ok(()),
                }
            }
            ConversationEvent::ModelCalled(_) => {
                let agent = matches!(at.actor, Actor::Agent(_));
                must(agent, || "a model was called by somebody else than the agent".to_owned())?;
                sealed(at)
            }
            ConversationEvent::TakenOver { by } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                self.may(by, Command::TakeOver)
            }
            ConversationEvent::HandedBack { by } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                self.nobody_s_wish_is_open(&talk.state)
            }
            ConversationEvent::Promised(promised) => {
                caused_by(at, &Actor::Person(promised.by.to_string()))?;
                self.may(&promised.by, Command::Promise)?;
                sealed(at)
            }
            ConversationEvent::PromiseKept { by, .. } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                self.may(by, Command::KeepPromise)
            }
            ConversationEvent::Whispered(whispered) => {
                caused_by(at, &Actor::Person(whispered.by.to_string()))?;
                self.may(&whispered.by, Command::Whisper)?;
                sealed(at)
            }
            ConversationEvent::WhisperReceipted(_) => {
                let agent = matches!(at.actor, Actor::Agent(_));
                must(agent, || "somebody else than the agent says what it made of a whisper".to_owned())?;
                sealed(at)
            }
            ConversationEvent::Resolved { by, .. } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                self.may(by, Command::Resolve)?;
                self.must_be_over(&talk.state)?;
                sealed(at)
            }
            ConversationEvent::Closed { reason: CloseReason::CustomerDone } => {
                caused_by(at, &Actor::Customer(id.to_string()))?;
                self.must_be_over(&talk.state)
            }
            ConversationEvent::Relayed(_) | ConversationEvent::Spanned(_) => {
                self.relays(at, &talk.state)?;
                sealed(at)
            }
            ConversationEvent::Reopened { .. } if talk.state.is_relayed() => self.relays(at, &talk.state),
            ConversationEvent::Closed { reason: CloseReason::AgentDone } => self.relays(at, &talk.state),
            ConversationEvent::Reopened { .. } | ConversationEvent::Rated { .. } => {
                caused_by(at, &Actor::Customer(id.to_string()))
            }
            ConversationEvent::Closed { reason: reason @ (CloseReason::Idle | CloseReason::CallEnded) } => {
                caused_by(at, &Actor::Station)?;
                must(*reason != CloseReason::Idle || self.fleet.stopped.is_none(), || {
                    "it ended because nothing came, while everything was stopped".to_owned()
                })?;
                self.must_be_over(&talk.state)
            }
            ConversationEvent::Closed { reason: CloseReason::Erased } => caused_by(at, &Actor::Station),
            ConversationEvent::Escalated { pulled: None, .. } => {
                let agent = matches!(at.actor, Actor::Agent(_));
                must(agent, || "a person is asked for by nobody who may".to_owned())
            }
            ConversationEvent::Escalated { pulled: Some(pulled), .. } => {
                caused_by(at, &Actor::Person(pulled.by.to_string()))?;
                self.may(&pulled.by, Command::Escalate)?;
                must(self.is_held(&pulled.action), || {
                    format!("it is pulled from {}, which is not held", pulled.action)
                })?;
                sealed(at)
            }
        }
    }

    fn is_held(&self, action: &ActionId) -> bool {
        matches!(self.actions.get(action), Some(Known::Open(case)) if case.action.phase == Phase::Held)
    }

    fn linked(
        &mut self,
        at: &At<'_>,
        id: &ConversationId,
        action: &ActionId,
        tool: &str,
        by: Option<&PersonId>,
    ) -> Wrong {
        let Some(Known::Open(case)) = self.actions.get(action) else {
            return Err(format!("it names {action}, which nobody proposed"));
        };
        let proposed = &case.action.proposed;
        must(proposed.conversation == *id, || {
            format!("it names {action}, which was proposed in another conversation")
        })?;
        must(proposed.tool == tool, || format!("it says that {action} calls another tool"))?;
        must(!case.linked, || format!("it names {action} again"))?;
        must(at.cause == Some(case.action.proposal), || "it names another cause than the proposal".to_owned())?;
        must(proposed.by.as_ref() == by, || format!("it says that somebody else proposed {action}"))?;
        caused_by(at, &case.requester)?;
        if let Some(Known::Open(mut case)) = self.actions.remove(action) {
            case.linked = true;
            self.paid(action.clone(), case);
        }
        Ok(())
    }

    /// What is proposed by a whisper names one that counts, that the agent says to follow, and who whispered it.
    fn by_a_whisper(&self, state: &Conversation, action: &ActionId) -> Wrong {
        let Some(Known::Open(case)) = self.actions.get(action) else { return Ok(()) };
        let Some(named) = &case.action.proposed.whisper else { return Ok(()) };
        let whisper = state.whispered(named.number).filter(|whisper| whisper.by == named.by && !whisper.over);
        must(whisper.is_some_and(|whisper| whisper.followed == Some(true)), || {
            format!("{action} is proposed by a whisper that its agent does not follow, or that nobody whispered")
        })
    }

    fn replied(&mut self, at: &At<'_>, replied: &Replied) -> Wrong {
        caused_by(at, &Actor::Agent(replied.agent.clone()))?;
        must(self.fleet.stopped.is_none(), || "an agent's reply went out while everything was stopped".to_owned())?;
        must(!self.fleet.silences(&replied.agent), || "a reply went out of an agent that was stopped".to_owned())?;
        self.let_out(at, &replied.verdict)?;
        let backed = |claim: &ActionId| match self.actions.get(claim) {
            Some(Known::Over { happened, .. }) => *happened,
            Some(Known::Open(case)) => case.is_over() == Some(true),
            None => false,
        };
        if let Some(claim) = replied.claims.iter().find(|claim| !backed(claim)) {
            return Err(format!("a reply claims the effect of {claim}, which did not happen"));
        }
        self.named_once(&replied.action)
    }

    /// That they have the word was asked already: nothing else may follow.
    fn answered(&mut self, at: &At<'_>, answered: &Answered) -> Wrong {
        caused_by(at, &Actor::Person(answered.by.to_string()))?;
        self.may(&answered.by, Command::Reply)?;
        self.let_out(at, &answered.verdict)?;
        self.named_once(&answered.action)
    }

    /// Nothing ends while something that was asked for in it has not.
    fn must_be_over(&self, state: &Conversation) -> Wrong {
        let open = |(action, _): &&(ActionId, String)| match self.actions.get(action) {
            Some(Known::Open(case)) => case.is_over().is_none(),
            Some(Known::Over { .. }) | None => false,
        };
        match state.actions.iter().find(open) {
            Some((action, _)) => Err(format!("it ends while {action} has not")),
            None => Ok(()),
        }
    }

    /// Nobody is given the word while something that a person asked for has not ended: no agent knows of it.
    fn nobody_s_wish_is_open(&self, state: &Conversation) -> Wrong {
        let open = |(action, _): &&(ActionId, String)| match self.actions.get(action) {
            Some(Known::Open(case)) => case.action.proposed.by.is_some() && case.is_over().is_none(),
            Some(Known::Over { .. }) | None => false,
        };
        match state.actions.iter().find(open) {
            Some((action, _)) => {
                Err(format!("it is handed back while {action}, which a person asked for, has not ended"))
            }
            None => Ok(()),
        }
    }

    fn let_out(&self, at: &At<'_>, verdict: &Verdict) -> Wrong {
        must(verdict.disposition == Disposition::Allow, || "a reply went out that no rule lets through".to_owned())?;
        self.judged(verdict)?;
        sealed(at)
    }

    /// A reply is an action of its own: its name is used once.
    fn named_once(&mut self, action: &ActionId) -> Wrong {
        match self.actions.insert(action.clone(), Known::Over { happened: false, decided: false }) {
            None => Ok(()),
            Some(other) => {
                self.actions.insert(action.clone(), other);
                Err(format!("a reply has the name of another action, {action}"))
            }
        }
    }

    /// With a takeover, whatever the agent had asked for and nobody had started is taken back in the same append.
    fn must_take_back(&mut self, at: &At<'_>, state: &Conversation) {
        for (action, _) in &state.actions {
            if matches!(self.actions.get(action), Some(Known::Open(case)) if not_started(case)) {
                let (position, recorded_at) = (at.position, at.recorded_at);
                self.owed.push(Owed { action: action.clone(), position, recorded_at, what: What::TakenBack });
            }
        }
    }
}
