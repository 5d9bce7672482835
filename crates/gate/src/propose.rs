//! From a wish, an agent's or a person's, to a stored verdict; and, where rules allow it, on to the call.

use crate::arguments;
use crate::authority::Guard;
use crate::commit::{Commit, Plan};
use crate::error::GateError;
use crate::evidence::{self, Reading};
use crate::folds::{current, must_be_in_force};
use crate::gate::{Gate, ahead, plain};
use crate::open_actions::AtWork;
use crate::permit::EvidencePermit;
use crate::proposal::{Proposal, Provenance};
use crate::question::{About, Question};
use crate::report::ActionReport;
use crate::tools::PinnedTool;
use crate::whisper::{receipts_of, whispered_for};
use countersign_domain::action::{
    Action, ActionBytes, ActionEvent, Command, Phase, Proposed, WhisperedFor, action_digest,
};
use countersign_domain::ambient::random_32;
use countersign_domain::canonical;
use countersign_domain::conversation::{AskedIn, Conversation, ConversationEvent, MOST_HELD_ACTIONS, Reasoner};
use countersign_domain::event::{Draft, fields};
use countersign_domain::fleet::Fleet;
use countersign_domain::ids::{ActionId, ConversationId, KeyId, PersonId};
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::Disposition;
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::log::{Append, AppendError, Cause, NewEvent, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most actions of a conversation that have not started, reads included: one append takes all of them back.
const MOST_WAITING: usize = 8;
/// The most times that a proposal is judged because something else was first.
const MOST_LOOKS: usize = 16;

/// A tool call that somebody who has the word wants.
pub(crate) struct Wanted {
    pub(crate) conversation: ConversationId,
    /// The conversation's version that whoever wants it saw.
    pub(crate) seen: u64,
    pub(crate) requester: Requester,
    pub(crate) tool: String,
    pub(crate) arguments: String,
    /// Their own account.
    pub(crate) claim: Option<String>,
    pub(crate) provenance: BTreeMap<String, Provenance>,
}

/// Who wants it.
pub(crate) enum Requester {
    Agent {
        name: String,
        reasoner: Reasoner,
        /// The whisper by which it wants it.
        whisper: Option<WhisperedFor>,
        /// By which call of a model.
        asked_in: Option<AskedIn>,
        /// What it made of whispers, for the conversation.
        receipts: Vec<Draft>,
        /// What must not have moved when it is stored: that it may, where it is somebody else's agent.
        guard: Option<Guard>,
    },
    Person {
        by: PersonId,
        /// Their desk's own id of it, pseudonymous.
        client: String,
        /// What must not have moved when it is stored: that they may.
        guard: Guard,
    },
}

impl Requester {
    fn actor(&self) -> Actor {
        match self {
            Self::Agent { name, .. } => Actor::Agent(name.clone()),
            Self::Person { by, .. } => Actor::Person(by.to_string()),
        }
    }

    fn guards(&self) -> Vec<Guard> {
        match self {
            Self::Agent { guard, .. } => guard.iter().cloned().collect(),
            Self::Person { guard, .. } => vec![guard.clone()],
        }
    }
}

/// What goes with a proposal through this module.
struct Wish {
    wanted: Wanted,
    tool: PinnedTool,
    arguments: Value,
    salt: String,
    key: KeyId,
    about: About,
}

impl Wish {
    /// What must not have moved when it is stored: that whoever asks may, and how the tool is treated.
    fn guards(&self) -> Vec<Guard> {
        self.wanted.requester.guards().into_iter().chain([self.tool.guard()]).collect()
    }
}

/// A proposal that is stored and has no verdict yet.
pub(crate) struct Unjudged {
    pub(crate) action: Action,
    pub(crate) arguments: Value,
    pub(crate) about: About,
    pub(crate) at_work: AtWork,
}

impl Gate {
    /// Takes an agent's proposal. Allowed: returns once the outcome is stored. Held or denied: returns at once.
    pub async fn propose(self: &Arc<Self>, proposal: Proposal) -> Result<ActionReport, GateError> {
        let (conversation, _) = self.records.conversation_state(&proposal.conversation).await?;
        conversation.must_be_live()?;
        conversation.must_be_the_agent_s()?;
        if conversation.version != proposal.seen {
            return Err(GateError::Moved);
        }
        let receipts = receipts_of(&conversation, &proposal.reasoner, &proposal.receipts)?;
        let by = proposal.whisper.map(|number| whispered_for(&conversation, number, &proposal.receipts));
        let whisper = by.transpose()?;
        let asked_in = proposal.asked_in;
        let Proposal { conversation: id, seen, agent, reasoner, tool, arguments, claim, provenance, .. } = proposal;
        let requester = Requester::Agent { name: agent, reasoner, whisper, asked_in, receipts, guard: None };
        let wanted = Wanted { conversation: id, seen, requester, tool, arguments, claim, provenance };
        self.put_forward(wanted, &conversation).await
    }

    /// Stores a proposal of whoever has the word, and does what rules say.
    pub(crate) async fn put_forward(
        self: &Arc<Self>,
        wanted: Wanted,
        conversation: &Conversation,
    ) -> Result<ActionReport, GateError> {
        self.rules_settled().await;
        let tool = self.pinned(&wanted.tool)?;
        self.must_be_accepted(&wanted.tool)?;
        let arguments = arguments::accept(&tool, &wanted.arguments)?;
        let waiting = self.open.waiting_in(&wanted.conversation);
        if waiting >= MOST_WAITING {
            return Err(GateError::TooManyHeld(waiting));
        }
        let held = self.open.held_in(&wanted.conversation);
        if tool.settings.effect != EffectClass::Read && held >= MOST_HELD_ACTIONS {
            return Err(GateError::TooManyHeld(held));
        }
        let wish = Wish {
            key: self.records.conversation_key(&wanted.conversation).await?,
            salt: hex::encode(random_32(self.records.entropy())),
            about: About::of(conversation),
            wanted,
            tool,
            arguments,
        };
        let id = ActionId::random(self.records.entropy());
        let at_work = self.open.work_on(&id);
        let draft = self.proposed(&wish, id.clone()).await?;
        if wish.tool.settings.evidence.is_some() {
            self.propose_with_evidence(wish, &id, draft, at_work).await?;
        } else {
            self.propose_at_once(wish, &id, draft, at_work).await?;
        }
        self.report(&id).await
    }

    async fn proposed(&self, wish: &Wish, id: ActionId) -> Result<Draft, GateError> {
        let Wish { wanted, tool, arguments, salt, .. } = wish;
        let (agent, by, reasoner, whisper) = match &wanted.requester {
            Requester::Agent { name, reasoner, whisper, .. } => {
                (name.clone(), None, reasoner.to_string(), whisper.clone())
            }
            Requester::Person { by, .. } => (by.to_string(), Some(by.clone()), "person".to_owned(), None),
        };
        let object = match tool.settings.object.as_ref().and_then(|name| arguments.get(name)) {
            Some(value) => {
                let name = format!("{}\n{}", tool.definition.server, canonical::to_text(&spelt_plainly(value)));
                Some(self.records.sealing().pseudonym(&name))
            }
            None => None,
        };
        let bytes = ActionBytes {
            tool: tool.definition.full_name(),
            server: tool.definition.server.clone(),
            definition: tool.hash.clone(),
            arguments: arguments.clone(),
            salt: salt.clone(),
        };
        let event = ActionEvent::Proposed(Proposed {
            action: id,
            conversation: wanted.conversation.clone(),
            agent,
            by,
            whisper,
            tool: bytes.tool.clone(),
            server: bytes.server.clone(),
            definition: bytes.definition.clone(),
            effect: tool.settings.effect,
            digest: action_digest(&bytes),
            money: arguments::money(tool, arguments),
            object,
            at: self.records.now(),
        });
        let sealed = fields([
            ("arguments", arguments.clone()),
            ("salt", json!(salt)),
            ("claim", json!(wanted.claim)),
            ("reasoner", json!(reasoner)),
            ("provenance", canonical::value_of(&wanted.provenance)),
        ]);
        Ok(Draft::with(&event, sealed))
    }

    /// Without evidence to read, proposal, verdict and, if allowed, start share one append.
    async fn propose_at_once(
        self: &Arc<Self>,
        wish: Wish,
        id: &ActionId,
        draft: Draft,
        at_work: AtWork,
    ) -> Result<(), GateError> {
        let line = self.line().await?;
        let action = begin(&draft)?;
        let reading = Reading::none();
        let said = self.said(&action).await?;
        let memory = self.remember(&action, &wish.tool, &wish.arguments, &reading, &said).await?;
        let warned = self.contradictions(&action, &wish.tool, &wish.arguments, &reading, &said);
        let question = self.question(&wish.tool, &action, &wish.arguments, &wish.about, &reading);
        let question = question.remembering(memory).warned(warned);
        let plan = self.verdict_plan(&action, &wish.tool, question, &reading);
        let (proposal, link) = self.proposal_events(&wish, id, draft)?;
        let (guards, actor) = (wish.guards(), wish.wanted.requester.actor());
        let commit = Commit { proposal: Some(proposal), also: vec![link], guards, ..Commit::of(&action, plan, actor) };
        let (receipt, mut after) = self.commit(commit).await.inspect_err(|error| self.may_be_stored(&action, error))?;
        after.proposal = position_of(&receipt, id);
        if after.phase == Phase::Started {
            self.run(after, receipt, line, at_work).await?;
        }
        Ok(())
    }

    /// With evidence to read, the proposal is stored first: its receipt is the leave to read.
    async fn propose_with_evidence(
        self: &Arc<Self>,
        wish: Wish,
        id: &ActionId,
        draft: Draft,
        at_work: AtWork,
    ) -> Result<(), GateError> {
        let mut action = begin(&draft)?;
        let (proposal, link) = self.proposal_events(&wish, id, draft)?;
        let write = Write { stream: StreamName::action(id), expected: 0, events: vec![proposal] };
        let append = Append { guards: wish.guards(), writes: vec![write, link] };
        let stored = self.records.log().append(append).await.map_err(GateError::from);
        let receipt = stored.inspect_err(|error| self.may_be_stored(&action, error))?;
        action.proposal = position_of(&receipt, id);
        self.open.put(&action);
        let Wish { arguments, about, .. } = wish;
        self.judge_proposed(Unjudged { action, arguments, about, at_work }, receipt.events()).await
    }

    /// A proposal whose append failed may be stored all the same. It is taken up like any other that was left behind, and
    /// forgotten if it is not there.
    fn may_be_stored(&self, action: &Action, error: &GateError) {
        if matches!(error, GateError::Append(AppendError::Unavailable(_))) {
            self.open.put(action);
        }
    }

    /// The sealed proposal, and the link to it in its conversation, which must be where whoever wants it saw it.
    fn proposal_events(&self, wish: &Wish, id: &ActionId, draft: Draft) -> Result<(NewEvent, Write), GateError> {
        let wanted = &wish.wanted;
        let actor = wanted.requester.actor();
        let (mine, of_conversation) = (StreamName::action(id), StreamName::conversation(&wanted.conversation));
        let proposal = self.records.seal(draft, &mine, &wish.key, &actor, None)?;
        let (action, tool) = (id.clone(), wanted.tool.clone());
        let (link, receipts) = match &wanted.requester {
            Requester::Agent { receipts, asked_in, .. } => {
                let link = ConversationEvent::Proposed { action, tool, by: None, client: None, asked_in: *asked_in };
                (link, receipts.clone())
            }
            Requester::Person { by, client, .. } => {
                let (by, client) = (Some(by.clone()), Some(client.clone()));
                (ConversationEvent::Proposed { action, tool, by, client, asked_in: None }, Vec::new())
            }
        };
        let cause = Some(Cause::Earlier(0));
        let mut events = Vec::new();
        for receipt in receipts {
            events.push(self.records.seal(receipt, &of_conversation, &wish.key, &actor, None)?);
        }
        events.push(self.records.seal(Draft::open(&link), &of_conversation, &wish.key, &actor, cause)?);
        Ok((proposal, Write { stream: of_conversation, expected: wanted.seen, events }))
    }

    /// Reads evidence, judges, stores the verdict; runs it if allowed. Also the way on after a crash in between.
    pub(crate) async fn judge_proposed(
        self: &Arc<Self>,
        unjudged: Unjudged,
        stored: &[StoredEvent],
    ) -> Result<(), GateError> {
        let Unjudged { action, arguments, mut about, at_work } = unjudged;
        let line = self.line().await?;
        for _ in 0..MOST_LOOKS {
            self.rules_settled().await;
            let tool = self.tool_of(&action)?;
            if self.waits_for_its_server(&tool) {
                return Ok(());
            }
            let permit = EvidencePermit::from_stored(stored, &action.proposed.action)?;
            let toolbox = self.toolbox();
            let now = || self.records.now();
            let reading = evidence::read(&toolbox, self.servers.as_ref(), &tool, &arguments, permit, now).await?;
            let said = self.said(&action).await?;
            let memory = self.remember(&action, &tool, &arguments, &reading, &said).await?;
            let warned = self.contradictions(&action, &tool, &arguments, &reading, &said);
            drop(said);
            let question = self.question(&tool, &action, &arguments, &about, &reading);
            let question = question.remembering(memory).warned(warned);
            let asked = question.clone();
            let verdict = self.verdict_plan(&action, &tool, question, &reading);
            let plan: Plan = Box::new(move |states| {
                asked.must_still_hold(states)?;
                verdict(states)
            });
            let sealed = match &reading.facts {
                Some(_) => self.parts(&action, &fields([("evidence", reading.field())]), &VERDICTS).await?,
                None => BTreeMap::new(),
            };
            let mut guards = vec![tool.guard()];
            guards.extend(self.still_granted(&action, &about).await?);
            let commit = Commit { sealed, guards, ..Commit::of(&action, plan, Actor::Station) };
            match self.commit(commit).await {
                // The rules or the tool's settings are others by now, the customer has signed in, or it was taken back:
                // look again.
                Err(GateError::Moved) => {
                    if self.records.action_state(&action.proposed.action).await?.phase != Phase::Proposed {
                        return Ok(());
                    }
                    about = About::of(&self.records.conversation_state(&action.proposed.conversation).await?.0);
                }
                Err(error) => return Err(error),
                Ok((receipt, after)) if after.phase == Phase::Started => {
                    return self.run(after, receipt, line, at_work).await;
                }
                Ok(_) => return Ok(()),
            }
        }
        Err(GateError::Moved)
    }

    /// The verdict's events: alone, or with the start where it may run and nothing is stopped.
    fn verdict_plan(&self, action: &Action, tool: &PinnedTool, question: Question, reading: &Reading) -> Plan {
        let (clock, house) = (self.records.clock(), tool.settings.hold_seconds);
        let (action, evidence) = (action.clone(), reading.state.clone());
        // What no ledger can change is judged here, and not while the log's writer waits.
        let settled = question.settled();
        let full = self.records.has_no_room_for_effects();
        Box::new(move |states| {
            let now = clock.now();
            let looked = question.look(states, &action.reserved, now)?;
            let verdict = settled.unwrap_or_else(|| question.verdict(&looked.standing));
            let mut standing = looked.standing;
            // What a rule or a tool's settings of before hold means less than what they say now.
            must_be_in_force(states, &verdict.policy_version)?;
            if verdict.disposition == Disposition::Allow {
                standing.reserved = looked.reserves;
            }
            let deadline = now.plus_seconds(verdict.waits_seconds(house));
            let judged = plain(&action, Command::Judge { verdict, evidence, deadline, standing })?;
            let next = ahead(&action, &judged)?;
            let unstored = action.proposal == UNSTORED;
            let cause = if unstored { Cause::Earlier(0) } else { Cause::Position(action.proposal) };
            let mut drafts = vec![(judged, Some(cause))];
            let proposed = &action.proposed;
            let waits = full && proposed.effect != EffectClass::Read
                || current::<Fleet>(states, &StreamName::fleet())?.keeps_from_starting(
                    &proposed.agent,
                    &proposed.tool,
                    proposed.effect,
                );
            if next.phase == Phase::Allowed && !waits {
                let started = plain(&next, Command::Start { permitted_at: None, judged: None, at: now })?;
                drafts.push((started, Some(Cause::Earlier(usize::from(unstored)))));
            }
            Ok(drafts)
        })
    }
}

/// The kinds of event that a verdict is.
const VERDICTS: [&str; 3] = ["action.allowed", "action.held", "action.denied"];

/// The proposal's position before it has one.
const UNSTORED: u64 = u64::MAX;

fn begin(draft: &Draft) -> Result<Action, GateError> {
    let event: ActionEvent = countersign_domain::event::read(&draft.kind, draft.schema, &draft.open)?;
    Action::begin(&event, UNSTORED).ok_or(GateError::NotFound("proposal"))
}

fn position_of(receipt: &Receipt, id: &ActionId) -> u64 {
    let stream = StreamName::action(id);
    let first = receipt.events().iter().find(|e| e.envelope.stream == stream);
    first.map_or(UNSTORED, |e| e.envelope.position)
}

/// The name of an object as nobody can spell it in another way: a tool may read `#1042 ` as it reads `1042`, and then both are
/// one order. Two that are taken for one wait for a person; one that is taken for two would pass a limit.
fn spelt_plainly(name: &Value) -> Value {
    match name {
        Value::String(text) => Value::from(text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()),
        other => other.clone(),
    }
}
