//! From a permit to an outcome: `started` is stored, then the tool is called, then the outcome is stored.

use crate::commit::{Commit, Plan};
use crate::draw;
use crate::error::GateError;
use crate::evidence::{self, Reading};
use crate::folds::{current, must_be_in_force, must_still_be_with};
use crate::gate::{Gate, Line, plain};
use crate::open_actions::AtWork;
use crate::permit::{CallLimits, EvidencePermit, Permit, PermittedCall};
use crate::question::About;
use crate::records::ActionRecord;
use crate::tools::{PinnedTool, ToolAnswer, ToolFailure};
use countersign_domain::action::{Action, Choice, Command, Conclusion, Phase, Standing, VoidReason};
use countersign_domain::event::{Draft, Fields, fields};
use countersign_domain::fleet::Fleet;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::person::{Person, Role};
use countersign_domain::tool::{EffectClass, Subject};
use countersign_domain::verdict::{Disposition, Rule, Verdict};
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::log::Cause;
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

impl Gate {
    /// Calls the tool of an action whose verdict and start share the receipt's append. Goes on if the caller goes away:
    /// what was started is concluded.
    pub(crate) async fn run(
        self: &Arc<Self>,
        started: Action,
        receipt: Receipt,
        line: Line,
        at_work: AtWork,
    ) -> Result<(), GateError> {
        let permit = Permit::from_receipt(&receipt, &started.proposed.action)?;
        let gate = self.clone();
        let task = tokio::spawn(async move {
            let (_line, _at_work) = (line, at_work);
            gate.call(started, permit, &receipt).await
        });
        task.await.map_err(|_| GateError::Ending)?
    }

    /// Starts what was allowed or approved before: after a decision, when a stop ends, at a restart. The permit comes
    /// from the stored events.
    pub(crate) async fn start(self: &Arc<Self>, id: &ActionId) -> Result<(), GateError> {
        let _at_work = self.open.work_on(id);
        let _line = self.line().await?;
        loop {
            let rules = self.policies().version().to_owned();
            let record = self.records.action_to_run(id).await?;
            let action = &record.action;
            if !matches!(action.phase, Phase::Allowed | Phase::Approved | Phase::Waiting) {
                return Ok(());
            }
            if action.waits_until.is_some_and(|until| self.records.now() < until) {
                return Ok(());
            }
            let effect = action.proposed.effect != EffectClass::Read;
            let fleet = self.records.fleet().await?.0;
            let proposed = action.proposed.clone();
            if fleet.keeps_from_starting(&proposed.agent, &proposed.tool, proposed.effect) {
                return Ok(());
            }
            if let Some(by) = &action.proposed.by
                && !self.records.person(by).await?.0.is_here()
            {
                // What somebody asked for who has left the staff since does not start.
                match self.withdraw(action, &Actor::Station, "requester_left", Vec::new()).await {
                    Err(GateError::Moved) => continue,
                    done => return done.map(drop),
                }
            }
            self.verify_decisions(&record).await?;
            let conversation = action.proposed.conversation.clone();
            let (state, said) = self.records.conversation_state(&conversation).await?;
            let judged = match self.tool_of(action) {
                // It is taken up again once its server has said what it offers, or offers again what was accepted.
                Ok(tool) if self.waits_for_its_server(&tool) => return Ok(()),
                Ok(tool) if self.void_if_moved(&record, &tool, &said).await? => return Ok(()),
                Ok(_) => Some(rules),
                // A tool that is no longer what was signed is not called: its start ends as a failure that everybody
                // sees, rather than lie decided for ever.
                Err(GateError::Tool(_)) => None,
                // Nobody has said how it is treated, or nobody knows what it is while its server does not answer.
                Err(GateError::UnknownTool(_)) => return Ok(()),
                Err(error) => return Err(error),
            };
            // With the room that is left, what has started is concluded. This is taken up again once there is more.
            if effect && self.records.has_no_room_for_effects() {
                return Ok(());
            }
            let stored: Vec<_> = record.events.iter().map(|e| e.stored.clone()).collect();
            let permit = Permit::from_stored(&stored, id)?;
            let permitted_at = permit.position();
            let now = self.records.now();
            let draft =
                plain(action, Command::Start { permitted_at: Some(permitted_at), judged: judged.clone(), at: now })?;
            let behind_it = action.approvals.iter().map(|a| &a.person).chain(&action.proposed.by);
            let signers: Vec<_> = behind_it.map(StreamName::person).collect();
            let about = About::of(&state);
            let plan: Plan = Box::new(move |states| {
                if let Some(judged) = &judged {
                    must_be_in_force(states, judged)?;
                }
                must_still_be_with(states, &conversation, &about)?;
                for signer in &signers {
                    if !current::<Person>(states, signer)?.is_here() {
                        return Err(GateError::SignerLeft);
                    }
                }
                let fleet = current::<Fleet>(states, &StreamName::fleet())?;
                if fleet.keeps_from_starting(&proposed.agent, &proposed.tool, proposed.effect) {
                    return Err(GateError::Stopped);
                }
                Ok(vec![(draft, Some(Cause::Position(permitted_at)))])
            });
            match self.commit(Commit::of(action, plan, Actor::Station)).await {
                Err(GateError::Moved) => continue,
                Err(GateError::Stopped) => return Ok(()),
                // Held again where a signature is missing now; looked at again where whoever asked for it has left.
                Err(GateError::SignerLeft) => self.void_signed(id).await?,
                Err(error) => return Err(error),
                Ok((receipt, after)) => {
                    return self.call(after, permit, &receipt).await;
                }
            }
        }
    }

    /// The same, without anybody waiting for it.
    pub(crate) fn start_in_background(self: &Arc<Self>, id: ActionId) {
        let gate = self.clone();
        tokio::spawn(async move {
            if let Err(error) = gate.start(&id).await {
                tracing::warn!(action = %id, %error, "what may run could not start; it stays as it is");
            }
        });
    }

    /// Before an action starts that waited: evidence is read again, and the rules are asked again where they changed since
    /// or the customer, by what was `said`, has signed in.
    /// Holds the action again, and says so, where either asks for more than was allowed or signed.
    async fn void_if_moved(
        self: &Arc<Self>,
        record: &ActionRecord,
        tool: &PinnedTool,
        said: &[StoredEvent],
    ) -> Result<bool, GateError> {
        let sealed = draw::gather(record)?;
        let judged = |kind: &str| matches!(kind, "action.allowed" | "action.approved" | "action.overridden");
        let last = record.events.iter().rev().find(|e| judged(&e.stored.envelope.kind));
        let since = last.map(|e| self.records.now().millis_since(e.stored.envelope.recorded_at));
        // However short it was: somebody was given the time to think again.
        let waited = record.action.phase == Phase::Waiting || since.is_none_or(|ms| ms >= evidence::FRESH_MS);
        let same = self.policies().version() == policy_version(&record.action) && !signed_in_since(said, record);
        if !waited && same {
            return Ok(false);
        }
        let reading =
            if waited { self.read_again(record, tool, &sealed.arguments).await? } else { sealed.last.clone() };
        Ok(self.void(record, tool, &sealed, reading, false).await?.is_some())
    }

    /// Holds again, in the background, whatever somebody had signed who has left.
    pub(crate) fn void_in_background(self: &Arc<Self>, person: PersonId) {
        for id in self.open.signed_by(&person) {
            let gate = self.clone();
            tokio::spawn(async move {
                if let Err(error) = gate.void_signed(&id).await {
                    tracing::warn!(action = %id, %error, "signed by somebody who left, and not held again yet; it cannot start");
                }
            });
        }
    }

    /// Holds an action again if somebody who signed it has left.
    async fn void_signed(&self, id: &ActionId) -> Result<(), GateError> {
        loop {
            let record = self.records.action(id).await?;
            if !matches!(record.action.phase, Phase::Held | Phase::Approved | Phase::Waiting) {
                return Ok(());
            }
            let tool = self.tool_of(&record.action)?;
            let sealed = draw::gather(&record)?;
            match self.void(&record, &tool, &sealed, sealed.last.clone(), true).await {
                Err(GateError::Moved) => {}
                done => return done.map(drop),
            }
        }
    }

    async fn a_signer_left(&self, action: &Action) -> Result<bool, GateError> {
        for approval in &action.approvals {
            if !self.records.person(&approval.person).await?.0.is_here() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads evidence again for an action that is stored.
    pub(crate) async fn read_again(
        &self,
        record: &ActionRecord,
        tool: &PinnedTool,
        arguments: &serde_json::Value,
    ) -> Result<Reading, GateError> {
        let stored: Vec<_> = record.events.iter().map(|e| e.stored.clone()).collect();
        let permit = EvidencePermit::from_stored(&stored, &record.action.proposed.action)?;
        let now = || self.records.now();
        evidence::read(&self.toolbox(), self.servers.as_ref(), tool, arguments, permit, now).await
    }

    /// Holds an action again if a fact that counts moved, or the rules ask for more now: the policy is another one, or a
    /// limit is nearer than it was. The reason, if so. What is signed and has reserved its part keeps its place before
    /// what came later, so ledgers are looked at again only where `undecided`, under another policy, or where facts moved.
    pub(crate) async fn void(
        &self,
        record: &ActionRecord,
        tool: &PinnedTool,
        sealed: &draw::Sealed,
        reading: Reading,
        undecided: bool,
    ) -> Result<Option<VoidReason>, GateError> {
        let action = &record.action;
        let (conversation, said) = self.records.conversation_state(&action.proposed.conversation).await?;
        let about = About::of(&conversation);
        let same_policy = policy_version(action) == self.policies().version();
        // Facts that moved may also say whom it is about, and so whose ledger counts; and what goes together with them.
        let moved = reading.facts != sealed.last.facts;
        let warned = match moved {
            true => self.contradictions(action, tool, &sealed.arguments, &reading, &self.said(action).await?),
            false => action.standing.contradictions,
        };
        let question = self.question(tool, action, &sealed.arguments, &about, &reading);
        let question = question.by(co_author(action)).warned(warned);
        let standing = match undecided || !same_policy || moved {
            true => self.look(&question, action).await?,
            false => Standing { reserved: Vec::new(), ..action.standing.clone() },
        };
        let verdict = question.verdict(&standing);
        let unsigned = action.phase == Phase::Allowed;
        if unsigned && verdict.disposition == Disposition::Allow {
            return Ok(None);
        }
        let reason = if self.a_signer_left(action).await? {
            VoidReason::SignerLeft
        } else if moved {
            VoidReason::EvidenceChanged
        } else if action.verdict.as_ref().is_none_or(|in_force| {
            // What is signed keeps the time that it was signed with.
            asks_again(&verdict, in_force) || (action.phase == Phase::Held && gives_longer(&verdict, in_force))
        }) {
            match same_policy {
                false => VoidReason::PolicyChanged,
                true if signed_in_since(&said, record) => VoidReason::CustomerSignedIn,
                true => VoidReason::LimitReached,
            }
        } else {
            return Ok(None);
        };
        let draft = self.held_again(record, tool, &about, &reading, standing, reason)?;
        self.append_action(action, vec![(draft, None)], Actor::Station, Vec::new()).await?;
        Ok(Some(reason))
    }

    /// The event by which an action waits for people once more. What a person signed is not in force any more, so the
    /// agent's own proposal is judged, as at first.
    pub(crate) fn held_again(
        &self,
        record: &ActionRecord,
        tool: &PinnedTool,
        about: &About,
        reading: &Reading,
        standing: Standing,
        reason: VoidReason,
    ) -> Result<Draft, GateError> {
        let action = &record.action;
        let original = record.events.first().and_then(|e| e.field("arguments")).cloned().ok_or(GateError::Erased)?;
        let verdict = self.question(tool, action, &original, about, reading).verdict(&standing);
        let deadline = self.records.now().plus_seconds(verdict.waits_seconds(tool.settings.hold_seconds));
        let evidence = reading.state.clone();
        let facts = if reading.facts.is_some() { fields([("evidence", reading.field())]) } else { Fields::new() };
        let command = match verdict.disposition {
            Disposition::Deny => Command::Deny { verdict, evidence },
            // An allow would run without the person who is looking at it: what was held stays held.
            _ => Command::Void { reason, verdict, evidence, deadline, standing },
        };
        Ok(action.decide(command, facts)?)
    }

    async fn call(self: &Arc<Self>, started: Action, permit: Permit, receipt: &Receipt) -> Result<(), GateError> {
        let answer = match self.permitted(&started, permit, receipt).await {
            Ok(call) => self.servers.call(call).await,
            // Nothing was sent, so it is no unknown outcome.
            Err(GateError::Tool(failure)) => Err(failure),
            Err(error) => Err(ToolFailure::NotSent(error.to_string())),
        };
        let position =
            receipt.events().iter().find(|e| e.envelope.kind == "action.started").map(|e| e.envelope.position);
        self.conclude(&started, answer, position).await?;
        Ok(())
    }

    /// The very call that was started. It is made by nobody else.
    async fn permitted(&self, started: &Action, permit: Permit, receipt: &Receipt) -> Result<PermittedCall, GateError> {
        let record = self.records.action_to_run(&started.proposed.action).await?;
        let sealed = draw::gather(&record)?;
        let tool = self.tool_of(started)?;
        let bytes = self.bytes(started, sealed.arguments, &sealed.salt);
        let timeout = Duration::from_secs(u64::from(tool.settings.timeout_seconds));
        let limits = CallLimits { timeout, key_argument: tool.settings.key_argument.clone() };
        // Whose result may be kept back says nothing in words before it.
        let words = !matches!(&tool.settings.subject, Some(Subject::Result(_)));
        let progress = self.progress.of(&started.proposed.conversation, words);
        Ok(permit.call(receipt, &bytes, limits)?.telling(progress))
    }

    /// Stores how a call ended. An unknown outcome is asked after at once.
    async fn conclude(
        self: &Arc<Self>,
        started: &Action,
        answer: Result<ToolAnswer, ToolFailure>,
        cause: Option<u64>,
    ) -> Result<(), GateError> {
        let read = started.proposed.effect == EffectClass::Read;
        let (conclusion, sealed) = match answer {
            Ok(answer) if answer.is_error => {
                (Conclusion::Failed("tool_error".to_owned()), fields([("message", message(&answer))]))
            }
            Ok(answer) => {
                let subject = self.subject_of_result(started, &answer.result);
                // Where that cannot be told, the agent is told nothing; what the tool did is stored in any case.
                let withheld = self.withholds(started, subject.as_deref()).await.unwrap_or(true);
                let sealed = fields([(if withheld { "withheld" } else { "result" }, answer.result)]);
                (Conclusion::Succeeded { subject }, sealed)
            }
            Err(failure) => {
                let sealed = fields([("message", json!(failure.to_string()))]);
                // A read changes nothing: whether it happened does not matter to anybody.
                if failure.may_have_happened() && !read {
                    (Conclusion::Unknown(failure.code().to_owned()), sealed)
                } else {
                    (Conclusion::Failed(failure.code().to_owned()), sealed)
                }
            }
        };
        let unknown = matches!(conclusion, Conclusion::Unknown(_));
        let draft = started.decide(Command::Conclude { conclusion, at: self.records.now() }, sealed)?;
        let drafts = vec![(draft, cause.map(Cause::Position))];
        self.append_action(started, drafts, Actor::Station, Vec::new()).await?;
        if unknown {
            self.settle_in_background(started.proposed.action.clone());
        }
        Ok(())
    }
}

/// The tool's own words of why it refused.
fn message(answer: &ToolAnswer) -> serde_json::Value {
    answer.result.get("message").filter(|m| m.is_string()).cloned().unwrap_or_else(|| answer.result.clone())
}

/// Whether what rules say now must be seen by a person before what they said then is signed: they ask for more, or,
/// being the same rules, name one that was silent.
pub(crate) fn asks_again(now: &Verdict, then: &Verdict) -> bool {
    let unseen = |rule: &Rule| then.rules.iter().all(|known| known.id != rule.id);
    let same_rules = now.policy_version == then.policy_version;
    now.asks_more_than(then) || (same_rules && now.disposition == Disposition::Hold && now.rules.iter().any(unseen))
}

/// Whether what rules say now gives people longer to take it back than what they said then.
pub(crate) fn gives_longer(now: &Verdict, then: &Verdict) -> bool {
    now.undo_seconds > then.undo_seconds
}

/// The role of the person whose arguments are in force, if somebody changed them.
pub(crate) fn co_author(action: &Action) -> Option<&'static str> {
    let changed = action.approvals.iter().any(|approval| approval.choice == Choice::Override);
    changed.then_some(Role::Supervisor.name())
}

/// Whether the customer has signed in since the action was last judged.
fn signed_in_since(said: &[StoredEvent], record: &ActionRecord) -> bool {
    let judged = record.events.iter().map(|opened| &opened.stored);
    let last = |kinds: &[&str], events: &mut dyn DoubleEndedIterator<Item = &StoredEvent>| {
        let found = events.rev().find(|event| kinds.contains(&event.envelope.kind.as_str()));
        found.map(|event| event.envelope.position)
    };
    const JUDGED: [&str; 5] =
        ["action.allowed", "action.held", "action.voided", "action.approved", "action.overridden"];
    last(&["conversation.signed_in"], &mut said.iter()) > last(&JUDGED, &mut judged.into_iter())
}

fn policy_version(action: &Action) -> &str {
    action.verdict.as_ref().map(|v| v.policy_version.as_str()).unwrap_or_default()
}
