//! A call: it takes its place in the log, in a conversation of its own, and is proposed there. The same call again finds
//! that place.

use super::caller::Caller;
use super::counts::Counted;
use super::customer::{CallCustomer, customer};
use crate::arguments;
use crate::error::GateError;
use crate::gate::Gate;
use crate::propose::{Requester, Wanted};
use crate::records::{read, sealing};
use crate::report::ActionReport;
use countersign_domain::action::Phase;
use countersign_domain::call::{ATTACHES_SECONDS, Call, CallEvent};
use countersign_domain::canonical;
use countersign_domain::conversation::{CALL_CHANNEL, Conversation, Opened, Reasoner};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::time::Timestamp;
use countersign_domain::tool::EffectClass;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Cause, Write};
use countersign_event_log::stream::StreamName;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often a call is put forward at the most, while something moves under it.
const MOST_LOOKS: usize = 64;
/// The longest key of a caller's own, in bytes.
const LONGEST_KEY: usize = 256;
/// The longest account of its own that an agent gives, in characters.
const LONGEST_SAID: usize = 2_000;

/// What an external agent calls for.
#[derive(Debug, Clone, Default)]
pub struct AgentCall {
    /// `server.tool`.
    pub tool: String,
    /// The arguments as JSON text: parsed once, strictly, here.
    pub arguments: String,
    /// The caller's own key: the same key is the same call, for good. Without one, the same tool and arguments are, while
    /// it is open and for a while after.
    pub key: Option<String>,
    /// Who the agent says that the customer is.
    pub customer: Option<CallCustomer>,
    /// The agent's own account, for the card; a claim.
    pub claim: Option<String>,
    /// The agent's own id of the conversation that it calls for, where it relays that.
    pub conversation: Option<String>,
    /// The trace in which it calls, 32 hexadecimal digits.
    pub trace: Option<String>,
}

/// A call that has its place in the log.
#[derive(Debug)]
pub struct MadeCall {
    /// The conversation that holds it: nobody can guess its id, and it counts for its agent alone, so it is the ticket.
    pub conversation: ConversationId,
    /// Whether it was there already.
    pub attached: bool,
    /// That it is being carried out; given back once nobody does any more.
    _hand: Option<Counted>,
}

/// Where a call stands.
#[derive(Debug, Clone, PartialEq)]
pub enum CallStands {
    /// It has its place, and was not proposed yet.
    TakenDown,
    /// It was never proposed and will not be: whoever asks again makes it anew.
    NotTaken,
    /// It was proposed.
    Proposed(Box<ActionReport>),
}

impl Gate {
    /// Gives a call its place in the log. Nothing is proposed yet; the same call again finds the place.
    pub async fn make_call(&self, caller: &Caller, call: &AgentCall) -> Result<MadeCall, GateError> {
        caller.must_be_granted(&call.tool)?;
        self.rules_settled().await;
        let tool = self.pinned(&call.tool)?;
        self.must_be_accepted(&call.tool)?;
        let arguments = arguments::accept(&tool, &call.arguments)?;
        if call.key.as_ref().is_some_and(|key| key.is_empty() || key.len() > LONGEST_KEY) {
            return Err(GateError::CallKey("an idempotency key has 1 to 256 bytes"));
        }
        let named = |what: &str| self.records.sealing().pseudonym(&format!("call\n{}\n{what}", caller.name));
        // For somebody else it is another call: whom it is about decides what rules say.
        let whose = customer(caller.grant.word, call.customer.as_ref());
        let whose = json!([whose.0.name(), whose.1, whose.2]);
        let asked =
            named(&format!("{}\n{}\n{}", call.tool, canonical::to_text(&arguments), canonical::to_text(&whose)));
        let name = call.key.as_ref().map_or_else(|| asked.clone(), |key| named(&format!("key\n{key}")));
        let stream = StreamName::call(&name);
        loop {
            let known = self.call_at(&stream).await?;
            if let Some((conversation, before)) = &known.last {
                if *before != asked {
                    return Err(GateError::CallKey(
                        "this idempotency key came with other arguments, or for another customer, before",
                    ));
                }
                if self.attaches(conversation, call.key.is_some()).await? {
                    return Ok(MadeCall { conversation: conversation.clone(), attached: true, _hand: None });
                }
            }
            let full = self.open_calls(&caller.name) >= caller.grant.open_calls as usize;
            let hand = if full { None } else { self.in_hand.take(&caller.name, caller.grant.open_calls as usize) };
            let Some(hand) = hand else { return Err(GateError::TooManyOpenCalls(caller.grant.open_calls)) };
            match self.open_call(caller, call, (&stream, known.version), &asked).await {
                // The same call came from elsewhere, or what the agent may do has changed: look again.
                Err(GateError::Moved) => self.must_still_be(caller).await?,
                made => return made.map(|conversation| MadeCall { conversation, attached: false, _hand: Some(hand) }),
            }
        }
    }

    /// Proposes a call that has its place, unless it was proposed: what became of it. Allowed: returns once the outcome is
    /// stored. Held or denied: returns at once. What cannot be proposed ends, so that nobody waits for it.
    pub async fn carry_call(
        self: &Arc<Self>,
        caller: &Caller,
        call: &AgentCall,
        made: &MadeCall,
    ) -> Result<ActionReport, GateError> {
        let carried = self.carry(caller, call, &made.conversation).await;
        if let Err(error) = &carried {
            tracing::warn!(conversation = %made.conversation, %error, "an external call was not carried out");
        }
        if let Err(error) = self.leave_nothing_behind(caller, made, carried.is_err()).await {
            tracing::warn!(conversation = %made.conversation, %error, "it stays open until it is idle, or until the next start");
        }
        carried
    }

    /// What could not be proposed ends. And where the agent was revoked while it was, whoever took back what was open then may
    /// not have seen this.
    async fn leave_nothing_behind(&self, caller: &Caller, made: &MadeCall, failed: bool) -> Result<(), GateError> {
        if failed {
            self.end_untaken(&made.conversation).await?;
        }
        match self.records.agent(&caller.name).await?.agent.grant {
            Some(_) => Ok(()),
            None => self.end_calls_of(&caller.name).await,
        }
    }

    async fn carry(
        self: &Arc<Self>,
        caller: &Caller,
        call: &AgentCall,
        made: &ConversationId,
    ) -> Result<ActionReport, GateError> {
        for _ in 0..MOST_LOOKS {
            let conversation = self.call_of(caller, made).await?;
            if let Some(action) = action_of(&conversation) {
                return self.report(action).await;
            }
            conversation.must_be_the_agent_s()?;
            let requester = Requester::Agent {
                name: caller.name.clone(),
                reasoner: Reasoner {
                    kind: "external".to_owned(),
                    name: "agent".to_owned(),
                    version: "over MCP".to_owned(),
                },
                whisper: None,
                asked_in: None,
                receipts: Vec::new(),
                guard: Some(caller.guard.clone()),
            };
            let wanted = Wanted {
                conversation: made.clone(),
                seen: conversation.version,
                requester,
                tool: call.tool.clone(),
                arguments: call.arguments.clone(),
                claim: call.claim.as_deref().map(|claim| claim.chars().take(LONGEST_SAID).collect()),
                provenance: BTreeMap::new(),
            };
            match self.put_forward(wanted, &conversation).await {
                Err(GateError::Moved) => self.must_still_be(caller).await?,
                done => return done,
            }
        }
        Err(GateError::Moved)
    }

    /// Where a call stands. A ticket of another agent's is none.
    pub async fn call_stands(&self, caller: &Caller, ticket: &ConversationId) -> Result<CallStands, GateError> {
        let conversation = self.call_of(caller, ticket).await?;
        Ok(match action_of(&conversation) {
            Some(action) => CallStands::Proposed(Box::new(self.report(action).await?)),
            None if conversation.closed => CallStands::NotTaken,
            None => CallStands::TakenDown,
        })
    }

    /// When a call was taken down, and when something last happened to it.
    pub async fn call_times(
        &self,
        caller: &Caller,
        ticket: &ConversationId,
    ) -> Result<(Timestamp, Timestamp), GateError> {
        let conversation = self.call_of(caller, ticket).await?;
        let mut streams = vec![StreamName::conversation(ticket)];
        streams.extend(action_of(&conversation).map(StreamName::action));
        let mut times = Vec::new();
        for stream in streams {
            let stored = self.records.stored(&stream, 0).await?;
            times.extend(stored.into_iter().map(|stored| stored.envelope.recorded_at));
        }
        let (first, last) = (times.iter().min().copied(), times.iter().max().copied());
        first.zip(last).ok_or(GateError::NotFound(TICKET))
    }

    pub(super) async fn call_of(&self, caller: &Caller, ticket: &ConversationId) -> Result<Conversation, GateError> {
        let found = self.records.conversation(ticket).await;
        let (conversation, _) = found.map_err(|error| match error {
            GateError::NotFound(_) => GateError::NotFound(TICKET),
            error => error,
        })?;
        match conversation.external_agent() == Some(&caller.name) && !conversation.is_relayed() {
            true => Ok(conversation),
            false => Err(GateError::NotFound(TICKET)),
        }
    }

    async fn call_at(&self, stream: &StreamName) -> Result<Call, GateError> {
        let mut call = Call::default();
        for stored in self.records.stored(stream, 0).await? {
            call.apply(&read(&stored)?);
        }
        Ok(call)
    }

    /// Whether who asks again is answered by what is there. A read that no person had to decide is read again once it is
    /// over: what it returned may be old. What its agent took back itself is asked for anew: clients take back what they
    /// have not the patience for.
    async fn attaches(&self, conversation: &ConversationId, own_key: bool) -> Result<bool, GateError> {
        let (conversation, _) = self.records.conversation(conversation).await?;
        let Some(id) = action_of(&conversation) else { return Ok(!conversation.closed) };
        let record = self.records.action(id).await?;
        let action = &record.action;
        if own_key || !action.phase.is_final() {
            return Ok(true);
        }
        // What its agent took back nobody has decided: it may want it after all.
        let last = record.events.last().map(|opened| &opened.stored.envelope);
        if action.phase == Phase::Withdrawn && last.is_some_and(|last| matches!(last.actor, Actor::Agent(_))) {
            return Ok(false);
        }
        let was_held = record.events.iter().any(|opened| opened.stored.envelope.kind == "action.held");
        let stays = action.proposed.effect != EffectClass::Read || was_held;
        Ok(stays && last.is_some_and(|last| self.records.now() < last.recorded_at.plus_seconds(ATTACHES_SECONDS)))
    }

    async fn open_call(
        &self,
        caller: &Caller,
        call: &AgentCall,
        (stream, expected): (&StreamName, u64),
        asked: &str,
    ) -> Result<ConversationId, GateError> {
        let records = &self.records;
        records.must_have_room_for_conversations()?;
        let id = ConversationId::random(records.entropy());
        let key = records.sealing().take_key().map_err(sealing)?;
        let (assurance, name, subject) = customer(caller.grant.word, call.customer.as_ref());
        let opened = Opened {
            conversation: id.clone(),
            channel: CALL_CHANNEL.to_owned(),
            assurance,
            customer: subject.as_deref().map(|subject| records.sealing().pseudonym(subject)),
            resume: String::new(),
            agent: Some(caller.name.clone()),
            belongs_to: self.belongs_to(caller, call)?,
        };
        let sealed = fields([("name", json!(name)), ("subject", json!(subject))]);
        let opened = Conversation::default().open(opened, sealed)?;
        let made = CallEvent::Made { agent: caller.name.clone(), conversation: id.clone(), asked: asked.to_owned() };
        let actor = Actor::Agent(caller.name.clone());
        let of_conversation = StreamName::conversation(&id);
        let opened = records.seal(opened, &of_conversation, &key, &actor, None)?;
        let made = records.seal(Draft::open(&made), stream, &key, &actor, Some(Cause::Earlier(0)))?;
        let writes = vec![
            Write { stream: of_conversation, expected: 0, events: vec![opened] },
            Write { stream: stream.clone(), expected, events: vec![made] },
        ];
        let (guards, expires, clock) = (vec![caller.guard.clone()], caller.grant.expires, records.clock());
        self.deciding(move |_| match clock.now() < expires {
            true => Ok(Append { guards, writes }),
            false => Err(GateError::UnknownToken),
        })
        .await?;
        Ok(id)
    }
}

const TICKET: &str = "ticket";

/// The one action of a call.
pub(super) fn action_of(conversation: &Conversation) -> Option<&ActionId> {
    conversation.actions.first().map(|(action, _)| action)
}
