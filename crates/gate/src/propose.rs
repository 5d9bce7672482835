//! From an agent's wish to a stored verdict; and, where rules allow it, on to the call.

use crate::arguments;
use crate::error::GateError;
use crate::evidence::{self, Reading};
use crate::gate::{Caused, Gate, ahead, plain};
use crate::open_actions::AtWork;
use crate::permit::EvidencePermit;
use crate::proposal::Proposal;
use crate::report::ActionReport;
use crate::tools::PinnedTool;
use countersign_domain::action::{Action, ActionBytes, ActionEvent, Command, Phase, Proposed, action_digest};
use countersign_domain::ambient::random_32;
use countersign_domain::canonical;
use countersign_domain::conversation::{Assurance, ConversationEvent, MOST_HELD_ACTIONS};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::{ActionId, KeyId};
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::Verdict;
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::log::{Append, Cause, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use countersign_policy::{GateFacts, Request};
use serde_json::{Value, json};
use std::sync::Arc;

/// What goes with a proposal through this module.
struct Wish {
    proposal: Proposal,
    tool: PinnedTool,
    arguments: Value,
    salt: String,
    key: KeyId,
    assurance: Assurance,
}

/// A proposal that is stored and has no verdict yet.
pub(crate) struct Unjudged {
    pub(crate) action: Action,
    pub(crate) tool: PinnedTool,
    pub(crate) arguments: Value,
    pub(crate) assurance: Assurance,
    pub(crate) at_work: AtWork,
}

impl Gate {
    /// Takes an agent's proposal. Allowed: returns once the outcome is stored. Held or denied: returns at once.
    pub async fn propose(self: &Arc<Self>, proposal: Proposal) -> Result<ActionReport, GateError> {
        let tool = self.pinned(&proposal.tool)?;
        let arguments = arguments::accept(&tool, &proposal.arguments)?;
        let (conversation, _) = self.records.conversation(&proposal.conversation).await?;
        conversation.must_be_live()?;
        if conversation.version != proposal.seen {
            return Err(GateError::Moved);
        }
        let held = self.open.held_in(&proposal.conversation);
        if tool.settings.effect != EffectClass::Read && held >= MOST_HELD_ACTIONS {
            return Err(GateError::TooManyHeld(held));
        }
        let wish = Wish {
            key: self.records.conversation_key(&proposal.conversation).await?,
            salt: hex::encode(random_32(self.records.entropy())),
            assurance: conversation.assurance(),
            proposal,
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
        let Wish { proposal, tool, arguments, salt, .. } = wish;
        let object = match tool.settings.object.as_ref().and_then(|name| arguments.get(name)) {
            Some(value) => {
                let name = format!("{}\n{}", tool.definition.server, canonical::to_text(value));
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
            conversation: proposal.conversation.clone(),
            agent: proposal.agent.clone(),
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
            ("claim", json!(proposal.claim)),
            ("reasoner", json!(proposal.reasoner.to_string())),
            ("provenance", canonical::value_of(&proposal.provenance)),
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
        let (fleet, fleet_version) = self.records.fleet().await?;
        let mut action = begin(&draft)?;
        let verdict = self.judge(&wish.tool, &action, &wish.arguments, wish.assurance, &Reading::none(), None);
        let (mut drafts, starts) =
            self.verdict_drafts(&action, &wish.tool, verdict, &Reading::none(), fleet.stopped.is_some())?;
        drafts.insert(0, (draft, None));
        let receipt = self.append_proposal(&wish, id, drafts, fleet_version).await?;
        action.proposal = position_of(&receipt, id);
        let after = self.took(&action, &receipt)?;
        if starts {
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
        let (_, fleet_version) = self.records.fleet().await?;
        let mut action = begin(&draft)?;
        let receipt = self.append_proposal(&wish, id, vec![(draft, None)], fleet_version).await?;
        action.proposal = position_of(&receipt, id);
        self.open.put(&action);
        let Wish { tool, arguments, assurance, .. } = wish;
        self.judge_proposed(Unjudged { action, tool, arguments, assurance, at_work }, receipt.events()).await
    }

    async fn append_proposal(
        &self,
        wish: &Wish,
        id: &ActionId,
        drafts: Vec<Caused>,
        fleet: Version,
    ) -> Result<Receipt, GateError> {
        let actor = Actor::Agent(wish.proposal.agent.clone());
        let (mine, of_conversation) = (StreamName::action(id), StreamName::conversation(&wish.proposal.conversation));
        let seal =
            |(draft, cause): Caused, stream: &StreamName| self.records.seal(draft, stream, &wish.key, &actor, cause);
        let events = drafts.into_iter().map(|d| seal(d, &mine)).collect::<Result<Vec<_>, _>>()?;
        let link = ConversationEvent::Proposed { action: id.clone(), tool: wish.proposal.tool.clone() };
        let linked = seal((Draft::open(&link), Some(Cause::Earlier(0))), &of_conversation)?;
        let writes = vec![
            Write { stream: mine, expected: 0, events },
            Write { stream: of_conversation, expected: wish.proposal.seen, events: vec![linked] },
        ];
        let guards = vec![(StreamName::fleet(), fleet)];
        Ok(self.records.log().append(Append { guards, writes }).await?)
    }

    /// Reads evidence, judges, stores the verdict; runs it if allowed. Also the way on after a crash in between.
    pub(crate) async fn judge_proposed(
        self: &Arc<Self>,
        unjudged: Unjudged,
        stored: &[StoredEvent],
    ) -> Result<(), GateError> {
        let Unjudged { action, tool, arguments, assurance, at_work } = unjudged;
        let line = self.line().await?;
        let permit = EvidencePermit::from_stored(stored, &action.proposed.action)?;
        let toolbox = self.toolbox();
        let now = || self.records.now();
        let reading = evidence::read(&toolbox, self.servers.as_ref(), &tool, &arguments, permit, now).await?;
        let verdict = self.judge(&tool, &action, &arguments, assurance, &reading, None);
        loop {
            let (fleet, fleet_version) = self.records.fleet().await?;
            let (drafts, starts) =
                self.verdict_drafts(&action, &tool, verdict.clone(), &reading, fleet.stopped.is_some())?;
            let guards = vec![(StreamName::fleet(), fleet_version)];
            match self.append_action(&action, drafts, Actor::Station, guards).await {
                // Only the fleet can have moved: nobody else writes to an action that was not judged.
                Err(GateError::Moved) if self.records.fleet().await?.1 != fleet_version => {}
                Err(error) => return Err(error),
                Ok((receipt, after)) => {
                    return if starts { self.run(after, receipt, line, at_work).await } else { Ok(()) };
                }
            }
        }
    }

    /// The verdict's events: alone, or with the start where it may run and nothing is stopped.
    fn verdict_drafts(
        &self,
        action: &Action,
        tool: &PinnedTool,
        verdict: Verdict,
        reading: &Reading,
        stopped: bool,
    ) -> Result<(Vec<Caused>, bool), GateError> {
        let now = self.records.now();
        let deadline = now.plus_seconds(i64::from(tool.settings.hold_seconds));
        let command = Command::Judge { verdict, evidence: reading.state.clone(), deadline };
        let sealed = match &reading.facts {
            Some(_) => fields([("evidence", reading.field())]),
            None => fields([]),
        };
        let judged = action.decide(command, sealed)?;
        let next = ahead(action, &judged)?;
        let cause = Cause::Position(action.proposal);
        let first_cause = if action.proposal == UNSTORED { Cause::Earlier(0) } else { cause };
        let mut drafts = vec![(judged, Some(first_cause))];
        let may_start = !stopped || tool.settings.effect == EffectClass::Read;
        let starts = next.phase == Phase::Allowed && may_start;
        if starts {
            let started = plain(&next, Command::Start { permitted_at: None, at: now })?;
            let verdict_at = if action.proposal == UNSTORED { Cause::Earlier(1) } else { Cause::Earlier(0) };
            drafts.push((started, Some(verdict_at)));
        }
        Ok((drafts, starts))
    }

    /// What policy says of an action with these arguments.
    pub(crate) fn judge(
        &self,
        tool: &PinnedTool,
        action: &Action,
        arguments: &Value,
        assurance: Assurance,
        reading: &Reading,
        co_author: Option<&str>,
    ) -> Verdict {
        let money = arguments::money(tool, arguments);
        self.policies().judge(&Request {
            tool: &action.proposed.tool,
            agent: &action.proposed.agent,
            arguments,
            money: money.as_ref(),
            assurance,
            evidence: reading.scalars().as_ref(),
            facts: GateFacts { co_author: co_author.map(str::to_owned), ..GateFacts::default() },
        })
    }
}

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
