//! Builds a dialogue from the log: the conversation's stream and the streams of its actions.

use crate::dialogue::{ActionView, Dialogue, Ending, Entry};
use crate::model::Answer;
use countersign_domain::action::Phase;
use countersign_domain::conversation::{Conversation, ConversationEvent, EscalationReason};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_gate::Gate;
use countersign_gate::error::GateError;
use countersign_gate::records::ActionRecord;
use std::collections::BTreeMap;

/// A conversation as its agent may know it, with its state.
pub(crate) async fn dialogue(gate: &Gate, id: &ConversationId) -> Result<(Dialogue, Conversation), GateError> {
    let (conversation, events) = gate.records().conversation(id).await?;
    let mut actions = BTreeMap::new();
    let mut records: BTreeMap<ActionId, Uncertain> = BTreeMap::new();
    for (action, _) in &conversation.actions {
        let record = gate.records().action(action).await?;
        if record.action.proposed.by.is_some() {
            continue;
        }
        let report = gate.report_of(&record).await?;
        let asked = record.events.first().and_then(|e| e.field("arguments")).cloned();
        let asked_money = record.action.proposed.money.clone();
        records.insert(action.clone(), Uncertain::of(&record));
        let effect = record.action.proposed.effect;
        actions.insert(action.clone(), ActionView { report, effect, asked, asked_money });
    }
    let mut entries = Vec::new();
    let mut noted_unknown = false;
    let (mut heard, mut customer, mut last) = (0, None, None);
    for opened in events {
        let envelope = &opened.stored.envelope;
        last = Some(envelope.recorded_at);
        let entry = match opened.event()? {
            ConversationEvent::Received(received) => {
                heard = received.number;
                let text = opened.text("text").map(str::to_owned);
                Entry::Said { number: received.number, text, at: envelope.recorded_at }
            }
            // What a person asked for was told to the customer by them.
            ConversationEvent::Proposed { by: Some(_), .. } => continue,
            ConversationEvent::Proposed { action, by: None, asked_in, .. } => Entry::Proposed { action, asked_in },
            ConversationEvent::ModelCalled(called) => {
                Entry::ModelCalled { called, answer: opened.field("answer").and_then(Answer::read) }
            }
            ConversationEvent::Replied(_) => Entry::Spoke { text: opened.text("text").map(str::to_owned) },
            ConversationEvent::Escalated { reason, .. } => {
                noted_unknown |= reason == EscalationReason::OutcomeUnknown;
                Entry::Escalated { reason }
            }
            ConversationEvent::Turned(turned) => {
                let noted = std::mem::take(&mut noted_unknown);
                let ending = |action: &ActionId| {
                    records.get(action).map_or(Ending::Final, |r| r.told_at(envelope.position, noted))
                };
                let told = turned.told.iter().map(|action| (action.clone(), ending(action))).collect();
                Entry::Turned { turned, told }
            }
            ConversationEvent::Answered(answered) => {
                Entry::Answered { answered: answered.answered, text: opened.text("text").map(str::to_owned) }
            }
            ConversationEvent::Promised(promised) => {
                Entry::Promised { number: promised.number, text: opened.text("text").map(str::to_owned) }
            }
            ConversationEvent::PromiseKept { number, .. } => Entry::PromiseKept { number },
            ConversationEvent::Whispered(whispered) => {
                let text = opened.text("text").map(str::to_owned);
                Entry::Whispered { number: whispered.number, scope: whispered.scope, text }
            }
            ConversationEvent::WhisperReceipted(receipt) => {
                Entry::Receipted { number: receipt.number, followed: receipt.followed, intent: receipt.intent }
            }
            ConversationEvent::HandedBack { .. } => Entry::HandedBack,
            ConversationEvent::Resolved { .. } | ConversationEvent::Closed { .. } => Entry::Ended { answered: heard },
            ConversationEvent::Opened(_) | ConversationEvent::SignedIn(_) => {
                customer = opened.text("name").map(str::to_owned).or(customer);
                continue;
            }
            ConversationEvent::SignInAsked { .. }
            | ConversationEvent::SignInFailed { .. }
            | ConversationEvent::TakenOver { .. }
            | ConversationEvent::Reopened { .. }
            | ConversationEvent::Relayed(_)
            | ConversationEvent::Spanned(_)
            | ConversationEvent::Rated { .. } => continue,
        };
        entries.push(entry);
    }
    let dialogue = Dialogue {
        conversation: id.clone(),
        version: conversation.version,
        assurance: conversation.assurance(),
        customer,
        at: last,
        spent: conversation.spent,
        model_calls: conversation.model_calls,
        entries,
        actions,
        trouble: None,
    };
    Ok((dialogue, conversation))
}

/// Where an action's outcome became unknown, and where it became known.
struct Uncertain {
    unknown: Option<u64>,
    settled: Option<u64>,
}

impl Uncertain {
    fn of(record: &ActionRecord) -> Self {
        let at =
            |kind: &str| record.events.iter().map(|e| &e.stored.envelope).find(|e| e.kind == kind).map(|e| e.position);
        // Whatever else stands there: what has ended otherwise was told as its end, or it would be told for ever.
        let uncertain = matches!(record.action.phase, Phase::Unknown | Phase::Settled(_));
        Self { unknown: at("action.unknown").filter(|_| uncertain), settled: at("action.settled") }
    }

    /// Which end a turn at a position told. Where the outcome became known just before the turn was stored, the turn
    /// may have been worded before: then it noted an unknown outcome for a person.
    fn told_at(&self, turn: u64, noted_unknown: bool) -> Ending {
        match (self.unknown, self.settled) {
            (None, _) => Ending::Final,
            (Some(_), None) => Ending::Unknown,
            (Some(_), Some(settled)) if settled > turn || noted_unknown => Ending::Unknown,
            (Some(_), Some(_)) => Ending::Final,
        }
    }
}
