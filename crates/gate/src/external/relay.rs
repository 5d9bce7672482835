//! Conversations that an external agent has elsewhere, as it relays them, so that people see here what its calls are about.
//! Nobody here answers in them, and what stands in them is the agent's word.

use super::call::AgentCall;
use super::caller::Caller;
use super::customer::{CallCustomer, customer};
use super::hourly::Begun;
use crate::error::GateError;
use crate::gate::Gate;
use crate::records::{OpenedEvent, read, sealing};
use countersign_domain::alias::AliasEvent;
use countersign_domain::conversation::{
    CloseReason, Conversation, ConversationError, ConversationEvent, EXTERNAL_CHANNEL, Opened, SpanNames,
    SpanOperation, Spanned, Speaker,
};
use countersign_domain::event::{self, Draft, fields};
use countersign_domain::ids::{ConversationId, KeyId};
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Cause, Write};
use countersign_event_log::stream::StreamName;
use serde_json::json;

/// What is told at once in one append: there is room in it for the beginning and the names besides.
const AT_ONCE: usize = 50;
/// The most conversations of one agent that begin in an hour.
const MOST_BEGUN: u32 = 1_000;
/// The most names that one agent gives them in an hour.
const MOST_NAMED: u32 = 10_000;
/// How often what is told is tried again because something moved under it.
const MOST_TRIES: usize = 32;
/// The longest name that an agent has for a conversation, a message or a span, in bytes.
pub const LONGEST_ALIAS: usize = 256;

/// What an agent tells of a conversation that it has elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Relaying {
    /// Its own id of the conversation. Without one the trace says which it is.
    pub id: Option<String>,
    /// The trace in which it is at work there, 32 hexadecimal digits: what carries it belongs to the conversation.
    pub trace: Option<String>,
    /// Who it says that the customer is. Counts where the conversation begins.
    pub customer: Option<CallCustomer>,
    /// What it tells, in order.
    pub told: Vec<Telling>,
}

/// One thing that is told.
#[derive(Debug, Clone)]
pub enum Telling {
    /// Somebody said something.
    Message {
        /// The agent's own id of it: the same one again is the same message.
        key: String,
        /// Who.
        speaker: Speaker,
        /// What.
        text: String,
        /// When, by the agent's clock.
        said_at: Option<Timestamp>,
        /// Whether it was read from a span. It is left out where messages are told by themselves.
        from_span: bool,
    },
    /// The agent did something.
    Span {
        /// Trace and span id: the same ones again are the same step.
        key: String,
        /// What it did.
        operation: SpanOperation,
        /// Tokens in and out.
        tokens: (Option<u64>, Option<u64>),
        /// When it began, by the agent's clock, and how long it took in milliseconds.
        time: (Option<Timestamp>, u64),
        /// Whether it failed.
        failed: bool,
        /// What model or tool it was.
        names: SpanNames,
    },
    /// It is over.
    Done,
}

/// The conversation that a call belongs to.
pub(crate) struct RelayedFor {
    pub(crate) conversation: ConversationId,
    pub(crate) events: Vec<OpenedEvent>,
    /// Whether it is known to be with somebody else than the call is for.
    pub(crate) anothers: bool,
}

/// What became of what was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayReport {
    /// The conversation, as it is called here.
    pub conversation: ConversationId,
    /// How many messages and steps were stored.
    pub stored: usize,
    /// How many had been stored before.
    pub known: usize,
}

impl Gate {
    /// Stores what an agent tells of a conversation of its own, which begins here when it is first told of. What was told
    /// before changes nothing, so whoever was not answered tells it again.
    pub async fn relay(&self, caller: &Caller, relaying: &Relaying) -> Result<RelayReport, GateError> {
        let names: Vec<StreamName> =
            self.names_of(caller, relaying)?.iter().map(|name| StreamName::alias(name)).collect();
        let mut told = relaying.told.chunks(AT_ONCE);
        let mut report = self.tell_all(caller, relaying, told.next().unwrap_or_default(), &names).await?;
        for more in told {
            let after = self.tell_all(caller, relaying, more, &names).await?;
            report.stored += after.stored;
            report.known += after.known;
        }
        Ok(report)
    }

    async fn tell_all(
        &self,
        caller: &Caller,
        relaying: &Relaying,
        told: &[Telling],
        names: &[StreamName],
    ) -> Result<RelayReport, GateError> {
        for _ in 0..MOST_TRIES {
            match self.tell(caller, relaying, told, names).await {
                Err(GateError::Moved) => self.must_still_be(caller).await?,
                done => return done,
            }
        }
        Err(GateError::Moved)
    }

    /// The names by which a call says that it belongs to a conversation, pseudonymous.
    pub(super) fn belongs_to(&self, caller: &Caller, call: &AgentCall) -> Result<Vec<String>, GateError> {
        let (id, trace) = (call.conversation.clone(), call.trace.clone());
        self.names_of(caller, &Relaying { id, trace, ..Relaying::default() })
    }

    fn names_of(&self, caller: &Caller, relaying: &Relaying) -> Result<Vec<String>, GateError> {
        let named = |what: &str, name: &String| match (1..=LONGEST_ALIAS).contains(&name.len()) {
            true => Ok(self.records.sealing().pseudonym(&format!("alias\n{}\n{what}\n{name}", caller.name))),
            false => Err(GateError::CallKey("an id of a conversation has 1 to 256 bytes")),
        };
        let id = relaying.id.as_ref().map(|id| named("conversation", id));
        id.into_iter().chain(relaying.trace.as_ref().map(|trace| named("trace", trace))).collect()
    }

    /// What an agent relays of the conversation that a call of its belongs to, where that was said before `proposal`.
    pub(crate) async fn relayed_for(
        &self,
        call: &[OpenedEvent],
        proposal: u64,
    ) -> Result<Option<RelayedFor>, GateError> {
        let Some(Ok(ConversationEvent::Opened(opened))) = call.first().map(OpenedEvent::event) else { return Ok(None) };
        for name in &opened.belongs_to {
            let meant = self.means(&StreamName::alias(name)).await?;
            let Some((conversation, _)) = meant.filter(|(_, given)| *given < proposal) else { continue };
            let (state, events) = self.records.conversation(&conversation).await?;
            let anothers = opened.customer.as_deref().zip(state.customer()).is_some_and(|(call, talk)| call != talk);
            return Ok(Some(RelayedFor { conversation, events, anothers }));
        }
        Ok(None)
    }

    /// The conversation that a name means, and where it was given.
    async fn means(&self, alias: &StreamName) -> Result<Option<(ConversationId, u64)>, GateError> {
        let stored = self.records.stored(alias, 0).await?;
        let Some(first) = stored.first() else { return Ok(None) };
        let AliasEvent::Given { conversation, .. } = read(first)?;
        Ok(Some((conversation, first.envelope.position)))
    }

    async fn tell(
        &self,
        caller: &Caller,
        relaying: &Relaying,
        told: &[Telling],
        names: &[StreamName],
    ) -> Result<RelayReport, GateError> {
        let mut found = None;
        let mut new = Vec::new();
        for (place, name) in names.iter().enumerate() {
            match self.means(name).await? {
                // Whoever says its own id means that, whatever the trace was told in before.
                Some((conversation, _)) if place == 0 => found = Some(conversation),
                Some(_) => {}
                None => new.push(name),
            }
        }
        let (id, key, state, mut drafts) = match found {
            Some(id) => {
                let (state, _) = self.records.conversation_state(&id).await?;
                (id.clone(), self.records.conversation_key(&id).await?, state, Vec::new())
            }
            None if relaying.id.is_none() => return Err(GateError::NotFound("conversation in this trace")),
            None if told.iter().any(|telling| matches!(telling, Telling::Done)) => {
                return Err(GateError::NotFound("conversation of this id"));
            }
            None => {
                self.hourly.take(&caller.name, Begun::Conversations, MOST_BEGUN, self.records.now())?;
                self.begin_relayed(caller, relaying)?
            }
        };
        let expected = state.version - drafts.len() as u64;
        let (told, report) = self.news(&id, &key, state, told)?;
        drafts.extend(told);
        if !new.is_empty() {
            self.hourly.take(&caller.name, Begun::Names, MOST_NAMED, self.records.now())?;
        }
        if !drafts.is_empty() || !new.is_empty() {
            // It is a copy, and is told again when there is room.
            self.records.must_have_room_for_conversations()?;
        }
        let (actor, stream) = (Actor::Agent(caller.name.clone()), StreamName::conversation(&id));
        let mut writes = Vec::new();
        if !drafts.is_empty() {
            let seal = |draft| self.records.seal(draft, &stream, &key, &actor, None);
            let events = drafts.into_iter().map(seal).collect::<Result<_, _>>()?;
            writes.push(Write { stream: stream.clone(), expected, events });
        }
        let cause = if writes.is_empty() { None } else { Some(Cause::Earlier(0)) };
        for alias in new {
            let given = AliasEvent::Given { agent: caller.name.clone(), conversation: id.clone() };
            let given = self.records.seal(Draft::open(&given), alias, &key, &actor, cause)?;
            writes.push(Write { stream: alias.clone(), expected: 0, events: vec![given] });
        }
        if !writes.is_empty() {
            let (guards, expires, clock) = (vec![caller.guard.clone()], caller.grant.expires, self.records.clock());
            self.deciding(move |_| match clock.now() < expires {
                true => Ok(Append { guards, writes }),
                false => Err(GateError::UnknownToken),
            })
            .await?;
        }
        Ok(report)
    }

    fn begin_relayed(
        &self,
        caller: &Caller,
        relaying: &Relaying,
    ) -> Result<(ConversationId, KeyId, Conversation, Vec<Draft>), GateError> {
        let records = &self.records;
        let id = ConversationId::random(records.entropy());
        let key = records.sealing().take_key().map_err(sealing)?;
        let (assurance, name, subject) = customer(caller.grant.word, relaying.customer.as_ref());
        let opened = Opened {
            conversation: id.clone(),
            channel: EXTERNAL_CHANNEL.to_owned(),
            assurance,
            customer: subject.as_deref().map(|subject| records.sealing().pseudonym(subject)),
            resume: String::new(),
            agent: Some(caller.name.clone()),
            belongs_to: Vec::new(),
        };
        let mut state = Conversation::default();
        let draft = state.open(opened, fields([("name", json!(name)), ("subject", json!(subject))]))?;
        state.apply(&event_of(&draft)?);
        Ok((id, key, state, vec![draft]))
    }

    /// What of it is new. Whoever tells of a conversation that had ended takes it up again.
    fn news(
        &self,
        id: &ConversationId,
        key: &KeyId,
        mut state: Conversation,
        told: &[Telling],
    ) -> Result<(Vec<Draft>, RelayReport), GateError> {
        state.may_end_be_undone()?;
        let mut report = RelayReport { conversation: id.clone(), stored: 0, known: 0 };
        let mut drafts = Vec::new();
        let was_closed = state.closed;
        if was_closed {
            let reopened = ConversationEvent::Reopened { number: state.reopened + 1 };
            state.apply(&reopened);
            drafts.push(Draft::open(&reopened));
        }
        for telling in told {
            let draft = match telling {
                Telling::Done if state.closed || (was_closed && report.stored == 0) => None,
                Telling::Done => Some(state.close(CloseReason::AgentDone)?),
                // Told by themselves and in spans: they would stand there twice.
                Telling::Message { from_span: true, .. } if state.relayed_apart => None,
                Telling::Message { key: own, speaker, text, said_at, from_span } => {
                    let client = self.name_in(key, own)?;
                    state.relay(*speaker, text, client, (*said_at, *from_span))?
                }
                Telling::Span { key: own, operation, tokens, time, failed, names } => {
                    let spanned = Spanned {
                        number: 0,
                        span: self.name_in(key, own)?,
                        operation: *operation,
                        tokens_in: tokens.0,
                        tokens_out: tokens.1,
                        started_at: time.0,
                        took_ms: time.1,
                        failed: *failed,
                    };
                    state.span(spanned, names)?
                }
            };
            match draft {
                Some(draft) => {
                    state.apply(&event_of(&draft)?);
                    drafts.push(draft);
                    report.stored += 1;
                }
                None => report.known += 1,
            }
        }
        if report.stored == 0 {
            drafts.clear();
        }
        Ok((drafts, report))
    }

    fn name_in(&self, key: &KeyId, own: &str) -> Result<String, GateError> {
        if !(1..=LONGEST_ALIAS).contains(&own.len()) {
            return Err(GateError::CallKey("an id of a message or a span has 1 to 256 bytes"));
        }
        match self.records.sealing().pseudonym_in(key, own) {
            Err(countersign_sealing::SealingError::Destroyed(_)) => Err(ConversationError::ForGood.into()),
            name => name.map_err(sealing),
        }
    }
}

fn event_of(draft: &Draft) -> Result<ConversationEvent, GateError> {
    Ok(event::read(&draft.kind, draft.schema, &draft.open)?)
}
