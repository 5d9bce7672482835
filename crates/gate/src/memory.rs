//! Decision memory: what people have decided in a conversation is not asked of them again. An agent that proposes the very
//! same thing gets their answer; one that proposes something else on the same object waits for a person.

use crate::draw::{self, Sealed};
use crate::error::GateError;
use crate::evidence::Reading;
use crate::gate::Gate;
use crate::records::{ActionRecord, OpenedEvent};
use crate::tools::PinnedTool;
use countersign_domain::action::{Action, ActionEvent, Choice, Decided, Phase, SettledHow};
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::ids::ActionId;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::{EffectClass, Subject};
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::stream::StreamName;
use countersign_policy::Remembered;
use serde_json::{Map, Value};

/// The most earlier actions with the same tool that are looked at, without those that were answered from memory: the newest.
const MOST_LOOKED_AT: usize = 16;
/// The most that are read for that.
const MOST_READ: usize = 64;
/// A text that its schema bounds no closer is free: it says why, and not what.
const LONGEST_NAME_CHARS: u64 = 200;

/// What is remembered of a proposal when it is judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    /// The action whose answer it gets.
    pub(crate) answered: Option<ActionId>,
    /// Whether people have decided the very same, or changed what was asked on the same object.
    pub(crate) decided: bool,
}

impl Memory {
    /// As rules see it.
    pub(crate) fn remembered(&self) -> Remembered {
        match (&self.answered, self.decided) {
            (Some(_), _) => Remembered::Answered,
            (None, true) => Remembered::Decided,
            (None, false) => Remembered::Nothing,
        }
    }
}

/// An earlier action that a person has decided.
pub(crate) struct Before {
    pub(crate) record: ActionRecord,
    pub(crate) decided: Decided,
    /// When it was stored.
    pub(crate) at: Timestamp,
    /// The person's words to the agent.
    pub(crate) words: Option<String>,
    /// How often the same was proposed since and got the same answer.
    pub(crate) repeats: u32,
}

impl Gate {
    /// What is remembered of an effect that an agent proposes. Whoever has the word asks anew, and a whisper lets an agent ask
    /// once more. What was refused on the same object stands in the object's own stream, where the log's writer sees it.
    pub(crate) async fn remember(
        &self,
        action: &Action,
        tool: &PinnedTool,
        arguments: &Value,
        reading: &Reading,
        said: &[OpenedEvent],
    ) -> Result<Memory, GateError> {
        if action.proposed.by.is_some() || action.proposed.effect == EffectClass::Read {
            return Ok(Memory::default());
        }
        let signed_in = said.iter().rev().find(|e| e.stored.envelope.kind == "conversation.signed_in");
        let signed_in = signed_in.map(|event| event.stored.envelope.position);
        let (mut memory, mut newest, mut asked_by_it) = (Memory::default(), None, false);
        for record in self.earlier_with(action, said).await? {
            let Ok(sealed) = draw::gather(&record) else { continue };
            let same = identity(tool, &sealed.proposed) == identity(tool, arguments);
            asked_by_it |= same && record.action.proposed.whisper == action.proposed.whisper;
            let Some(Decision { position, .. }) = decision(&record) else { continue };
            memory.decided |= same || shares_object(action, &record.action) && was_changed(&record.action);
            // The newest decision on the very same counts. Whoever has signed in since is somebody else to the rules.
            if same && newest < Some(position) {
                newest = Some(position);
                let holds = signed_in < newest && stands(&record.action, &sealed, tool, reading);
                memory.answered = holds.then(|| record.action.proposed.action.clone());
            }
        }
        if action.proposed.whisper.is_some() && !asked_by_it {
            memory.answered = None;
        }
        Ok(memory)
    }

    /// What people had decided on the same thing in the conversation when an action came to wait.
    pub(crate) async fn decided_before(
        &self,
        record: &ActionRecord,
        conversation: &[OpenedEvent],
        tool: &PinnedTool,
        sealed: &Sealed,
    ) -> Result<Vec<Before>, GateError> {
        let waits =
            |opened: &&OpenedEvent| matches!(opened.stored.envelope.kind.as_str(), "action.held" | "action.voided");
        let Some(since) = record.events.iter().rev().find(waits) else { return Ok(Vec::new()) };
        let since = since.stored.envelope.position;
        let earlier = self.earlier_with(&record.action, conversation).await?;
        let mut before: Vec<Before> = Vec::new();
        for earlier in earlier {
            // What became of it later moves no card under its reader.
            let Some(earlier) = as_of(earlier, since)? else { continue };
            if let Some(answered) = &earlier.action.standing.answered {
                let known = before.iter_mut().find(|before| before.record.action.proposed.action == *answered);
                known.into_iter().for_each(|before| before.repeats += 1);
                continue;
            }
            let Some(Decision { decided, at, words, .. }) = decision(&earlier) else { continue };
            let Ok(theirs) = draw::gather(&earlier) else { continue };
            let same = identity(tool, &theirs.proposed) == identity(tool, &sealed.proposed);
            if same || shares_object(&record.action, &earlier.action) {
                before.push(Before { record: earlier, decided, at, words, repeats: 0 });
            }
        }
        Ok(before)
    }

    /// The newest actions of the same conversation and tool that were proposed before this one, in order.
    async fn earlier_with(
        &self,
        action: &Action,
        conversation: &[OpenedEvent],
    ) -> Result<Vec<ActionRecord>, GateError> {
        let mut ids = Vec::new();
        for opened in conversation.iter().take_while(|opened| opened.stored.envelope.position < action.proposal) {
            if opened.stored.envelope.kind == "conversation.proposed"
                && let ConversationEvent::Proposed { action: id, tool, .. } = opened.event()?
                && tool == action.proposed.tool
                && id != action.proposed.action
            {
                ids.push(id);
            }
        }
        let (mut earlier, mut looked_at) = (Vec::new(), 0);
        for id in ids.iter().rev().take(MOST_READ) {
            let stored = self.records.stored(&StreamName::action(id), 0).await?;
            // What nobody decided has no answer to give, so its words stay sealed; by a whisper it counts that it was asked.
            let opened = action.proposed.whisper.is_some() || stored.iter().any(is_decision);
            let record = self.records.action_of(stored, |_| opened)?;
            looked_at += usize::from(record.action.standing.answered.is_none());
            earlier.push(record);
            if looked_at == MOST_LOOKED_AT {
                break;
            }
        }
        earlier.reverse();
        Ok(earlier)
    }
}

fn is_decision(stored: &StoredEvent) -> bool {
    matches!(stored.envelope.kind.as_str(), "action.approved" | "action.overridden" | "action.rejected")
}

/// An action as it stood before a position; nothing if it was not there.
fn as_of(record: ActionRecord, position: u64) -> Result<Option<ActionRecord>, GateError> {
    let events: Vec<OpenedEvent> =
        record.events.into_iter().take_while(|opened| opened.stored.envelope.position < position).collect();
    let Some(first) = events.first() else { return Ok(None) };
    let Some(mut action) = Action::begin(&first.event()?, first.stored.envelope.position) else { return Ok(None) };
    for opened in events.iter().skip(1) {
        action.apply(&opened.event()?);
    }
    Ok(Some(ActionRecord { action, events }))
}

/// A decision as it stands in the log.
struct Decision {
    decided: Decided,
    position: u64,
    at: Timestamp,
    words: Option<String>,
}

/// The last decision of a person that is in force.
fn decision(record: &ActionRecord) -> Option<Decision> {
    let mut last = None;
    for opened in &record.events {
        match opened.event().ok()? {
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                let (position, at) = (opened.stored.envelope.position, opened.stored.envelope.recorded_at);
                last = Some(Decision { decided, position, at, words: opened.text("words").map(str::to_owned) });
            }
            ActionEvent::Voided { .. } => last = None,
            _ => {}
        }
    }
    // Who signed first of two has not decided yet, and what nobody decided in time was decided by nobody.
    let open_or_dropped =
        [Phase::Held, Phase::Expired, Phase::Withdrawn, Phase::Superseded, Phase::Denied, Phase::Proposed];
    last.filter(|_| !open_or_dropped.contains(&record.action.phase))
}

/// Whether the earlier answer holds for the same thing today: it was refused or has happened, and the facts are the same.
fn stands(earlier: &Action, sealed: &Sealed, tool: &PinnedTool, reading: &Reading) -> bool {
    let ended = matches!(
        earlier.phase,
        Phase::Rejected | Phase::Succeeded | Phase::Settled(SettledHow::Happened | SettledHow::Compensated)
    );
    let known = tool.settings.evidence.is_none() || reading.facts.is_some();
    ended && known && sealed.last.facts == reading.facts
}

fn was_changed(earlier: &Action) -> bool {
    earlier.approvals.iter().any(|approval| approval.choice == Choice::Override)
}

fn shares_object(one: &Action, other: &Action) -> bool {
    one.proposed.object.is_some() && one.proposed.object == other.proposed.object
}

/// The arguments that say what it is: all but free text, which a schema bounds widely. What it does not bound at all may be a
/// name or an address, and is taken for one: then the same in other words is another question.
fn identity(tool: &PinnedTool, arguments: &Value) -> Map<String, Value> {
    let settings = &tool.settings;
    let money = settings.money.as_ref();
    let is_named = |name: &str| {
        settings.object.as_deref() == Some(name)
            || money.is_some_and(|money| money.currency == name || money.amount_minor == name)
            || matches!(&settings.subject, Some(Subject::Argument(subject)) if subject == name)
    };
    let properties = tool.definition.input_schema.get("properties");
    let is_free = |name: &str| {
        let Some(schema) = properties.and_then(|properties| properties.get(name)) else { return false };
        let wide = schema.get("maxLength").and_then(Value::as_u64).is_some_and(|most| most > LONGEST_NAME_CHARS);
        let coded = schema.get("enum").is_some() || schema.get("format").is_some() || schema.get("pattern").is_some();
        schema.get("type").and_then(Value::as_str) == Some("string") && wide && !coded && !is_named(name)
    };
    let all = arguments.as_object().into_iter().flatten();
    all.filter(|(name, _)| !is_free(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
