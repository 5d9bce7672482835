//! What policy is asked of one action: everything that stands fixed, and the ledgers that are looked at when the answer
//! is stored.

use crate::arguments;
use crate::error::GateError;
use crate::evidence::Reading;
use crate::folds::{current, must_still_be_with};
use crate::gate::Gate;
use crate::memory::Memory;
use crate::records::read;
use crate::tools::PinnedTool;
use countersign_domain::action::{Action, Standing};
use countersign_domain::conversation::{Assurance, Conversation};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::ledger::{Ledger, LedgerName, Reservation, Sums};
use countersign_domain::money::Money;
use countersign_domain::object::Object;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::Verdict;
use countersign_event_log::log::StreamStates;
use countersign_event_log::stream::StreamName;
use countersign_policy as policy;
use countersign_policy::{GateFacts, PERSON_PRINCIPAL, Policies, Request};
use serde_json::Value;
use std::collections::BTreeMap;

/// The most other actions on the same object that an action is linked to.
const MOST_LINKED: usize = 8;

/// Whom a conversation is with.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) channel: String,
    pub(crate) assurance: Assurance,
    /// The verified customer, pseudonymous.
    pub(crate) customer: Option<String>,
}

impl About {
    pub(crate) fn of(conversation: &Conversation) -> Self {
        Self {
            channel: conversation.channel().to_owned(),
            assurance: conversation.assurance(),
            customer: conversation.customer().map(str::to_owned),
        }
    }
}

/// One action as it is put to the rules.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    policies: Policies,
    tool: String,
    agent: String,
    arguments: Value,
    money: Option<Money>,
    evidence: Option<BTreeMap<String, Value>>,
    co_author: Option<String>,
    whispered: bool,
    memory: Memory,
    contradictions: u32,
    action: ActionId,
    conversation: ConversationId,
    /// Whom that is with, as far as was known.
    with: About,
    /// Where other actions on the same object are; reads stand beside nothing.
    object: Option<StreamName>,
    about: policy::About,
    subject: Option<String>,
    customer_ledger: Option<LedgerName>,
    agent_ledger: Option<LedgerName>,
    object_ledger: Option<LedgerName>,
}

/// The ledgers as they stand at one moment.
pub(crate) struct Looked {
    /// The facts for rules.
    pub(crate) standing: Standing,
    /// What the action reserves if it is let through.
    pub(crate) reserves: Vec<Reservation>,
}

impl Question {
    /// Puts other facts in: another person's hand in the arguments.
    pub(crate) fn by(mut self, co_author: Option<&str>) -> Self {
        self.co_author = co_author.map(str::to_owned);
        self
    }

    /// Puts in what is remembered of what people decided before.
    pub(crate) fn remembering(mut self, memory: Memory) -> Self {
        self.memory = memory;
        self
    }

    /// Puts in how much does not go together.
    pub(crate) fn warned(mut self, contradictions: u32) -> Self {
        self.contradictions = contradictions;
        self
    }

    /// The conversation is still with whom it was thought to be with, inside of the log's writer.
    pub(crate) fn must_still_hold(&self, states: &mut dyn StreamStates) -> Result<(), GateError> {
        must_still_be_with(states, &self.conversation, &self.with)
    }

    /// What the rules say, as things stand.
    pub(crate) fn verdict(&self, standing: &Standing) -> Verdict {
        self.policies.judge(&Request {
            tool: &self.tool,
            agent: &self.agent,
            arguments: &self.arguments,
            money: self.money.as_ref(),
            channel: &self.with.channel,
            assurance: self.with.assurance,
            evidence: self.evidence.as_ref(),
            facts: GateFacts {
                co_author: self.co_author.clone(),
                whispered: self.whispered,
                about: self.about,
                object_open: !standing.open.is_empty(),
                earlier_refusals: standing.refusals,
                customer_ledger: standing.customer,
                agent_ledger: standing.agent,
                object_ledger: standing.object,
                remembered: self.memory.remembered(),
                refused_here: standing.refused_here,
                contradictions: standing.contradictions,
                ..GateFacts::default()
            },
        })
    }

    /// What the rules say, if nothing that others do changes it.
    pub(crate) fn settled(&self) -> Option<Verdict> {
        (self.object.is_none() && self.ledgers().next().is_none()).then(|| self.verdict(&self.standing()))
    }

    /// Looks at the ledgers inside of the log's writer.
    pub(crate) fn look(
        &self,
        states: &mut dyn StreamStates,
        own: &[Reservation],
        now: Timestamp,
    ) -> Result<Looked, GateError> {
        let mut looked = Looked { standing: self.standing(), reserves: Vec::new() };
        if let Some(stream) = &self.object {
            self.beside(&current(states, stream)?, &mut looked.standing);
        }
        for (name, sums) in self.ledgers() {
            let ledger: Ledger = current(states, &StreamName::ledger(name))?;
            *sums(&mut looked.standing) = Some(self.sums(name, &ledger, own, now));
            looked.reserves.push(Reservation {
                ledger: name.clone(),
                money: self.money.clone(),
                at: ledger.moment(now),
            });
        }
        Ok(looked)
    }

    /// The stream of its object, where others may be at work on it.
    pub(crate) fn object(&self) -> Option<&StreamName> {
        self.object.as_ref()
    }

    fn beside(&self, object: &Object, standing: &mut Standing) {
        standing.open = object.before(&self.action);
        standing.open.truncate(MOST_LINKED);
        standing.refused_here = object.refusals_in(&self.conversation);
        standing.refusals = object.refusals_elsewhere(&self.conversation, self.subject.as_deref());
    }

    fn standing(&self) -> Standing {
        Standing {
            subject: self.subject.clone(),
            decided: self.memory.decided,
            answered: self.memory.answered.clone(),
            contradictions: self.contradictions,
            ..Standing::default()
        }
    }

    fn sums(&self, name: &LedgerName, ledger: &Ledger, own: &[Reservation], now: Timestamp) -> Sums {
        let own = own.iter().find(|reservation| reservation.ledger == *name);
        ledger.sums(&self.tool, self.money.as_ref().map(|money| &money.currency), now, own)
    }

    fn ledgers(&self) -> impl Iterator<Item = (&LedgerName, Place)> {
        let customer: Place = |standing| &mut standing.customer;
        let agent: Place = |standing| &mut standing.agent;
        let object: Place = |standing| &mut standing.object;
        let kept = [(&self.customer_ledger, customer), (&self.agent_ledger, agent), (&self.object_ledger, object)];
        kept.into_iter().filter_map(|(name, place)| Some((name.as_ref()?, place)))
    }
}

/// Where the sums of a ledger stand.
type Place = fn(&mut Standing) -> &mut Option<Sums>;

impl Gate {
    /// What policy is asked of an action with these arguments.
    pub(crate) fn question(
        &self,
        tool: &PinnedTool,
        action: &Action,
        arguments: &Value,
        about: &About,
        reading: &Reading,
    ) -> Question {
        let policies = self.policies();
        let read = policies.ledgers_read(&action.proposed.tool);
        let (agent, by_person) = (&action.proposed.agent, action.proposed.by.is_some());
        let effect = action.proposed.effect != EffectClass::Read;
        let named = self.subject(tool, arguments, reading);
        let (about_whom, subject) = named.beside(about, tool);
        let customer = subject.as_deref().or(about.customer.as_deref());
        let object = action.proposed.object.as_deref().filter(|_| effect);
        Question {
            tool: action.proposed.tool.clone(),
            action: action.proposed.action.clone(),
            conversation: action.proposed.conversation.clone(),
            with: about.clone(),
            object: object.map(StreamName::object),
            agent: if by_person { PERSON_PRINCIPAL.to_owned() } else { agent.clone() },
            arguments: arguments.clone(),
            money: arguments::money(tool, arguments),
            evidence: reading.scalars(),
            co_author: None,
            whispered: effect && action.proposed.whisper.is_some(),
            // What was found out when it was judged first goes on to count: an answer from memory ends it there.
            memory: Memory { decided: action.standing.decided, answered: None },
            contradictions: action.standing.contradictions,
            customer_ledger: customer.filter(|_| read.customer).map(LedgerName::customer),
            about: about_whom,
            subject,
            agent_ledger: read.agent.then(|| LedgerName::agent(agent)),
            object_ledger: object.filter(|_| read.object).map(LedgerName::object),
            policies,
        }
    }

    /// Looks at the ledgers without storing anything: for previews, and to see whether a hold must be asked for again.
    pub(crate) async fn look(&self, question: &Question, action: &Action) -> Result<Standing, GateError> {
        let mut standing = question.standing();
        let now = self.records.now();
        if let Some(stream) = &question.object {
            let mut object = Object::default();
            for stored in self.records.stored(stream, 0).await? {
                object.apply(&read(&stored)?);
            }
            question.beside(&object, &mut standing);
        }
        for (name, sums) in question.ledgers() {
            let ledger = self.ledgers.read(&self.records, name).await?;
            *sums(&mut standing) = Some(question.sums(name, &ledger, &action.reserved, now));
        }
        Ok(standing)
    }
}
